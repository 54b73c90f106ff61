"""A trainee's day, from log-in to log-out, in three languages; two trainees at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.ledger import Ledger
from dalil.nbgrader.course import Course
from dalil.settings import Settings
from tests.browser.day_room import (
    MODULE,
    PANEL,
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
    "ar": (
        *("استلام أدلتي", "تسليم", "النتيجة"),
        *("انقطع الاتصال", "انتهت جلستك", "تسجيل الدخول", "استُلم"),
    ),
    "fr": (
        *("Obtenir mes pièces", "Rendre", "Résultat"),
        *("connexion a été perdue", "session a expiré", "Se connecter", "reçu le"),
    ),
    "en": (
        *("Get my exhibits", "Submit", "Result"),
        *("connection was lost", "session has ended", "Log in", "received"),
    ),
}
DRAFT = "la chaîne tient ; السلسلة سليمة"
CONCLUSION = "Entry 4 breaks the chain. القيد الرابع يكسر السلسلة."
REVISED = "Entry 4 alone breaks the chain. القيد الرابع وحده."
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


def hush(page: Any) -> None:
    """Forget what was said: what is said next is new."""
    page.evaluate("document.querySelector('.dalil-Live').textContent = ''")


def submissions(people: People, name: str) -> list[str]:
    settings = people.hub.settings
    events = Ledger(settings.database_url, settings.keys).events(kind="submitted", trainee=name)
    return [event.what["submission"] for event in events]


def cut(page: Any, how: Callable[[Any], None]) -> None:
    """Cut the connection of the next submission, by what *how* does with it."""
    page.route("**/dalil/api/files/*/submit*", how, times=1)


def never_sent(route: Any) -> None:
    """The connection is gone before the request is."""
    route.abort("connectionreset")


def never_answered(route: Any) -> None:
    """The academy gets the work; its answer is lost on the way."""
    assert route.fetch(timeout=SLOW).ok
    route.abort("connectionreset")


def written(page: Any, before: str, text: str) -> None:
    """Type *text* into the written answer, where *before* stands, without saving."""
    cells = page.locator(".jp-NotebookPanel:visible .jp-MarkdownCell")
    answer = cells.filter(has_text=before).last
    answer.scroll_into_view_if_needed(timeout=SLOW)
    answer.dblclick(timeout=SLOW)
    answer.locator(".cm-content").click(timeout=SLOW)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def handed_in(people: People, page: Any, name: str, words: tuple[str, ...]) -> None:
    """Exhibits, casework, and a connection that is lost while the work is handed in: once before
    it has left, once when it has arrived."""
    panel = people.lab(page)
    press(panel, words[0])
    page.locator(".jp-NotebookPanel .jp-MarkdownCell").first.wait_for(timeout=SLOW)
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    solved(people.hub.settings, name, DRAFT)
    page.reload(timeout=SLOW)  # the file was changed beside Lab, as by another tab
    panel = people.lab(page)
    # What the kernel tells of itself is saved with the notebook: let it be told.
    idle = ".jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator[data-status=idle]"
    page.locator(idle).wait_for(state="attached", timeout=SLOW)
    written(page, DRAFT, CONCLUSION)
    for how, arrived in ((never_sent, 0), (never_answered, 1)):
        cut(page, how)
        hush(page)
        press(panel, words[1])
        said(page, words[3])
        assert len(submissions(people, name)) == arrived
    press(panel, words[1])
    panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)


def logged_in_again(people: People, page: Any, name: str, words: tuple[str, ...]) -> None:
    """The session ends while work lies open; a second tab logs in, and here nothing is lost."""
    panel = page.locator(PANEL)
    written(page, CONCLUSION, REVISED)
    put_away(page)
    people.leave(page.context.new_page())
    press(panel, words[1])
    said(page, words[4])
    assert len(submissions(people, name)) == 1
    with page.context.expect_page() as opened:
        page.get_by_role("button", name=words[5], exact=True).first.click()
    people.log_in(opened.value, name)
    opened.value.wait_for_url("**/lab**", timeout=SLOW)  # by way of the hub's own pages
    opened.value.close()
    hush(page)
    press(panel, words[1])
    said(page, words[6])
    assert submissions(people, name)[1:] == [digest(people, name)]
    assert REVISED in place_of(people.hub.settings, name).read_text(encoding="utf-8")


def digest(people: People, name: str) -> str:
    """SHA-256 of the notebook as it lies in the person's home."""
    return hashlib.sha256(place_of(people.hub.settings, name).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "speaks"),
    [
        ("amina", "ar"),
        ("elodie", "fr"),
        pytest.param("omar", "en", marks=pytest.mark.acceptance),
    ],
)
def test_a_day(people: People, name: str, speaks: str) -> None:
    words = WORDS[speaks]
    page = people.arrive(name, LOCALES[speaks])
    assert page.locator("html").get_attribute("lang") == speaks
    handed_in(people, page, name, words)
    # Once only, as it lies there, and with what was typed.
    assert submissions(people, name) == [digest(people, name)]
    assert CONCLUSION in place_of(people.hub.settings, name).read_text(encoding="utf-8")

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

    logged_in_again(people, page, name, words)
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
