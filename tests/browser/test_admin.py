"""The admin's pages in Chromium: a day's work in three languages, by phone, by keyboard."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dalil.roster import Person, Roster
from tests.dalil.service.hub_room import AMINA, NAIMA, SAMIRA, YOUSSEF, Hub, hub, logged_in

__all__ = ["hub"]

pytestmark = pytest.mark.browser
PAGES = [
    "",
    "admin/roster",
    f"admin/roster/person?id={AMINA}",
    "admin/roster/import",
    "admin/dates",
    "admin/dates/set?module=custody&cohort=2027-A",
    "admin/dates/extend?module=custody",
    f"admin/history?trainee={AMINA}&module=custody",
    "admin/backups",
]


@pytest.fixture
def page(browser: Any, hub: Hub) -> Iterator[Any]:
    """A page of the admin's, in English; what a script does wrong fails the test."""
    page = logged_in(browser, hub, NAIMA)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.context.close()
    assert wrong == []


def _at(hub: Hub, path: str, language: str) -> str:
    return f"{hub.base}{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize(
    ("language", "direction", "scheme", "size"),
    [
        ("ar", "rtl", "light", (1100, 800)),
        ("fr", "ltr", "dark", (375, 740)),
        pytest.param("ar", "rtl", "dark", (375, 740), marks=pytest.mark.acceptance),
        pytest.param("en", "ltr", "light", (1100, 800), marks=pytest.mark.acceptance),
    ],
)
def test_every_page_is_accessible_and_fits(
    page: Any,
    hub: Hub,
    violations: Callable[[Any], list[Any]],
    *,
    language: str,
    direction: str,
    scheme: str,
    size: tuple[int, int],
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in PAGES:
        page.goto(_at(hub, path, language))
        assert page.locator("html").get_attribute("dir") == direction
        assert page.locator("h1").count() == 1
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        small = page.evaluate(
            "[...document.querySelectorAll('a, button, input:not([type=hidden]), select')]"
            ".filter(e => !e.classList.contains('skip') && e.offsetParent)"
            ".filter(e => e.type !== 'checkbox' && e.getBoundingClientRect().height < 24)"
            ".map(e => e.outerHTML)"
        )
        assert small == [], path


def test_people_are_added_edited_and_removed(page: Any, hub: Hub) -> None:
    page.goto(_at(hub, "admin/roster", "en"))
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Id at log-in").fill("Not Lower")
    page.get_by_label("Name").fill("=1+1")
    page.get_by_role("button", name="Save").click()
    problems = page.get_by_role("alert")
    assert "lower case" in problems.inner_text()
    assert "formula" in problems.inner_text()
    assert page.get_by_label("Name").get_attribute("aria-invalid") == "true"
    page.get_by_label("Id at log-in").fill("hafsa")
    page.get_by_label("Name").fill("حفصة <b>بناني</b>")
    page.get_by_label("Cohort").fill("2028-B")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    assert page.locator("td", has_text="<b>").count() == 1  # shown as text
    page.get_by_role("link", name="Edit حفصة").click()
    Roster(hub.settings).enrol([Person("hafsa", name="Other", cohort="2028-B")], who="other")
    page.get_by_label("Rank").fill("Officer")
    page.get_by_role("button", name="Save").click()
    assert "Somebody else has changed this person" in page.get_by_role("alert").inner_text()
    person = Roster(hub.settings).person("hafsa")
    assert person is not None
    assert person.name == "Other"
    page.goto(_at(hub, "admin/roster/person?id=hafsa", "en"))
    page.get_by_label("Yes, remove").check()
    page.get_by_role("button", name="Remove from the roster").click()
    assert page.get_by_role("status").inner_text() == "Removed."
    assert Roster(hub.settings).person("hafsa") is None


def test_a_sheet_is_looked_at_before_it_is_imported(page: Any, hub: Hub, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("id,name\nrachid,Rachid\nBad Id,x\n../up,y\n", encoding="utf-8")
    page.goto(_at(hub, "admin/roster/import", "fr"))
    page.get_by_label("Fichier CSV").set_input_files(sheet)
    page.get_by_role("button", name="Voir ce que cela changerait").click()
    lines = page.locator("tbody tr th")
    assert lines.all_inner_texts() == ["3", "4"]
    assert Roster(hub.settings).person("rachid") is None
    sheet.write_text(f"id,name\nrachid,Rachid\n{YOUSSEF},Youssef A.\n", encoding="utf-8")
    page.goto(_at(hub, "admin/roster/import", "en"))
    page.get_by_label("CSV file").set_input_files(sheet)
    page.get_by_role("button", name="See what it would change").click()
    assert "Added: 1 · Changed: 1 · Removed: 0" in page.locator("main").inner_text()
    Roster(hub.settings).enrol([Person("quicker")], who="other")
    page.get_by_role("button", name="Import").click()
    assert page.get_by_role("alert").count() == 1  # another admin was quicker: look again
    page.get_by_role("button", name="Import").click()
    assert page.get_by_role("status").inner_text() == "Imported."
    assert Roster(hub.settings).person("rachid") is not None


def test_dates_are_set_and_an_extension_given_and_taken_back(page: Any, hub: Hub) -> None:
    page.goto(_at(hub, "admin/dates", "en"))
    page.get_by_role("link", name="Change the dates of Everyone").first.click()
    due = datetime.now(UTC).astimezone() + timedelta(days=7)
    page.get_by_label("Due").fill(f"{due:%Y-%m-%dT%H:%M}")
    page.get_by_label("Attempts").fill("many")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("alert").inner_text() == "Attempts are a whole number."
    assert page.get_by_label("Due").input_value() == f"{due:%Y-%m-%dT%H:%M}"
    page.get_by_label("Attempts").fill("2")
    page.get_by_role("button", name="Save").click()
    assert Roster(hub.settings).rules("custody", AMINA).attempts == 2
    page.get_by_role("link", name="An extension for").first.click()
    page.get_by_label("Id of the trainee").fill(AMINA)
    page.get_by_label("Additional attempts").fill("1")
    page.get_by_label("Reason").fill("شهادة طبية")
    page.get_by_role("button", name="Save").click()
    assert Roster(hub.settings).rules("custody", AMINA).attempts == 3
    page.get_by_role("button", name=f"Take back the extension of {AMINA}").click()
    assert page.get_by_role("status").inner_text() == "Taken back."
    assert Roster(hub.settings).rules("custody", AMINA).attempts == 2


def test_the_history_prints_and_tells_of_a_broken_ledger(page: Any, hub: Hub) -> None:
    page.goto(_at(hub, "admin/roster", "en"))
    page.locator("tr", has_text=AMINA).get_by_role("link", name="History of a grade").click()
    page.get_by_role("status").wait_for()
    assert "The ledger verifies" in page.get_by_role("status").inner_text()
    page.emulate_media(media="print")
    assert not page.locator("header").is_visible()
    assert page.locator("h1").is_visible()


def test_a_backup_is_made_and_downloaded(page: Any, hub: Hub, tmp_path: Path) -> None:
    page.goto(_at(hub, "admin/backups", "en"))
    page.get_by_role("button", name="Make a backup now").click()
    page.get_by_text("The backup is done.").wait_for(timeout=60_000)  # by itself
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    file = tmp_path / "b.zip"
    download.value.save_as(file)
    digest = page.locator("td .digest").first.inner_text()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_each_role_finds_its_own_and_chooses_a_language(browser: Any, hub: Hub) -> None:
    for name, there, missing in (
        (AMINA, "user-redirect/lab", "admin/"),
        (SAMIRA, "formgrader", "admin/roster"),
        (NAIMA, "admin/backups", "user-redirect/lab"),
    ):
        page = logged_in(browser, hub, name)
        addresses = page.locator("main a").evaluate_all("links => links.map(l => l.href)")
        assert any(there in address for address in addresses), name
        assert not any(missing in address for address in addresses), name
        page.locator("select[name=language]").select_option("ar")
        page.locator("form.language button").click()
        page.wait_for_load_state()
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert Roster(hub.settings).language(name) == "ar"
        page.locator("header.top a", has_text="تسجيل الخروج").click()
        page.goto(hub.base)
        assert "/hub/login" in page.url
        page.context.close()


def test_a_refusal_in_arabic_stands_on_the_right(browser: Any, hub: Hub) -> None:
    page = logged_in(browser, hub, AMINA)
    page.goto(_at(hub, "admin/roster", "ar"))
    edges = page.locator("h1, .code").evaluate_all(
        """all => all.map(e => {
            const text = document.createRange();
            text.selectNodeContents(e);
            return Math.round(text.getBoundingClientRect().right);
        })"""
    )
    assert len(edges) == 2
    assert abs(edges[0] - edges[1]) <= 2
    page.context.close()


def test_by_keyboard_one_skips_the_head(page: Any, hub: Hub) -> None:
    page.goto(_at(hub, "admin/roster", "en"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Add a person"


def test_a_form_of_another_site_changes_nothing(page: Any, hub: Hub) -> None:
    before = Roster(hub.settings).people()
    answer = page.request.post(
        f"{hub.base}admin/roster/person", form={"id": "forged", "role": "admin", "tag": ""}
    )
    assert answer.status == 403
    assert Roster(hub.settings).people() == before
