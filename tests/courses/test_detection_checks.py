"""The checks of the module detection: what other right answers earn, and what errors cost."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from dalil.courses.detection import methods
from dalil.forging import practice
from tests.courses.course import Course

DETECTION = Course("detection")
CHECKS = DETECTION.checks


def hidden() -> dict[str, Any]:
    seed, technique = practice("detection checks"), methods.TECHNIQUES["T1218.011"]
    sought, days = methods.stage_hidden(
        seed, methods.make_office(seed), date(2026, 5, 12), technique, days=4, each=5
    )
    records = methods.pack([*sought, *(record for day in days for record in day)])
    return {"records": records, "sought": len(sought), "days": 4, "budget": 1}


NONE = {"host": "none", "user": "none", "record": 0, "local": "none"}
FOUND = {
    "host": "POSTE-17.waha.example",
    "user": "k.bensnaoubar",
    "record": 71234,
    "local": "10:42",
}
TRUTH: dict[str, Any] = {
    "techniques": dict(zip("12345", methods.TECHNIQUES, strict=False)),
    "logons": {"count": 3, "minutes": 87.53},
    "measures": {"precision": 0.6543, "recall": 0.7654},
    "alarms": {"true_share": 0.004321, "hours": 123.45},
    "sprayed": [[], ["203.0.113.7"], [], ["203.0.113.8", "203.0.113.9"]],
    "rule": hidden(),
    "signatures": {"matching": ["f02.bin", "f05.bin", "f11.bin"], "quoting": "f05.bin"},
    "finding": FOUND,
    "decision": {"conclusion": "compromised", "miss_bound": 0.13911},
}
QUIET = {**TRUTH, "finding": NONE, "decision": {"conclusion": "undetermined", "miss_bound": 0.05}}
HEAD = "title: x\nlogsource:\n  product: windows\n  category: process_creation\ndetection:\n"
PLACES = (
    HEAD + "  a:\n    Image|endswith: '\\rundll32.exe'\n"
    "    CommandLine|contains: ['\\Users\\', '\\ProgramData\\', '%APPDATA%']\n"
)
RIGHT = PLACES + "  b:\n    CommandLine|contains: 'Sahel '\n  condition: a and not b\n"


def share(question: str, answer: Any, truth: dict[str, Any] = TRUTH) -> float:
    return float(CHECKS.CHECKS[question](DETECTION.forms[question].read(answer), truth).share)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("techniques", {**TRUTH["techniques"], " 1 ": "t1036.005"}, 1.0),
        ("techniques", {"1": "T1036.005", "2": "T1036.005"}, 0.2),
        ("techniques", {}, 0.0),
        ("logons", {"count": 3, "minutes": "87,9"}, 1.0),
        ("logons", {"count": 4, "minutes": 87.5}, 0.5),
        ("logons", {"count": 3, "minutes": 5251.8}, 0.5),
        ("logons", {"count": 5, "minutes": 200}, 0.0),
        ("measures", {"precision": "0,654", "recall": 0.765}, 1.0),
        ("measures", {"precision": 0.7654, "recall": 0.6543}, 0.0),
        ("measures", {"precision": 0.654, "recall": 0.9}, 0.5),
        ("alarms", {"true_share": 0.00429, "hours": 121}, 1.0),
        ("alarms", {"true_share": 0.95, "hours": 123.45}, 0.5),
        ("alarms", {"true_share": 0.95, "hours": 7407}, 0.0),
        ("sprayed", [[], ["203.0.113.7"], [], ["203.0.113.9", "203.0.113.8"]], 1.0),
        ("sprayed", [[], ["203.0.113.7"], [], ["203.0.113.8"]], 0.5),
        ("sprayed", [["203.0.113.1"], ["203.0.113.7"], None, ["203.0.113.8", "203.0.113.9"]], 0.5),
        ("sprayed", [None] * 4, 0.0),
        ("sprayed", [[]] * 4, 0.0),
        ("rule", RIGHT, 1.0),
        ("rule", PLACES + "  condition: a\n", 0.5),
        ("rule", RIGHT.replace("process_creation", "file_event"), 0.0),
        ("rule", RIGHT.replace(", '%APPDATA%'", ""), pytest.approx(20 / 27)),
        ("rule", "", 0.0),
        ("signatures", {"matching": ["F11.bin", "f05.bin ", "f02.bin"], "quoting": "F05.BIN"}, 1.0),
        ("signatures", {"matching": ["f02.bin", "f11.bin"], "quoting": "f05.bin"}, 0.5),
        ("signatures", {"matching": [], "quoting": ""}, 0.0),
        ("finding", {**FOUND, "host": "poste-17", "user": "WAHA\\K.Bensnaoubar"}, 1.0),
        ("finding", {**FOUND, "local": "09:42"}, 0.75),
        ("finding", {**FOUND, "record": 71235}, 0.0),
        ("finding", NONE, 0.0),
        ("decision", {"conclusion": "Compromised", "miss_bound": "0,139"}, 1.0),
        ("decision", {"conclusion": "compromised", "miss_bound": 0}, pytest.approx(2 / 3)),
        ("decision", {"conclusion": "not_shown", "miss_bound": 0.139}, pytest.approx(1 / 3)),
        ("decision", {"conclusion": "undetermined", "miss_bound": 0.5}, 0.0),
    ],
)
def test_checks_take_other_right_answers_and_price_wrong_ones(
    question: str, answer: Any, expected: Any
) -> None:
    assert share(question, answer) == expected


def test_a_quiet_day_is_right_when_nobody_is_named() -> None:
    assert share("finding", {**NONE, "host": "None"}, QUIET) == 1.0
    assert share("finding", FOUND, QUIET) == 0.0
    assert share("decision", {"conclusion": "undetermined", "miss_bound": 0.05}, QUIET) == 1.0
    assert share("decision", {"conclusion": "compromised", "miss_bound": 0.05}, QUIET) < 0.5


WRONG: dict[str, Any] = {
    "techniques": {},
    "logons": {"count": 0, "minutes": 0},
    "measures": {"precision": 0, "recall": 0},
    "alarms": {"true_share": 1, "hours": 0},
    "sprayed": [None] * 4,
    "rule": HEAD + "  s:\n    Image|contains: '\\'\n  condition: s\n",
    "signatures": {"matching": [], "quoting": "x"},
    "finding": {**FOUND, "record": 1},
    "decision": {"conclusion": "not_shown", "miss_bound": 1},
}
OTHER_WRONG = {
    "rule": ["x", RIGHT.replace("rundll32", "nothing"), RIGHT.replace("'\\ProgramData\\', ", "")],
    "finding": [NONE, {**FOUND, "user": "x"}],
}


@pytest.mark.parametrize("question", WRONG)
def test_explanations_fill_their_places_and_keep_the_truth(question: str) -> None:
    for answer in (WRONG[question], *OTHER_WRONG.get(question, ())):
        read = DETECTION.forms[question].read(answer)
        verdict = CHECKS.CHECKS[question](read, TRUTH)
        said = verdict.message.format(**verdict.values)
        assert verdict.share < 1.0
        assert len(said) > 60
        secrets = ("T1036", "87", "0.65", "0.76", "0.0043", "123", "113.7", "f05", "f11")
        assert not any(secret in said for secret in (*secrets, "POSTE", "bensnaoubar", "71234"))


def test_hostile_rules_are_marked_and_quickly() -> None:
    values = "".join(f"      - '*{n}*a?{n}*b*'\n" for n in range(200))
    hostile = (
        HEAD + f"  s:\n    CommandLine:\n{values}  condition: s\n",
        HEAD + "  s:\n    CommandLine|re: '(.*a){20}(a+)+$'\n  condition: s\n",
        HEAD + "  s:\n    Image: x\n  condition: " + "not " * 59 + "s\n",
        "a: &a [1]\nb: [*a, *a]\ndetection: {s: *a, condition: s}",
        "[" * 4_000,
    )
    for rule in hostile:
        before = time.process_time()
        share("rule", rule)
        assert time.process_time() - before < 3.0


def test_every_machine_marked_question_has_a_check_and_a_wrong_way() -> None:
    assert set(CHECKS.CHECKS) == set(DETECTION.forms) == set(WRONG)
    missed = {question for simulation in CHECKS.SIMULATIONS for question in simulation.shares}
    assert missed == set(DETECTION.forms)
