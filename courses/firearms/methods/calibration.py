"""From scores to likelihood ratios, and what they cost (Brümmer and du Preez 2006)."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from dalil.courses.firearms.methods.surfaces import ComparisonError, Floats

# log10 LR = CALIBRATION[0] + CALIBRATION[1] * score. Fitted by `fit_calibration` on the 780 pairs
# (63 same slide, 717 different) of the 40 scans of the public NIST Ballistics Toolmark Research
# Database, Fadul study, as published in CSAFE-ISU/cartridgeCaseScans (CC BY 4.0).
CALIBRATION = (1.213, 2.223)
# A set of n comparisons cannot support a ratio beyond about n (the idea of the ELUB limits of
# Vergeer et al. 2016): at most 1 in 63 + 1 against, 717 + 1 in favour.
LOG10_LR_LIMITS = (-math.log10(64), math.log10(718))


def log10_likelihood_ratio(
    scores: npt.ArrayLike, calibration: tuple[float, float] = CALIBRATION
) -> Floats:
    """log10 LR of each score, held within LOG10_LR_LIMITS."""
    line = calibration[0] + calibration[1] * np.asarray(scores, dtype=np.float64)
    return np.asarray(np.clip(line, *LOG10_LR_LIMITS), dtype=np.float64)


def _two(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[Floats, Floats]:
    groups = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    if any(group.size == 0 or not np.isfinite(group).all() for group in groups):
        raise ComparisonError("both groups need at least one score, and every score a finite value")
    return groups


def fit_calibration(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[float, float]:
    """(offset, slope) of log10 LR on the score, by logistic regression with equal weight for both
    groups (Brümmer and du Preez 2006).

    Where the groups do not overlap plain regression has no finite answer, so half a pair of doubt
    is added: a share 1/(2n + 2) of each group carries the other label, n being the size of the
    smaller group (after Platt 1999).
    """
    a, b = _two(same, different)
    x = np.concatenate([a, b])
    middle, scale = float(x.mean()), float(x.std()) or 1.0
    z = (x - middle) / scale
    doubt = 0.5 / (min(a.size, b.size) + 1)
    label = np.concatenate([np.full(a.size, 1 - doubt), np.full(b.size, doubt)])
    weight = np.concatenate([np.full(a.size, 0.5 / a.size), np.full(b.size, 0.5 / b.size)])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logit = parameters[0] + parameters[1] * z
        value = np.logaddexp(0, logit) - label * logit
        slope = weight * (special.expit(logit) - label)
        return float(weight @ value), np.array([slope.sum(), slope @ z])

    fit = optimize.minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS", tol=1e-9)
    slope = float(fit.x[1]) / scale
    return (float(fit.x[0]) - slope * middle) / math.log(10), slope / math.log(10)


def auc(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Probability (0..1) that a same-source score exceeds a different-source one; ties count half
    (Mann-Whitney)."""
    a, b = _two(same, different)
    return float(stats.mannwhitneyu(a, b).statistic / (a.size * b.size))


def eer(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Equal error rate (0..1): where the shares of missed same and false different are closest."""
    a, b = _two(same, different)
    cuts = np.append(np.unique(np.concatenate([a, b])), np.inf)
    missed = np.searchsorted(np.sort(a), cuts) / a.size
    false = 1 - np.searchsorted(np.sort(b), cuts) / b.size
    k = int(np.argmin(np.abs(missed - false)))
    return float((missed[k] + false[k]) / 2)


def cllr(same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike) -> float:
    """Cost of the log likelihood ratios (Brümmer and du Preez 2006): 0 perfect, 1 for a method
    that always says LR = 1, more for a misleading one."""
    a, b = _two(same_log10_lr, different_log10_lr)
    cost_a = np.logaddexp(0, -a * math.log(10)).mean()
    cost_b = np.logaddexp(0, b * math.log(10)).mean()
    return float((cost_a + cost_b) / (2 * math.log(2)))


def tippett(log10_lr: npt.ArrayLike, grid: Sequence[float] | Floats) -> Floats:
    """Share (0..1) of the ratios at or above each value of ``grid``."""
    values = np.sort(np.ravel(np.asarray(log10_lr, float)))
    if not values.size:
        raise ComparisonError("no likelihood ratios to plot")
    return np.asarray(1 - np.searchsorted(values, np.asarray(grid, float)) / values.size)
