"""A trainee's day in JupyterLab: exhibits, work, submission, result, new attempt, in Arabic and
French; what breaks meanwhile is said in clear words, and nothing is lost."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dalil.models import language
from tests.browser.lab_room import PANEL, SLOW, Lab, enter, lab, shown
from tests.dalil.server.server_room import served

__all__ = ["enter", "lab"]  # fixtures, used by their names

pytestmark = pytest.mark.browser
WORK = "exercises/custody/custody.ipynb"
AR = {
    "get": "استلام أدلتي",
    "submit": "تسليم",
    "result": "النتيجة",
    "again": "محاولة جديدة",
    "custody": "الوصل وسلسلة الحيازة",
}


def press(panel: Any, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()


def fetched(page: Any) -> Any:
    """Get the exhibits; returns the panel once the notebook is open."""
    panel = page.locator(PANEL)
    press(panel, AR["get"])
    page.locator(".jp-NotebookPanel .jp-MarkdownCell").first.wait_for(timeout=SLOW)
    panel.get_by_role("button", name=AR["submit"], exact=True).wait_for(timeout=SLOW)
    return panel


def answered(page: Any, code: str) -> None:
    """Type *code* into the workspace cell, without saving."""
    cell = page.locator(".jp-CodeCell .cm-content", has_text="YOUR CODE HERE").first
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)
    page.locator(".jp-NotebookPanel").get_by_text(code).wait_for(timeout=SLOW)


def said(page: Any, pattern: str) -> str:
    """What the panels said last, to screen readers too, once it matches *pattern*."""
    found = page.locator(".dalil-Live", has_text=re.compile(pattern))
    found.wait_for(state="attached", timeout=SLOW)
    return str(found.inner_text())


@pytest.mark.parametrize("late", ["settings/@jupyterlab/codemirror-extension*", "themes/**"])
def test_the_curriculum_is_filled_however_late_a_part_of_lab_comes(
    lab: Lab, browser: Any, late: str
) -> None:
    lab.reset()
    with browser.new_context() as context:
        page = context.new_page()
        held = []

        def hold(route: Any) -> None:
            time.sleep(1)  # who the person is, is known long before that
            held.append(route.request.url)
            route.continue_()

        page.route(f"**/lab/api/{late}", hold)
        page.goto(f"{lab.address}/lab?token=secret", timeout=SLOW)
        shown(page)
        assert held


def test_from_exhibits_to_result_to_a_new_attempt(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = fetched(page)
    assert (lab.home / "exercises/custody/exhibits").is_dir()
    assert panel.locator(".dalil-State").inner_text().endswith("مستلَمة")
    answered(page, "mine = 1")
    press(panel, AR["submit"])
    said(page, "استُلم")
    panel.get_by_text("قيد التصحيح").wait_for(timeout=SLOW)
    assert b"mine = 1" in lab.academy.submissions[0]  # it was saved first
    lab.academy.marked.set()
    panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)
    assert "11,5 من 20 نقطة" in panel.inner_text().translate({0x2068: None, 0x2069: None})
    assert "SHA-256" in panel.locator("[data-part=result]").inner_text()
    assert panel.locator(".dalil-Mark", has_text="كل النقاط").count() == 1

    press(panel, AR["custody"])
    digests = panel.locator("[data-part=custody] .dalil-Digest")
    digests.first.wait_for(timeout=SLOW)
    shown_digests = set(digests.all_inner_texts())
    kept = json.loads((lab.home / "exercises/custody/receipt.json").read_bytes())
    assert {kept["sha256"], kept["signature"]} < shown_digests
    issued = lab.academy.exchange.find("custody", "amina")
    assert issued is not None
    assert {exhibit.sha256 for exhibit in issued.exhibits} < shown_digests

    press(panel, AR["again"])
    dialog = page.locator(".jp-Dialog")
    dialog.locator("button.jp-mod-accept").click()
    said(page, "custody-attempt-1")
    aside = lab.home / "exercises/custody-attempt-1/custody.ipynb"
    assert b"mine = 1" in aside.read_bytes()
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=SLOW)
    assert b"mine = 1" not in (lab.home / WORK).read_bytes()
    panel.locator("[data-part=result]").wait_for(state="detached", timeout=SLOW)


def test_work_that_cannot_be_marked_is_said_aloud_once(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = fetched(page)
    lab.academy.broken = True
    lab.academy.marked.set()
    press(panel, AR["submit"])
    said(page, "تعذّر تصحيحه")
    panel.locator("[data-part=result]", has_text="تعذّر تصحيحه").wait_for(timeout=SLOW)
    press(panel, AR["custody"])
    panel.locator("[data-part=custody] .dalil-Events").wait_for(timeout=SLOW)
    page.evaluate("document.querySelector('.dalil-Live').textContent = ''")
    with page.expect_response("**/dalil/api/modules/custody/result*wait=0*"):
        press(panel, "تحديث")  # asks for the result anew
    with page.expect_response("**/dalil/api/curriculum*"):
        press(panel, "تحديث")
    assert page.locator(".dalil-Live").inner_text() == ""


def test_the_card_of_the_launcher_opens_the_panel(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = page.locator(PANEL)
    page.locator(".lm-TabBar-tab[data-id='dalil-curriculum']").click()
    panel.wait_for(state="hidden", timeout=SLOW)
    page.locator(".jp-LauncherCard", has_text="مساري التكويني").click()
    panel.wait_for(timeout=SLOW)
    assert panel.locator(".dalil-Card").count() == 1


def test_the_lesson_opens_in_lab_in_ones_language(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    press(page.locator(PANEL), "الدرس")
    page.get_by_role("tab", name="custody.ipynb").wait_for(timeout=SLOW)
    heading = page.locator(".jp-NotebookPanel .jp-MarkdownCell h1").first
    heading.wait_for(timeout=SLOW)
    lesson = json.loads((lab.home / "lessons/custody.ipynb").read_bytes())
    assert lesson["metadata"]["dalil"]["language"] == "ar"
    assert heading.inner_text().rstrip("¶") in "".join(lesson["cells"][0]["source"])


@pytest.mark.parametrize(
    ("theme", "button", "query"),
    [
        ("JupyterLab Light", "التطبيق", "lang=ar"),
        ("JupyterLab Dark", "Application", "lang=fr&theme=dark"),
    ],
)
def test_the_app_opens_in_ones_language_and_theme(
    lab: Lab, enter: Callable[..., Any], theme: str, button: str, query: str
) -> None:
    def prepared() -> None:
        lab.set("apputils-extension/themes", {"theme": theme})
        lab.academy.speaks = language(query[5:7])

    page = enter(prepared)
    with page.context.expect_page() as opened:
        press(page.locator(PANEL), button)
    opened.value.wait_for_url(f"{lab.address}/services/apps/custody?{query}")


def test_a_connection_lost_in_mid_submit(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = fetched(page)
    answered(page, "mine = 2")
    lab.academy.drop = True
    press(panel, AR["submit"])
    said(page, "انقطع الاتصال")
    assert b"mine = 2" in (lab.home / WORK).read_bytes()
    press(panel, AR["submit"])
    said(page, "استُلم")
    # The same work; what the kernel told of itself may have been saved in between.
    first, second = (json.loads(work)["cells"] for work in lab.academy.submissions)
    assert first == second
    # Between browser and server, too; here it is certain that nothing was sent.
    page.route("**/submit*", lambda route: route.abort("connectionreset"))
    press(panel, AR["submit"])
    said(page, "انقطع الاتصال")
    page.unroute("**/submit*")
    press(panel, AR["submit"])
    said(page, "استُلم")
    assert len(lab.academy.submissions) == 3


def test_an_expired_session(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = fetched(page)
    answered(page, "mine = 3")
    # What a server behind the hub answers a browser that is no longer logged in.
    refusal = '{"message": "Forbidden", "reason": null}'
    page.route("**/dalil/api/**", lambda route: route.fulfill(status=403, body=refusal))
    press(panel, AR["custody"])
    said(page, "انتهت جلستك")
    assert "mine = 3" in page.locator(".jp-NotebookPanel").inner_text()
    page.get_by_role("button", name="تسجيل الدخول").wait_for(timeout=SLOW)
    page.unroute("**/dalil/api/**")  # logged in again in another tab
    press(panel, AR["submit"])
    said(page, "استُلم")
    assert b"mine = 3" in lab.academy.submissions[-1]


def test_an_academy_that_is_away_and_comes_back(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = page.locator(PANEL)
    lab.academy.away = True
    press(panel, "تحديث")
    panel.get_by_role("alert").wait_for(timeout=SLOW)
    assert "لا تجيب" in panel.get_by_role("alert").inner_text()
    press(panel, AR["get"])
    said(page, "لا تجيب")
    lab.academy.away = False
    press(panel, "تحديث")
    panel.get_by_role("alert").wait_for(state="detached", timeout=SLOW)
    page.reload()
    shown(page)


def test_french_with_the_keyboard_alone(lab: Lab, enter: Callable[..., Any]) -> None:
    page = enter()
    panel = fetched(page)
    answered(page, "réponse = 4")
    panel.get_by_role("combobox").select_option("fr")
    said(page, "La langue est maintenant")
    notebook = page.locator(".jp-NotebookPanel")
    notebook.locator("h1", has_text="Est-ce encore ce qui a été saisi").wait_for(timeout=SLOW)
    assert "réponse = 4" in notebook.inner_text()
    page.reload()
    panel = shown(page)
    page.locator("#jp-MainMenu").get_by_text("Fichier").wait_for(timeout=SLOW)
    assert panel.bounding_box()["x"] < 680  # the left half
    chosen = panel.get_by_role("combobox")
    focused = ""
    for _ in range(40):
        if not panel.evaluate("e => e.contains(document.activeElement)"):
            chosen.focus()  # the notebook, once loaded, takes the focus
        page.keyboard.press("Tab")
        width, focused = panel.evaluate(
            """panel => {
                const e = document.activeElement;
                const here = panel.contains(e);
                return here ? [getComputedStyle(e).outlineWidth, e.textContent] : ["2px", ""];
            }"""
        )
        assert width == "2px", focused
        if focused == "Rendre":
            break
    assert focused == "Rendre"
    panel.get_by_role("button", name="Rendre", exact=True).press("Enter")
    said(page, "reçu le")
    assert "réponse = 4".encode() in lab.academy.submissions[-1]
    lab.academy.marked.set()
    panel.get_by_text("11,5 points sur 20").first.wait_for(timeout=SLOW)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_the_panel(
    lab: Lab, enter: Callable[..., Any], theme: str, violations: Callable[..., Any]
) -> None:
    page = enter(lambda: lab.set("apputils-extension/themes", {"theme": theme}))
    panel = fetched(page)
    lab.academy.marked.set()
    press(panel, AR["submit"])
    panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)
    press(panel, AR["custody"])
    panel.locator("[data-part=custody] .dalil-Events").wait_for(timeout=SLOW)
    assert violations(page, PANEL) == []
    sizes = panel.locator("button, select, a").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert all(width >= 24 and height >= 24 for width, height in sizes)


def test_axe_finds_nothing_in_the_dialog_and_the_direction_button(
    lab: Lab, enter: Callable[..., Any], violations: Callable[..., Any]
) -> None:
    page = enter()
    panel = fetched(page)
    lab.academy.marked.set()
    press(panel, AR["submit"])
    press(panel, AR["again"])
    page.locator(".jp-Dialog button.jp-mod-accept").wait_for(timeout=SLOW)
    assert violations(page, ".jp-Dialog") == []
    page.locator(".jp-Dialog button.jp-mod-reject").click()
    assert violations(page, "[data-jp-item-name=dalil-direction]") == []


def test_without_an_academy_the_panel_says_so(
    browser: Any, tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    root = make_curriculum(tmp_path / "root", "custody")
    with served("jupyterlab", tmp_path, tmp_path / "log", {"DALIL_ROOT": str(root)}) as address:
        context = browser.new_context(locale="fr-FR")
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/lab?token=secret", timeout=SLOW)
        page.locator(".lm-TabBar-tab[data-id='dalil-curriculum']").click(timeout=SLOW)
        page.locator(PANEL).get_by_text("not connected to an academy").wait_for(timeout=SLOW)
        assert not [url for url in asked if "/dalil/api/" in url]
        context.close()
