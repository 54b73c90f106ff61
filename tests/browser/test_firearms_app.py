"""The firearms app in Chromium, as Voila serves it in Arabic: typed, stepped, guessed, revealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.voila_room import changed, opened, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("firearms", tmp_path_factory.mktemp("app")) as url:
        yield url


def test_the_app_in_arabic(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        use(page)


def use(page: Any) -> None:
    said = page.inner_text("[role=status]")
    assert "الخلايا المتطابقة" in said
    assert page.evaluate("getComputedStyle(document.querySelector('[role=status]')).direction") == (
        "rtl"
    )
    first, wide = page.locator(".dalil-rtl .widget-label").first, page.viewport_size["width"]
    assert first.bounding_box()["x"] > wide / 2  # labels stand on the right

    rotation = page.get_by_label("الدوران", exact=False).first
    rotation.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("-12.5")
    page.keyboard.press("Enter")
    typed = changed(page, said)

    for _press in range(3):  # from the number by Tab: the two buttons, the slider
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    slid = changed(page, typed)
    assert float(rotation.input_value()) > -12.5

    page.get_by_role("button", name="+", exact=False).first.click()
    stepped = changed(page, slid)
    page.get_by_role("button", name="أفضل موضع").click()
    best = changed(page, stepped)
    assert "لا تعرف الطريقة موضعا أفضل" in best

    assert page.locator("[role=status]").count() == 1  # the truth stays hidden until asked for
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="اكشف الحقيقة").click()
    page.wait_for_function("document.querySelectorAll('[role=status]').length === 2", timeout=5000)
    alternatives = page.eval_on_selector_all("img", "all => all.map(image => image.alt)")
    assert len(alternatives) == 2
    assert all(alternatives)
