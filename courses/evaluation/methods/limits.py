"""How far a set of validation ratios supports a likelihood ratio at all.

Source: P. Vergeer, A. van Es, A. de Jongh, I. Alberink, R. Stoel, "Numerical likelihood ratios
outputted by LR systems are often based on extrapolation: when to stop extrapolating?", Science and
Justice 56 (2016) 482.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dalil.courses.evaluation.methods.groups import EvaluationError, Floats, two_groups

STEP = 0.01  # of log10 LR: how finely the bounds are sought
MISLEADING = 1  # consequential misleading ratios that are added to each group


def expected_utility(
    same_log10_lr: npt.ArrayLike,
    different_log10_lr: npt.ArrayLike,
    thresholds: npt.ArrayLike,
    added: int = MISLEADING,
) -> Floats:
    """Utility of deciding by the ratios, relative to LR = 1, at each log10 threshold.

    H1 is accepted where the ratio exceeds the threshold; a false acceptance costs as many times a
    false rejection as the threshold says. *added* extremely misleading ratios join each group.
    Above 1 the ratios are of use, below 1 one had better ignored them. Shape (T,).
    """
    a, b = (np.sort(g) for g in two_groups(same_log10_lr, different_log10_lr, finite=False))
    at = np.ravel(np.asarray(thresholds, float))
    missed = (np.searchsorted(a, at, side="right") + added) / (a.size + added)
    false = (b.size - np.searchsorted(b, at, side="right") + added) / (b.size + added)
    neutral = np.minimum(1.0, 10.0**at)
    return np.asarray(neutral / (missed + 10.0**at * false))


def elub(same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike) -> tuple[float, float]:
    """Empirical lower and upper bound of log10 LR (ELUB; Vergeer 2016), at most 0 and at least 0.

    Seen from LR = 1, a bound lies where the utility first falls below that of LR = 1. It never
    exceeds what the sizes of the groups allow: n pairs cannot support a ratio beyond n + 1.
    """
    a, b = two_groups(same_log10_lr, different_log10_lr, finite=False)
    if a.size < 2 or b.size < 2:
        raise EvaluationError("bounds need at least two pairs of each kind")
    least = max(min(a.min(), b.min()), -math.log10(a.size + 1))
    most = min(max(a.max(), b.max()), math.log10(b.size + 1))
    low, high = min(0, math.floor(least / STEP)), max(0, math.floor(most / STEP) + 1)
    at = np.arange(low, high + 1) * STEP
    harmful = expected_utility(a, b, at) < 1
    lower = np.max(at[harmful & (at <= 0)] + STEP, initial=at[0])
    upper = np.min(at[harmful & (at >= 0)] - STEP, initial=at[-1])
    return min(0.0, float(lower)), max(0.0, float(upper))


def within(log10_lr: npt.ArrayLike, bounds: tuple[float, float]) -> Floats:
    """The ratios, held within (low, high)."""
    return np.asarray(np.clip(np.asarray(log10_lr, dtype=np.float64), *bounds))
