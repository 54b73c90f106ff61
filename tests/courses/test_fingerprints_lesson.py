"""The fingerprint lesson: it runs in Arabic, and its prose claims what its cells compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.courses.lesson import assert_pictures_have_texts, assert_silent, outputs, played, printed

COURSE = Path(__file__).parents[2] / "courses" / "fingerprints"
CHECKS = ("period", "direction", "zero", "best")
NUMBERS = """
import json
print(json.dumps({
    "pattern": methods.pattern(p1), "shrunk": shrunk, "noise": trusted.area,
    "p1": meeting("P1", 0), "m1": meeting("M1", 0),
    "suitable": {name: q.suitable for name, q in values.items()},
    "same_bytes": same_bytes, "inside": inside_image, "pieces": len(pieces),
    "eer": rate, "ratios": ratios, "count": {n: one.count for n, one in results.items()},
    "share": {n: one.count / one.common[0] for n, one in results.items()},
    "found": {n: len(m) for n, m in minutiae.items()},
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
    assert_pictures_have_texts(run, 9)


def test_the_story_holds(numbers: dict[str, Any]) -> None:
    assert numbers["pattern"] == "left loop"
    assert numbers["suitable"] == {"M1": True, "P1": True, "P2": True, "M2": False}
    assert min(numbers["p1"][:2]) > 0.85
    assert min(numbers["m1"][:2]) > 0.6
    assert numbers["ratios"]["P1"] >= 1.5 > numbers["ratios"]["P2"] or numbers["share"]["P2"] < 0.75
    assert numbers["ratios"]["P2"] > -1
    assert numbers["share"]["P1"] >= 0.75 > numbers["share"]["P2"]
    assert numbers["count"]["P1"] >= 12


def test_the_mistakes_show(numbers: dict[str, Any]) -> None:
    assert numbers["shrunk"] < 0.7 * numbers["found"]["P1"]
    assert numbers["noise"] < 5
    assert numbers["same_bytes"]
    assert numbers["inside"] > 100
    assert numbers["pieces"] - 1 > numbers["inside"]


def test_checks_are_offered(run: Any) -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    shown = [name for name, o in outputs(run) if kind in o.get("data", {})]
    assert [name for name in shown if name != "truth"] == [f"check_{c}_answer" for c in CHECKS]
