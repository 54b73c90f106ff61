"""Curricula with apps of the tests' own, and the apps of the checkout behind a hub."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import nbformat
import pytest
from nbformat import v4

from dalil.bench.visitor import Visitor, visit
from tests.dalil.apps.hub_room import Hub, start

ASYNC = """
import asyncio
import ipywidgets as widgets
box = widgets.IntText(value=1)
async def tick():
    while True:
        await asyncio.sleep(0.05)
        box.value += 1
task = asyncio.ensure_future(tick())
box
"""
BROKEN = "import ipywidgets\nraise ValueError('the app of the tests is broken')"
# Does whatever its visitor types: the worst app there could be.
OPEN = """
import ipywidgets as widgets
said, result = widgets.Text(value='typed'), widgets.Text(value='result')
def do(change):
    try:
        result.value = str(eval(change['new']))
    except BaseException as error:
        result.value = f'{type(error).__name__}: {error}'
said.observe(do, 'value')
widgets.VBox([said, result])
"""


def write_app(root: Path, module: str, source: str) -> None:
    """Make *module* a copy of custody whose app is *source*."""
    folder = root / "courses" / module
    custody = root / "courses" / "custody"
    (folder / "locale").mkdir(parents=True)
    table = (custody / "module.toml").read_text(encoding="utf-8")
    (folder / "module.toml").write_text(table.replace('"custody"', f'"{module}"', 1), "utf-8")
    for name in ("ar.po", "fr.po"):
        (folder / "locale" / name).write_bytes((custody / "locale" / name).read_bytes())
    notebook = v4.new_notebook(
        cells=[v4.new_markdown_cell("# An app of the tests"), v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    )
    nbformat.write(notebook, folder / "app.ipynb")


@pytest.fixture(scope="module")
def hub(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    """A hub with the apps of the checkout, one that cannot be staged, a broken and an open one."""
    root = make_curriculum(tmp_path_factory.mktemp("apps"), "custody", "evaluation", "firearms")
    for module, source in (("ticking", ASYNC), ("broken", BROKEN), ("open", OPEN)):
        write_app(root, module, source)
    with start(root) as hub:
        hub.staged("ticking (en)")  # the last of those that are made ahead
        yield hub


@pytest.fixture(scope="module")
def visiting(hub: Hub) -> Callable[..., Any]:
    """Return a function that runs a coroutine with functions that visit as somebody."""

    def run(story: Callable[[Callable[..., Awaitable[Visitor]]], Awaitable[Any]]) -> Any:
        async def play() -> Any:
            sessions: list[aiohttp.ClientSession] = []

            async def go(who: str, address: str) -> Visitor:
                headers = {"Authorization": f"token {hub.token(who)}"}
                sessions.append(aiohttp.ClientSession(headers=headers))
                return await visit(sessions[-1], hub.apps, address)

            try:
                return await story(go)
            finally:
                for session in sessions:
                    await session.close()

        return asyncio.run(play())

    return run
