"""A module under test: its evidence, its exercise and its checks, without kernel or sandbox.

``FIREARMS = Course("firearms")``, then ``case = FIREARMS.forge("a name", folder)``,
``answers = FIREARMS.solve(folder, {"solve_tilt": "tilt = 0"})`` and
``FIREARMS.shares(answers, case.evidence)``.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import tomllib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

import dalil
from dalil.answers import form_from
from dalil.case.probes import revive
from dalil.forging import practice
from dalil.models import Evidence

ROOT = Path(__file__).parents[2]
BLANK = "raise NotImplementedError()"
Cells = Mapping[str, str | None]


@dataclass(frozen=True)
class Case:
    """A forged case: its exhibits in ``folder``, ``truth`` as JSON gives it back, CPU seconds."""

    name: str
    folder: Path
    evidence: Evidence
    truth: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Way:
    """One way of answering: the cells that it replaces, and what each question must earn."""

    name: str
    cells: Cells
    shares: dict[str, float]


class Desk:
    """Stands in for ``dalil.case``: hands out the exhibits of a folder and keeps the answers."""

    language = "en"

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.folder, self.files = folder, files
        self.answers: dict[str, Any] = {}

    def exhibit(self, name: str) -> Path:
        return self.folder / self.files[name]

    def answer(self, question: str, value: Any) -> None:
        self.answers[question] = value


class Course:
    """The module *name* of the checkout."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = ROOT / "courses" / name
        self.table = tomllib.loads((self.folder / "module.toml").read_text(encoding="utf-8"))
        path = ROOT / "exercises" / name / f"{name}.ipynb"
        self.notebook = json.loads(path.read_text(encoding="utf-8"))
        self.forms = {q["id"]: form_from(q["form"]) for q in self.table["questions"] if "form" in q}
        self.files = {item["name"]: item["file"] for item in self.table["exhibits"]}
        self.evidence = self.grader("evidence")
        self.checks = self.grader("checks")

    def grader(self, name: str) -> ModuleType:
        """``graders/<course>/<name>.py``, which is on no import path, loaded anew."""
        path = ROOT / "graders" / self.name / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"{self.name}_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    # --- evidence

    def forge(self, name: str, folder: Path) -> Case:
        """The case of the seed that is called *name*."""
        before = time.process_time()
        evidence = self.evidence.forge(practice(name), folder)
        seconds = time.process_time() - before
        return Case(name, folder, evidence, json.loads(json.dumps(evidence.truth)), seconds)

    # --- exercise

    @property
    def points(self) -> dict[str, float]:
        """The points of every question, written ones too, as the notebook has them."""
        metadata = {cell["id"]: cell["metadata"]["nbgrader"] for cell in self.notebook["cells"]}
        return {name: told["points"] for name, told in metadata.items() if told["grade"]}

    def solve(self, folder: Path, cells: Cells | None = None) -> dict[str, Any]:
        """Run the exercise on the exhibits in *folder*; returns the answers that it hands over.

        *cells* replace solutions, by id; None leaves the blank of the release. A cell may fail for
        want of an answer only if it, or the solution before it, was replaced.
        """
        changed = cells or {}
        desk = Desk(folder, self.files)
        scope: dict[str, Any] = {"__name__": "__main__"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dalil, "case", desk, raising=False)
            for cell in self.notebook["cells"]:
                if cell["cell_type"] != "code":
                    continue
                source = changed.get(cell["id"], "".join(cell["source"])) or BLANK
                try:
                    with warnings.catch_warnings():
                        if changed:  # what a wrong way makes numpy say is no fault of the module
                            warnings.simplefilter("ignore")
                        exec(_compiled(source, cell["id"]), scope)
                except (NameError, NotImplementedError):
                    assert cell["id"] in changed or f"solve_{cell['id']}" in changed
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        return desk.answers

    def shares(self, answers: Mapping[str, Any], evidence: Evidence) -> dict[str, float]:
        """What each question earns, 0..1, as the grading side would find it."""
        truth = json.loads(json.dumps(evidence.truth))
        probes = json.loads(json.dumps(evidence.probes))
        earned = dict.fromkeys(self.forms, 0.0)
        for question, answer in answers.items():
            value = answer
            if callable(answer):
                value = [_called(answer, arguments) for arguments in probes[question]]
            read = self.forms[question].read(value)
            earned[question] = self.checks.CHECKS[question](read, truth).share
        return earned

    def ways(self, blank: Cells | None = None) -> list[Way]:
        """The reference, the blank release and every simulation, with what each must earn.

        *blank* gives cells that are not merely blank in the release, such as a ``def`` line.
        """
        everything, nothing = dict.fromkeys(self.forms, 1.0), dict.fromkeys(self.forms, 0.0)
        cells: Cells = {**{f"solve_{q}": None for q in self.forms}, **(blank or {})}
        found = [Way("reference", {}, everything), Way("blank", cells, nothing)]
        for simulation in self.checks.SIMULATIONS:
            shares = everything | dict(simulation.shares)
            assert sum(shares.values()) < len(self.forms), simulation.name
            found.append(Way(simulation.name, dict(simulation.cells), shares))
        return found

    def assert_earned(self, case: Case, ways: Sequence[Way]) -> None:
        """Each of *ways* earns on *case* exactly what it must."""
        for way in ways:
            earned = self.shares(self.solve(case.folder, way.cells), case.evidence)
            assert earned == pytest.approx(way.shares), f"{way.name} on {case.name}"


def remember(patch: pytest.MonkeyPatch, module: ModuleType, *names: str) -> None:
    """Let the functions *names* of *module* keep their results, however often a test asks.

    For methods that take seconds and arguments that can be hashed, such as paths.
    """
    for name in names:
        patch.setattr(module, name, lru_cache(maxsize=32)(getattr(module, name)))


@lru_cache(maxsize=512)
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, name, "exec")


def _called(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """The result of one probe; None where the function raises, as a trainee's own kernel says."""
    given = [revive(argument) for argument in arguments]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*given)
    except Exception:
        return None
