"""What a threshold does: false matches and false non-matches, the DET curve, likelihood ratios.

Scores are higher for prints that are more alike; "at or above the threshold" means a match, as in
ISO/IEC 19795-1. The likelihood ratio of a score is calibrated by logistic regression (N. Brümmer
and J. du Preez 2006) on forged prints, and held within what the number of comparisons supports.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dalil.courses.fingerprints.methods.comparison import ComparisonError

Values = npt.NDArray[np.float64]

# log10 LR = CALIBRATION[0] + CALIBRATION[1] * score. Fitted by `python -m dalil.validate
# fingerprints` on forged latents that pass the gate, against forged prints: 171 comparisons of one
# finger and 3,420 of different ones. No real print is in it, so it says nothing about real fingers.
CALIBRATION = (-1.143, 0.1253)
# n comparisons support no ratio beyond about n (the idea of the ELUB limits, Vergeer et al. 2016).
LOG10_LR_LIMITS = (-math.log10(172), math.log10(3421))


@dataclass(frozen=True)
class Rates:
    """``fmr``: share of the comparisons of different fingers at or above the threshold; ``fnmr``:
    share of those of one finger below it."""

    fmr: float
    fnmr: float


def _scores(values: Sequence[float] | Values, what: str) -> Values:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not found.size or not np.isfinite(found).all():
        raise ComparisonError(f"the scores of {what} must be a list of finite numbers, not empty")
    return found


def error_rates(
    same: Sequence[float] | Values, different: Sequence[float] | Values, threshold: float
) -> Rates:
    """Both rates at a threshold. Raises ComparisonError for scores that are empty or not finite."""
    one, other = _scores(same, "one finger"), _scores(different, "different fingers")
    return Rates(float((other >= threshold).mean()), float((one < threshold).mean()))


def det_curve(
    same: Sequence[float] | Values, different: Sequence[float] | Values
) -> tuple[Values, Values, Values]:
    """(thresholds, fmr, fnmr), one point for each score that occurs and one above all."""
    one, other = np.sort(_scores(same, "one finger")), np.sort(_scores(different, "different"))
    thresholds = np.unique(np.concatenate([one, other, [max(one[-1], other[-1]) + 1e-9]]))
    fmr = 1 - np.searchsorted(other, thresholds, side="left") / other.size
    fnmr = np.searchsorted(one, thresholds, side="left") / one.size
    return thresholds, fmr, fnmr


def equal_error_rate(
    same: Sequence[float] | Values, different: Sequence[float] | Values
) -> tuple[float, float]:
    """(rate, threshold) where both errors are equally frequent, or as nearly as can be."""
    thresholds, fmr, fnmr = det_curve(same, different)
    at = int(np.argmin(np.abs(fmr - fnmr)))
    return float((fmr[at] + fnmr[at]) / 2), float(thresholds[at])


def upper_bound(errors: int, trials: int, level: float = 0.95) -> float:
    """The greatest error rate that *errors* in *trials* leave plausible: the one-sided bound of
    C. Clopper and E. Pearson (1934). Raises ComparisonError for impossible counts."""
    if not 0 <= errors <= trials or trials < 1 or not 0 < level < 1:
        raise ComparisonError(f"{errors} errors in {trials} trials at level {level}: impossible")
    return 1.0 if errors == trials else float(stats.beta.ppf(level, errors + 1, trials - errors))


def log10_likelihood_ratio(
    score: float | Values, calibration: tuple[float, float] = CALIBRATION
) -> Values:
    """log10 of the ratio of the score's probabilities if one finger left both prints, and if two
    fingers did; held within LOG10_LR_LIMITS."""
    line = calibration[0] + calibration[1] * np.asarray(score, dtype=np.float64)
    return np.asarray(np.clip(line, *LOG10_LR_LIMITS))
