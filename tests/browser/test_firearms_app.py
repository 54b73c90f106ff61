"""The firearms app in Chromium, as Voila serves it in Arabic: typed, stepped, guessed, revealed."""

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
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.utils import random_port

from dalil.notebooks import read_notebook, write_notebook
from dalil.translation import find_catalogue, localise

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "courses" / "firearms"
# Voila's own page asks a distant server for an icon font, and its bundled Lab is an older one.
HARMLESS = re.compile("Failed to load resource|shared singleton|shared module")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in Arabic, served by Voila on a free port of this machine."""
    place = tmp_path_factory.mktemp("app")
    notebook = localise(read_notebook(COURSE / "app.ipynb"), "ar", find_catalogue(COURSE, "ar"))
    write_notebook(notebook, place / "app.ipynb")
    port = random_port()
    variables = {
        "DALIL_LANGUAGE": "ar",
        "DALIL_ROOT": str(ROOT),
        "DALIL_ACADEMY": str(place / "academy"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "IPYTHONDIR": str(place / "ipython"),
        "OMP_NUM_THREADS": "1",
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
        wait_for(f"{url}voila/static/main.js", server, place / "voila.log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
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


def changed(page: Any, before: str) -> str:
    """The live text once it is another one than *before*; within a second of the platform's."""
    page.wait_for_function(
        "old => document.querySelector('[role=status]').innerText !== old", arg=before, timeout=5000
    )
    return str(page.inner_text("[role=status]"))


def test_the_app_in_arabic(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1200})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, timeout=30_000)
    page.wait_for_selector("[role=status]", timeout=30_000)
    try:
        use(page)
    finally:
        page.close()
    assert [text for text in complaints if not HARMLESS.search(text)] == []


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
