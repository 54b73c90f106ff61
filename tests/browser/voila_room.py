"""An app of a course in Arabic, served by Voila on a free port of this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.utils import random_port

from dalil.limits import ONE_THREAD
from dalil.notebooks import read_notebook, write_notebook
from dalil.translation import find_catalogue, localise

ROOT = Path(__file__).parents[2]
# Voila's own page asks a distant server for an icon font, and its bundled Lab is an older one.
HARMLESS = re.compile("Failed to load resource|shared singleton|shared module")


@contextmanager
def served(course: str, place: Path) -> Iterator[str]:
    """The address of the app of *course*; *place* is an empty folder."""
    folder = ROOT / "courses" / course
    notebook = localise(read_notebook(folder / "app.ipynb"), "ar", find_catalogue(folder, "ar"))
    write_notebook(notebook, place / "app.ipynb")
    port = random_port()
    variables = {
        "DALIL_LANGUAGE": "ar",
        "DALIL_ROOT": str(ROOT),
        "DALIL_ACADEMY": str(place / "academy"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "IPYTHONDIR": str(place / "ipython"),
        **ONE_THREAD,
    }
    command = [sys.executable, "-m", "voila", str(place / "app.ipynb"), "--no-browser"]
    with (place / "voila.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, f"--port={port}", "--Voila.ip=127.0.0.1"],
            cwd=place,
            env={**os.environ, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait_for(f"{url}voila/static/main.js", server, place / "voila.log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when something answers at *url*, whatever it says."""
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"Voila did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """A page of the app once it speaks; it must have complained of nothing when it closes."""
    page = browser.new_page(viewport={"width": 1200, "height": 1200})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, timeout=30_000)
    page.wait_for_selector("[role=status]", timeout=30_000)
    try:
        yield page
    finally:
        page.close()
    assert [text for text in complaints if not HARMLESS.search(text)] == []


def app(course: str) -> Any:
    """A fixture: the page of the app of *course*, once it speaks."""

    @pytest.fixture
    def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
        with served(course, tmp_path) as url, opened(browser, url) as shown:
            yield shown

    return page


def said(page: Any) -> str:
    """What the app says at first, laid out from right to left and with a text for each picture."""
    style = "getComputedStyle(document.querySelector('[role=status]')).direction"
    assert page.evaluate(style) == "rtl"
    assert all(page.eval_on_selector_all("img", "all => all.map(image => image.alt)"))
    return str(page.inner_text("[role=status]"))


def control(page: Any, label: str) -> Any:
    """The widget whose label holds *label*."""
    return page.locator(".jupyter-widgets").filter(
        has=page.locator("xpath=./label[contains(@class, 'widget-label')]").filter(has_text=label)
    )


def typed(page: Any, label: str, value: str) -> None:
    """Type *value* as the number of the control, or of the slider, whose label holds *label*."""
    control(page, label).locator("input, .widget-readout").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(value)
    page.keyboard.press("Enter")


def revealed(page: Any, button: str, statuses: int) -> str:
    """Press *button*; returns the text that appears as the last of so many *statuses*.

    Until then the truth is hidden, so that there is one less of them.
    """
    found = page.locator("[role=status]")
    assert found.count() == statuses - 1
    page.get_by_role("button", name=button).click()
    page.wait_for_function(
        "n => document.querySelectorAll('[role=status]').length === n", arg=statuses, timeout=5000
    )
    return str(found.nth(statuses - 1).inner_text())


def changed(page: Any, before: str, which: int = 0) -> str:
    """The live text, of several number *which*, once it is another one than *before*."""
    page.wait_for_function(
        "([n, old]) => [...document.querySelectorAll('[role=status]')].at(n).innerText !== old",
        arg=[which, before],
        timeout=5000,
    )
    return str(page.locator("[role=status]").nth(which).inner_text())
