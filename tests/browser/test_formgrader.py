"""Marking by hand in Chromium: what a marker sees and does, whatever breaks meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.formgrader_room import (
    ARABIC,
    FRENCH,
    HOSTILE,
    SLOW,
    Room,
    enter,
    opened,
    room,
)

__all__ = ["enter", "room"]  # fixtures, used by their names

pytestmark = pytest.mark.browser


def test_a_marker_lists_opens_marks_comments_and_goes_on(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter("fr-FR")
    page.goto(f"{room.address}/formgrader/gradebook/custody/custody", timeout=SLOW)
    assert "مريم" not in page.inner_text("main")
    page.click("#names")
    assert f"مريم بنت كهرمان ({ARABIC})" in page.inner_text("main")
    assert "Attend une note" in page.inner_text("main")
    assert "None" not in page.inner_text("main")
    task = opened(page, room, FRENCH)
    assert page.locator("html").get_attribute("lang") == "fr"
    assert task.locator(".points").evaluate("e => e === document.activeElement")
    rubric = task.locator(".rubric")
    assert "ISO 21043" in rubric.inner_text() or "1" in rubric.inner_text()
    answer, beside = task.locator(".answer").bounding_box(), rubric.bounding_box()
    assert beside["x"] > answer["x"] + 0.8 * answer["width"]
    task.locator(".points").fill("3")
    task.locator("textarea").fill("Bien **vu**, mais $p > q$ ?")
    task.locator("textarea").blur()
    page.wait_for_selector("body[data-unsaved=false]")
    assert "Enregistré" in task.locator("textarea ~ .status").inner_text()
    (mark,) = room.events("hand-marked", FRENCH)
    (comment,) = room.events("commented", FRENCH)
    assert (mark.what["question"], mark.what["points"]) == ("conclusion", 3.0)
    assert comment.what["comment"] == "Bien **vu**, mais $p > q$ ?"
    page.click("#next")
    room.left(page, FRENCH)
    task = opened(page, room, FRENCH)
    assert task.locator(".points").input_value() == "3"
    _waits_for(lambda: room.events("feedback-released", FRENCH))
    feedback = room.settings.feedback / FRENCH / "custody" / "custody.html"
    assert "<strong>vu</strong>" in feedback.read_text(encoding="utf-8")


def _waits_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_arabic_reads_from_right_to_left_and_formulas_are_typeset_from_here(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter("ar-MA")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    task = opened(page, room, ARABIC)
    page.wait_for_selector(".answer .MathJax", timeout=SLOW)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    prose = task.locator(".answer p").first
    direction = "e => getComputedStyle(e).direction"
    assert prose.evaluate(direction) == "rtl"
    assert prose.locator("code").evaluate(direction) == "ltr"
    assert task.locator(".answer .math").first.evaluate(direction) == "ltr"
    assert page.locator(".work pre").first.evaluate(direction) == "ltr"
    assert task.locator(".rubric").bounding_box()["x"] < prose.bounding_box()["x"]
    assert page.locator("#who").is_hidden()
    page.click("#names")
    assert f"مريم بنت كهرمان ({ARABIC})" in page.inner_text("#who")
    elsewhere = {url for url in asked if not url.startswith((room.address, "data:", "about:"))}
    assert elsewhere == set()
    assert not re.search("[A-Z][a-z]+ [a-z]+", task.locator(".side").inner_text())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar-MA", ("التصحيح", "سلسلة الحيازة", "في انتظار التصحيح")),
        ("fr-FR", ("Correction", "Chaîne de", "À corriger")),
        ("en-GB", ("Marking", "Chain of custody", "To be marked")),
    ],
)
def test_the_lists_are_in_the_markers_language(
    room: Room, enter: Callable[..., Any], language: str, words: tuple[str, ...]
) -> None:
    page = enter(language)
    page.goto(f"{room.address}/formgrader/", timeout=SLOW)
    assert all(word in page.inner_text("body") for word in words)
    assert page.evaluate("document.dir") == ("rtl" if language == "ar-MA" else "ltr")
    page.click("main th a")
    page.wait_for_url("**/gradebook/custody/custody")
    rows = page.locator("tbody tr")
    assert rows.count() == 3
    waiting = page.locator("tr[data-waits=true]").count()
    page.check("#only")
    assert page.locator("tbody tr:visible").count() == waiting
    page.uncheck("#only")
    rows.first.locator("a").click()
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)


def test_two_markers_at_once_see_each_other(room: Room, enter: Callable[..., Any]) -> None:
    one, other = enter(), enter()
    mine, theirs = opened(one, room, ARABIC), opened(other, room, ARABIC)
    theirs.locator(".points").fill("4")
    theirs.locator(".points").blur()
    other.wait_for_selector("body[data-unsaved=false]")
    mine.locator(".extra").fill("1")
    mine.locator(".extra").blur()
    status = mine.locator(".mark .status")
    one.wait_for_selector("[data-grade=conclusion] .mark .status[data-kind=bad]")
    assert "somebody else has changed" in status.inner_text()
    assert "4" in status.inner_text()
    assert [event.what["points"] for event in room.events("hand-marked", ARABIC)] == [4.0]
    status.get_by_role("button", name="Take theirs").click()
    assert mine.locator(".points").input_value() == "4"
    mine.locator(".points").fill("3.5")
    mine.locator(".points").blur()
    one.wait_for_selector("body[data-unsaved=false]")
    last = room.events("hand-marked", ARABIC)[-1].what
    assert (last["before"]["points"], last["points"]) == (4.0, 3.5)


def test_a_lost_connection_loses_nothing_and_writes_nothing_twice(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter()
    task = opened(page, room, HOSTILE)
    page.context.set_offline(True)
    task.locator(".points").fill("2")
    task.locator(".points").blur()
    page.wait_for_selector("[data-grade=conclusion] .mark .status[data-kind=bad]")
    assert "cannot be reached" in task.locator(".mark .status").inner_text()
    assert room.events("hand-marked", HOSTILE) == []
    page.context.set_offline(False)
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    # the answer is lost on the way back, the mark is not: sent again, it is the same one
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/grade/*", lose)
    task.locator(".points").fill("3")
    task.locator(".points").blur()
    page.wait_for_selector("body[data-unsaved=true]")
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    assert lost == [200]
    assert [event.what["points"] for event in room.events("hand-marked", HOSTILE)] == [2.0, 3.0]


def test_a_reload_brings_back_what_was_not_saved(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    page.on("dialog", lambda dialog: dialog.accept())
    task = opened(page, room, HOSTILE)
    task.locator("textarea").press_sequentially("half a thou")
    page.reload(timeout=SLOW)
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    task = page.locator("[data-grade=conclusion]")
    assert task.locator("textarea").input_value() == "half a thou"
    assert "not saved yet" in task.locator("textarea ~ .status").inner_text()
    assert page.locator("body").get_attribute("data-unsaved") == "true"
    page.click("#next")  # saves first
    room.left(page, HOSTILE)
    assert room.events("commented", HOSTILE)[-1].what["comment"] == "half a thou"


def test_a_server_killed_and_started_again_loses_nothing(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter()
    task = opened(page, room, ARABIC)
    killed: list[bool] = []

    def kill(route: Any) -> None:
        if route.request.method == "PUT" and not killed:
            killed.append(True)
            room.restart()
        route.continue_()

    before = len(room.events("commented", ARABIC))
    page.route("**/api/comment/*", kill)
    task.locator("textarea").fill("بعد الانقطاع")
    task.locator("textarea").blur()
    page.wait_for_selector("body[data-unsaved=true]")
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    assert killed
    texts = [event.what["comment"] for event in room.events("commented", ARABIC)[before:]]
    assert texts == ["بعد الانقطاع"]


def test_a_session_that_ended_says_so(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    task = opened(page, room, FRENCH)
    page.context.clear_cookies()
    task.locator("textarea").fill("too late")
    task.locator("textarea").blur()
    page.wait_for_selector("[data-comment=conclusion] .status[data-kind=bad]")
    assert "log in again" in task.locator("textarea ~ .status").inner_text()
    again = page.context.new_page()
    again.goto(f"{room.address}/?token=secret", timeout=SLOW)
    opened(again, room, FRENCH)
    task.get_by_role("button", name="Try again").click()
    page.wait_for_selector("body[data-unsaved=false]")
    assert room.events("commented", FRENCH)[-1].what["comment"] == "too late"


def test_everything_is_reached_with_the_keyboard(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    task = opened(page, room, FRENCH)
    page.evaluate("document.querySelector('[data-grade=conclusion] .rubric').focus()")
    before = task.locator(".rubric").evaluate("e => e.scrollTop")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(400)
    scrolls = task.locator(".rubric").evaluate("e => e.scrollHeight > e.clientHeight")
    assert not scrolls or task.locator(".rubric").evaluate("e => e.scrollTop") > before
    order = []
    for _ in range(5):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate("document.activeElement.className || document.activeElement.tagName")
        )
    assert order == ["points", "extra", "all", "nothing", "TEXTAREA"]
    page.keyboard.press("Control+.")
    room.left(page, FRENCH)


@pytest.mark.parametrize("language", ["ar-MA", "fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_our_pages(
    room: Room,
    enter: Callable[..., Any],
    violations: Callable[[Any], list[Any]],
    language: str,
    scheme: str,
) -> None:
    page = enter(language, color_scheme=scheme)
    opened(page, room, ARABIC)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert violations(page) == []
    for path in ("gradebook", "gradebook/custody/custody"):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        assert violations(page) == []
