"""Marking: what is in doubt scores 0 for its question alone, and says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dalil.answers import encode, form_from
from dalil.grading.marking import mark, refuse
from dalil.models import Verdict

FORMS = {
    "count": form_from({"type": "integer", "min": 0, "max": 9}),
    "map": form_from({"type": "array"}),
}
POINTS = {"count": 4.0, "map": 2.0, "essay": 5.0}


def check_count(answer: int, truth: dict[str, Any]) -> Verdict:
    return Verdict(1.0 if answer == truth["count"] else 0.25, "You counted {n}.", {"n": answer})


CHECKS = {"count": check_count, "map": lambda answer, truth: Verdict(float(answer.mean()), "Mean.")}
TRUTH = {"count": 7}


def handed(question: str, value: Any, cell: str | None = None) -> dict[str, Any]:
    return {"cell": cell or question, "bundle": encode(question, value)}


def marked(bundles: list[dict[str, Any]], died: dict[str, str] | None = None) -> dict[str, Any]:
    outcome = mark(FORMS, POINTS, CHECKS, TRUTH, bundles=bundles, died=died or {})
    return {score.question: score for score in outcome.scores}


def test_right_answers_earn_all() -> None:
    scores = marked([handed("count", "٧"), handed("map", np.ones((2, 2)))])
    assert scores["count"].points == 4.0
    assert scores["map"].points == 2.0
    assert scores["count"].flag is None


def test_partial_credit_is_a_share_of_the_points() -> None:
    scores = marked([handed("count", 3), handed("map", np.full((2, 2), 0.5))])
    assert scores["count"].points == 1.0
    assert scores["map"].points == 1.0


@pytest.mark.parametrize(
    ("bundles", "flag"),
    [
        ([], "unanswered"),
        ([handed("count", 7), handed("count", 7)], "duplicated"),
        ([handed("count", 12)], "malformed"),
        ([handed("count", [7])], "malformed"),
        ([{"cell": "count", "bundle": {"question": "count", "malformed": True}}], "malformed"),
        ([{"cell": "count", "bundle": {"question": "count", "oversized": True}}], "oversized"),
        ([{"cell": "count", "bundle": {"question": None, "oversized": True}}], "oversized"),
        ([{"cell": "count", "bundle": "count"}], "unanswered"),
        ([handed("count", 7, cell="solve_count")], "unanswered"),
        ([handed("count", 7, cell="map")], "unanswered"),
        ([{"cell": "count", "bundle": {"question": "count", "npy": "AAAA"}}], "malformed"),
    ],
)
def test_doubt_scores_nothing_for_that_question_alone(bundles: list[Any], flag: str) -> None:
    scores = marked([*bundles, handed("map", np.ones((1, 1)))])
    assert (scores["count"].points, scores["count"].flag) == (0.0, flag)
    assert scores["map"].points == 2.0


@pytest.mark.parametrize("results", [[], [1], [1, 2, 3]])
def test_forged_results_of_a_function_call_for_no_instructor(results: list[int]) -> None:
    forms = {"f": form_from({"type": "function", "returns": {"type": "integer"}})}
    checks = {"f": lambda a, t: Verdict(float(all(zip(a, t["f"], strict=True))), "Right.")}
    flags = []
    for value in (results, [1, 2]):
        bundles, probes = [handed("f", value)], {"f": [[5], [6]]}
        truth = {"f": [1, 2]}
        outcome = mark(forms, {"f": 1.0}, checks, truth, bundles=bundles, died={}, probes=probes)
        flags.append(outcome.scores[0].flag)
    assert flags == ["malformed", None]


def test_a_dead_cell_gives_its_reason() -> None:
    scores = marked([], {"solve_count": "ran for more than 60 s and could not be interrupted"})
    assert scores["count"].flag == "died"
    assert scores["count"].verdict.values == {"n": "60"}
    assert scores["map"].flag == "unanswered"


def test_an_unforeseen_death_keeps_its_reason() -> None:
    verdict = marked([], {"count": "something new"})["count"].verdict
    assert verdict.values == {"reason": "something new"}


def test_a_check_that_fails_is_a_humans_business(caplog: pytest.LogCaptureFixture) -> None:
    checks = {**CHECKS, "count": lambda a, t: t["absent"]}
    outcome = mark(FORMS, POINTS, checks, TRUTH, bundles=[handed("count", 7)], died={})
    score = outcome.scores[0]
    assert (score.points, score.flag) == (0.0, "check-failed")
    assert "absent" in caplog.text


def test_a_check_must_return_a_verdict() -> None:
    checks = {**CHECKS, "count": lambda a, t: 1.0}
    outcome = mark(FORMS, POINTS, checks, TRUTH, bundles=[handed("count", 7)], died={})
    assert outcome.scores[0].flag == "check-failed"


def test_refused_submissions_earn_nothing_anywhere() -> None:
    outcome = refuse({"count": 4.0}, "unreadable", "not a notebook")
    assert outcome.points == 0
    assert outcome.max_points == 4.0
    assert [score.flag for score in outcome.scores] == ["unreadable"]


def test_a_verdict_beyond_full_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        Verdict(1.5, "too good")
