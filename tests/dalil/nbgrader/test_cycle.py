"""nbgrader's own commands and pages, in a checkout set up by jupyter_config.py alone."""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.exchange import Receipt
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.course import Course
from dalil.notebooks import grade_points, read_notebook, reference, solve, write_notebook
from dalil.settings import Settings, load_settings

TOOLS = Path(sys.executable).parent
TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]) -> Path:
    return make_curriculum(tmp_path_factory.mktemp("cycle"), "custody")


@pytest.fixture(scope="module")
def environment(root: Path) -> dict[str, str]:
    """What a person's shell has: nothing of ours, not even the environment's tools on PATH."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))}
    path = [p for p in kept["PATH"].split(os.pathsep) if Path(p) != TOOLS]
    return {**kept, "PATH": os.pathsep.join(path), "HOME": str(root / "home")}


@pytest.fixture(scope="module")
def run(root: Path, environment: dict[str, str]) -> Callable[..., str]:
    """Run a command in the checkout (or below it); returns what it printed."""

    def run(*line: str, cwd: Path = root, ok: bool = True) -> str:
        done = subprocess.run(
            [str(TOOLS / line[0]), *line[1:]],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def desk(root: Path, run: Callable[..., str]) -> Path:
    """The whole of nbgrader's cycle up to the submission, by its own commands."""
    run("nbgrader", "generate_assignment", "custody")
    run("nbgrader", "release_assignment", "custody")
    desk = root / "academy" / "desks" / "someone"
    desk.mkdir(parents=True)
    run("nbgrader", "fetch_assignment", "custody", cwd=desk)
    path = desk / "custody" / "custody.ipynb"
    source = read_notebook(root / "exercises" / "custody" / "custody.ipynb")
    cells = {name: text for name, text in reference(source).items() if name != "solve_decision"}
    write_notebook(solve(read_notebook(path), cells, {}), path)
    run("nbgrader", "submit", "custody", cwd=desk)
    return desk


@pytest.fixture(scope="module")
def graded(desk: Path, root: Path, run: Callable[..., str]) -> dict[str, float]:
    run("nbgrader", "collect", "custody")
    run("nbgrader", "autograde", "custody")
    course = Course(settings_in(root))
    return {m.question: m.auto for m in course.marks(module_in(root)) if m.auto is not None}


def settings_in(root: Path) -> Settings:
    return load_settings(root)


def module_in(root: Path) -> Any:
    from dalil.curriculum import load_module

    return load_module(settings_in(root), "custody")


def test_a_fetch_brings_exhibits_of_ones_own(desk: Path) -> None:
    folder = desk / "custody"
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    assert case["trainee"] == getpass.getuser()
    assert {p.name for p in (folder / "exhibits").iterdir()} == {
        exhibit["file"] for exhibit in case["exhibits"].values()
    }


def test_a_submission_leaves_a_receipt_that_the_academy_signed(desk: Path, root: Path) -> None:
    text = (desk / "custody" / "receipt.json").read_text(encoding="utf-8")
    receipt = Receipt.from_json(text)
    exchange_of(settings_in(root)).verify(receipt)
    forged = Receipt.from_json(text.replace(receipt.sha256, "0" * 64))
    with pytest.raises(Exception, match="receipt"):
        exchange_of(settings_in(root)).verify(forged)


def test_nbgraders_autograde_awards_what_the_sealed_checks_say(
    graded: dict[str, float], root: Path
) -> None:
    points = grade_points(read_notebook(root / "exercises" / "custody" / "custody.ipynb"))
    machine = {q.id for q in module_in(root).questions if not q.written}
    wanted = {q: 0.0 if q == "decision" else points[q] for q in machine}
    assert {q: graded[q] for q in machine} == pytest.approx(wanted)


def test_dalil_grade_awards_the_same(
    graded: dict[str, float], run: Callable[..., str], root: Path
) -> None:
    printed = run("dalil", "regrade", "custody", "--json")
    results = json.loads(printed[printed.index("[") : printed.rindex("]") + 1])
    assert len(results) == 1
    for question, score in results[0]["questions"].items():
        assert score["points"] == pytest.approx(graded[question])
    assert "already" in run("dalil", "grade", "custody", "--json")


def test_editing_the_shared_folder_after_the_deadline_changes_nothing(
    graded: dict[str, float], root: Path, run: Callable[..., str]
) -> None:
    inbound = root / "academy" / "exchange" / "academy" / "inbound"
    copies = list(inbound.iterdir())
    assert len(copies) == 1
    (copies[0] / "custody.ipynb").write_text("{}", encoding="utf-8")
    (copies[0] / "timestamp.txt").write_text("2001-01-01 00:00:00 UTC", encoding="utf-8")
    before = (root / "academy/submitted" / getpass.getuser() / "custody").rglob("*")
    kept = {path: path.read_bytes() for path in before if path.is_file()}
    run("nbgrader", "collect", "custody", "--update")
    assert {path: path.read_bytes() for path in kept} == kept


def test_a_forged_submission_in_the_shared_folder_is_not_collected(
    graded: dict[str, float], root: Path, run: Callable[..., str]
) -> None:
    stamp = "2001-01-01 00:00:00 UTC"
    forged = root / "academy/exchange/academy/inbound" / f"mallory+custody+{stamp}+x"
    forged.mkdir()
    (forged / "custody.ipynb").write_text("{}", encoding="utf-8")
    (forged / "timestamp.txt").write_text(stamp, encoding="utf-8")
    run("nbgrader", "collect", "custody")
    assert not (root / "academy" / "submitted" / "mallory").exists()


def test_feedback_by_nbgraders_command(
    graded: dict[str, float], root: Path, run: Callable[..., str]
) -> None:
    run("nbgrader", "generate_feedback", "custody")
    page = root / "academy/feedback" / getpass.getuser() / "custody" / "custody.html"
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text.lower()
    assert "No answer was handed over" in text


def test_a_module_that_is_not_there_is_one_line(run: Callable[..., str]) -> None:
    printed = run("dalil", "release", "nothing", ok=False)
    assert "Traceback" not in printed
    assert "nothing" in printed


@pytest.fixture(scope="module")
def server(graded: dict[str, float], root: Path, environment: dict[str, str]) -> Iterator[str]:
    """Jupyter Server with formgrader, as `jupyter server` starts it in the checkout."""
    log = (root / "server.log").open("w+", encoding="utf-8")
    line = [str(TOOLS / "jupyter"), "server", "--no-browser", "--ServerApp.port=0"]
    line += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.answer_yes=True"]
    line += ["--allow-root"] if os.geteuid() == 0 else []
    process = subprocess.Popen(line, cwd=root, env=environment, stdout=log, stderr=log)
    try:
        yield _address(process, Path(log.name))
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _get(url: str, data: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data, {"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def test_formgrader_lists_the_same_points(server: str, graded: dict[str, float]) -> None:
    listed = _get(f"{server}formgrader/api/submissions/custody")
    assert [row["student"] for row in listed] == [getpass.getuser()]
    assert listed[0]["autograded"] is True
    assert listed[0]["score"] == pytest.approx(sum(graded.values()))


def test_formgraders_autograde_button_is_the_same_path(
    server: str, graded: dict[str, float]
) -> None:
    who = getpass.getuser()
    done = _get(f"{server}formgrader/api/submission/custody/{who}/autograde", data=b"")
    assert done["success"], done
    listed = _get(f"{server}formgrader/api/submissions/custody")
    assert listed[0]["score"] == pytest.approx(sum(graded.values()))
