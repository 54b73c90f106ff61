"""The disk app in Chromium, as Voila serves it in Arabic: filtered, looked at, revealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.voila_room import changed, opened, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served("disk", tmp_path_factory.mktemp("app")) as url:
        yield url


def test_the_app_in_arabic(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        use(page)


def use(page: Any) -> None:
    said = page.inner_text("[role=status]")
    assert "الأجل" in said
    assert page.evaluate("getComputedStyle(document.querySelector('[role=status]')).direction") == (
        "rtl"
    )
    paths = page.locator(".dalil-rtl select").last
    assert paths.locator("option").count() > 20

    page.get_by_label("الملفات", exact=False).first.select_option(label="المحذوفة فقط")
    fewer = changed(page, said)
    assert all("×" in text for text in paths.locator("option").all_inner_texts())

    paths.focus()  # a file by the keyboard: what lies on the disk follows
    before = page.inner_text("h3")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "old => document.querySelector('h3').innerText !== old", arg=before, timeout=5000
    )
    assert page.locator("pre[tabindex='0']").count() >= 2

    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="القرص التالي").click()
    changed(page, fewer)
    assert page.locator("[role=status]").count() == 1  # the truth stays hidden until asked for
    page.get_by_role("button", name="اكشف الحقيقة").click()
    page.wait_for_function("document.querySelectorAll('[role=status]').length === 2", timeout=5000)
    assert all(page.eval_on_selector_all("img", "all => all.map(image => image.alt)"))
