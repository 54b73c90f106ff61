"""The exercise of the module disk: its reference and its simulations earn what they must."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import dalil
from dalil.answers import form_from
from dalil.courses.disk import methods
from dalil.forging import practice
from dalil.models import Evidence

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "exercises/disk/disk.ipynb").read_text(encoding="utf-8"))
MODULE = tomllib.loads((ROOT / "courses/disk/module.toml").read_text(encoding="utf-8"))
FORMS = {q["id"]: form_from(q["form"]) for q in MODULE["questions"] if "form" in q}
FILES = {exhibit["name"]: exhibit["file"] for exhibit in MODULE["exhibits"]}
BLANK = "raise NotImplementedError()"
QUICK, MANY = 4, 50


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"disk_{name}", ROOT / f"graders/disk/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EVIDENCE, CHECKS = load("evidence"), load("checks")


class Desk:
    """Stands in for ``dalil.case``: hands out the exhibits of a folder and keeps the answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Any] = {}

    def exhibit(self, name: str) -> Path:
        return self.folder / FILES[name]

    def answer(self, question: str, value: Any) -> None:
        self.answers[question] = value


@pytest.fixture
def _remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each image is unpacked once, however often the exercise is run on it."""
    monkeypatch.setattr(methods, "open_image", lru_cache(maxsize=2)(methods.open_image))


def solve(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str | None]
) -> dict[str, Any]:
    """Run the exercise with *cells* in place of its solutions; what raises is skipped."""
    desk = Desk(folder)
    monkeypatch.setattr(dalil, "case", desk, raising=False)
    scope: dict[str, Any] = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = cells.get(cell["id"], "".join(cell["source"])) or BLANK
        try:
            exec(compile(source, cell["id"], "exec"), scope)
        except (NameError, NotImplementedError):
            if not any(cells.get(name, "") is None for name in cells):
                raise
    return desk.answers


def shares(answers: dict[str, Any], evidence: Evidence) -> dict[str, float]:
    """What each answer earns, as the grading side would find it."""
    truth = json.loads(json.dumps(evidence.truth))
    earned = dict.fromkeys(FORMS, 0.0)
    for question, answer in answers.items():
        value = answer
        if callable(answer):
            value = [called(answer, call) for call in evidence.probes[question]]
        earned[question] = CHECKS.CHECKS[question](FORMS[question].read(value), truth).share
    return earned


def called(function: Any, call: list[Any]) -> Any:
    try:
        return function(*call)
    except NotImplementedError:
        return None


def ways() -> list[tuple[str, dict[str, str | None], dict[str, float]]]:
    """Each way of answering with what it must earn: the reference, the blank release, the rest."""
    everything = dict.fromkeys(FORMS, 1.0)
    blank: dict[str, str | None] = dict.fromkeys(f"solve_{question}" for question in FORMS)
    blank["solve_moments"] = f"def moments(day, clock):\n    {BLANK}\n"
    simulations = [(s.name, dict(s.cells), everything | dict(s.shares)) for s in CHECKS.SIMULATIONS]
    assert all(sum(expected.values()) < len(FORMS) for _, _, expected in simulations)
    nothing = dict.fromkeys(FORMS, 0.0)
    return [("reference", {}, everything), ("blank", blank, nothing), *simulations]


def assert_earned(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = EVIDENCE.forge(practice(name), folder)
    for way, cells, expected in ways():
        earned = shares(solve(folder, monkeypatch, cells), evidence)
        assert earned == pytest.approx(expected), f"{way} on {name}"


@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_earned(tmp_path, f"disk exercise {number}", monkeypatch)


@pytest.mark.acceptance
@pytest.mark.usefixtures("_remembered")
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_earned(tmp_path, f"disk exercise {number}", monkeypatch)


def test_points_add_up_and_tables_agree() -> None:
    points = {
        cell["id"]: cell["metadata"]["nbgrader"]["points"]
        for cell in NOTEBOOK["cells"]
        if cell["metadata"]["nbgrader"]["grade"]
    }
    assert set(points) == {question["id"] for question in MODULE["questions"]}
    assert sum(points.values()) == 26
    sources = {cell["id"]: "".join(cell["source"]) for cell in NOTEBOOK["cells"]}
    for question in MODULE["questions"]:
        row = f"| {question['title']} | {points[question['id']]} |"
        assert row in sources["working"]
        assert question["title"] in sources[f"about_{question['id']}"]
