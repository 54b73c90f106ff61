"""The detection app in Chromium, as Voila serves it in Arabic: a rule chosen, spoilt, mended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, said

pytestmark = pytest.mark.browser
page = app("detection")


RUN = "شغّل القاعدة"


def test_the_app_in_arabic(page: Any) -> None:
    draft = said(page)
    assert "الإنذارات الكاذبة" in draft
    rule = page.locator("textarea")
    assert rule.evaluate("node => getComputedStyle(node).direction") == "ltr"
    assert "T1218.011" in rule.input_value()

    page.get_by_label("انطلق من").select_option(label="البرنامج وحده")
    loud = changed(page, draft)
    assert "فوق الميزانية" in loud
    page.get_by_label("انطلق من").select_option(label="مع مرشِّحات")
    tuned = changed(page, loud)
    assert "ضمن الميزانية" in tuned

    whole = rule.input_value()
    rule.fill("detection: [")
    page.get_by_role("button", name=RUN).click()
    assert "لا يمكن قراءة القاعدة" in changed(page, tuned)
    rule.fill(whole)  # nothing is lost: the rule as it was
    page.get_by_role("button", name=RUN).focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "old => document.querySelector('[role=status]').innerText === old", arg=tuned, timeout=5000
    )
    page.get_by_label("التقنية").select_option(index=1)
    page.wait_for_function(
        "document.querySelector('textarea').value.includes('T1136.001')", timeout=30_000
    )  # another office's days are forged
    assert "ضمن الميزانية" in page.inner_text("[role=status]")
    assert page.locator("table").count() >= 1
