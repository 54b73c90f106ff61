"""A server for marking with three submissions, one of them hostile; shared by several tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.utils import random_port
from nbgrader.api import Gradebook

from dalil.configuration import MARKING_VARIABLE
from dalil.curriculum import load_module
from dalil.grading.batch import grade_batch
from dalil.ledger import Ledger
from dalil.models import TraineeId, module_id, trainee_id
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.roster import Person, Roster
from dalil.settings import Settings, load_settings

SLOW = 60_000  # ms
ARABIC, FRENCH, HOSTILE = "مريم بنكهرمان", "amina.bennoujoum", "youssef"
ACTS = "window.top.acted = 1"
WRITTEN = {
    ARABIC: (
        "انقطعت السلسلة عند القيد 4 لأن البصمة `9f86d081` لا توافق، مع احتمال "
        "$LR = \\frac{p}{q}$.\n\n- أولا: الساعة\n- ثانيا: التسليم"
    ),
    FRENCH: "La chaîne est rompue à l'entrée 4 :\n\n$$LR = \\frac{a}{b}$$",
    HOSTILE: "\n\n".join(
        (
            f"<script>{ACTS}</script>",
            f"<img src=x onerror='{ACTS}'>",
            f"<svg onload='{ACTS}'></svg>",
            f"[click](javascript:{ACTS})",
            f"<a href='javascript:{ACTS}'>click</a>",
            f"$\\href{{javascript:{ACTS}}}{{click}}$ $\\require{{html}}\\class{{x}}{{y}}$",
            f"$\\unicode{{<img src=x onerror='{ACTS}'>}}$ \\(</script><script>{ACTS}</script>\\)",
            "<iframe srcdoc='<script>parent.acted = 1</script>'></iframe>",
            "![x](https://tracker.invalid/pixel.png)",
        )
    ),
}
NAME = f"</title><script>{ACTS}</script><img src=x onerror='{ACTS}'>\"-({ACTS})-\""


@dataclass(frozen=True)
class Room:
    """Where formgrader answers, and what lies behind it."""

    address: str
    settings: Settings
    submissions: dict[str, str]
    restart: Callable[[], None]

    def events(self, kind: str, trainee: str) -> list[Any]:
        ledger = Ledger(self.settings.database_url, self.settings.keys)
        return ledger.events(kind=kind, trainee=trainee)

    def left(self, page: Any, trainee: str) -> None:
        """Wait until *page* shows something else."""
        page.wait_for_url(lambda url: self.submissions[trainee] not in url)

    def page_of(self, trainee: str) -> str:
        return f"{self.address}/formgrader/submissions/{self.submissions[trainee]}"


@pytest.fixture(scope="module")
def room(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Room]:
    root = make_curriculum(tmp_path_factory.mktemp("marking"), "custody")
    settings = load_settings(root)
    submissions = _submitted(settings)
    port = random_port()
    servers: list[subprocess.Popen[bytes]] = []

    def stop() -> None:
        os.killpg(servers[-1].pid, signal.SIGKILL)  # the hardest way
        servers[-1].wait(30)

    def restart() -> None:
        if servers:
            stop()
        servers.append(_served(root, port))

    restart()
    try:
        yield Room(f"http://127.0.0.1:{port}", settings, submissions, restart)
    finally:
        stop()


def _served(root: Path, port: int) -> subprocess.Popen[bytes]:
    """A server for marking that answers."""
    with (root / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={root}"),
            ],
            cwd=root,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))},
                MARKING_VARIABLE: "1",
                "DALIL_ROOT": str(root),
                "HOME": str(root / "home"),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait(port, server, root / "server.log")
    return server


def _submitted(settings: Settings) -> dict[str, str]:
    """Three trainees' work, marked by machine; returns formgrader's numbers by trainee."""
    course, module = Course(settings), load_module(settings, module_id("custody"))
    course.release(module)
    solved = reference(read_notebook(module.notebook))
    for name, speaks in ((ARABIC, "ar"), (FRENCH, "fr"), (HOSTILE, "en")):
        folder = course.fetch(module, trainee_id(name), speaks, settings.desks / name)
        path = folder / "custody.ipynb"
        cells = {**solved, "conclusion": WRITTEN[name]}
        if name == HOSTILE:
            cells["solve_workspace"] += _outputs()
        write_notebook(solve(read_notebook(path), cells, {}), path)
        course.submit(module, trainee_id(name), folder.parent)
    course.collect(module)
    with ThreadPoolExecutor(1) as executor:
        grade_batch(grader_of(settings), [module], course.gradebook, executor)
    course.feedback(module, TraineeId(FRENCH))
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        student = gradebook.find_student(HOSTILE)
        student.first_name, student.last_name = NAME, NAME
        gradebook.db.commit()
    Roster(settings).enrol([Person(ARABIC, name="مريم بنت كهرمان")], who="admin")
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        found = gradebook.notebook_submissions("custody", "custody")
        return {one.student.id: one.id for one in found}


def _outputs() -> str:
    """Code that prints and shows what would act in a careless page."""
    html = f"<script>{ACTS}</script><img src=x onerror='{ACTS}'>"
    return (
        "\nfrom IPython.display import display, HTML, Javascript, SVG, Markdown"
        f"\ndisplay(HTML({html!r}), Javascript({ACTS!r}), Markdown({html!r}))"
        f"\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>{ACTS}</script></svg>'))"
        f"\nprint({html!r})"
    )


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def enter(browser: Any, room: Room) -> Iterator[Callable[..., Any]]:
    """Return a function that logs a marker in, in a browser of that language."""
    contexts: list[Any] = []

    def log_in(language: str = "en-GB", **more: Any) -> Any:
        size = {"width": 1360, "height": 1000}
        context = browser.new_context(locale=language, viewport=size, **more)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{room.address}/?token=secret", timeout=SLOW)
        return page

    yield log_in
    for context in contexts:
        context.close()


def opened(page: Any, room: Room, trainee: str) -> Any:
    """Open the marking page of *trainee*; returns its last question, the one a person marks."""
    page.goto(room.page_of(trainee), timeout=SLOW)
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    return page.locator("[data-grade=conclusion]")
