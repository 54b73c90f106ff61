"""The checks of the module disk: what other right answers earn, and what errors cost."""

from __future__ import annotations

from typing import Any

import pytest

from dalil.courses.disk import methods
from tests.courses.course import Course

DISK = Course("disk")
CHECKS, FORMS = DISK.checks, DISK.forms
ONE, TWO, THREE = "ab" * 32, "cd" * 32, "ef" * 32
MEMO, INVOICE = "linux:/home/x/مذكرة.docx", "exchange:/وثائق/facture_\u202efdp.zip"
TRUTH: dict[str, Any] = {
    "digest": ONE,
    "pieces": [166, 401],
    "layout": {"scheme": "gpt", "linux": 2816, "exchange": 20_480, "hidden": 17_776},
    "clock": -1106,
    "recovered": TWO,
    "carved": [ONE, TWO],
    "moment": "2026-02-16T09:46:37Z",
    "order": list("DCBAFE"),
    "mail": "C",
    "findings": [{"place": MEMO, "kind": "backdated"}, {"place": INVOICE, "kind": "bidi"}],
    "decision": {"opened": "undetermined", "margin": -612},
    "moments": [["2026-02-13T16:05:08Z"], [], ["2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z"], []],
}


def found(*items: tuple[str, str]) -> list[dict[str, str]]:
    return [{"place": place, "kind": kind} for place, kind in items]


RIGHT = TRUTH["layout"]
MOMENTS = TRUTH["moments"]


@pytest.mark.parametrize(
    ("question", "answer", "share"),
    [
        ("digest", ONE.upper(), 1.0),
        ("digest", TWO, 0.0),
        ("pieces", [401, 166], 1.0),
        ("pieces", [166], 0.5),
        ("pieces", [166, 401, 7], 0.5),
        ("pieces", [], 0.0),
        ("layout", RIGHT, 1.0),
        ("layout", RIGHT | {"scheme": "MBR"}, 0.75),
        ("layout", RIGHT | {"hidden": 0, "linux": 20_480, "exchange": 2816}, 0.25),
        ("clock", "-1106", 1.0),
        ("clock", "−1107,5", 1.0),
        ("clock", 1106, 0.0),
        ("clock", 2494, 0.0),
        ("recovered", TWO, 1.0),
        ("recovered", ONE, 0.0),
        ("carved", [TWO, ONE], 1.0),
        ("carved", [TWO], 0.5),
        ("carved", [ONE, TWO, THREE], 0.5),
        ("carved", [THREE], 0.0),
        ("moment", "2026-02-16T09:46:39Z", 1.0),
        ("moment", "2026-02-16 10:46:36.5+01:00", 1.0),
        ("moment", "2026-02-16T10:46:37Z", 0.0),
        ("moment", "2026-02-16T09:28:11Z", 0.0),
        ("order", list("dcbafe"), 1.0),
        ("order", list("DBCAFE"), 0.5),
        ("order", list("CDBAFE"), 0.5),
        ("order", list("DCBAEF"), 0.0),
        ("order", list("EFABCD"), 0.0),
        ("order", list("DDBAFE"), 0.0),
        ("findings", found((INVOICE, "bidi"), (MEMO, "backdated")), 1.0),
        ("findings", found((methods.spelled(INVOICE), "bidi"), (MEMO, "BACKDATED")), 1.0),
        ("findings", found((INVOICE.replace("\u202e", ""), "bidi"), (MEMO, "backdated")), 1.0),
        ("findings", found((MEMO, "backdated")), 0.5),
        ("findings", found((MEMO, "backdated"), (MEMO, "extension")), 0.0),
        ("findings", found((MEMO, "backdated"), (INVOICE, "bidi"), ("x", "wiped")), 0.5),
        ("findings", [], 0.0),
        ("moments", MOMENTS, 1.0),
        ("moments", [["2026-02-13T17:05:08+01:00"], [], MOMENTS[2], []], 1.0),
        ("moments", [MOMENTS[0], [], MOMENTS[2][:1], []], 0.5),
        ("moments", [MOMENTS[0], None, MOMENTS[2], []], 0.75),
        ("moments", [["nonsense"], [], MOMENTS[2], []], 0.5),
        ("moments", [None] * 4, 0.0),
        ("decision", {"opened": "Undetermined", "margin": "-612.4"}, 1.0),
        ("decision", {"opened": "undetermined", "margin": 736}, 0.5),
        ("decision", {"opened": "yes", "margin": -612}, 0.0),
        ("decision", {"opened": "no", "margin": -612}, 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, share: float
) -> None:
    assert CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH).share == share


def test_a_case_without_a_difference_is_right_when_empty_and_pays_for_alarms() -> None:
    none = TRUTH | {"pieces": []}
    assert CHECKS.check_pieces([], none).share == 1.0
    assert CHECKS.check_pieces([3], none).share == 0.5
    assert CHECKS.check_pieces([3, 4], none).share == 0.0


def test_a_yes_that_is_carried_earns_all_and_doubt_half() -> None:
    yes = TRUTH | {"decision": {"opened": "yes", "margin": 900}}
    assert CHECKS.check_decision({"opened": "yes", "margin": 903.0}, yes).share == 1.0
    assert CHECKS.check_decision({"opened": "undetermined", "margin": 900.0}, yes).share == 0.5
    assert CHECKS.check_decision({"opened": "no", "margin": 900.0}, yes).share == 0.0


WRONG: dict[str, Any] = {
    "digest": THREE,
    "pieces": [1, 2, 3],
    "layout": {"scheme": "mbr", "linux": 1, "exchange": 2, "hidden": 3},
    "clock": 0,
    "recovered": THREE,
    "carved": [THREE],
    "moment": "2026-02-16T10:00:00Z",
    "order": list("ABCDEF"),
    "findings": found(("x", "wiped")),
    "moments": [None] * 4,
    "decision": {"opened": "yes", "margin": 0},
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *WRONG.items(),
        ("pieces", []),
        ("findings", []),
        ("decision", {"opened": "undetermined", "margin": 0}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_explanations_fill_their_places_and_keep_the_truth(question: str, answer: Any) -> None:
    verdict = CHECKS.CHECKS[question](FORMS[question].read(answer), TRUTH)
    said = verdict.message.format(**verdict.values)
    assert verdict.share < 1.0
    assert len(said) > 60
    assert "lesson, section" in said
    secrets = ("abab", "cdcd", "166", "401", "2816", "20480", "17776", "1106", "09:46", "612")
    assert not any(secret in said for secret in (*secrets, "مذكرة", "facture", "DCB"))


def test_every_machine_marked_question_has_a_check_and_a_wrong_way() -> None:
    assert set(CHECKS.CHECKS) == set(FORMS) == set(WRONG)
    missed = {q for simulation in CHECKS.SIMULATIONS for q in simulation.shares}
    assert missed == set(FORMS)
