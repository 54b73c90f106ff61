"""An instructor's and an admin's day, from log-in to log-out, in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.hub import demonstration
from dalil.ledger import Ledger
from dalil.roster import Roster
from dalil.settings import Settings
from tests.browser.day_room import MODULE, SLOW, People, curriculum, opened, people
from tests.dalil.hub.room import Hub

__all__ = ["curriculum", "people"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def academy(browser: Any, checkout: Path, curriculum: Path) -> Iterator[Hub]:
    """Some have worked; two wait for a mark."""

    def work(settings: Settings) -> None:
        said = demonstration.prepare(settings, [load_module(settings, MODULE)], unsafe=True)
        assert said == []

    with opened(checkout, curriculum, work) as hub:
        yield hub


def progress(people: People, page: Any) -> None:
    """From the home page to the app of progress in one's own server."""
    people.home(page)
    page.locator("main a[href*=progress]").first.click()
    page.locator(".dalil-heat").wait_for(timeout=SLOW)


@pytest.mark.parametrize(
    ("name", "speaks", "points"),
    [
        pytest.param("samira", "ar", "2", marks=pytest.mark.acceptance),
        ("karim", "fr", "1"),
        pytest.param("karim", "en", "3", marks=pytest.mark.acceptance),
    ],
)
def test_an_instructor_marks_and_looks(people: People, name: str, speaks: str, points: str) -> None:
    page = people.arrive(name, "en-GB")
    people.speak(page, speaks)
    page.locator("main a[href*=formgrader]").click()
    page.locator("main th a").first.click(timeout=SLOW)
    page.wait_for_url(f"**/gradebook/{MODULE}/{MODULE}", timeout=SLOW)
    assert page.locator(f"html[lang={speaks}]").count() == 1
    page.locator("tbody tr a").first.click()
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    task = page.locator("[data-grade=conclusion]")
    task.locator(".points").fill(points)
    task.locator(".points").blur()
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    settings = people.hub.settings
    last = Ledger(settings.database_url, settings.keys).events(kind="hand-marked")[-1]
    assert (last.who, last.what["points"]) == (name, float(points))

    progress(people, page)
    page.goto(f"{people.hub.address}/hub/user-redirect/lab", timeout=SLOW)
    panel = page.locator("#dalil-instructor")
    panel.wait_for(state="attached", timeout=SLOW)
    panel.locator(f"[data-module={MODULE}]").wait_for(state="attached", timeout=SLOW)
    assert page.request.get(f"{people.hub.address}/services/dalil/admin/roster").status == 403
    people.leave(page)


@pytest.mark.parametrize(
    "speaks",
    [
        "ar",
        pytest.param("fr", marks=pytest.mark.acceptance),
        pytest.param("en", marks=pytest.mark.acceptance),
    ],
)
def test_an_admin_looks_after_people_and_records(
    people: People, speaks: str, tmp_path: Path
) -> None:
    page = people.arrive("nadia", "en-GB")
    people.speak(page, speaks)
    sheet = tmp_path / "people.csv"
    who = f"new.{speaks}"
    sheet.write_text(f"id,name,cohort\n{who},Nouvelle,2026-B\nBad Id,x,y\n", encoding="utf-8")
    page.goto(f"{people.hub.address}/services/dalil/admin/roster/import", timeout=SLOW)
    for content in (None, f"id,name,cohort\n{who},Nouvelle,2026-B\n"):
        if content:
            sheet.write_text(content, encoding="utf-8")
            page.go_back(timeout=SLOW)
        page.locator("input[type=file]").set_input_files(sheet)
        page.locator("main form button").last.click()
        page.locator("main").wait_for()
    page.locator("main form button").last.click()
    page.locator("[role=status]").wait_for(timeout=SLOW)
    assert Roster(people.hub.settings).person(who) is not None

    base = f"{people.hub.address}/services/dalil/"
    for path in ("admin/dates", f"admin/history?trainee=amina&module={MODULE}", "admin/backups"):
        page.goto(f"{base}{path}", timeout=SLOW)
        assert page.locator(f"html[lang={speaks}]").count() == 1
        assert page.locator("h1").count() == 1
    course = people.hub.settings.course_id
    assert page.request.get(f"{people.hub.address}/services/{course}/formgrader").status == 403
    progress(people, page)
    people.leave(page)
