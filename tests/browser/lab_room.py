"""A trainee's JupyterLab beside an academy of one trainee; shared by several tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dalil.settings import load_settings
from tests.dalil.server.fake_academy import FakeAcademy
from tests.dalil.server.server_room import environment, served

SLOW = 60_000  # ms
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
