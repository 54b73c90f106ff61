"""What several parts of the tests share: an academy of one's own in a temporary folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SLOW = 3600  # seconds: an acceptance test may take as long as that, on a busy machine too


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow proofs more time than the tests of every day, unless they say how much."""
    for item in items:
        if item.get_closest_marker("acceptance") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW))
    items[:] = mixed(items)


def mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """The files of *items* with those that start browsers spread evenly among the others.

    Side by side, browsers would take each other's processor until something takes too long.
    """
    files = [list(file) for _, file in groupby(items, lambda item: item.path)]
    shown = [file for file in files if "browser" in file[0].path.parts]
    others = [file for file in files if "browser" not in file[0].path.parts]
    size = max(1, -(-len(others) // max(1, len(shown))))
    runs = [others[at : at + size] for at in range(0, len(others), size)]
    order = zip_longest(shown, runs, fillvalue=[])
    return [item for file, run in order for item in (*file, *(i for other in run for i in other))]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The checkout that is tested."""
    return ROOT


@pytest.fixture(scope="session")
def make_curriculum() -> Callable[..., Path]:
    """Return a function that copies modules of the checkout into a curriculum of its own."""

    def make(folder: Path, *modules: str, lines: str = "") -> Path:
        for part in ("courses", "exercises", "graders"):
            for module in modules:
                shutil.copytree(
                    ROOT / part / module,
                    folder / part / module,
                    ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
                )
        text = (ROOT / "jupyter_config.py").read_text(encoding="utf-8")
        text = text.replace("apply(c, __file__)", f"{lines}\napply(c, __file__)")
        (folder / "jupyter_config.py").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium with scripts on; skipped where there is none, except in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium for these tests: apt-get install chromium")
        pytest.skip("NOT TESTED in a browser: there is no Chromium; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def violations() -> Callable[..., list[tuple[str, list[str]]]]:
    """Return a function that tells what axe finds on a page of Chromium: WCAG 2.2, A and AA.

    With *within*, a selector, only there: Lab's own pages are not ours to mend. Pages keep their
    content security policy: axe comes in by the browser's own channel.
    """
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

    def found(page: Any, within: str | None = None) -> list[tuple[str, list[str]]]:
        broken = Axe().run(page, within, {"runOnly": rules}).response["violations"]
        return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in broken]

    return found
