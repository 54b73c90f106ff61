"""People, towns and laboratories that do not exist."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from dalil.errors import ForgingError
from dalil.forging import labs, officers, practice, towns


def rng(name: str = "x") -> Any:
    return practice("people").rng(name)


def script(text: str) -> set[str]:
    """The scripts of the letters of *text*: the first word of each letter's Unicode name."""
    return {unicodedata.name(c).split()[0] for c in text if c.isalpha()}


def test_officers_differ_in_name_and_badge() -> None:
    everyone = officers(rng(), 240)
    assert len({person.arabic for person in everyone}) == 240
    assert len({person.french for person in everyone}) == 240
    assert len({person.badge for person in everyone}) == 240
    assert all(len(person.badge) == 4 and person.badge.isdigit() for person in everyone)


def test_an_officer_has_several_spellings() -> None:
    for person in officers(rng(), 240):
        assert script(person.arabic) == {"ARABIC"}
        assert script(person.french) == {"LATIN"}
        assert len(set(person.all_spellings)) == 5
        assert all(script(spelling) == {"LATIN"} for spelling in person.spellings)


def test_no_spelling_belongs_to_two_officers() -> None:
    spellings = [s.casefold() for person in officers(rng(), 240) for s in person.all_spellings]
    assert len(set(spellings)) == len(spellings)


def test_towns_and_laboratories_come_in_three_languages() -> None:
    places = towns(rng(), 8)
    assert len({town.french for town in places}) == 8
    for lab in labs(rng(), 24):
        assert lab.town in places
        assert lab.town.arabic in lab.arabic
        assert lab.town.french in lab.french
        assert script(lab.english) == {"LATIN"}


def test_the_same_draw_gives_the_same_people() -> None:
    assert officers(rng("a"), 5) == officers(rng("a"), 5)
    assert officers(rng("a"), 5) != officers(rng("b"), 5)


@pytest.mark.parametrize(("draw", "most"), [(officers, 240), (towns, 8), (labs, 24)])
def test_nobody_is_drawn_beyond_those_there_are(
    draw: Callable[[Any, int], Sequence[Any]], most: int
) -> None:
    assert len(draw(rng(), most)) == most
    for count in (0, -1, most + 1):
        with pytest.raises(ForgingError, match=f"1 to {most} "):
            draw(rng(), count)
