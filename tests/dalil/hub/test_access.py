"""The table of who may do what, row by row, and the same from inside a trainee's kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dalil.hub.access import INSIDE, LOGIN, ROWS, WHO, YES, Row, page
from tests.dalil.hub.room import Hub

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


@pytest.fixture(scope="module")
def hub_with_servers(hub: Hub) -> Hub:
    """amina's server runs; of the others there is only the log-in."""
    hub.start_server("amina")
    return hub


def answer(hub: Hub, name: str, row: Row) -> str:
    told = hub.ask(name, row.method, row.path, content=row.body)
    if told.is_redirect:
        return LOGIN if "/hub/" in told.headers["location"] else YES
    return YES if told.is_success else str(told.status_code)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_answers_as_the_table_says(hub_with_servers: Hub, row: Row) -> None:
    found = tuple(answer(hub_with_servers, name, row) for name in WHO)
    assert found == row.answers


def test_a_trainees_own_kernel_reaches_nothing_more(hub_with_servers: Hub) -> None:
    source = Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
    public = f"import os; os.environ['TEST_PUBLIC'] = {hub_with_servers.address!r}\n"
    assert json.loads(hub_with_servers.run("amina", public + source)) == INSIDE


def test_the_page_shows_this_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
