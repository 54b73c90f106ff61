"""A trainee's JupyterLab beside an academy of one trainee; shared by several tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError

from dalil.settings import load_settings
from tests.dalil.server.fake_academy import FakeAcademy
from tests.dalil.server.server_room import environment, served

SLOW = 60_000  # ms
STEP = 3_000  # ms
PANEL = "#dalil-curriculum"


@dataclass
class Lab:
    """Where Lab answers, the trainee's home, and the academy that it asks."""

    address: str
    home: Path
    academy: FakeAcademy
    log: Path

    def reset(self) -> None:
        """As on the first day, in Arabic."""
        self.academy.reset()
        for name in ("exercises", "lessons", ".jupyter/lab"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        self.set("translation-extension/plugin", {"locale": "ar_SA"})

    def set(self, name: str, values: dict[str, Any]) -> None:
        """Set Lab's settings of the plugin *name*."""
        file = self.home / f".jupyter/lab/user-settings/@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture(scope="module")
def lab(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Lab]:
    root = make_curriculum(tmp_path_factory.mktemp("lab"), "custody")
    home = tmp_path_factory.mktemp("amina")
    with FakeAcademy(load_settings(root)) as academy:
        log = root / "lab.log"
        with served("jupyterlab", home, log, environment(root, academy)) as address:
            yield Lab(address, home, academy, log)


@pytest.fixture
def enter(browser: Any, lab: Lab) -> Iterator[Callable[..., Any]]:
    """Return a function that opens Lab in a browser of its own, the panel in sight."""
    contexts: list[Any] = []

    def open_lab(first: Callable[[], None] = lambda: None, **more: Any) -> Any:
        first()
        size = {"width": 1360, "height": 900}
        context = browser.new_context(viewport=size, **more)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{lab.address}/lab?token=secret", timeout=SLOW)
        shown(page)
        return page

    lab.reset()
    yield open_lab
    for context in contexts:
        context.close()


def shown(page: Any) -> Any:
    """Wait until Lab is there and its curriculum is filled; returns the panel."""
    page.wait_for_selector("#jp-main-dock-panel", timeout=SLOW)
    panel = page.locator(PANEL)
    panel.locator(".dalil-Card").first.wait_for(timeout=SLOW)
    return panel


def open_panel(page: Any, panel: str, shows: str, within: int = SLOW) -> Any:
    """Have Lab show its side panel *panel*, and in it *shows*; returns the panel.

    A click on the tab of a panel that is open closes it, and Lab may open it by itself while it
    restores what was open: so what the tab says is asked again until the panel is filled.
    """
    tab = page.locator(f".lm-TabBar-tab[data-id={panel.removeprefix('#')}]")
    tab.wait_for(timeout=within)
    wanted = page.locator(panel).locator(shows).first
    for _ in range(within // STEP):
        if "lm-mod-current" not in (tab.get_attribute("class") or ""):
            tab.click()
        with suppress(TimeoutError):
            wanted.wait_for(timeout=STEP)
            break
    wanted.wait_for(timeout=STEP)
    return page.locator(panel)


def put_away(page: Any) -> None:
    """Close what dialogs Lab opens from now on, by the button that changes nothing.

    Lab tells that it has lost its server, and asks whether to start it anew; first one, then the
    other. What only tells has no button to refuse.
    """
    dialog = page.locator(".jp-Dialog")

    def close() -> None:
        with suppress(TimeoutError):  # it was closed meanwhile
            refuse = dialog.locator("button.jp-mod-reject")
            buttons = refuse if refuse.count() else dialog.locator(".jp-Dialog-footer button")
            buttons.first.click(timeout=STEP)

    page.add_locator_handler(dialog, close, no_wait_after=True)
