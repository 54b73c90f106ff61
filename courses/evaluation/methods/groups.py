"""What all parts share: the error, the types, and the two groups that every measure needs."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LN10 = math.log(10)


class EvaluationError(ValueError):
    """The scores, ratios or parameters do not allow what was asked: one line says why."""


def two_groups(
    same: npt.ArrayLike, different: npt.ArrayLike, *, finite: bool = True
) -> tuple[Floats, Floats]:
    """Same-source and different-source values as arrays of shape (N,) and (M,).

    With ``finite`` false, infinite values pass: a ratio may be 0 or infinite (PAV). Raises
    EvaluationError for an empty group and for NaN.
    """
    groups = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    for group in groups:
        sound = np.isfinite(group) if finite else ~np.isnan(group)
        if group.size == 0 or not sound.all():
            raise EvaluationError(
                "both groups need at least one score, and every score a finite value"
            )
    return groups
