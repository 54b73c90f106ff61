"""Formgrader as a service of a real hub: who gets in, and whose name stands behind a mark."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import nbformat
import pytest
from nbgrader.api import Gradebook

from dalil.ledger import Ledger
from dalil.settings import Settings, load_settings

pytestmark = pytest.mark.browser
SLOW = 60_000  # ms
WHO = "مريم بنكهرمان"

CONFIGURATION = """
import os
from dalil.formgrader import command, environment
from dalil.settings import load_settings

settings = load_settings()
course = settings.course_id
c = get_config()
c.JupyterHub.bind_url = os.environ["TEST_HUB"]
c.JupyterHub.hub_bind_url = os.environ["TEST_HUB_API"]
c.JupyterHub.proxy_class = "dalil.hub.proxy.InProcessProxy"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.DummyAuthenticator.password = "secret"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.load_groups = {
    f"formgrade-{course}": {"users": ["samira"]},
    f"nbgrader-{course}": {"users": ["amina"]},
}
c.JupyterHub.load_roles = [
    {
        "name": f"formgrade-{course}",
        "groups": [f"formgrade-{course}"],
        "scopes": [f"access:services!service={course}"],
    }
]
c.JupyterHub.services = [
    {
        "name": course,
        "url": os.environ["TEST_SERVICE"],
        "command": command(settings),
        "environment": environment(settings),
        "cwd": str(settings.root),
        "oauth_no_confirm": True,
    }
]
"""


@dataclass(frozen=True)
class Hub:
    """Where the hub answers, and the academy behind it."""

    address: str
    settings: Settings
    submission: str

    @property
    def page(self) -> str:
        return f"{self.address}/services/academy/formgrader/submissions/{self.submission}"


@pytest.fixture(scope="module")
def hub(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    root = make_curriculum(tmp_path_factory.mktemp("hub"))
    (root / "courses").mkdir()
    settings = load_settings(root)
    submission = _waiting(settings)
    public, inner, service = (f"http://127.0.0.1:{port}" for port in _ports(3))
    (root / "jupyterhub_config.py").write_text(CONFIGURATION, encoding="utf-8")
    tools = str(Path(sys.executable).parent)
    log = root / "hub.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=root,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))},
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "DALIL_ROOT": str(root),
                "HOME": str(root / "home"),
                "TEST_HUB": public,
                "TEST_HUB_API": inner,
                "TEST_SERVICE": service,
            },
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        _wait(public, process, log)
        yield Hub(public, settings, submission)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _waiting(settings: Settings) -> str:
    """One written answer that waits for a mark; returns formgrader's number of the submission."""
    settings.prepare()
    facts = {"grade_id": "essay", "grade": True, "solution": True, "locked": False, "points": 4}
    facts |= {"schema_version": 3, "task": False}
    cell = nbformat.v4.new_markdown_cell("الجواب", id="essay")
    cell.metadata["nbgrader"] = facts
    folder = settings.autograded / WHO / "small"
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"dalil": {"language": "ar"}})
    nbformat.write(notebook, folder / "small.ipynb")
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        gradebook.add_assignment("small")
        gradebook.add_notebook("small", "small")
        gradebook.add_grade_cell("essay", "small", "small", max_score=4, cell_type="markdown")
        gradebook.add_solution_cell("essay", "small", "small")
        gradebook.add_student(WHO)
        gradebook.add_submission("small", WHO)
        return str(gradebook.find_submission_notebook("small", "small", WHO).id)


def _ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the hub leads to the service, which then asks for a log-in."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urlopen(f"{address}/services/academy/formgrader/") as answer:
            if "/hub/login" in answer.url:
                return
        time.sleep(0.3)
    raise AssertionError(log.read_text(encoding="utf-8"))


def logged_in(browser: Any, hub: Hub, name: str) -> Any:
    """A page of somebody who logged in at the hub on the way to the submission."""
    page = browser.new_context(locale="ar-MA").new_page()
    page.goto(hub.page, timeout=SLOW)
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", "secret")
    with page.expect_navigation(timeout=SLOW):
        page.click("input[type=submit], button[type=submit]")
    return page


def test_an_instructor_marks_behind_the_hub_under_their_own_name(browser: Any, hub: Hub) -> None:
    page = logged_in(browser, hub, "samira")
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    page.fill("[data-grade=essay] .points", "3")
    page.fill("[data-comment=essay] textarea", "واضح")
    page.locator("[data-comment=essay] textarea").blur()
    page.wait_for_selector("body[data-unsaved=false]")
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    (mark,) = ledger.events(kind="hand-marked")
    (comment,) = ledger.events(kind="commented")
    assert (mark.who, mark.trainee, mark.what["points"]) == ("samira", WHO, 3.0)
    assert (comment.who, comment.what["comment"]) == ("samira", "واضح")
    page.click("#next")
    page.wait_for_selector("main th a")
    page.click("nav a[href$='/hub/home']")
    page.wait_for_selector("#logout")
    # Lab shows formgrader in a frame of its own page: the same origin may, others may not
    headers = page.request.get(hub.page).headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    for path in ("api/contents", "api/kernels", "lab"):
        answer = page.request.get(f"{hub.address}/services/academy/{path}")
        assert answer.status in (403, 404), path
    page.context.close()


def test_a_trainee_gets_neither_page_nor_marks(browser: Any, hub: Hub) -> None:
    page = logged_in(browser, hub, "amina")
    assert "essay" not in page.content()
    for path in ("formgrader/gradebook", "formgrader/api/students", "formgrader/api/assignments"):
        answer = page.request.get(f"{hub.address}/services/academy/{path}")
        assert answer.status == 403, path
    page.context.close()


def test_a_stranger_is_asked_to_log_in(browser: Any, hub: Hub) -> None:
    context = browser.new_context()
    answer = context.request.get(f"{hub.address}/services/academy/formgrader/api/students")
    assert "username" in answer.text()
    assert WHO not in answer.text()
    context.close()
