"""The iblagh app in Chromium, as Voila serves it in Arabic: read, typed, priced, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, opened, said, typed

pytestmark = pytest.mark.browser
address = app("iblagh")


def test_the_app_in_arabic(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        use(page)


def use(page: Any) -> None:
    first = said(page)
    assert "الصنف المقترح" in first
    measured = page.locator("[role=status]").last
    assert "بلاغا عاجلا" in measured.inner_text()

    page.get_by_label("لغة البلاغات").select_option(label="الفرنسية")
    french = changed(page, first)
    report = page.locator(".dalil-report").first
    direction = "node => getComputedStyle(node).direction"
    assert report.evaluate(direction) == "ltr"  # French runs the way it is written
    assert page.locator("[role=status]").first.evaluate(direction) == "rtl"

    own = page.locator("textarea")
    own.fill("<script>document.title = 'hacked'</script> واحد كيهددني، غادي ينشر صوري اليوم")
    own.press("Tab")
    changed(page, french)
    assert page.title() != "hacked"
    assert report.evaluate(direction) == "rtl" or "script" in report.inner_text()

    before = measured.inner_text()
    typed(page, "تكلفة الإغفال", "1")
    page.wait_for_function(
        "old => [...document.querySelectorAll('[role=status]')].at(-1).innerText !== old",
        arg=before,
        timeout=5000,
    )
    cheap = measured.inner_text()
    page.get_by_role("button", name="العتبة ذات التكلفة الدنيا").click()
    page.wait_for_function(
        "old => [...document.querySelectorAll('[role=status]')].at(-1).innerText !== old",
        arg=cheap,
        timeout=5000,
    )
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="اكشف الحقيقة").click()
    page.get_by_text("اختُلق على أنه").wait_for(timeout=5000)
