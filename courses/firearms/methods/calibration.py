"""From scores to likelihood ratios: this method's calibration, by the laboratory's shared code.

How a calibration is fitted and what ratios cost is the module ``evaluation``'s; it raises
EvaluationError, a ValueError as FirearmsError is, for groups without scores.
"""

import math

import numpy as np
import numpy.typing as npt

from dalil.courses.evaluation.methods import (
    auc,
    cllr,
    eer,
    fit_logistic,
    on_line,
    tippett,
    within,
)
from dalil.courses.firearms.methods.surfaces import Floats

__all__ = [
    "CALIBRATION",
    "LOG10_LR_LIMITS",
    "auc",
    "cllr",
    "eer",
    "fit_calibration",
    "log10_likelihood_ratio",
    "tippett",
]

# log10 LR = CALIBRATION[0] + CALIBRATION[1] * score. Fitted by `fit_calibration` on the 780 pairs
# (63 same slide, 717 different) of the 40 scans of the public NIST Ballistics Toolmark Research
# Database, Fadul study, as published in CSAFE-ISU/cartridgeCaseScans (CC BY 4.0).
CALIBRATION = (1.213, 2.223)
# A set of n comparisons cannot support a ratio beyond about n (the idea of the ELUB limits of
# Vergeer et al. 2016): at most 1 in 63 + 1 against, 717 + 1 in favour.
LOG10_LR_LIMITS = (-math.log10(64), math.log10(718))


def fit_calibration(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[float, float]:
    """(offset, slope) of log10 LR on the score: ``fit_logistic`` with half a pair of doubt, for
    the groups of this method do not overlap."""
    return fit_logistic(same, different, doubt=0.5)


def log10_likelihood_ratio(
    scores: npt.ArrayLike, calibration: tuple[float, float] = CALIBRATION
) -> Floats:
    """log10 LR of each score, held within LOG10_LR_LIMITS."""
    return np.asarray(within(on_line(scores, calibration), LOG10_LR_LIMITS), dtype=np.float64)
