"""A trainee's day, from log-in to log-out, in three languages; two trainees at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.ledger import Ledger
from dalil.nbgrader.course import Course
from dalil.settings import Settings
from tests.browser.day_room import (
    MODULE,
    SLOW,
    People,
    curriculum,
    opened,
    people,
    place_of,
    press,
    solved,
)
from tests.browser.lab_room import put_away
from tests.dalil.hub.room import Hub

__all__ = ["curriculum", "people"]

pytestmark = pytest.mark.browser
WORDS = {
    # The last: nothing was sent, since Lab could not save first what was changed, or it was lost.
    "ar": ("استلام أدلتي", "تسليم", "النتيجة", "انقطع الاتصال|تعذّر حفظ دفترك"),
    "fr": ("Obtenir mes pièces", "Rendre", "Résultat", "connexion|n’a pas pu être enregistré"),
    "en": ("Get my exhibits", "Submit", "Result", "connection was lost|could not be saved"),
}
LOCALES = {"ar": "ar-MA", "fr": "fr-MA", "en": "en-GB"}


@pytest.fixture(scope="module")
def academy(browser: Any, checkout: Path, curriculum: Path) -> Iterator[Hub]:
    """The module is released; nobody has worked yet."""

    def release(settings: Settings) -> None:
        Course(settings).release(load_module(settings, MODULE))

    with opened(checkout, curriculum, release) as hub:
        yield hub


def said(page: Any, pattern: str) -> None:
    """Wait until the panels say that, to screen readers too."""
    live = page.locator(".dalil-Live", has_text=re.compile(pattern))
    live.first.wait_for(state="attached", timeout=SLOW)


def submissions(people: People, name: str) -> list[str]:
    settings = people.hub.settings
    events = Ledger(settings.database_url, settings.keys).events(kind="submitted", trainee=name)
    return [event.what["submission"] for event in events]


def handed_in(people: People, page: Any, name: str, words: tuple[str, ...]) -> None:
    """Exhibits, casework, and a connection that is lost while the work is handed in."""
    panel = people.lab(page)
    press(panel, words[0])
    page.locator(".jp-NotebookPanel .jp-MarkdownCell").first.wait_for(timeout=SLOW)
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    solved(people.hub.settings, name, "La chaîne tient. السلسلة سليمة.")
    page.reload(timeout=SLOW)  # the file was changed beside Lab, as by another tab
    panel = people.lab(page)
    put_away(page)
    page.context.set_offline(True)
    press(panel, words[1])
    said(page, words[3])
    page.context.set_offline(False)
    press(panel, words[1])
    panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)


@pytest.mark.parametrize(("name", "speaks"), [("amina", "ar"), ("elodie", "fr"), ("omar", "en")])
def test_a_day(people: People, name: str, speaks: str) -> None:
    words = WORDS[speaks]
    page = people.arrive(name, LOCALES[speaks])
    assert page.locator("html").get_attribute("lang") == speaks
    handed_in(people, page, name, words)
    # Once only, and as it lies there: Lab may have saved what its kernel told it.
    (kept,) = submissions(people, name)
    work = place_of(people.hub.settings, name).read_bytes()
    assert kept == hashlib.sha256(work).hexdigest()

    panel = people.lab(page)
    result = panel.locator("[data-part=result]")
    if not result.is_visible():  # a reload closes what was unfolded
        press(panel, words[2])
    result.locator(".dalil-Questions li").first.wait_for(timeout=SLOW)
    assert panel.locator(".dalil-State").first.get_attribute("class").split("-")[-1] in (
        "graded",
        "mastered",
    )
    with page.context.expect_page() as shown:
        result.locator("a.dalil-Link").click()
    feedback = shown.value
    feedback.wait_for_load_state()
    direction = "rtl" if speaks == "ar" else "ltr"
    assert feedback.locator("html").get_attribute("dir") == direction
    feedback.close()

    people.leave(page.context.new_page())  # the session ends while Lab is open in another tab
    page.reload(timeout=SLOW)
    assert "/hub/login" in page.url
    people.log_in(page, name)
    people.lab(page)
    page.goto(people.hub.address, timeout=SLOW)
    page.go_back(timeout=SLOW)
    page.go_forward(timeout=SLOW)
    assert page.locator("html").get_attribute("lang") == speaks
    people.leave(page)


def test_two_at_once_see_their_own_only(people: People) -> None:
    pages = {name: people.arrive(name, "ar-MA") for name in ("youssef", "هدى")}
    panels = {name: people.lab(page) for name, page in pages.items()}
    for panel in panels.values():
        press(panel, WORDS["ar"][0])
    for name, page in pages.items():
        page.locator(".jp-NotebookPanel .jp-MarkdownCell").first.wait_for(timeout=SLOW)
        solved(people.hub.settings, name, f"من {name}")
    for name, page in pages.items():
        page.reload(timeout=SLOW)
        panels[name] = people.lab(page)
    for panel in panels.values():
        press(panel, WORDS["ar"][1])
    for panel in panels.values():
        panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)
    first, second = (submissions(people, name) for name in pages)
    assert len(first) == len(second) == 1
    assert first != second
    for name, page in pages.items():
        other = next(iter(set(pages) - {name}))
        path = f"{people.hub.address}/user/{other}/files/exercises/{MODULE}/{MODULE}.ipynb"
        assert page.request.get(path).status in (403, 404)
        people.leave(page)
