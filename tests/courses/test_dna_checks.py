"""The checks of the module dna: what other right answers earn, and what errors cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.courses.course import Course

DNA = Course("dna")
CHECKS, FORMS = DNA.checks, DNA.forms

TRUTH: dict[str, Any] = {
    "peaks": {"below": 21, "stutter": 13},
    "alleles": {"B1": ["12", "14"], "B2": ["9.3"], "B3": [], "B4": ["10", "11", "13"]},
    "rmp": -17.346,
    "contributors": {"least": 3, "likely": 4},
    "probability": [0.0123, 0.5, 0.25, 0.0004],
    "locus_lr": {"B1": 0.623, "B2": -0.314, "total": 5.4321},
    "sensitivity": {"low": 0.07, "high": 0.41, "least": [3.21, 3.41], "most": [6.11, 6.35]},
    "strangers": [-8.44, -6.13],
    "conditioning": {"I1": "condition", "I2": "do not", "I3": "do not", "I4": "condition"},
    "statements": {"S1": "fallacy", "S2": "sound", "S3": "fallacy", "S4": "sound"},
    "decision": {"opinion": "supports Hp", "strength": ["strong", "very strong"]},
}
HD = {"opinion": "supports Hd", "strength": ["strong"]}
NONE = {"opinion": "inconclusive", "strength": ["none"]}


def alleles(b1: Any, b2: Any, b3: Any, b4: Any) -> dict[str, Any]:
    return {"B1": b1, "B2": b2, "B3": b3, "B4": b4}


def range_of(low: Any, high: Any, least: Any, most: Any) -> dict[str, Any]:
    return {"low": low, "high": high, "least": least, "most": most}


def items(first: str, second: str, third: str, fourth: str) -> dict[str, str]:
    return {"I1": first, "I2": second, "I3": third, "I4": fourth}


def opinion(said: str, strength: str) -> dict[str, str]:
    return {"opinion": said, "strength": strength}


YES, NO = "condition", "do not"


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        ("peaks", {"below": "21", "stutter": 13}, 1.0),
        ("peaks", {"below": 21, "stutter": 34}, 0.5),
        ("peaks", {"below": 0, "stutter": 0}, 0.0),
        ("alleles", alleles(["14", "12"], ["9,3"], [], ["13", "11", "10"]), 1.0),
        ("alleles", {" b1 ": ["12.0", "14"], "b2": ["9.30"], "B3": [], "B4": ["10"]}, 0.75),
        ("alleles", alleles(["12", "14", "15"], ["9"], ["11"], []), 0.0),
        ("alleles", {}, 0.0),
        ("rmp", "-17,35", 1.0),
        ("rmp", -17.38, 0.0),
        ("rmp", -39.94, 0.0),
        ("contributors", {"least": 3, "likely": 4}, 1.0),
        ("contributors", {"least": 3, "likely": 3}, 0.5),
        ("contributors", {"least": 6, "likely": 3}, 0.0),
        ("probability", [0.0123, 0.5, 0.25, 0.0004], 1.0),
        ("probability", [0.0123000001, 0.5, 0.25, 0.00040001], 0.75),
        ("probability", [None] * 4, 0.0),
        ("locus_lr", {"b1": 0.62, "B2": "-0,31", "Total": 5.44}, 1.0),
        ("locus_lr", {"B1": 0.62, "B2": -0.31}, 0.6),
        ("locus_lr", {"total": 5.4}, 0.4),
        ("locus_lr", {"B1": -0.62, "B2": 0.31, "total": -5.4}, 0.0),
        ("locus_lr", {"B1": 4.2, "B2": 0.49, "total": 1000}, 0.0),
        ("sensitivity", range_of(0.05, 0.43, 3.2, 6.39), 1.0),
        ("sensitivity", range_of(np.float64(0.09), 0.39, 3.45, 6.07), 1.0),
        ("sensitivity", range_of(0.1, 0.41, 3.3, 6.2), 0.75),
        ("sensitivity", range_of(0.41, 0.07, 6.2, 3.3), 0.0),
        ("strangers", -7, 1.0),
        ("strangers", "-6,1", 1.0),
        ("strangers", -5.9, 0.0),
        ("strangers", 0.05, 0.0),
        ("conditioning", items(YES, NO, NO, YES), 1.0),
        ("conditioning", {"i1 ": "Condition", "I2": NO, "I3": NO, "I4": YES}, 1.0),
        ("conditioning", items(YES, NO, NO, NO), 0.5),
        ("conditioning", items(YES, YES, YES, YES), 0.0),
        ("conditioning", items(NO, YES, YES, NO), 0.0),
        ("statements", ["S3", "s1"], 1.0),
        ("statements", ["S1"], 0.5),
        ("statements", ["S1", "S3", "S2"], 0.5),
        ("statements", ["S1", "S2", "S3", "S4"], 0.0),
        ("statements", ["S1", "S3", "S9"], 0.0),
        ("statements", [], 0.0),
        ("decision", opinion("Supports Hp", "strong"), 1.0),
        ("decision", opinion("supports Hp", "very strong"), 1.0),
        ("decision", opinion("supports Hp", "moderate"), 0.7),
        ("decision", opinion("supports Hp", "extremely strong"), 0.0),
        ("decision", opinion("inconclusive", "none"), 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, share: float
) -> None:
    verdict = CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH)
    assert verdict.share == pytest.approx(share)


@pytest.mark.parametrize(
    ("expected", "answer", "share"),
    [
        (HD, opinion("supports Hd", "strong"), 1.0),
        (HD, opinion("supports Hd", "extremely strong"), 0.7),
        (HD, opinion("supports Hp", "moderate"), 0.0),
        (HD, opinion("inconclusive", "none"), 0.0),
        (NONE, opinion("inconclusive", "none"), 1.0),
        (NONE, opinion("inconclusive", "moderate"), 0.7),
        (NONE, opinion("supports Hp", "none"), 0.0),
        (NONE, opinion("supports Hd", "moderate"), 0.0),
    ],
)
def test_support_where_none_is_allowed_costs_the_question(
    expected: dict[str, Any], answer: dict[str, str], share: float
) -> None:
    read = FORMS["decision"].read(answer)
    assert CHECKS.check_decision(read, {"decision": expected}).share == pytest.approx(share)


WRONG: dict[str, Any] = {
    "peaks": {"below": 0, "stutter": 0},
    "alleles": alleles(["1"], ["1"], ["1"], ["1"]),
    "rmp": -1,
    "contributors": {"least": 9, "likely": 9},
    "probability": [None] * 4,
    "locus_lr": {"B1": 9, "B2": 9, "total": 9},
    "sensitivity": range_of(1, 0, 99, -99),
    "strangers": 50,
    "conditioning": items(NO, YES, YES, NO),
    "statements": ["S2", "S4"],
    "decision": opinion("supports Hd", "strong"),
}


@pytest.mark.parametrize("question", WRONG)
def test_explanations_fill_their_places_and_keep_the_truth(question: str) -> None:
    verdict = CHECKS.CHECKS[question](FORMS[question].read(WRONG[question]), TRUTH)
    said = verdict.message.format(**verdict.values)
    assert verdict.share == 0.0
    assert len(said) > 60
    assert "lesson, section" in said
    secrets = ("21", "9.3", "17.3", "0.0123", "0.62", "5.43", "0.07", "0.41", "3.21", "8.44", "S1")
    assert not any(secret in said for secret in secrets)


def test_how_far_off_is_told_roughly() -> None:
    told = {CHECKS.check_rmp(-17.346 + off, TRUTH).values["off"] for off in (0.3, -1.0, 1.5, -22)}
    assert told == {"< 0.5", "0.5-2", "> 2"}


def test_every_machine_marked_question_has_a_check_and_a_wrong_way() -> None:
    assert set(CHECKS.CHECKS) == set(FORMS) == set(WRONG)
    missed = {q for simulation in CHECKS.SIMULATIONS for q in simulation.shares}
    assert missed == set(FORMS)
