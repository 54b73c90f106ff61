"""The DNA lesson: it runs in Arabic, and what its prose claims is what its cells compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.courses.lesson import assert_pictures_have_texts, assert_silent, outputs, played, printed

COURSE = Path(__file__).parents[2] / "courses" / "dna"
CHECKS = ("call", "rmp", "model", "decide", "fallacy")
NUMBERS = """
import json
print(json.dumps({
    "trade": [errors(t, s) for t in (50, 200) for s in (0, 1, 3)],
    "raw": methods.least_number(raw), "called": methods.least_number(called),
    "rmp": {str(theta): value for theta, value in rmp.items()}, "sibling": sibling,
    "right": {name: [float(v) for v in values] for name, values in right.items()},
    "by_hand": by_hand, "computed": computed,
    "compared": list(compared.values()), "range": [least, most], "interval": [low, high],
    "curve": [float(curve[0]), float(curve.max()), float(curve[-1])],
    "poor": [poor_least, poor_most], "above": above,
    "rates": [[row[name] for name in names] for row in rates],
}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return played(COURSE, tmp_path_factory.mktemp("lesson"), NUMBERS)


@pytest.fixture(scope="module")
def numbers(run: Any) -> dict[str, Any]:
    return printed(run)


def test_nothing_is_complained_about(run: Any) -> None:
    assert_silent(run)


def test_every_picture_has_a_text_in_arabic(run: Any) -> None:
    assert_pictures_have_texts(run, 6)


def test_without_the_filter_one_smoker_becomes_two(numbers: dict[str, Any]) -> None:
    assert (numbers["raw"], numbers["called"]) == (2, 1)


def test_threshold_and_filter_trade_one_error_for_another(numbers: dict[str, Any]) -> None:
    low, high = numbers["trade"][:3], numbers["trade"][3:]
    for (lost, foreign), (more_lost, less_foreign) in zip(low, high, strict=True):
        assert more_lost > lost
        assert less_foreign <= foreign
    assert [lost for lost, _ in low] == sorted(lost for lost, _ in low)
    assert low[0][1] > low[1][1]


def test_a_brother_is_worse_by_a_million_and_theta_is_cautious(numbers: dict[str, Any]) -> None:
    values = list(numbers["rmp"].values())
    assert values == sorted(values)
    assert numbers["sibling"] - numbers["rmp"]["0.0"] > 6


def test_allele_counts_fail_where_the_lesson_says(numbers: dict[str, Any]) -> None:
    least, likely = numbers["right"]["least"], numbers["right"]["likely"]
    assert min(least[:3] + likely[:3]) > 0.9
    assert max(least[3:]) < 0.5 < min(likely[3:]) < 0.95


def test_the_hand_reaches_what_the_method_does(numbers: dict[str, Any]) -> None:
    assert numbers["by_hand"] == pytest.approx(numbers["computed"])
    assert numbers["by_hand"] == pytest.approx(0.1 * (1 - 0.1 * 0.09) * 0.05 * 0.08)


def test_the_mistakes_show(numbers: dict[str, Any]) -> None:
    (giver, giver_unconditioned), (brother, brother_unconditioned), strangers = numbers["compared"]
    assert giver > giver_unconditioned > 4
    assert brother < 0
    assert brother_unconditioned > 4
    assert max(strangers) < -20


def test_the_curve_falls_at_both_ends_and_its_range_is_reported(numbers: dict[str, Any]) -> None:
    first, top, last = numbers["curve"]
    assert max(first, last) < numbers["range"][0] <= numbers["range"][1] <= top + 1e-9
    assert numbers["interval"][0] < 0.2 < numbers["interval"][1]


def test_the_weaker_trace_is_inconclusive(numbers: dict[str, Any]) -> None:
    assert -1 < numbers["poor"][0] < 1
    assert numbers["above"][0] < 0.001
    assert 0.01 < numbers["above"][1] < 0.3  # "some strangers reach a ratio of 1 as well"


def test_error_rates_are_as_told(numbers: dict[str, Any]) -> None:
    rates = numbers["rates"]
    assert all(sum(row) == 12 for row in rates)
    assert all(row[2] == 0 for row in rates[::2])  # he contributed, never excluded
    assert all(row[0] == 0 for row in rates[1::2])  # he did not, never included
    assert min(rates[0][1], rates[1][1]) > 6
    assert max(rates[4][1], rates[5][1]) <= 1


def test_checks_are_offered(run: Any) -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    shown = [name for name, o in outputs(run) if kind in o.get("data", {})]
    assert shown == [
        "trade",
        *(f"check_{name}_answer" for name in CHECKS[:3]),
        "range",
        *(f"check_{name}_answer" for name in CHECKS[3:]),
    ]
