"""The app of progress in the browser: an admin's look in three languages, behind a real hub."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dalil.curriculum import find_modules
from dalil.hub import demonstration
from dalil.hub.spawner import why_not_separate
from dalil.ledger import Ledger
from dalil.roster import Person, Roster, Rules
from dalil.settings import Settings, load_settings
from tests.dalil.hub.room import Hub, start_hub

pytestmark = pytest.mark.browser

ADMIN, INSTRUCTOR, TRAINEE = "nadia", "karim", "amina"
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
WAIT = 120_000.0  # ms: a server starts on a busy machine


def live(settings: Settings) -> None:
    """Sixty made-up trainees more, with work in both modules."""
    rng = random.Random(5)
    roster = Roster(settings)
    people = [
        Person(
            id=f"t{at:03}",
            name=HOSTILE if at == 0 else f"متدرب {at}" if at % 2 else f"Trainee {at}",
            cohort=("2026-A", "2026-B", "فوج الرباط")[at % 3],
            unit=rng.choice(["Rabat", "Casablanca", "Fès"]),
            sex=rng.choice("fm"),
            rank=rng.choice(["inspecteur", "officier"]),
        )
        for at in range(60)
    ]
    roster.enrol(people, who="tests")
    for module in ("custody", "firearms"):
        roster.set_dates(
            module, who="tests", rules=Rules(due=datetime.now(UTC) + timedelta(days=1))
        )
    ledger = Ledger(settings.database_url, settings.keys)
    with ledger.writing() as batch:
        for module in find_modules(settings):
            for person in people:
                about = {"who": person.id, "trainee": person.id, "module": module.id, "attempt": 1}
                batch.append("issued", **about, what={"version": "1"})
                if rng.random() < 0.1:
                    continue
                batch.append("submitted", **about, what={"submission": "a" * 64})
                able = rng.random()
                scores = {
                    question.id: {"points": round(4 * able, 2), "max_points": 4.0, "flag": None}
                    for question in module.questions
                    if not question.written
                }
                what = {"submission": "a" * 64, "questions": scores, "notes": []}
                if rng.random() < 0.9:
                    batch.append("graded", **about, what=what)


@pytest.fixture(scope="module")
def hub(
    checkout: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_curriculum: Callable[..., Path],
) -> Iterator[Hub]:
    if why := why_not_separate(load_settings(checkout)):
        pytest.skip(f"NOT TESTED: people's servers cannot be kept apart here: {why}")
    root = make_curriculum(
        tmp_path_factory.mktemp("academy"),
        *("custody", "firearms"),
        lines='c.Dalil.accounts = "demonstration"',
    )
    settings = load_settings(root)
    settings.prepare()
    demonstration.enrol(settings)
    live(settings)
    running = start_hub(root)
    try:
        yield running
    finally:
        running.stop()
        with suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)


def logged_in(browser: Any, hub: Hub, name: str, path: str, **context: Any) -> Any:
    """A page at *path* of somebody who logs in on the way."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{hub.address}{path}")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", demonstration.password(hub.settings))
    page.click("input[type=submit], button[type=submit]")
    return page


@pytest.fixture(scope="module")
def shown(browser: Any, hub: Hub) -> Iterator[Any]:
    """The app as an admin sees it, in Arabic."""
    page = logged_in(browser, hub, ADMIN, "/services/dalil/progress?lang=ar")
    page.wait_for_url("**/user/nadia/dalil/progress*")
    page.wait_for_selector(".dalil-heat")
    yield page
    page.context.close()


def opened(shown: Any, language: str, theme: str = "light") -> Any:
    address = shown.url.partition("?")[0]
    shown.goto(f"{address}?lang={language}&theme={theme}")
    shown.wait_for_selector(".dalil-heat")
    return shown


def choose(page: Any, view: str) -> None:
    page.get_by_role("button", name=view, exact=True).click()


def picture(page: Any, name: str) -> None:
    """Keep a screenshot where somebody looks at them."""
    if folder := os.environ.get("DALIL_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/progress-{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("rtl", "تقدم الأكاديمية", "الكل")),
        ("fr", ("ltr", "Progression de l’académie", "Tous")),
        ("en", ("ltr", "Progress of the academy", "All")),
    ],
)
def test_the_overview_in_each_language(
    shown: Any,
    violations: Callable[[Any], Any],
    language: str,
    words: tuple[str, str, str],
) -> None:
    direction, title, all_of_them = words
    page = opened(shown, language)
    assert page.locator("html").get_attribute("dir") == direction
    assert page.locator("h1").inner_text() == title
    heads = page.locator(".dalil-heat thead th").all_inner_texts()
    assert heads == ["2026-A", "2026-B", "فوج الرباط", all_of_them]
    assert page.locator(".dalil-heat tbody tr").count() == 2
    assert "n =" in page.locator(".dalil-heat td.n").first.inner_text()
    assert page.evaluate("document.title") == title
    assert violations(page) == []
    picture(page, f"overview-{language}")


def test_the_other_looks_and_filters(shown: Any, violations: Callable[[Any], Any]) -> None:
    page = opened(shown, "en")
    page.get_by_label("Rows").select_option(label="Competencies in each module")
    page.wait_for_function("document.querySelectorAll('.dalil-heat tbody tr').length > 2")
    page.get_by_label("Cohort").select_option(label="2026-B")
    page.wait_for_function("document.querySelectorAll('.dalil-heat thead th').length == 1")
    page.get_by_label("Cohort").select_option(label="All")
    for view, found in (
        ("Distribution", ".dalil-progress img"),
        ("Who is stuck", "text=/of 0 are shown/"),
        ("Queue", "table >> text=To be graded"),
        ("Late work", "text=/of 0 are shown/"),
        ("Unit, sex, rank", "table >> text=Left out: too few people"),
        ("Trainees", "table >> text=t058"),
    ):
        choose(page, view)
        if view.startswith("Unit"):
            page.get_by_label("Cohort").select_option(label="2026-B")
        page.wait_for_selector(found)
        assert violations(page) == [], view
        picture(page, view.split(",")[0].lower().replace(" ", "-"))


def test_a_trainee_is_found_and_a_hostile_name_stays_text(shown: Any) -> None:
    page = opened(shown, "fr")
    choose(page, "Stagiaires")
    page.get_by_label("Nom ou matricule").fill("T000")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2")
    assert page.locator("h2").inner_text() == HOSTILE
    assert page.locator(".dalil-progress table tbody tr").count() == 2
    assert page.evaluate("document.title") == "Progression de l’académie"
    picture(page, "trainee-fr")


def test_files_to_take_away(shown: Any) -> None:
    page = opened(shown, "ar")
    with page.expect_download() as started:
        page.get_by_role("link", name="Excel (XLSX)").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert book.active.sheet_view.rightToLeft
    assert book.active.max_row == 1 + 3 * 2
    choose(page, "المصلحة والجنس والرتبة")
    page.get_by_label("الفوج").select_option(label="2026-B")
    page.wait_for_selector("table >> text=محجوب")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV").click()
    content = Path(started.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert any("محجوب: عدد قليل من الأشخاص" in line for line in lines)


def test_dark_and_on_a_phone(shown: Any, violations: Callable[[Any], Any]) -> None:
    page = opened(shown, "ar", "dark")
    page.set_viewport_size({"width": 390, "height": 800})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "phone-dark-ar")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_an_instructor_too_whose_kernel_ends_with_the_page(browser: Any, hub: Hub) -> None:
    page = logged_in(browser, hub, INSTRUCTOR, "/services/dalil/progress")
    page.wait_for_selector(".dalil-heat")
    assert page.locator("html").get_attribute("lang") == "fr"
    kernels = f"/user/{INSTRUCTOR}/api/kernels"
    (kernel,) = hub.ask(INSTRUCTOR, "GET", kernels).json()
    forged = f"/user/{INSTRUCTOR}/voila/api/shutdown/{kernel['id']}"
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert page.request.post(f"{hub.address}{forged}", headers=headers).status == 403
    page.close(run_before_unload=True)
    deadline = time.monotonic() + 60
    while hub.ask(INSTRUCTOR, "GET", kernels).json() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert hub.ask(INSTRUCTOR, "GET", kernels).json() == []


def test_no_trainee(browser: Any, hub: Hub) -> None:
    page = logged_in(browser, hub, TRAINEE, "/services/dalil/progress")
    page.wait_for_selector("text=403")
    assert "/services/dalil/progress" in page.url
    hub.start_server(TRAINEE)
    page.goto(f"{hub.address}/user/{TRAINEE}/dalil/progress")
    page.wait_for_selector("text=404")
    page.context.close()
