"""A trainee's day through the real hub: log in, exhibits, submission, result, another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dalil.hub import demonstration
from tests.browser.lab_room import PANEL, shown
from tests.dalil.hub.conftest import hub, separated
from tests.dalil.hub.room import Hub

__all__ = ["hub", "separated"]  # fixtures, used by their names

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]
SLOW = 120_000  # ms


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    found = browser.new_context(locale="fr-FR", viewport={"width": 1360, "height": 900})
    found.set_default_timeout(SLOW)
    yield found
    found.close()


def sign_in(page: Any, hub: Hub) -> None:
    page.goto(f"{hub.address}/hub/login?next=/hub/user/amina/lab")
    page.fill("#username_input", "amina")
    page.fill("#password_input", demonstration.password(hub.settings))
    page.click("#login_submit")
    page.wait_for_url("**/user/amina/lab**", timeout=SLOW)


def said(page: Any, pattern: str) -> None:
    live = page.locator(".dalil-Live", has_text=re.compile(pattern))
    live.wait_for(state="attached", timeout=SLOW)


def test_a_day_in_arabic_that_ends_in_french(hub: Hub, context: Any) -> None:
    page = context.new_page()
    sign_in(page, hub)
    panel = shown(page)
    # The roster says Arabic, whatever the browser says; and it says so on the first page.
    assert page.evaluate("document.body.dir") == "rtl"
    assert not page.get_by_text("Create Assignment").count()
    panel.get_by_role("button", name="استلام أدلتي", exact=True).click()
    page.locator(".jp-NotebookPanel .jp-MarkdownCell h1").first.wait_for(timeout=SLOW)
    submit = panel.get_by_role("button", name="تسليم", exact=True)
    submit.click()
    said(page, "استُلم")
    panel.locator("[data-part=result] .dalil-Questions").wait_for(timeout=SLOW)
    feedback = panel.get_by_role("link")
    with context.expect_page() as opened:
        feedback.click()
    assert opened.value.locator("html").get_attribute("lang") == "ar"

    panel.get_by_role("button", name="الوصل وسلسلة الحيازة", exact=True).click()
    panel.locator("[data-part=custody] .dalil-Digest").first.wait_for(timeout=SLOW)

    panel.get_by_role("combobox").select_option("fr")
    said(page, "La langue est maintenant")
    title = page.locator(".jp-NotebookPanel h1", has_text="Est-ce encore ce qui a été saisi")
    title.wait_for(timeout=SLOW)
    page.reload()
    shown(page)
    page.locator("#jp-MainMenu").get_by_text("Fichier").wait_for(timeout=SLOW)
    assert page.locator(PANEL).get_attribute("dir") == "ltr"
