"""Marks the exercise that ``dalil bench`` grades."""

from __future__ import annotations

from typing import Any

import numpy as np

from dalil.grading.marking import Check
from dalil.models import N_, Verdict

RIGHT, WRONG = N_("This is right."), N_("This is not what the exhibits show.")
EXACT = (
    *("digest", "failures", "bursts", "carved", "dense"),
    *("splice", "endings", "message", "chain"),
)


def check_noise(answer: Any, truth: dict[str, Any]) -> Verdict:
    """Noise by block, compared with where the rectangle of another camera lies."""
    place = truth["splice"]
    expected = np.zeros((16, 16))
    expected[place["top"] : place["bottom"], place["left"] : place["right"]] = 1.0
    if answer.shape != expected.shape:
        return Verdict(0.0, WRONG)
    return _verdict(bool(np.corrcoef(answer.ravel(), expected.ravel())[0, 1] > 0.9))


def _equal(question: str) -> Check:
    """A check that takes the truth and nothing else."""
    return lambda answer, truth: _verdict(answer == truth[question])


def _verdict(right: bool) -> Verdict:
    return Verdict(1.0, RIGHT) if right else Verdict(0.0, WRONG)


CHECKS: dict[str, Check] = {**{name: _equal(name) for name in EXACT}, "noise": check_noise}
SIMULATIONS = ()
