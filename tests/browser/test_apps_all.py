"""Each app of the curriculum in Chromium behind a real hub, in three languages; what they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import module_ids
from dalil.settings import load_settings
from tests.browser.apps_room import SLOW, complaints, page, usable
from tests.dalil.apps.hub_room import Hub, start

__all__ = ["complaints", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.acceptance]
MIB = 1024**2
MODULES = tuple(module_ids(load_settings(Path(__file__).parents[2])))
STAGE_MIB = 100  # of all processes of the service, for each app in one language


@pytest.fixture(scope="module")
def hub(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    with start(make_curriculum(tmp_path_factory.mktemp("apps"), *MODULES)) as hub:
        yield hub


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_an_app_opens_and_axe_finds_nothing(
    page: Any, hub: Hub, violations: Callable[..., Any], module: str, language: str
) -> None:
    theme = "dark" if language == "fr" else "light"
    page.goto(f"{hub.apps}{module}?lang={language}&theme={theme}", timeout=SLOW)
    usable(page)
    direction = "rtl" if language == "ar" else "ltr"
    assert page.locator(f"html[lang={language}][dir={direction}]").count() == 1
    pictures = page.eval_on_selector_all("img", "all => all.map(image => image.alt)")
    assert all(pictures)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390", timeout=SLOW)


def test_all_stages_together_stay_small(hub: Hub) -> None:
    for module in MODULES:
        for language in ("ar", "fr", "en"):
            hub.staged(f"{module} ({language})")
    service = hub.service()
    taken = sum(
        process.memory_full_info().pss for process in (service, *service.children(recursive=True))
    )
    print(f"{3 * len(MODULES)} stages: {taken / MIB:.0f} MiB (PSS)")
    assert taken < STAGE_MIB * 3 * len(MODULES) * MIB
