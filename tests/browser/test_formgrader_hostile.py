"""Marking hostile work in Chromium, scripts on: nothing that a trainee put anywhere acts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import nbformat
import pytest

from tests.browser.formgrader_room import (
    ACTS,
    ARABIC,
    HOSTILE,
    NAME,
    SLOW,
    WRITTEN,
    Room,
    enter,
    opened,
    room,
)

__all__ = ["enter", "room"]  # fixtures, used by their names

pytestmark = pytest.mark.browser
# MathJax keeps the text of each formula in a script of a type that no browser runs.
ACTIVE = ", ".join(
    f".work {one}, li {one}"
    for one in (
        "script:not([type^='math/tex'])",
        "svg",
        "iframe",
        "object",
        "[onerror]",
        "[onload]",
    )
)


def test_no_script_of_a_trainee_runs(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    task = opened(page, room, HOSTILE)
    page.click("#names")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.wait_for_timeout(1500)
    assert NAME in page.inner_text("#who")
    assert "onerror" in task.locator(".answer").inner_text()
    assert page.locator(ACTIVE).count() == 0
    for link in task.locator(".answer a").all():
        assert re.match("https?://|mailto:", link.get_attribute("href") or "https://")
    assert page.evaluate("window.acted") is None
    for path in ("gradebook", "gradebook/custody/custody"):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        page.wait_for_timeout(500)
        assert page.evaluate("window.acted") is None
        assert page.locator("main script, main [onerror]").count() == 0
    for path in (
        "manage_students",
        "manage_submissions/custody",
        f"manage_students/{HOSTILE}/custody",
    ):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        page.wait_for_function("document.querySelectorAll('#main-table tr').length > 0")
        page.wait_for_timeout(500)
        assert page.evaluate("window.acted") is None
        names = page.locator("#main-table .name, #main-table .student-name").all_inner_texts()
        assert names
        assert not [name for name in names if "None" in name]
    assert not [url for url in asked if ".invalid" in url]


@pytest.mark.parametrize(
    "name",
    [
        "<script>top.acted=1</script>",
        '";top.acted=1;"',
        "x\\",
        "'-top.acted=1-'",
        "{{7*7}}",
        "../../academy/records",
        "</script><script>top.acted=1</script>",
    ],
)
def test_names_in_addresses_do_not_act(room: Room, enter: Callable[..., Any], name: str) -> None:
    page = enter()
    for path in ("gradebook/{}", "gradebook/custody/{}", "manage_submissions/{}"):
        address = f"{room.address}/formgrader/{path.format(quote(name, safe=''))}"
        answer = page.goto(address, timeout=SLOW)
        assert answer is not None
        assert answer.status == 404
        assert page.evaluate("window.acted") is None


def test_files_beside_a_submission_are_handed_over_and_never_shown(
    room: Room, enter: Callable[..., Any]
) -> None:
    folder = room.settings.autograded / HOSTILE / "custody"
    for name in ("evil.html", "evil.svg", "evil.js", "<b>evil.html"):
        (folder / name).write_text(f"<script>{ACTS}</script>", encoding="utf-8")
        answer = enter().request.get(f"{room.page_of(HOSTILE)}/{name}")
        assert answer.status == 200
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        (folder / name).unlink()


def test_no_address_of_a_file_leads_out_of_the_submission(
    room: Room, enter: Callable[..., Any]
) -> None:
    folder = room.settings.autograded / HOSTILE / "custody"
    (folder / "way-out").symlink_to(room.settings.records)
    page = enter()
    here = os.path.relpath(room.settings.records / "gradebook.db", folder)
    for path in (here, "way-out/gradebook.db", "/etc/hostname", "../../../../jupyter_config.py"):
        answer = page.request.get(f"{room.page_of(HOSTILE)}/{quote(path, safe='')}")
        assert answer.status in (403, 404), path
    (folder / "way-out").unlink()


def test_a_notebook_that_was_changed_on_the_disk_does_not_act_either(
    room: Room, enter: Callable[..., Any]
) -> None:
    """The page relies on nothing that was cleaned before: here, nothing was."""
    path = room.settings.autograded / HOSTILE / "custody" / "custody.ipynb"
    kept = path.read_bytes()
    notebook = nbformat.read(path, 4)
    new = nbformat.v4.new_output
    html = f"<script>{ACTS}</script><img src=x onerror='{ACTS}'>"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new("display_data", {"text/html": html}),
                new("display_data", {"application/javascript": ACTS}),
                new("display_data", {"image/svg+xml": f"<svg><script>{ACTS}</script></svg>"}),
                new("display_data", {"text/latex": html}),
                new("stream", name="stdout", text=html),
            ]
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = WRITTEN[HOSTILE]
    notebook.metadata["dalil"]["notes"] = [html]
    notebook.metadata["dalil"]["language"] = '"><script>top.acted=1</script>'
    nbformat.write(notebook, path)
    try:
        page = enter()
        opened(page, room, HOSTILE)
        page.wait_for_timeout(1500)
        assert page.evaluate("window.acted") is None
        assert page.locator(ACTIVE).count() == 0
    finally:
        path.write_bytes(kept)


def test_the_server_for_marking_offers_nothing_else(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    for path in ("api/contents", "api/kernels", "api/sessions", "api/terminals", "lab", "tree"):
        assert page.request.get(f"{room.address}/{path}").status in (403, 404), path
    assert page.request.get(f"{room.address}/files/jupyter_config.py").status in (403, 404)
    start = page.request.get(f"{room.address}/formgrader/?path=/tmp", max_redirects=0)
    assert start.headers["location"] == "/formgrader/gradebook"
    bad = page.request.put(
        f"{room.address}/formgrader/api/grade/x", data=json.dumps({"manual_score": 1})
    )
    assert bad.status == 403  # without the token against forged requests
    stranger = page.context.browser.new_context().new_page()
    assert stranger.request.get(room.page_of(ARABIC), max_redirects=0).status == 302
