"""The apps of a real hub in a browser; shared by several tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dalil.apps.hub_room import Hub
from tests.dalil.hubs import PASSWORD

SLOW = 60_000  # ms
# Voila's bundled Lab is an older one; without formulas on the page its typesetter stays away.
HARMLESS = re.compile("mathjax2-extension|shared singleton|shared module")


@pytest.fixture
def complaints() -> list[str]:
    """The errors on the console of the visitor's page; a test takes out those that it caused."""
    return []


@pytest.fixture
def page(browser: Any, hub: Hub, complaints: list[str]) -> Iterator[Any]:
    """A visitor who was sent to log in and came back to the app; nobody may complain."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    foreign: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((hub.address, "data:", "blob:")) else foreign.append(r.url)
        ),
    )
    page.goto(f"{hub.apps}custody?lang=ar", timeout=SLOW)
    page.fill("#username_input", "amina")
    page.fill("#password_input", PASSWORD)
    page.click("#login_submit")
    usable(page)
    assert "/services/apps/custody?lang=ar" in page.url
    yield page
    context.close()
    assert [text for text in complaints if not HARMLESS.search(text)] == []
    assert foreign == []


def usable(page: Any) -> None:
    """Wait until the widgets are there and the skeleton has gone."""
    page.wait_for_selector("#rendered_cells[aria-busy=false] .jupyter-widgets", timeout=SLOW)
    assert page.locator(".dalil-skeleton").count() == 0
