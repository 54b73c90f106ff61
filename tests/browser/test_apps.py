"""The apps in Chromium behind a real hub: moved by hand in three languages, killed, left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.browser.apps_room import SLOW, complaints, page, usable
from tests.dalil.apps.hub_room import Hub, start

__all__ = ["complaints", "page"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hub(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    with start(
        make_curriculum(tmp_path_factory.mktemp("apps"), "custody", "evaluation", "firearms")
    ) as hub:
        hub.staged("firearms (en)")
        yield hub


def kernels(hub: Hub) -> set[int]:
    """The numbers of all processes below the service."""
    return {process.pid for process in hub.service().children(recursive=True)}


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("language", "direction", "theme"),
    [("ar", "rtl", "light"), ("fr", "ltr", "dark"), ("en", "ltr", "light")],
)
def test_custody_moves_in_every_language(
    page: Any, hub: Hub, language: str, direction: str, theme: str
) -> None:
    page.goto(f"{hub.apps}custody?lang={language}&theme={theme}", timeout=SLOW)
    usable(page)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        language,
        direction,
    ]
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(17, 17, 17)" if theme == "dark" else "rgb(255, 255, 255)")
    said, figure = (
        page.inner_text("[role=status]"),
        page.get_attribute(".jupyter-widgets img", "src"),
    )
    slider = page.locator(".noUi-handle").first
    bar = page.locator(".noUi-target").first.bounding_box()
    box = slider.bounding_box()
    assert bar["x"] - 10 <= box["x"] <= bar["x"] + bar["width"]  # on its bar, in every direction
    slider.focus()
    for _ in range(18):  # to half an hour: more gaps
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "old => document.querySelector('[role=status]').innerText !== old[0]"
        " && document.querySelector('.jupyter-widgets img').src !== old[1]",
        arg=[said, figure],
        timeout=SLOW,
    )
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390", timeout=SLOW)


@pytest.mark.parametrize("module", ["custody", "evaluation", "firearms"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_an_app(
    page: Any, hub: Hub, violations: Callable[..., Any], module: str, theme: str
) -> None:
    page.goto(f"{hub.apps}{module}?lang=ar&theme={theme}", timeout=SLOW)
    usable(page)
    assert violations(page) == []
    names = page.eval_on_selector_all("[role=slider]", "all => all.map(slider => slider.ariaLabel)")
    assert names
    assert all(any(letter.isalpha() for letter in name) for name in names)


def test_firearms_is_fitted_and_revealed(page: Any, hub: Hub) -> None:
    page.goto(f"{hub.apps}firearms?lang=en", timeout=SLOW)
    usable(page)
    page.get_by_role("button", name="Best place").click()
    page.wait_for_selector("text=No better place", timeout=SLOW)
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Reveal the truth").click()
    page.wait_for_selector("[role=status] >> nth=1", timeout=SLOW)  # the answer beside the figures


def test_a_killed_kernel_is_said_and_started_again(
    page: Any, hub: Hub, complaints: list[str]
) -> None:
    before = kernels(hub)
    page.goto(f"{hub.apps}custody?lang=fr", timeout=SLOW)
    usable(page)
    until(lambda: bool(kernels(hub) - before))
    for pid in kernels(hub) - before:
        psutil.Process(pid).kill()
    again = page.get_by_role("link", name="Recommencer")
    again.wait_for(timeout=SLOW)
    assert "L'application s'est arrêtée" in page.inner_text("[role=alert]")
    assert page.evaluate("document.activeElement.innerText") == "Recommencer"
    assert page.locator("#rendered_cells[inert]").count() == 1
    again.click()
    page.wait_for_selector("#dalil-notice[hidden]", state="attached", timeout=SLOW)
    usable(page)
    complaints[:] = [text for text in complaints if "404" not in text]  # asked after the kernel


def test_a_closed_and_a_reloaded_tab_leave_no_kernel(page: Any, hub: Hub) -> None:
    page.goto(f"{hub.apps}?lang=ar", timeout=SLOW)  # the fixture's app was left
    assert page.locator("article").count() == 3
    left = kernels(hub)
    tab = page.context.new_page()
    tab.goto(f"{hub.apps}custody?lang=ar", timeout=SLOW)
    usable(tab)
    assert len(kernels(hub)) == len(left) + 1
    tab.reload(timeout=SLOW)
    usable(tab)
    until(lambda: len(kernels(hub)) == len(left) + 1)
    tab.close(run_before_unload=True)
    until(lambda: len(kernels(hub)) == len(left))
