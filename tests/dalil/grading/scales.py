"""A small module of two questions, its academy, and a runner that takes milliseconds.

The runner believes the notebook: it executes the answer cells of these tests in this process.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode, v4

from dalil.answers import encode
from dalil.curriculum import Module, load_module
from dalil.errors import RunnerError
from dalil.grading.batch import grade_batch
from dalil.grading.pipeline import Result
from dalil.grading.runner import Job, Run
from dalil.grading.service import Grader
from dalil.ledger import Event
from dalil.models import TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import solve, write_notebook
from dalil.settings import Settings, load_settings

MODULE = "scales"
TABLE = """\
id = "scales"
code = "TST-01"
version = "1"
title = "Scales"
summary = "Reading a pair of scales."
hours = 1
outcomes = ["Read scales"]

[competencies]
reading = "Reads scales"

[[exhibits]]
name = "slip"
file = "slip.txt"
title = "The slip"

[[questions]]
id = "total"
title = "The total"
competency = "reading"
level = "apply"
form = { type = "integer", min = 0 }

[[questions]]
id = "unit"
title = "The unit"
competency = "reading"
level = "remember"
form = { type = "text", max_length = 10 }

[[questions]]
id = "report"
title = "The report"
competency = "reading"
level = "evaluate"
written = true
"""
EVIDENCE = """\
from dalil.models import Evidence


def forge(seed, folder):
    grams = int(seed.rng("grams").integers(100, 10**6))
    (folder / "slip.txt").write_text(str(grams))
    return Evidence(truth={"grams": grams, "secret": "never-in-a-job"})
"""
CHECKS = """\
from dalil.models import N_, Verdict


def total(answer, truth):
    right = answer == truth["grams"]
    return Verdict(float(right), N_("The sum of both scales, in {unit}."), {"unit": "g"})


def unit(answer, truth):
    return Verdict(0.5 if answer == "kg" else float(answer == "g"), N_("What the slip says."))


CHECKS = {"total": total, "unit": unit}
SIMULATIONS = ()
"""
RIGHT = {"solve_total": "total = int(open('exhibits/slip.txt').read())", "solve_unit": "unit = 'g'"}


def _cell(name: str, text: str, kind: str = "code", **marks: object) -> NotebookNode:
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    facts = {"grade": False, "locked": False, "solution": False, "task": False}
    nbgrader = {**facts, "schema_version": 3, "grade_id": name, **marks}
    return make(text, id=name, metadata={"nbgrader": nbgrader})


def build(root: Path, checkout: Path) -> None:
    """Write the module into a curriculum of its own at *root*."""
    for part, name, text in (
        ("courses", "module.toml", TABLE),
        ("graders", "evidence.py", EVIDENCE),
        ("graders", "checks.py", CHECKS),
    ):
        (root / part / MODULE).mkdir(parents=True, exist_ok=True)
        (root / part / MODULE / name).write_text(text, encoding="utf-8")
    cells = []
    for question in ("total", "unit"):
        source = f"### BEGIN SOLUTION\n{RIGHT[f'solve_{question}']}\n### END SOLUTION"
        cells.append(_cell(f"solve_{question}", source, solution=True))
        hand_over = f"from dalil import case; case.answer('{question}', {question})"
        cells.append(_cell(question, hand_over, grade=True, locked=True, points=2))
    cells.append(_cell("report", "Your report.", "markdown", grade=True, solution=True, points=5))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    (root / "exercises" / MODULE).mkdir(parents=True)
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    write_notebook(notebook, root / "exercises" / MODULE / f"{MODULE}.ipynb")
    shutil.copy(checkout / "jupyter_config.py", root)


class Trusting:
    """The runner. ``jobs`` are those it was given; ``gate`` holds all of them back until set.

    An answer cell may say FAIL, which is a failure of the runner, or BREAK, which is any other.
    """

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, job: Job) -> Run:
        self.jobs.append(job)
        assert self.gate.wait(30)
        names: dict[str, Any] = {"open": lambda path: _File(job.exhibits[Path(path).name])}
        bundles, died = [], {}
        for cell in job.notebook.cells:
            if "FAIL" in cell.source:
                raise RunnerError("the machine is on fire; put it out")
            if "BREAK" in cell.source:
                raise ZeroDivisionError("nobody expects this")
            if cell.id.startswith("solve_"):
                try:
                    exec(cell.source, names)
                except Exception as error:
                    died[cell.id] = str(error)
            elif cell.id in names:
                bundles.append({"cell": cell.id, "bundle": encode(cell.id, names[cell.id])})
        printed = {"output_type": "stream", "name": "stdout", "text": "weighed\n"}
        return Run({"solve_unit": [printed]}, bundles, died, 0.25)

    def close(self) -> None:
        """Nothing is kept."""


class _File:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self) -> str:
        return self.content.decode()


@dataclass
class Academy:
    """An academy of the module, with a trusting runner."""

    settings: Settings
    course: Course = field(init=False)
    module: Module = field(init=False)
    runner: Trusting = field(default_factory=Trusting)

    def __post_init__(self) -> None:
        self.course = Course(self.settings)
        self.module = load_module(self.settings, MODULE)

    @property
    def grader(self) -> Grader:
        grader = grader_of(self.settings)
        grader.runner = self.runner
        return grader

    def submit(self, name: str, spoilt: str | None = None, **cells: str | None) -> TraineeId:
        """Hand in the right answers with other *cells*, or the text *spoilt* instead."""
        who = trainee_id(name)
        folder = self.course.fetch(self.module, who, "en", self.settings.desks / who)
        path = folder / f"{MODULE}.ipynb"
        notebook = released(self.settings, self.module, "en")
        write_notebook(solve(notebook, {**RIGHT, "report": "It weighs."}, cells), path)
        if spoilt is not None:
            path.write_text(spoilt, encoding="utf-8")
        self.course.submit(self.module, who, folder.parent)
        return who

    def grade(self, **options: Any) -> dict[str, Result]:
        self.course.collect(self.module)
        with ThreadPoolExecutor(2) as executor, self.course.gradebook as gradebook:
            results = grade_batch(self.grader, [self.module], gradebook, executor, **options)
        return {result.trainee: result for result in results}

    def points(self, name: str) -> dict[str, float | None]:
        """Automatic points as the gradebook has them."""
        marks = self.course.marks(self.module, TraineeId(name))
        return {mark.question: mark.auto for mark in marks}

    def events(self, name: str, *kinds: str) -> list[Event]:
        """What the ledger says of *name*'s marks."""
        ledger = exchange_of(self.settings).ledger
        wanted = kinds or ("graded", "regraded")
        return list(ledger.stream(wanted, module=MODULE, trainee=name))

    def graded_file(self, name: str) -> Path:
        return self.settings.autograded / name / MODULE / f"{MODULE}.ipynb"

    def change_checks(self, old: str, new: str) -> None:
        path = self.module.grader / "checks.py"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Path:
    """The module, released, in a curriculum that tests copy."""
    root = tmp_path_factory.mktemp("scales") / "curriculum"
    build(root, checkout)
    academy = Academy(load_settings(root))
    academy.course.release(academy.module)
    return root


@pytest.fixture
def make_academy(template: Path, tmp_path: Path) -> Callable[[], Academy]:
    """Return a function that copies it."""

    def make() -> Academy:
        root = tmp_path / "curriculum"
        shutil.copytree(template, root)
        return Academy(load_settings(root))

    return make


@pytest.fixture
def academy(make_academy: Callable[[], Academy]) -> Academy:
    return make_academy()
