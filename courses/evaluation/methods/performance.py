"""How well a set of likelihood ratios does where the truth is known.

Every function takes the log10 LR of the same-source pairs, then those of the different-source
pairs, as arrays of shape (N,) and (M,).

Sources: N. Brümmer and J. du Preez, Computer Speech and Language 20 (2006) 230 (Cllr); D. Ramos and
J. Gonzalez-Rodriguez, "Reliable support: measuring calibration of likelihood ratios", Forensic
Sci. Int. 230 (2013) 156 (ECE); C. Tippett et al., J. Forensic Sci. Soc. 8 (1968) 61; A. Martin et
al., "The DET curve", Eurospeech (1997) 1895; C. Clopper and E. Pearson, Biometrika 26 (1934) 404.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dalil.courses.evaluation.methods.calibration import pav
from dalil.courses.evaluation.methods.groups import LN10, EvaluationError, Floats, two_groups


def cost_same(log10_lr: npt.ArrayLike, log10_prior_odds: float = 0.0) -> Floats:
    """Bits that each stated ratio costs if H1 is true, -log2 P(H1 | LR); 1 for LR = 1 at odds 1."""
    logit = (np.asarray(log10_lr, float) + log10_prior_odds) * LN10
    return np.asarray(np.logaddexp(0, -logit) / math.log(2))


def cost_different(log10_lr: npt.ArrayLike, log10_prior_odds: float = 0.0) -> Floats:
    """Bits that each stated ratio costs if H2 is true, -log2 P(H2 | LR)."""
    logit = (np.asarray(log10_lr, float) + log10_prior_odds) * LN10
    return np.asarray(np.logaddexp(0, logit) / math.log(2))


def cllr(same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike) -> float:
    """Cost of the log likelihood ratios (Brümmer and du Preez 2006): 0 perfect, 1 for a method
    that always says LR = 1, more for a misleading one."""
    a, b = two_groups(same_log10_lr, different_log10_lr, finite=False)
    return float((cost_same(a).mean() + cost_different(b).mean()) / 2)


def cllr_min(same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike) -> float:
    """Cllr that is left after the best monotone calibration (PAV): what discrimination costs.

    ``cllr - cllr_min`` is the calibration loss, Cllr_cal.
    """
    return cllr(*pav(same_log10_lr, different_log10_lr))


def ece(
    same_log10_lr: npt.ArrayLike,
    different_log10_lr: npt.ArrayLike,
    log10_prior_odds: Sequence[float] | Floats,
) -> Floats:
    """Empirical cross-entropy in bits at each prior odds (Ramos 2013); Cllr is its value at 0.

    A system that always says LR = 1 has the entropy of the prior; above that, it does harm.
    """
    a, b = two_groups(same_log10_lr, different_log10_lr, finite=False)
    found = []
    for odds in np.ravel(np.asarray(log10_prior_odds, float)):
        prior = 1 / (1 + 10.0**-odds)
        ours, theirs = cost_same(a, odds).mean(), cost_different(b, odds).mean()
        found.append(prior * ours + (1 - prior) * theirs)
    return np.array(found)


def ece_neutral(log10_prior_odds: Sequence[float] | Floats) -> Floats:
    """The cross-entropy in bits of saying nothing, LR = 1, at each prior odds."""
    return ece([0.0], [0.0], log10_prior_odds)


def tippett(log10_lr: npt.ArrayLike, grid: Sequence[float] | Floats) -> Floats:
    """Share (0..1) of the ratios at or above each value of ``grid``."""
    values = np.sort(np.ravel(np.asarray(log10_lr, float)))
    if not values.size:
        raise EvaluationError("no likelihood ratios to plot")
    return np.asarray(1 - np.searchsorted(values, np.asarray(grid, float)) / values.size)


def auc(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Probability (0..1) that a same-source score exceeds a different-source one; ties count half
    (Mann-Whitney)."""
    a, b = two_groups(same, different)
    return float(stats.mannwhitneyu(a, b).statistic / (a.size * b.size))


def det(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[Floats, Floats]:
    """(missed, false): shares of same-source scores below, and of different-source scores at or
    above, each threshold, from the lowest score to beyond the highest (Martin 1997)."""
    a, b = two_groups(same, different, finite=False)
    cuts = np.append(np.unique(np.concatenate([a, b])), np.inf)
    missed = np.searchsorted(np.sort(a), cuts) / a.size
    return missed, np.asarray(1 - np.searchsorted(np.sort(b), cuts) / b.size)


def eer(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Equal error rate (0..1): where the shares of missed same and false different are closest."""
    two_groups(same, different)
    missed, false = det(same, different)
    k = int(np.argmin(np.abs(missed - false)))
    return float((missed[k] + false[k]) / 2)


@dataclass(frozen=True)
class Misleading:
    """How many ratios point the wrong way; ``bound`` is the upper end of the exact interval."""

    count: int
    of: int
    bound: float

    @property
    def rate(self) -> float:
        """Share (0..1) that was seen."""
        return self.count / self.of


def misleading(
    same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Misleading, Misleading]:
    """Same-source pairs with LR < 1, and different-source pairs with LR > 1.

    ``bound`` is the one-sided upper limit at *confidence* (Clopper and Pearson 1934); it assumes
    independent pairs, so pairs that share an item make it too rosy.
    """
    a, b = two_groups(same_log10_lr, different_log10_lr, finite=False)
    counts = ((int((a < 0).sum()), a.size), (int((b > 0).sum()), b.size))
    first, second = (
        Misleading(k, n, 1.0 if k == n else float(stats.beta.ppf(confidence, k + 1, n - k)))
        for k, n in counts
    )
    return first, second
