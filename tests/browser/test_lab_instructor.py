"""An instructor's day in JupyterLab behind the real hub: a module from the scaffold to its release
in Arabic, what another sees in French, and submissions that arrive by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.hub import demonstration
from dalil.ledger import Ledger
from dalil.models import ModuleId, TraineeId
from dalil.nbgrader.course import Course
from tests.browser.day_room import opened
from tests.browser.lab_room import open_panel
from tests.dalil.hub.room import Hub

pytestmark = pytest.mark.browser
SLOW = 120_000  # ms: a server starts on a busy machine
PANEL = "#dalil-instructor"
SAMIRA, KARIM, AMINA = "samira", "karim", TraineeId("amina")  # Arabic, French; a trainee
EXERCISE = "/api/contents/curriculum/exercises/glass/glass.ipynb"
AR = {
    "new": "وحدة جديدة",
    "create": "إنشاء",
    "check": "تحقق",
    "preview": "معاينة",
    "translations": "الترجمات",
    "release": "نشر",
    "source": "فتح التمرين",
    "cancel": "إلغاء",
}
SOUND = "### BEGIN SOLUTION\nfrom statistics import median\n\n### END SOLUTION"
BROKEN = SOUND.replace("from", "import requests\nfrom")
ISOLATES = {0x2068: None, 0x2069: None}


@pytest.fixture(scope="module")
def hub(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    """A hub with the demonstration's people and one module."""
    root = make_curriculum(
        tmp_path_factory.mktemp("academy"), "custody", lines='c.Dalil.accounts = "demonstration"'
    )
    with opened(checkout, root) as running:
        yield running


@pytest.fixture
def enter(browser: Any, hub: Hub) -> Iterator[Callable[..., Any]]:
    """Return a function that logs somebody in with a browser of their own, up to their Lab."""
    contexts: list[Any] = []

    def log_in(name: str, panel: str = PANEL, shows: str = "[data-module]") -> Any:
        context = browser.new_context(viewport={"width": 1360, "height": 900})
        context.set_default_timeout(SLOW)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{hub.address}/hub/user-redirect/lab", timeout=SLOW)
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", demonstration.password(hub.settings))
        page.click("[type=submit]")
        page.wait_for_selector("#jp-main-dock-panel", timeout=SLOW)
        open_panel(page, panel, shows, SLOW)
        return page

    yield log_in
    for context in contexts:
        context.close()


def card(page: Any, module: str) -> Any:
    """What the panel says of *module*."""
    return page.locator(f"{PANEL} [data-module={module}]")


def press(where: Any, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click(timeout=SLOW)


def said(page: Any, pattern: str) -> str:
    """What the panel said last, to screen readers too, once it matches *pattern*."""
    found = page.locator(".dalil-Live", has_text=re.compile(pattern))
    found.wait_for(state="attached", timeout=SLOW)
    return str(found.inner_text()).translate(ISOLATES)


def written(page: Any, cell: str, text: str) -> None:
    """Write *text* into the first cell that has *cell* in it, and save the notebook."""
    first = cell.splitlines()[1 if cell.startswith("###") else 0]
    place = ".jp-NotebookPanel:visible .jp-CodeCell .cm-content"
    editor = page.locator(place, has_text=first).first
    editor.click(timeout=SLOW)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    with page.expect_response(
        lambda answer: answer.request.method == "PUT" and EXERCISE in answer.url, timeout=SLOW
    ):
        page.keyboard.press("Control+S")


def handed_in(hub: Hub, module: str, trainee: TraineeId) -> None:
    """Let *trainee* get a case and hand it in, as it is."""
    course, found = Course(hub.settings), load_module(hub.settings, ModuleId(module))
    course.fetch(found, trainee, "ar", hub.settings.desks / trainee)
    course.submit(found, trainee, hub.settings.desks / trainee)


def test_a_module_from_the_scaffold_to_its_first_submission(
    hub: Hub, enter: Callable[..., Any], violations: Callable[..., Any]
) -> None:
    page = enter(SAMIRA)
    card(page, "custody").wait_for(timeout=SLOW)
    assert page.locator(PANEL).get_attribute("dir") == "rtl"
    _made(page, violations)
    _found_beside_its_cell(hub, page)
    for part in (PANEL, ".dalil-CellFindings"):
        assert violations(page, part) == []
    _mended(page)
    _previewed(hub, page, violations)
    _released(hub, page)

    # a trainee hands in: the queue tells by itself
    handed_in(hub, "glass", AMINA)
    assert "أمينة" in said(page, "عمل جديد")
    entry = page.locator(f"{PANEL} .dalil-Queue [data-trainee={AMINA}]")
    entry.wait_for(timeout=SLOW)
    assert "Glass comparison" in entry.inner_text()
    assert violations(page, PANEL) == []
    entry.scroll_into_view_if_needed()
    page.screenshot(path=shot(hub, "queue"))
    _goes_to_marking(page, "فتح formgrader")


def _made(page: Any, violations: Callable[..., Any]) -> None:
    """A new module, whose exercise opens by itself."""
    press(page.locator(PANEL), AR["new"])
    dialog = page.locator(".jp-Dialog")
    dialog.locator("input").nth(0).fill("glass")
    dialog.locator("input").nth(1).fill("Glass comparison")
    assert violations(page, ".jp-Dialog") == []
    press(dialog, AR["create"])
    assert "glass" in said(page, "أُنشئت")
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first.wait_for(timeout=SLOW)
    assert "غير منشورة" in card(page, "glass").inner_text()


def _found_beside_its_cell(hub: Hub, page: Any) -> None:
    """A breach of the contract is found, shown beside its cell, and keeps the module back."""
    glass = card(page, "glass")
    written(page, SOUND, BROKEN)
    press(glass, AR["check"])
    assert "الأخطاء: 1" in said(page, "تم التحقق")
    finding = glass.locator(".dalil-Finding")
    assert "imports requests" in finding.inner_text()
    note = page.locator(".jp-NotebookPanel:visible .jp-Cell .dalil-CellFindings")
    assert note.count() == 1
    assert "خطأ" in note.inner_text()
    page.screenshot(path=shot(hub, "findings"))

    # from the list to the cell, by keyboard, from another document
    press(card(page, "custody"), AR["source"])
    page.get_by_role("tab", name="custody.ipynb").wait_for(timeout=SLOW)
    finding.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.locator(".jp-mod-active .dalil-CellFindings").wait_for(timeout=SLOW)

    press(glass, AR["release"])
    press(page.locator(".jp-Dialog"), AR["release"])
    assert "glass is not released: exercises/glass/glass.ipynb" in said(page, "not released")


def _mended(page: Any) -> None:
    """The cell is mended in Lab; the next check finds nothing, and the notes are gone."""
    glass = card(page, "glass")
    written(page, "import requests", SOUND)
    glass.get_by_text("تغيّرت ملفاتها").wait_for(timeout=SLOW)
    press(glass, AR["check"])
    said(page, "كاملة")
    assert glass.locator(".dalil-Finding").count() == 0
    assert page.locator(".dalil-CellFindings").count() == 0


def _previewed(hub: Hub, page: Any, violations: Callable[..., Any]) -> None:
    """The module as a trainee gets it, in Arabic, and nothing of the solution in it."""
    press(card(page, "glass"), AR["preview"])
    dialog = page.locator(".jp-Dialog")
    dialog.locator("input").fill(AMINA)
    assert violations(page, ".jp-Dialog") == []
    press(dialog, AR["preview"])
    said(page, "previews/glass")
    page.locator(".jp-MarkdownCell[data-dalil-direction=rtl]:visible").first.wait_for(timeout=SLOW)
    home = hub.settings.homes / SAMIRA / "previews/glass"
    assert json.loads((home / "case.json").read_bytes())["preview"] == "practice"
    assert "BEGIN SOLUTION" not in (home / "glass.ipynb").read_text(encoding="utf-8")
    page.screenshot(path=shot(hub, "preview"))


def _released(hub: Hub, page: Any) -> None:
    """Released once that is confirmed, and on record by name."""
    glass = card(page, "glass")
    press(glass, AR["release"])
    press(page.locator(".jp-Dialog"), AR["cancel"])
    assert not (hub.settings.release / "glass").exists()
    press(glass, AR["release"])
    press(page.locator(".jp-Dialog"), AR["release"])
    said(page, "نُشرت")
    glass.get_by_text("نشرها").wait_for(timeout=SLOW)
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    assert [(e.who, e.module) for e in ledger.events(kind="released")] == [(SAMIRA, "glass")]


def _goes_to_marking(page: Any, link: str) -> None:
    """From the panel's header to formgrader, in a tab of its own."""
    with page.context.expect_page() as opened:
        page.locator(PANEL).get_by_role("link", name=link, exact=True).click()
    marking = opened.value
    marking.wait_for_url("**/services/academy/formgrader**", timeout=SLOW)
    marking.locator("main th a").first.wait_for(timeout=SLOW)
    marking.close()


def test_two_instructors_see_one_another_and_speak_their_own_language(
    hub: Hub, enter: Callable[..., Any], violations: Callable[..., Any]
) -> None:
    page = enter(KARIM)
    custody = card(page, "custody")
    custody.wait_for(timeout=SLOW)
    assert "Chaîne de possession" in custody.inner_text()
    press(custody, "Traductions")
    custody.get_by_text("complète").first.wait_for(timeout=SLOW)

    # what somebody else makes is there after a reload; the same id again is refused in one line
    press(page.locator(PANEL), "Nouveau module")
    dialog = page.locator(".jp-Dialog")
    dialog.locator("input").nth(0).fill("custody")
    dialog.locator("input").nth(1).fill("Again")
    press(dialog, "Créer")
    assert "is there already" in said(page, "custody")
    press(page.locator(PANEL), "Nouveau module")
    dialog = page.locator(".jp-Dialog")
    dialog.locator("input").nth(0).fill("../evil")
    dialog.locator("input").nth(1).fill("Evil")
    press(dialog, "Créer")
    assert "one lower-case word" in said(page, "evil")

    # a module that cannot be read is listed with its reason
    folder = hub.settings.courses / "broken"
    folder.mkdir()
    (folder / "module.toml").write_text("id = ", encoding="utf-8")
    press(page.locator(PANEL), "Actualiser")
    broken = card(page, "broken")
    broken.get_by_text("Illisible").wait_for(timeout=SLOW)
    assert broken.get_by_role("button", name="Publier").count() == 0
    assert violations(page, PANEL) == []
    page.screenshot(path=shot(hub, "french"))
    _goes_to_marking(page, "Ouvrir formgrader")
    open_panel(page, "#dalil-curriculum", "select", SLOW).locator("select").select_option("en")
    open_panel(page, PANEL, "[data-module]", SLOW).get_by_role(
        "heading", name="Instructor's panel"
    ).wait_for(timeout=SLOW)
    broken.get_by_text("Cannot be read").wait_for(timeout=SLOW)
    page.get_by_role("link", name="Open formgrader", exact=True).wait_for(timeout=SLOW)


def test_a_trainee_has_no_such_panel(hub: Hub, enter: Callable[..., Any]) -> None:
    # Both panels ask the same first question: who this is is known once a card is there.
    page = enter(AMINA, "#dalil-curriculum", ".dalil-Card")
    assert page.locator(PANEL).count() == 0
    assert not (hub.settings.homes / AMINA / "curriculum").exists()


def shot(hub: Hub, name: str) -> Path:
    """Where a picture of the page goes, for people to look at."""
    folder = hub.settings.root / "pictures"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.png"
