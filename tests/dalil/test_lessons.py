"""What lessons and apps show, in each direction."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from dalil.errors import UsageError
from dalil.lessons import Page, image_of, number

SPOKEN = [("en", "ltr", "Yes."), ("fr", "ltr", "Oui."), ("ar", "rtl", "نعم.")]


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda language: monkeypatch.setenv("DALIL_LANGUAGE", language)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(-1.005, 1, "-1.0"), (-0.001, 2, "0.00"), (7, 0, "7"), (1234.5, 2, "1234.50")],
)
def test_digits_keep_their_order(value: float, digits: int, shown: str) -> None:
    assert number(value, digits) == f"\u2066{shown}\u2069"


def test_a_picture_says_what_there_is_to_see() -> None:
    assert 'alt="a &lt;b&gt; &quot;c&quot;"' in image_of(Figure(), 'a <b> "c"')


@pytest.mark.parametrize(("language", "direction", "yes"), SPOKEN)
def test_a_check_judges_in_the_visitors_language(
    speak: Any, language: str, direction: str, yes: str
) -> None:
    speak(language)
    page = Page("custody")
    assert (page.language, page.direction) == (language, direction)
    box = page.self_check(["one", "two"], 1, "because of <two>")
    assert ("dalil-rtl" in box._dom_classes) == (direction == "rtl")
    choice, said = box.children
    asked = said.value
    choice.index = 1
    assert f"<b>{yes}</b> because of &lt;two&gt;" in said.value
    choice.index = 0
    assert yes not in said.value
    assert said.value != asked


def test_what_is_said_is_never_markup(speak: Any) -> None:
    speak("ar")
    page = Page("custody")
    said = page.status("<script>", "two", strong=True)
    assert 'role="status"' in said
    assert 'dir="rtl"' in said
    assert "<b>&lt;script&gt;<br>two</b>" in said
    table = page.table([{"a <b>": "<i>", "n": 3}]).data
    assert "<bdi>&lt;i&gt;</bdi>" in table
    assert "<i>" not in table


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="module id"):
        Page("../secret")
