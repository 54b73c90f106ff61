"""Bad input, end to end: one clear line each, the batch goes on, nothing is lost or done twice."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode

from dalil.curriculum import Module, load_module
from dalil.errors import DalilError, ExchangeError, UsageError
from dalil.grading.batch import grade_batch
from dalil.grading.pipeline import Result
from dalil.grading.regrade import Why, regrade_batch
from dalil.models import TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course
from dalil.notebooks import grade_points, read_notebook, reference, solve, write_notebook
from dalil.settings import Settings, load_settings

LIMITS = "c.Dalil.cell_seconds = 12\nc.Dalil.submission_seconds = 150"
LAST = "decision"  # nothing after it depends on its cell
Spoil = Callable[[NotebookNode], NotebookNode | str | None]


@dataclass
class Academy:
    """A small academy with the module custody released."""

    settings: Settings
    course: Course
    module: Module

    @property
    def points(self) -> dict[str, float]:
        written = {q.id for q in self.module.questions if q.written}
        points = grade_points(read_notebook(self.module.notebook))
        return {q: p for q, p in points.items() if q not in written}

    def fetch(self, name: str) -> Path:
        who = trainee_id(name)
        folder = self.course.fetch(self.module, who, "en", self.settings.desks / who)
        return folder / f"{self.module.id}.ipynb"

    def answer(self, name: str, spoil: Spoil = lambda notebook: None) -> None:
        """Fetch, answer as the reference does, spoil that, submit."""
        path = self.fetch(name)
        notebook = solve(read_notebook(path), reference(read_notebook(self.module.notebook)), {})
        spoiled = spoil(notebook)
        if isinstance(spoiled, str):
            path.write_text(spoiled, encoding="utf-8")
        else:
            write_notebook(spoiled or notebook, path)
        self.course.submit(self.module, trainee_id(name), path.parent.parent)

    def grade(self, **options: Any) -> dict[str, Result]:
        self.course.collect(self.module)
        with ThreadPoolExecutor(2) as executor:
            results = grade_batch(
                grader_of(self.settings), [self.module], self.course.gradebook, executor, **options
            )
        return {result.trainee: result for result in results}

    def awarded(self, name: str) -> dict[str, float]:
        """Points by question as nbgrader's gradebook has them."""
        marks = self.course.marks(self.module, TraineeId(name))
        return {m.question: m.auto or 0.0 for m in marks if m.question in self.points}

    def graded_events(self, name: str) -> int:
        ledger = exchange_of(self.settings).ledger
        events = ledger.events(trainee=name, module=self.module.id)
        return sum(event.kind in ("graded", "regraded") for event in events)


def build(folder: Path, make_curriculum: Callable[..., Path]) -> Academy:
    root = make_curriculum(folder, "custody", lines=LIMITS)
    settings = load_settings(root)
    academy = Academy(settings, Course(settings), load_module(settings, "custody"))
    academy.course.release(academy.module)
    return academy


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def replaced(name: str, source: str) -> Spoil:
    def spoil(notebook: NotebookNode) -> None:
        cell(notebook, name).source = source

    return spoil


def without(name: str) -> Spoil:
    def spoil(notebook: NotebookNode) -> None:
        notebook.cells.remove(cell(notebook, name))

    return spoil


def doubled(name: str) -> Spoil:
    def spoil(notebook: NotebookNode) -> None:
        again = copy.deepcopy(cell(notebook, name))
        again.id = "copied"
        notebook.cells.append(again)

    return spoil


def renamed(name: str) -> Spoil:
    def spoil(notebook: NotebookNode) -> None:
        found = cell(notebook, name)
        found.metadata.nbgrader.grade_id = "something_else"
        found.id = "something-else"

    return spoil


def old_format(notebook: NotebookNode) -> str:
    return str(nbformat.writes(nbformat.convert(copy.deepcopy(notebook), 3), version=3))


def newer(**numbers: int) -> Spoil:
    def spoil(notebook: NotebookNode) -> str:
        return json.dumps({**notebook, **numbers})

    return spoil


def newer_unknown(notebook: NotebookNode) -> str:
    return json.dumps({"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "blocks": []})


def huge_output(notebook: NotebookNode) -> str:
    output = nbformat.v4.new_output("stream", text="x" * 60_000_000)
    next(c for c in notebook.cells if c.cell_type == "code").outputs = [output]
    return str(nbformat.writes(notebook))


FORK = """\
import os, time
for _ in range(100):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
"""
SEGFAULT = "import ctypes\nctypes.string_at(0)"
FLOOD = "while True:\n    print('x' * 1_000_000)"

ALL: set[str] = set()  # nothing is lost
EVERY = {"seals", "digests", "mismatched", "transit", "breaks", "verify", "decision"}

# name → (how the submission is spoiled, questions that must be lost, flag of those)
CASES: dict[str, tuple[Spoil, set[str], str]] = {
    "honest": (lambda notebook: None, ALL, ""),
    "not json": (lambda notebook: "this is not a notebook", EVERY, "unreadable"),
    "empty file": (lambda notebook: "", EVERY, "unreadable"),
    "wrong types": (lambda notebook: '{"cells": 7, "metadata": []}', EVERY, "unreadable"),
    "old nbformat": (old_format, ALL, ""),
    "newer minor": (newer(nbformat_minor=99), ALL, ""),
    "newer major": (newer_unknown, EVERY, "unreadable"),
    "missing cell": (without(f"solve_{LAST}"), {LAST}, "unanswered"),
    "missing question": (without(LAST), ALL, ""),
    "doubled cell": (doubled(f"solve_{LAST}"), ALL, ""),
    "renamed cell": (renamed(f"solve_{LAST}"), {LAST}, "unanswered"),
    "huge stored output": (huge_output, ALL, ""),
    "output flood": (replaced(f"solve_{LAST}", FLOOD), {LAST}, "died"),
    "infinite loop": (replaced(f"solve_{LAST}", "while True:\n    pass"), {LAST}, "died"),
    "exit": (replaced(f"solve_{LAST}", "import os\nos._exit(0)"), {LAST}, "died"),
    "segfault": (replaced(f"solve_{LAST}", SEGFAULT), {LAST}, "died"),
    "forks": (replaced(f"solve_{LAST}", FORK), {LAST}, "unanswered died"),
    "أمينة بنت نجوم": (lambda notebook: None, ALL, ""),
}


@pytest.fixture(scope="module")
def academy(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Academy:
    return build(tmp_path_factory.mktemp("bad-input"), make_curriculum)


@pytest.fixture(scope="module")
def results(academy: Academy) -> dict[str, Result]:
    """One batch with everything in it: what spoils one submission must not touch the next."""
    for name, (spoil, _, _) in CASES.items():
        academy.answer(name, spoil)
    return academy.grade()


@pytest.mark.parametrize("name", CASES)
def test_each_gets_what_its_answers_deserve(
    academy: Academy, results: dict[str, Result], name: str
) -> None:
    _, lost, flag = CASES[name]
    outcome = results[name].outcome
    assert outcome is not None, results[name].error
    wanted = {q: 0.0 if q in lost else p for q, p in academy.points.items()}
    assert academy.awarded(name) == pytest.approx(wanted)
    for score in outcome.scores:
        if score.question in lost:
            assert score.flag in flag.split()
        else:
            assert score.flag is None
    assert academy.graded_events(name) == 1


def test_nothing_is_graded_twice(academy: Academy, results: dict[str, Result]) -> None:
    again = academy.grade()
    assert set(again) == set(results)
    assert all(result.already for result in again.values())
    assert academy.graded_events("honest") == 1


def test_regrading_runs_no_notebook(
    academy: Academy, results: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    grader_of(academy.settings).runner.close()
    grader_of.cache_clear()

    def forbidden(*_: Any) -> None:
        raise AssertionError("a notebook was run")

    monkeypatch.setattr("dalil.grading.runner.SandboxRunner.run", forbidden)
    again = {
        r.trainee: r
        for r in regrade_batch(
            grader_of(academy.settings), [academy.module], academy.course.gradebook, Why("me")
        )
    }
    assert set(again) == set(results)
    assert not [result.error for result in again.values() if result.error]
    assert academy.awarded("honest") == pytest.approx(academy.points)
    assert academy.graded_events("honest") == 1  # the same result is not recorded twice


def processes_of(academy: Academy) -> list[int]:
    """Every process on this machine, orphans too, that was started for a job of *academy*."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("DALIL_ROOT") == str(academy.settings.root):
                found.append(process.pid)
    return found


def test_no_process_is_left(academy: Academy, results: dict[str, Result]) -> None:
    grader_of(academy.settings).runner.close()  # what it keeps warm, as a command does at its end
    assert processes_of(academy) == []
    with subprocess.Popen(["sleep", "60"], env=environment(academy)) as control:
        assert processes_of(academy) == [control.pid]  # one that is left would be seen
        control.kill()


@pytest.mark.parametrize("name", ["../../x", "a/b", "", ".hidden", "x\u202ey", "a*", "n" * 65])
def test_hostile_names_are_refused_in_one_line(academy: Academy, name: str) -> None:
    with pytest.raises(UsageError, match="trainee id") as caught:
        academy.fetch(name)
    assert "\n" not in str(caught.value)


def test_a_folder_with_a_hostile_name_does_not_stop_the_batch(academy: Academy) -> None:
    folder = academy.settings.submitted / "a*b" / "custody"
    folder.mkdir(parents=True)
    (folder / "custody.ipynb").write_text("{}", encoding="utf-8")
    try:
        result = academy.grade()["a*b"]
    finally:
        shutil.rmtree(folder.parent)
    assert "not allowed" in result.error


def test_a_submission_without_its_notebook_is_refused_at_once(academy: Academy) -> None:
    path = academy.fetch("renamed.file")
    path.rename(path.with_name("my work.ipynb"))
    with pytest.raises(ExchangeError, match=r"custody\.ipynb"):
        academy.course.submit(academy.module, trainee_id("renamed.file"), path.parent.parent)


def test_exhibits_that_a_trainee_deleted_come_back_and_are_there_when_graded(
    academy: Academy,
) -> None:
    academy.answer("careless")
    folder = academy.settings.desks / "careless" / "custody"
    before = {p.name: p.read_bytes() for p in (folder / "exhibits").iterdir()}
    shutil.rmtree(folder / "exhibits")
    result = academy.grade()["careless"]
    assert result.outcome is not None
    assert result.outcome.points == pytest.approx(sum(academy.points.values()))
    work = (folder / "custody.ipynb").read_bytes()
    academy.fetch("careless")
    assert {p.name: p.read_bytes() for p in (folder / "exhibits").iterdir()} == before
    assert (folder / "custody.ipynb").read_bytes() == work


def command(academy: Academy, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "dalil", *arguments]


def environment(academy: Academy) -> dict[str, str]:
    return {**os.environ, "DALIL_ROOT": str(academy.settings.root)}


def test_a_killed_grader_loses_nothing(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    academy = build(tmp_path, make_curriculum)
    names = [f"trainee{n}" for n in range(4)]
    for name in names:
        academy.answer(name)
    first = subprocess.Popen(
        command(academy, "grade", "custody"),
        env=environment(academy),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not any(academy.graded_events(name) for name in names):
        assert time.monotonic() < deadline, "nothing was graded in a minute"
        assert first.poll() is None, "the grader ended before it could be killed"
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    second = subprocess.run(
        command(academy, "grade", "custody", "--json"),
        env=environment(academy),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 0, second.stderr
    for name in names:
        assert academy.awarded(name) == pytest.approx(academy.points)
        assert academy.graded_events(name) == 1
    assert exchange_of(academy.settings).ledger.verify().ok


def in_namespace(script: str) -> list[str]:
    """A shell of its own mount namespace, as root inside; skipped loudly where it is forbidden."""
    line = ["unshare", "--user", "--map-root-user", "--mount"]
    probe = subprocess.run([*line, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("user namespaces are forbidden here: no small disk can be mounted")
    return [*line, "sh", "-c", script]


def test_a_read_only_gradebook_is_one_line_and_the_work_is_finished_later(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    academy = build(tmp_path, make_curriculum)
    academy.answer("patient")
    book = academy.settings.records / "gradebook.db"
    script = f"mount --bind '{book}' '{book}' && mount -o remount,bind,ro '{book}' && exec \"$@\""
    done = subprocess.run(
        [*in_namespace(script), "sh", *command(academy, "grade", "custody")],
        env=environment(academy),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "readonly" in done.stderr or "read-only" in done.stderr
    result = academy.grade()["patient"]
    assert result.outcome is not None
    assert academy.awarded("patient") == pytest.approx(academy.points)


def test_a_full_disk_is_one_line_and_nothing_is_lost(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    """The academy moves to a disk of 3 MB that is full, and from there back again."""
    academy = build(tmp_path, make_curriculum)
    academy.answer("patient")
    academy.course.collect(academy.module)
    place = academy.settings.academy
    script = (
        f"cp -a '{place}' '{place}.kept' && mount -t tmpfs -o size=6m none '{place}' && "
        f"cp -a '{place}.kept/.' '{place}/' && "
        f"dd if=/dev/zero of='{place}/filler' bs=1k 2>/dev/null; \"$@\"; status=$?; "
        f"rm '{place}/filler'; \"$@\" >&2 && echo finished; exit $status"
    )
    done = subprocess.run(
        [*in_namespace(script), "sh", *command(academy, "grade", "custody")],
        env=environment(academy),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr or "No space left" in done.stderr
    assert "finished" in done.stdout


def test_an_unknown_module_is_one_line(academy: Academy) -> None:
    with pytest.raises(DalilError) as caught:
        load_module(academy.settings, "nothing")
    assert "\n" not in str(caught.value)
