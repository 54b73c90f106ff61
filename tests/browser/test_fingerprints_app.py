"""The fingerprints app in Chromium, as Voila serves it in Arabic: marked, judged, revealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.voila_room import app, changed, revealed, said, typed

pytestmark = pytest.mark.browser
page = app("fingerprints")

# What a reader of the focused element would hear: its own words, and the label of its widget.
_FOCUSED = """() => {
    const own = document.activeElement;
    if (own === document.body) return '';  // between the last element and the first
    const widget = own.closest('.jupyter-widgets');
    const label = own.closest('label') ?? widget?.querySelector('label');
    return `${own.innerText ?? ''} ${label?.innerText ?? ''}`;
}"""


def tabbed(page: Any, name: str) -> None:
    """Press Tab until the focus is on what is called *name*."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate(_FOCUSED):
            return
    pytest.fail(f"the Tab key never comes to {name!r}")


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


def test_the_app_by_keyboard_alone(page: Any) -> None:
    """As its first cell promises: no pointer from the first value to the next pair."""
    first = said(page)
    tabbed(page, "العتبة")
    page.keyboard.press("End")
    strict = changed(page, first)
    assert "دون العتبة" in strict
    tabbed(page, "أدنى جودة")
    page.keyboard.press("End")
    chosen = changed(page, strict)
    page.keyboard.press("Home")
    assert changed(page, chosen) == strict

    picture = page.locator("img").first.get_attribute("src")
    tabbed(page, "x (بكسل)")
    page.keyboard.press("Control+a")
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "old => document.querySelector('img').src !== old", arg=picture, timeout=5000
    )
    tabbed(page, "أضف هذه الدقيقة")
    page.keyboard.press("Enter")
    added = changed(page, strict)
    tabbed(page, "احذف الأقرب")
    page.keyboard.press("Space")
    assert changed(page, added) == strict

    tabbed(page, "إصبع واحد")
    page.keyboard.press("Space")
    tabbed(page, "اكشف الحقيقة")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('[role=status]').length === 2", timeout=5000)
    truth = page.locator("[role=status]").last.inner_text()
    assert "تخمينك صحيح" in truth or "ليس هذه المرة" in truth
    tabbed(page, "زوج جديد")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelectorAll('[role=status]').length === 1", timeout=30_000
    )
