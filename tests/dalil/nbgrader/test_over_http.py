"""nbgrader's own commands and Lab's assignment list, over HTTP: no disk is shared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from jupyterhub.utils import random_port

from dalil.client import SERVICE_VARIABLE, TOKEN_VARIABLE, Client
from dalil.exchange import Exchange, Receipt
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from tests.dalil.service.hub_room import AMINA, YOUSSEF, Hub, hub

__all__ = ["hub"]


@dataclass(frozen=True)
class Home:
    """A person's own side: a home, a curriculum without exercises and graders, a token."""

    path: Path
    environment: dict[str, str]

    @property
    def exercise(self) -> Path:
        return self.path / "exercises" / "custody"

    def nbgrader(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def home_of(hub: Hub, place: Path, name: str) -> Home:
    root, home = place / name / "curriculum", place / name / "home"
    shutil.copytree(hub.settings.courses, root / "courses")
    shutil.copy(hub.settings.root / "jupyter_config.py", root)
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))}
    tools = str(Path(sys.executable).parent)
    own = {
        "HOME": str(home),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "DALIL_ROOT": str(root),
        SERVICE_VARIABLE: hub.base,
        TOKEN_VARIABLE: hub.token(name),
    }
    return Home(home, {**kept, **own})


@pytest.fixture(scope="module")
def amina(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return home_of(hub, tmp_path_factory.mktemp("people"), AMINA)


def answer(home: Home, hub: Hub) -> None:
    source = read_notebook(hub.settings.exercises / "custody" / "custody.ipynb")
    path = home.exercise / "custody.ipynb"
    write_notebook(solve(read_notebook(path), reference(source), {}), path)


def until_graded(hub: Hub, name: str) -> None:
    with Client(hub.base, hub.token(name)) as client:
        for _ in range(8):
            if client.result("custody", wait=25)["state"] == "graded":
                return
    raise AssertionError("no result")


def test_nbgrader_s_commands_go_to_the_academy(hub: Hub, amina: Home) -> None:
    listed = amina.nbgrader("list")
    assert "academy custody" in listed.stderr, listed.stderr
    fetched = amina.nbgrader("fetch_assignment", "custody")
    assert fetched.returncode == 0, fetched.stderr
    assert sorted(p.name for p in amina.exercise.iterdir()) == [
        "case.json",
        "custody.ipynb",
        "exhibits",
    ]
    answer(amina, hub)
    work = (amina.exercise / "custody.ipynb").read_bytes()
    next((amina.exercise / "exhibits").iterdir()).write_text("altered")
    assert amina.nbgrader("fetch_assignment", "custody").returncode != 0
    assert amina.nbgrader("fetch_assignment", "custody", "--replace").returncode == 0
    assert (amina.exercise / "custody.ipynb").read_bytes() == work
    submitted = amina.nbgrader("submit", "custody")
    assert submitted.returncode == 0, submitted.stderr
    receipt = Receipt.from_json((amina.exercise / "receipt.json").read_text())
    Exchange(hub.settings).verify(receipt)
    until_graded(hub, AMINA)
    assert "feedback ready to be fetched" in amina.nbgrader("list", "--cached").stderr
    assert amina.nbgrader("fetch_feedback", "custody").returncode == 0
    (page,) = amina.exercise.glob("feedback/*/custody.html")
    assert 'dir="rtl"' in page.read_text(encoding="utf-8")
    assert "feedback already fetched" in amina.nbgrader("list", "--cached").stderr


def test_what_is_refused_is_one_line(hub: Hub, amina: Home) -> None:
    for words, line in (
        (("fetch_assignment", "nowhere"), "لا يوجد شيء في هذا العنوان"),
        (("submit", "nowhere"), "cannot be used as the exercise's folder"),
        (("collect", "custody"), "done on the academy's side"),
    ):
        done = amina.nbgrader(*words)
        assert done.returncode != 0, words
        assert line in done.stderr, words
        assert "Traceback" not in done.stderr, words


@pytest.fixture
def server(hub: Hub, tmp_path: Path) -> Iterator[tuple[httpx.Client, Home]]:
    """A person's own Jupyter Server with nbgrader's assignment list."""
    home = home_of(hub, tmp_path, YOUSSEF)
    port = random_port()
    line = ["-m", "jupyter_server", "--allow-root", "--no-browser", f"--ServerApp.port={port}"]
    line += ["--IdentityProvider.token=secret", f"--ServerApp.root_dir={home.path}"]
    with (home.path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *line], cwd=home.path, env=home.environment, stdout=log, stderr=log
        )
    headers = {"Authorization": "token secret"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if client.get("/api").status_code == 200:
                    break
            time.sleep(0.2)
        try:
            yield client, home
        finally:
            process.terminate()
            process.wait(30)


def test_lab_s_assignment_list_works(hub: Hub, server: tuple[httpx.Client, Home]) -> None:
    client, home = server
    wanted = {"assignment_id": "custody", "course_id": "academy"}

    def listed(answer: httpx.Response) -> list[dict[str, Any]]:
        found = answer.json()
        assert found["success"], found
        return [dict(one) for one in found["value"]]

    first = listed(client.get("/assignments", params={"course_id": "academy"}))
    assert [one["status"] for one in first] == ["released"]
    fetched = listed(client.post("/assignments/fetch", params=wanted))
    assert fetched[0]["status"] == "fetched"
    assert fetched[0]["notebooks"][0]["path"] == "exercises/custody/custody.ipynb"
    answer(home, hub)
    submitted = listed(client.post("/assignments/submit", params=wanted))
    assert {one["status"] for one in submitted} == {"fetched", "submitted"}
    until_graded(hub, YOUSSEF)
    both = listed(client.post("/assignments/fetch_feedback", params=wanted))
    (work,) = next(one for one in both if one["status"] == "submitted")["submissions"]
    assert work["has_local_feedback"]
    assert work["local_feedback_path"].startswith("exercises/custody/feedback/")
    assert client.get("/courses").json() == {"success": True, "value": ["academy"]}
