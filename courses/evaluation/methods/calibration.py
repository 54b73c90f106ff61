"""From scores to likelihood ratios: logistic regression, kernel densities, pool-adjacent-violators.

All ratios are log10 LR, positive for the proposition H1, that both items have one source. None of
the fits knows how many pairs of each kind the set happens to hold: each group has half of the
weight, so that the intercept holds no prior odds.

Sources: N. Brümmer and J. du Preez, "Application-independent evaluation of speaker detection",
Computer Speech and Language 20 (2006) 230; J. Platt, "Probabilistic outputs for support vector
machines" (1999); M. Ayer et al., Ann. Math. Stat. 26 (1955) 641 (PAV); B. Silverman, "Density
estimation" (1986) eq. 3.28.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from dalil.courses.evaluation.methods.groups import LN10, EvaluationError, Floats, two_groups

_ITERATIONS = 200  # a dozen suffice; halved steps count as well
_FLAT = 1e-11  # gradient of a loss of order 1


def fit_logistic(
    same: npt.ArrayLike, different: npt.ArrayLike, *, doubt: float = 0.5
) -> tuple[float, float]:
    """(offset, slope) of log10 LR on the score, by logistic regression with equal weight for both
    groups (Brümmer and du Preez 2006).

    Where the groups do not overlap plain regression has no finite answer, so *doubt* pairs are
    added: a share doubt / (n + 1) of each group carries the other label, n being the size of the
    smaller group (after Platt 1999). ``doubt=0`` is plain regression; it raises EvaluationError
    for groups that do not overlap.
    """
    a, b = two_groups(same, different)
    if not 0 <= doubt <= 1:
        raise EvaluationError(f"doubt is a number of pairs from 0 to 1, not {doubt}")
    x = np.concatenate([a, b])
    middle, scale = float(x.mean()), float(x.std()) or 1.0
    z = (x - middle) / scale
    share = doubt / (min(a.size, b.size) + 1)
    label = np.concatenate([np.full(a.size, 1 - share), np.full(b.size, share)])
    weight = np.concatenate([np.full(a.size, 0.5 / a.size), np.full(b.size, 0.5 / b.size)])

    if not doubt and (a.min() > b.max() or a.max() < b.min()):
        raise EvaluationError("the groups do not overlap: plain regression has no finite answer")
    intercept, slope = _newton(z, label, weight)
    return (intercept - slope / scale * middle) / LN10, slope / scale / LN10


def _newton(z: Floats, label: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of least weighted cross-entropy, by Newton's method: the loss is convex
    and smooth, so that a step that does not lower it is halved until it does."""
    at, loss = np.zeros(2), math.inf
    step = np.zeros(2)
    for _ in range(_ITERATIONS):
        trial = at + step
        logit = trial[0] + trial[1] * z
        value = float(weight @ (np.logaddexp(0, logit) - label * logit))
        if value > loss:
            step = step / 2
            continue
        at, loss = trial, value
        chance = special.expit(logit)
        error, curve = weight * (chance - label), weight * chance * (1 - chance)
        gradient = np.array([error.sum(), error @ z])
        if np.abs(gradient).max() < _FLAT:
            break
        cross = curve @ z
        hessian = np.array([[curve.sum(), cross], [cross, curve @ z**2]])
        step = -np.linalg.lstsq(hessian, gradient, rcond=None)[0]
    return float(at[0]), float(at[1])


def on_line(scores: npt.ArrayLike, line: tuple[float, float]) -> Floats:
    """log10 LR of each score by a calibration line (offset, slope)."""
    return np.asarray(line[0] + line[1] * np.asarray(scores, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Densities:
    """Two kernel densities; ``log10_lr`` is the logarithm of their quotient."""

    same: Floats
    different: Floats
    same_width: float
    different_width: float

    def log10_lr(self, scores: npt.ArrayLike) -> Floats:
        """log10 LR of each score. Far from all data it is an artefact of the kernel: bound it."""
        at = np.ravel(np.asarray(scores, dtype=np.float64))
        top = _log_density(at, self.same, self.same_width)
        return np.asarray((top - _log_density(at, self.different, self.different_width)) / LN10)


def fit_densities(same: npt.ArrayLike, different: npt.ArrayLike) -> Densities:
    """Gaussian kernel densities of both groups, each with Silverman's width (4 s^5 / 3 n)^(1/5).

    Raises EvaluationError for a group without spread.
    """
    a, b = two_groups(same, different)
    if min(a.std(), b.std()) == 0:
        raise EvaluationError("a group without spread has no density")
    widths = [float((4 * group.std() ** 5 / (3 * group.size)) ** 0.2) for group in (a, b)]
    return Densities(a, b, *widths)


def _log_density(at: Floats, centres: Floats, width: float) -> Floats:
    found = np.empty(at.size)
    for start in range(0, at.size, 500):  # 500 rows at a time: some MB, however many pairs
        block = at[start : start + 500, None]
        exponents = -0.5 * ((block - centres) / width) ** 2
        found[start : start + 500] = special.logsumexp(exponents, axis=1)
    return found - math.log(centres.size * width * math.sqrt(2 * math.pi))


def pav(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[Floats, Floats]:
    """log10 LR of the same pairs by pool-adjacent-violators: the best that any calibration which
    keeps the order of the scores could have made of them, known after the fact.

    Returns the ratios of both groups in their order; the ends are infinite. A measuring stick,
    never a calibration to report with.
    """
    a, b = two_groups(same, different, finite=False)
    values = np.concatenate([a, b])
    order = np.unique(values, return_inverse=True)[1].ravel()
    hits = np.bincount(order, np.concatenate([np.full(a.size, 0.5 / a.size), np.zeros(b.size)]))
    misses = np.bincount(order, np.concatenate([np.zeros(a.size), np.full(b.size, 0.5 / b.size)]))
    fitted = optimize.isotonic_regression(hits / (hits + misses), weights=hits + misses)
    pool = fitted.blocks.searchsorted(np.arange(hits.size), side="right") - 1
    # Sums of the pools, not the fitted shares: a share next to 0 or 1 would lose its digits.
    top, bottom = (np.bincount(pool, part)[pool] for part in (hits, misses))
    with np.errstate(divide="ignore"):
        ratios = np.log10(top) - np.log10(bottom)
    found = ratios[order]
    return found[: a.size], found[a.size :]
