"""The checks of the module firearms: what other right answers earn, and what errors cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.courses.course import Course

FIREARMS = Course("firearms")
FORMS, CHECKS = FIREARMS.forms, FIREARMS.checks

TRUTH: dict[str, Any] = {
    "tilt": {"x": 3.21, "y": -4.56},
    "roughness": 0.8123,
    "control": {"rotation": -178.5, "dx": 71.3, "dy": -93.7},
    "cells": {"known_a": 1, "known_b": 17, "known_c": 0},
    "log10_lr": {"known_a": 0.4321, "known_b": 2.1234, "known_c": -1.8062},
    "limits": [-1.8062, 2.8561],
    "probability": 0.4567,
    "decisions": {"known_a": "inconclusive", "known_b": "identification", "known_c": "exclusion"},
    "count": [0, 12, 9, 14, 11, 0],
}


def named(a: Any, b: Any, c: Any) -> dict[str, Any]:
    return {"known_a": a, "known_b": b, "known_c": c}


ID, IN, EX = "identification", "inconclusive", "exclusion"
THIRD = pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        ("tilt", {"x": 3.6, "y": "-4,9"}, 1.0),
        ("tilt", {"x": np.float64(3.21), "y": 4.56}, 0.5),
        ("tilt", {"x": 0.00321, "y": -0.00456}, 0.0),
        ("roughness", "0.83", 1.0),
        ("roughness", 0.84, 0.0),
        ("roughness", 812.3, 0.0),
        ("control", {"rotation": 181.3, "dx": 80, "dy": -100}, 1.0),
        ("control", {"rotation": -178, "dx": 71.3, "dy": 93.7}, 0.5),
        ("control", {"rotation": 178.5, "dx": 71, "dy": -94}, 0.5),
        ("control", {"rotation": 178.5, "dx": -71, "dy": 94}, 0.0),
        ("cells", named(0, 18, 1), 1.0),
        ("cells", {" Known_A ": 1, "KNOWN_B": np.int64(17), "known_c": 0, "control": 20}, 1.0),
        ("cells", named(3, 19, 0), THIRD),
        ("cells", {"known_c": 0}, THIRD),
        ("cells", {}, 0.0),
        ("count", [0, 12, 9, 14, 11, 0], 1.0),
        ("count", [0, 12, 9, 14, 10, 0], 0.75),
        ("count", [2, 12, 9, 14, 11, 0], 0.75),
        ("count", [2, 12, 9, 14, 11, None], 0.5),
        ("count", [0] * 6, 0.0),
        ("count", [None] * 6, 0.0),
        ("log10_lr", named(0.4, 2.1, -1.81), 1.0),
        ("log10_lr", named(0.4, 2.0, -1.8), pytest.approx(2 / 3)),
        ("log10_lr", named(0.4, 2.1, -1.9), 0.0),
        ("log10_lr", named(0.4, 6.0, -1.8), 0.0),
        ("log10_lr", named(2.7, 132, 0.016), 0.0),
        ("log10_lr", named(-0.43, -1.7, 1.8), 0.0),
        ("probability", "0,46", 1.0),
        ("probability", 0.48, 0.0),
        ("probability", 0.99, 0.0),
        ("decisions", named("Inconclusive ", ID, EX), 1.0),
        ("decisions", named(EX, ID, EX), pytest.approx(2 / 3)),
        ("decisions", named(IN, IN, IN), THIRD),
        ("decisions", named(ID, ID, EX), 0.0),
        ("decisions", {"known_b": ID, "control": ID}, 0.0),
        ("decisions", {}, 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, share: Any
) -> None:
    assert CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH).share == share


WRONG: dict[str, Any] = {
    "tilt": {"x": 0, "y": 0},
    "roughness": 5,
    "control": {"rotation": 0, "dx": 0, "dy": 0},
    "cells": named(40, 40, 40),
    "count": [None] * 6,
    "log10_lr": named(9, 9, 9),
    "probability": 1,
    "decisions": named(ID, ID, ID),
}
OTHER_WRONG: dict[str, Any] = {
    "log10_lr": named(1.5, 1.5, 1.5),
    "decisions": named(EX, EX, IN),
}


@pytest.mark.parametrize(
    ("question", "answer"), [*WRONG.items(), *OTHER_WRONG.items()], ids=lambda v: str(v)[:20]
)
def test_explanations_fill_their_places_and_keep_the_truth(question: str, answer: Any) -> None:
    verdict = CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH)
    said = verdict.message.format(**verdict.values)
    assert verdict.share == 0.0
    assert len(said) > 60
    secrets = ("3.21", "4.56", "0.81", "178", "71.3", "93.7", "17", "0.43", "2.12", "1.80", "0.45")
    assert not any(secret in said for secret in secrets)


def test_every_machine_marked_question_has_a_check_and_a_wrong_way() -> None:
    assert set(CHECKS.CHECKS) == set(FORMS) == set(WRONG)
    missed = {q for simulation in CHECKS.SIMULATIONS for q in simulation.shares}
    assert missed == set(FORMS)
