"""The fingerprints app in Chromium, as Voila serves it in Arabic: marked, judged, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, revealed, said, typed

pytestmark = pytest.mark.browser
page = app("fingerprints")


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "من الدقائق على الأثر" in first
    minutiae = page.locator("img").first.get_attribute("src")

    typed(page, "x (بكسل)", "100")  # the cursor moves, what was found stays
    page.wait_for_function(
        "old => document.querySelector('img').src !== old", arg=minutiae, timeout=5000
    )
    assert page.inner_text("[role=status]") == first
    page.get_by_role("button", name="أضف هذه الدقيقة").click()
    added = changed(page, first)
    page.get_by_role("button", name="احذف الأقرب").click()
    assert changed(page, added) == first
    page.get_by_role("button", name="احذف الأقرب").click()
    fewer = changed(page, first)
    page.get_by_role("button", name="ما تجده الطريقة وحده").click()
    assert changed(page, fewer) == first

    typed(page, "العتبة", "50")
    strict = changed(page, first)
    assert "دون العتبة" in strict
    typed(page, "أدنى جودة", "95")
    changed(page, strict)

    page.get_by_role("radio").first.check()
    truth = revealed(page, "اكشف الحقيقة", 2)
    assert "إصبع" in truth
    assert "تخمينك صحيح" in truth or "ليس هذه المرة" in truth
    page.get_by_role("button", name="زوج جديد").click()
    page.wait_for_function(  # two prints are forged; the truth is hidden again
        "document.querySelectorAll('[role=status]').length === 1", timeout=30_000
    )
