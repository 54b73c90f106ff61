"""The demonstration academy in Chromium: lesson, exercise, app and formgrader on one server."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.browser
DESK = f"academy/desk/{quote('العربية')}"
SLOW = 60_000  # ms: a kernel starts on a busy machine


@dataclass(frozen=True)
class Academy:
    """Where it answers, and the token that Jupyter printed."""

    address: str
    token: str


@pytest.fixture(scope="module")
def academy(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Academy]:
    root = make_curriculum(tmp_path_factory.mktemp("academy"), "custody")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "dalil", "academy", "--trainees", "2", "--no-browser"]
    log = root / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*line, "--language", "ar", "--port", str(port)],
            cwd=root,
            env={k: v for k, v in os.environ.items() if not k.startswith("DALIL_")},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        yield Academy(f"http://127.0.0.1:{port}", _token(process, log))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _token(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"\?token=([0-9a-f]+)", log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.3)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def visitor(browser: Any, academy: Academy) -> Iterator[Any]:
    """A visitor who opened the address that Jupyter printed, and so is logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{academy.address}/lab?token={academy.token}", timeout=SLOW)
    page.wait_for_selector("#jp-main-dock-panel", timeout=SLOW)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(visitor: Any) -> Iterator[Any]:
    page = visitor.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", ["lessons/custody.ipynb", "exercises/custody/custody.ipynb"])
def test_arabic_notebooks_read_from_right_to_left_in_lab(
    academy: Academy, page: Any, path: str
) -> None:
    page.goto(f"{academy.address}/lab/tree/{DESK}/{path}?reset", timeout=SLOW)
    page.wait_for_selector(".jp-MarkdownOutput h1", timeout=SLOW)
    heading = page.locator(".jp-MarkdownOutput h1").first
    assert re.search("[\u0600-\u06ff]", heading.inner_text())
    assert heading.evaluate("element => getComputedStyle(element).direction") == "rtl"
    prose = page.locator(".jp-MarkdownOutput p").first
    box, column = prose.bounding_box(), page.locator(".jp-MarkdownOutput").first.bounding_box()
    assert box["x"] + box["width"] > column["x"] + 0.8 * column["width"]  # it begins on the right
    code = page.locator(".jp-CodeCell .cm-content").first
    assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert page.locator("text=Jupyter news").count() == 0


def test_the_app_opens_in_arabic(academy: Academy, page: Any) -> None:
    page.goto(f"{academy.address}/voila/render/{DESK}/apps/custody.ipynb", timeout=SLOW)
    page.wait_for_selector(".jupyter-widgets button", timeout=SLOW)
    labels = " ".join(page.locator(".jupyter-widgets").all_inner_texts())
    assert re.search("[\u0600-\u06ff]", labels)
    assert not re.search("Practice case|Next case", labels)


def test_formgrader_lists_the_cohort(academy: Academy, page: Any) -> None:
    page.goto(f"{academy.address}/formgrader/manage_submissions/custody", timeout=SLOW)
    page.wait_for_selector("td .label, td .badge", timeout=SLOW)
    listed = page.inner_text("table")
    assert "amina.bennoujoum" in listed
    assert "16 / 20" in listed


def test_records_are_not_shown_in_the_file_browser(academy: Academy, page: Any) -> None:
    page.goto(f"{academy.address}/lab/tree/academy?reset", timeout=SLOW)
    page.wait_for_selector(".jp-DirListing-itemText", timeout=SLOW)
    page.wait_for_timeout(1500)
    names = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert "desk" in names
    assert not {"records", "exchange", "logs"} & set(names)
