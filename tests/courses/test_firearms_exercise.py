"""The exercise of the module firearms: its reference and its simulations earn what they must."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalil.courses.firearms import methods
from dalil.forging import practice
from tests.courses.course import BLANK, Course, remember

FIREARMS = Course("firearms")
EVIDENCE, CHECKS = FIREARMS.evidence, FIREARMS.checks
ARGUMENTS = "ccf, rotation, dx, dy, least, turn, reach"
WAYS = FIREARMS.ways({"solve_count": f"def count({ARGUMENTS}):\n    {BLANK}\n"})
QUICK, MANY = 4, 44


@pytest.fixture
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scan is read, prepared and compared once, however often the exercise is run on it."""
    slow = ("read_x3p", "prepare", "level", "bandpass", "register", "compare_prepared")
    remember(monkeypatch, methods, *slow)


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(number: int, tmp_path: Path) -> None:
    FIREARMS.assert_earned(FIREARMS.forge(f"firearms exercise {number}", tmp_path), WAYS)


@pytest.mark.acceptance
@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(number: int, tmp_path: Path) -> None:
    FIREARMS.assert_earned(FIREARMS.forge(f"firearms exercise {number}", tmp_path), WAYS)


_SUBCLASS = """\
decisions = {
    name: "identification" if one.log10_lr > 0 else "exclusion"
    for name, one in comparisons.items()
}
"""
_BEST_OF_THREE = """\
best = max(KNOWNS, key=lambda name: comparisons[name].score)
decisions = {name: "identification" if name == best else "exclusion" for name in KNOWNS}
"""
_UNBOUNDED = """\
log10_lr = {
    name: methods.CALIBRATION[0] + methods.CALIBRATION[1] * one.score
    for name, one in comparisons.items()
}
"""


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("kind", ["trap", "none"])
def test_a_twin_and_the_best_of_three_are_no_identification(kind: str, tmp_path: Path) -> None:
    name = next(
        name
        for name in (f"firearms {number}" for number in range(100))
        if EVIDENCE._plan(practice(name))[0] == kind
    )
    evidence = FIREARMS.forge(name, tmp_path).evidence
    answers = FIREARMS.solve(tmp_path, {"solve_decisions": _BEST_OF_THREE})
    assert FIREARMS.shares(answers, evidence)["decisions"] == 0.0
    answers = FIREARMS.solve(tmp_path, {"solve_decisions": _SUBCLASS})
    assert FIREARMS.shares(answers, evidence)["decisions"] == (0.0 if kind == "trap" else 1.0)
    answers = FIREARMS.solve(tmp_path, {"solve_log10_lr": _UNBOUNDED})
    low = min(answers["log10_lr"].values())
    beyond = low < methods.LOG10_LR_LIMITS[0] - CHECKS.LIMIT_SLACK
    assert FIREARMS.shares(answers, evidence)["log10_lr"] == (0.0 if beyond else 1.0)


def test_points_add_up_and_tables_agree() -> None:
    points = FIREARMS.points
    assert set(points) == {question["id"] for question in FIREARMS.table["questions"]}
    assert sum(points.values()) == 24
    written = set(points) - set(FIREARMS.forms)
    assert sum(points[question] for question in written) == 5
    sources = {cell["id"]: "".join(cell["source"]) for cell in FIREARMS.notebook["cells"]}
    for question in FIREARMS.table["questions"]:
        row = f"| {question['title']} | {points[question['id']]} |"
        assert row in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
    assert EVIDENCE.TILT_TOLERANCE == CHECKS.TILT_TOLERANCE
    assert EVIDENCE.ROTATION_TOLERANCE == CHECKS.ROTATION_TOLERANCE
    assert EVIDENCE.SHIFT_TOLERANCE == CHECKS.SHIFT_TOLERANCE
