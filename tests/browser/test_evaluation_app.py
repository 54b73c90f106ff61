"""The evaluation app in Chromium, as Voila serves it in Arabic: spoilt, mended, stated, paid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, revealed, said, typed

pytestmark = pytest.mark.browser
page = app("evaluation")


def test_the_app_in_arabic(page: Any) -> None:
    first = said(page)
    assert "السلم سليم" in first
    label, wide = page.locator(".dalil-rtl .widget-label").first, page.viewport_size["width"]
    assert label.bounding_box()["x"] > wide / 2  # labels stand on the right

    typed(page, "ضرب كل", "4")  # overstated fourfold: worse than saying nothing
    harmful = changed(page, first)
    assert "تضر" in harmful or "أجود من السلم" in harmful
    page.keyboard.press("Tab")  # from the number to its slider
    page.keyboard.press("ArrowLeft")
    slid = changed(page, harmful)

    page.get_by_role("button", name="العودة إلى المعايرة").click()
    assert changed(page, slid) == first
    typed(page, "انحراف", "2")  # another population: the line does not know
    drifted = changed(page, first)
    assert "أعد المعايرة" in drifted or "تضر" in drifted

    typed(page, "أصرح", "1.5")
    assert "الحقيقي" in revealed(page, "صرّح", 3)  # the truth stays hidden until a ratio is stated
