"""A whole academy behind a real hub, and people who spend a day in it; shared by several tests."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.hub import demonstration
from dalil.hub.spawner import why_not_separate
from dalil.models import ModuleId
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.settings import Settings, load_settings
from tests.browser.lab_room import open_panel
from tests.dalil.hub.room import Hub, start_hub

SLOW = 90_000  # ms: a person's server starts on a busy machine
PANEL = "#dalil-curriculum"
MODULE = ModuleId("custody")


@contextmanager
def opened(
    checkout: Path,
    root: Path,
    before: Callable[[Settings], object] = lambda settings: None,
    *more: str,
) -> Iterator[Hub]:
    """The demonstration's people behind a hub of the curriculum at *root*, after *before*."""
    if why := why_not_separate(load_settings(checkout)):
        pytest.skip(f"NOT TESTED: people's servers cannot be kept apart here: {why}")
    settings = load_settings(root)
    settings.prepare()
    demonstration.enrol(settings)
    before(settings)
    running = start_hub(root, *more)
    try:
        yield running
    finally:
        running.stop()
        with suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def curriculum(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Path:
    """A curriculum of one module, for people who are made up."""
    lines = 'c.Dalil.accounts = "demonstration"'
    return make_curriculum(tmp_path_factory.mktemp("day"), MODULE, lines=lines)


@dataclass
class People:
    """Browsers of people, each with a context of its own."""

    browser: Any
    hub: Hub
    stack: ExitStack = field(default_factory=ExitStack)

    def arrive(self, name: str, locale: str) -> Any:
        """Somebody logs in by the form; returns the page they land on."""
        size = {"width": 1360, "height": 900}
        context = self.browser.new_context(locale=locale, viewport=size)
        context.set_default_timeout(SLOW)
        self.stack.callback(context.close)
        page = context.new_page()
        page.goto(self.hub.address, timeout=SLOW)
        self.log_in(page, name)
        return page

    def log_in(self, page: Any, name: str) -> None:
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", demonstration.password(self.hub.settings))
        page.locator("form [type=submit]").click()
        page.wait_for_url(re.compile(r"/services/dalil/|/user/"), timeout=SLOW)

    def home(self, page: Any) -> None:
        page.goto(f"{self.hub.address}/services/dalil/", timeout=SLOW)

    def speak(self, page: Any, language: str) -> None:
        """Choose a language on the academy's home."""
        self.home(page)
        page.locator("select[name=language]").select_option(language)
        page.locator("form.language button").click()
        page.wait_for_load_state()
        direction = "rtl" if language == "ar" else "ltr"
        assert page.locator(f"html[lang={language}][dir={direction}]").count() == 1

    def leave(self, page: Any) -> None:
        """Log out from the academy's home; what was open before is closed to that browser."""
        self.home(page)
        page.locator("a[href*=logout]").first.click()
        page.wait_for_load_state()
        page.goto(f"{self.hub.address}/services/dalil/", timeout=SLOW)
        assert "/hub/login" in page.url

    def lab(self, page: Any) -> Any:
        """Go to the person's Lab; returns the curriculum's panel, open and filled."""
        page.goto(f"{self.hub.address}/hub/user-redirect/lab", timeout=SLOW)
        page.wait_for_url("**/lab**", timeout=SLOW)
        page.locator("#jp-main-dock-panel").wait_for(timeout=SLOW)
        return open_panel(page, PANEL, ".dalil-Card", SLOW)


@pytest.fixture
def people(browser: Any, academy: Hub) -> Iterator[People]:
    with ExitStack() as stack:
        yield People(browser, academy, stack)


def home_of(settings: Settings, name: str) -> Path:
    """Where that person's server keeps the person's files."""
    return settings.academy / "homes" / name


def place_of(settings: Settings, name: str) -> Path:
    """The notebook of somebody's casework."""
    return home_of(settings, name) / "exercises" / MODULE / f"{MODULE}.ipynb"


def solved(settings: Settings, name: str, written: str) -> None:
    """Somebody does the casework: the notebook at their place holds right answers, saved."""
    path = place_of(settings, name)
    source = read_notebook(load_module(settings, MODULE).notebook)
    cells = {**reference(source), "conclusion": written}
    owner = path.stat()
    write_notebook(solve(read_notebook(path), cells, {}), path)
    os.chown(path, owner.st_uid, owner.st_gid)


def press(panel: Any, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).first.click()
