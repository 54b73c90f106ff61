"""The disk app in Chromium, as Voila serves it in Arabic: filtered, looked at, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, revealed, said

pytestmark = pytest.mark.browser
page = app("disk")


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "الأجل" in first
    paths = page.locator(".dalil-rtl select").last
    assert paths.locator("option").count() > 20

    page.get_by_label("الملفات", exact=False).first.select_option(label="المحذوفة فقط")
    fewer = changed(page, first)
    assert all("×" in text for text in paths.locator("option").all_inner_texts())

    paths.focus()  # a file by the keyboard: what lies on the disk follows
    before = page.inner_text("h3")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "old => document.querySelector('h3').innerText !== old", arg=before, timeout=5000
    )
    assert page.locator("pre[tabindex='0']").count() >= 2

    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="القرص التالي").click()
    changed(page, fewer)
    revealed(page, "اكشف الحقيقة", 2)
