"""Formgrader as a service of a real hub: who gets in, and whose name stands behind a mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from dalil.ledger import Ledger
from dalil.settings import Settings, load_settings
from tests.dalil.hubs import SmallHub, running

pytestmark = pytest.mark.browser
SLOW = 60_000  # ms
WHO = "مريم بنكهرمان"

LINES = """
from dalil import formgrader

course = settings.course_id
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
c.JupyterHub.services = [service(course, formgrader)]
"""


@dataclass
class Hub(SmallHub):
    """Where the hub answers, the academy behind it, and what waits there."""

    settings: Settings
    submission: str

    path = "/services/academy/formgrader/"

    @property
    def page(self) -> str:
        return f"/services/academy/formgrader/submissions/{self.submission}"


@pytest.fixture(scope="module")
def hub(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    root = make_curriculum(tmp_path_factory.mktemp("hub"))
    (root / "courses").mkdir()
    settings = load_settings(root)
    more = {"settings": settings, "submission": _waiting(settings)}
    with running(Hub, root, LINES, **more) as started:
        yield started


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


def test_an_instructor_marks_behind_the_hub_under_their_own_name(browser: Any, hub: Hub) -> None:
    page = hub.logged_in(browser, "samira", hub.page, locale="ar-MA")
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
    # behind the hub marking is a page of its own: people's servers have its origin, and no frame
    headers = page.request.get(hub.address + hub.page).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    for path in ("api/contents", "api/kernels", "lab"):
        answer = page.request.get(f"{hub.address}/services/academy/{path}")
        assert answer.status in (403, 404), path
    page.context.close()


def test_a_trainee_gets_neither_page_nor_marks(browser: Any, hub: Hub) -> None:
    page = hub.logged_in(browser, "amina", hub.page, locale="ar-MA")
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
