"""The firearms app in Chromium, as Voila serves it in Arabic: typed, stepped, guessed, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, revealed, said, typed

pytestmark = pytest.mark.browser
page = app("firearms")


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "الخلايا المتطابقة" in first
    label, wide = page.locator(".dalil-rtl .widget-label").first, page.viewport_size["width"]
    assert label.bounding_box()["x"] > wide / 2  # labels stand on the right

    rotation = page.get_by_label("الدوران", exact=False).first
    typed(page, "الدوران", "-12.5")
    turned = changed(page, first)

    for _press in range(3):  # from the number by Tab: the two buttons, the slider
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    slid = changed(page, turned)
    assert float(rotation.input_value()) > -12.5

    page.get_by_role("button", name="+", exact=False).first.click()
    stepped = changed(page, slid)
    page.get_by_role("button", name="أفضل موضع").click()
    best = changed(page, stepped)
    assert "لا تعرف الطريقة موضعا أفضل" in best

    page.get_by_role("radio").first.check()
    revealed(page, "اكشف الحقيقة", 2)  # the truth stays hidden until asked for
    assert page.locator("img").count() == 2
