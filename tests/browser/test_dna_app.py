"""The dna app in Chromium, as Voila serves it in Arabic: weighed, conditioned, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, control, revealed, said, typed

pytestmark = pytest.mark.browser
page = app("dna")


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "الشخص A تحت Hp" in first
    assert "السياسة" in first
    assert "log10 LR = " in first  # a formula is one piece, left to right

    typed(page, "Pr(D)", "0.95")
    unlikely = changed(page, first)
    assert "غير معقول لعدد الأليلات" in unlikely
    control(page, "Pr(D)").locator("[role=slider]").focus()
    page.keyboard.press("Home")
    least = changed(page, unlikely)
    page.get_by_role("button", name="B", exact=True).click()
    other = changed(page, least)
    assert "الشخص B تحت Hp" in other

    page.get_by_label("اشتراط وجود المشتكية").uncheck()
    unconditioned = changed(page, other)
    page.get_by_label("شخص مجهول آخر").select_option(label="واحد")
    changed(page, unconditioned)

    picture = page.locator("img").last.get_attribute("src")
    page.get_by_label("الصبغة").select_option(label="أحمر")
    page.wait_for_function(
        "old => [...document.querySelectorAll('img')].at(-1).src !== old", arg=picture, timeout=5000
    )
    page.get_by_role("radio").first.check()
    assert "ساهم" in revealed(page, "اكشف الحقيقة", 2)
    page.get_by_role("button", name="بقعة جديدة").click()  # the truth is hidden again
    page.wait_for_function("document.querySelectorAll('[role=status]').length === 1", timeout=5000)
