"""The evaluation app in Chromium, as Voila serves it in Arabic: spoilt, mended, stated, paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.voila_room import changed, opened, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("evaluation", tmp_path_factory.mktemp("app")) as url:
        yield url


def test_the_app_in_arabic(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        use(page)


def typed(page: Any, label: str, value: str) -> None:
    page.get_by_label(label, exact=False).first.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(value)
    page.keyboard.press("Enter")


def use(page: Any) -> None:
    said = page.inner_text("[role=status]")
    assert "السلم سليم" in said
    assert page.evaluate("getComputedStyle(document.querySelector('[role=status]')).direction") == (
        "rtl"
    )
    first, wide = page.locator(".dalil-rtl .widget-label").first, page.viewport_size["width"]
    assert first.bounding_box()["x"] > wide / 2  # labels stand on the right

    typed(page, "ضرب كل", "4")  # overstated fourfold: worse than saying nothing
    harmful = changed(page, said)
    assert "تضر" in harmful or "أجود من السلم" in harmful
    page.keyboard.press("Tab")  # from the number to its slider
    page.keyboard.press("ArrowLeft")
    slid = changed(page, harmful)

    page.get_by_role("button", name="العودة إلى المعايرة").click()
    assert changed(page, slid) == said
    typed(page, "انحراف", "2")  # another population: the line does not know
    drifted = changed(page, said)
    assert "أعد المعايرة" in drifted or "تضر" in drifted

    statuses = page.locator("[role=status]")
    assert statuses.count() == 2  # the truth stays hidden until a ratio is stated
    typed(page, "أصرح", "1.5")
    page.get_by_role("button", name="صرّح").click()
    page.wait_for_function("document.querySelectorAll('[role=status]').length === 3", timeout=5000)
    assert "الحقيقي" in statuses.nth(2).inner_text()
    assert all(page.eval_on_selector_all("img", "all => all.map(image => image.alt)"))
