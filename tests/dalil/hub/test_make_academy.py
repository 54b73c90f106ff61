"""`make academy` as a new user meets it: a fresh clone, an empty home, Ctrl-C, a second start."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dalil.hub import demonstration
from dalil.settings import load_settings
from tests.dalil.hub.room import WAIT, Hub

pytestmark = pytest.mark.acceptance
SET_UP = 1800.0  # seconds: the environment is made, all modules are released, people have worked
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(params=["root", "ordinary"])
def clone(request: pytest.FixtureRequest, checkout: Path) -> Iterator[tuple[Path, list[str]]]:
    """A clone that belongs to who uses it, and what to write before a command to be that person."""
    root = os.geteuid() == 0
    if request.param == "root" and not root:
        pytest.skip("NOT TESTED as root: the tests run as an ordinary user")
    place = Path(tempfile.mkdtemp(prefix="dalil-clone-"))
    place.chmod(0o755)
    subprocess.run(["git", "clone", "-q", str(checkout), str(place / "main")], check=True)
    (place / "home").mkdir()
    someone = NOBODY if request.param == "ordinary" and root else []
    if someone:
        for path in (place, *place.rglob("*")):
            os.lchown(path, 65534, 65534)
    yield place / "main", someone
    for process in still_running(place):
        process.kill()
    shutil.rmtree(place)


def still_running(place: Path) -> list[psutil.Process]:
    """All processes that run something of *place*."""
    every = psutil.process_iter(["cmdline"])
    return [process for process in every if str(place) in str(process.info["cmdline"])]


def person(root: Path) -> dict[str, str]:
    """The environment of somebody whose home is empty, without this checkout's own tools."""
    kept = ("PATH", "LANG", "UV_", "PIP_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_", "no_")
    env = {name: text for name, text in os.environ.items() if name.startswith(kept)}
    venv = str(Path(os.environ.get("VIRTUAL_ENV", "/nonexistent")) / "bin")
    env["PATH"] = os.pathsep.join(p for p in env["PATH"].split(os.pathsep) if p != venv)
    return {**env, "HOME": str(root.parent / "home")}


def make_academy(root: Path, someone: list[str], number: int) -> Hub:
    """``make academy`` in *root*; returns once the hub that it starts answers."""
    log = root.parent / f"{number}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*someone, "make", "academy"],
            cwd=root,
            env=person(root),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    deadline = time.monotonic() + SET_UP
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if "JupyterHub is now running" in text:
            address = re.search(r"The academy +(http://127\.0\.0\.1:\d+)/", text)
            assert address is not None, text
            return Hub(address[1], load_settings(root), process, log)
        time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    raise AssertionError(log.read_text(encoding="utf-8")[-8000:])


def ctrl_c(hub: Hub) -> None:
    """As a terminal sends it: to all of the group. Nothing may be left."""
    hub.leave()
    running = hub.processes()
    os.killpg(hub.process.pid, signal.SIGINT)
    hub.process.wait(60)
    _, alive = psutil.wait_procs(running, timeout=30)
    assert alive == []
    assert still_running(hub.settings.root) == []


def results(hub: Hub) -> dict[str, float | None]:
    """The points that amina has by module."""
    answer = hub.ask("amina", "GET", "/services/dalil/api/curriculum")
    assert answer.status_code == 200, answer.text
    return {module["id"]: module["points"] for module in answer.json()["modules"]}


def test_a_fresh_clone_opens_ends_and_opens_again_with_all_that_was_there(
    clone: tuple[Path, list[str]],
) -> None:
    root, someone = clone
    first = make_academy(root, someone, 1)
    password = demonstration.password(first.settings)
    assert password in first.log.read_text(encoding="utf-8")
    before = results(first)
    assert before["custody"]
    first.start_server("amina")
    assert "kept" in first.run("amina", "open('mine.txt', 'w').write('x'); print('kept')")
    app = first.browser("amina").get("/services/apps/evaluation", timeout=WAIT)
    assert app.status_code == 200, app.text
    ctrl_c(first)
    line = [*someone, ".venv/bin/dalil", "doctor"]
    told = subprocess.run(
        line, check=False, cwd=root, env=person(root), capture_output=True, text=True
    )
    assert "Untrusted work can be graded" in told.stdout + told.stderr

    second = make_academy(root, someone, 2)
    assert demonstration.password(second.settings) == password
    assert results(second) == before
    second.start_server("amina")
    assert "mine.txt" in second.run("amina", "import os; print(os.listdir())")
    ctrl_c(second)
