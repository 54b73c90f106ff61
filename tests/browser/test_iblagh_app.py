"""The iblagh app in Chromium, as Voila serves it in Arabic: read, typed, priced, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, said, typed

pytestmark = pytest.mark.browser
page = app("iblagh")


# How far a text's first line is from the left and the right of its box, in pixels.
MARGINS = """box => {
  const text = document.createRange();
  text.selectNodeContents(box);
  const line = text.getClientRects()[0], all = box.getBoundingClientRect();
  return [line.left - all.left, all.right - line.right];
}"""


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "الصنف المقترح" in first
    measured = page.locator("[role=status]").last
    assert "بلاغا عاجلا" in measured.inner_text()

    page.get_by_label("لغة البلاغات").select_option(label="الفرنسية")
    french = changed(page, first)
    report = page.locator(".dalil-report").first
    assert report.evaluate(MARGINS)[0] < 20  # French begins on the left

    own = page.locator("textarea")
    own.fill("<script>document.title = 'hacked'</script> واحد كيهددني، غادي ينشر صوري اليوم")
    own.press("Tab")
    changed(page, french)
    assert page.title() != "hacked"
    assert "<script>" in report.inner_text()  # shown, not run
    own.fill("واحد كيهددني، غادي ينشر صوري اليوم")
    own.press("Tab")
    page.wait_for_function(f"({MARGINS})(document.querySelector('.dalil-report'))[1] < 20")

    before = measured.inner_text()
    typed(page, "تكلفة الإغفال", "1")
    cheap = changed(page, before, which=-1)
    page.get_by_role("button", name="العتبة ذات التكلفة الدنيا").click()
    changed(page, cheap, which=-1)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="اكشف الحقيقة").click()
    page.get_by_text("اختُلق على أنه").wait_for(timeout=5000)
