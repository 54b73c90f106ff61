"""The exercise of the module detection: its reference and its simulations earn what they must."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import dalil
from dalil.answers import form_from
from dalil.courses.detection import methods
from dalil.forging import practice
from dalil.models import Evidence

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "exercises/detection/detection.ipynb").read_text(encoding="utf-8"))
MODULE = tomllib.loads((ROOT / "courses/detection/module.toml").read_text(encoding="utf-8"))
FORMS = {q["id"]: form_from(q["form"]) for q in MODULE["questions"] if "form" in q}
FILES = {exhibit["name"]: exhibit["file"] for exhibit in MODULE["exhibits"]}
BLANK = "raise NotImplementedError()"
QUICK, MANY = 8, 120


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"detection_{name}", ROOT / f"graders/detection/{name}.py"
    )
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
        except (NameError, NotImplementedError, methods.RuleError):
            broken = {f"solve_{cell['id']}", cell["id"]} & set(cells)
            assert broken or cell["id"] in ("solve_finding", "solve_decision", "finding")
    return desk.answers


def shares(answers: dict[str, Any], evidence: Evidence) -> dict[str, float]:
    """What each answer earns, as the grading side would find it."""
    truth = json.loads(json.dumps(evidence.truth))
    earned = dict.fromkeys(FORMS, 0.0)
    for question, answer in answers.items():
        form, value = FORMS[question], answer
        if callable(answer):
            value = [called(answer, call) for call in evidence.probes[question]]
        earned[question] = CHECKS.CHECKS[question](form.read(value), truth).share
    return earned


def called(function: Any, call: list[Any]) -> Any:
    try:
        return function(*json.loads(json.dumps(call)))
    except NotImplementedError:
        return None


def ways() -> list[tuple[str, dict[str, str | None], dict[str, float]]]:
    """Each way of answering with what it must earn: the reference, the blank release, the rest."""
    everything = dict.fromkeys(FORMS, 1.0)
    blank: dict[str, str | None] = dict.fromkeys(f"solve_{question}" for question in FORMS)
    blank["solve_sprayed"] = f"def sprayed(rows, window, least):\n    {BLANK}\n"
    simulations = [(s.name, dict(s.cells), everything | dict(s.shares)) for s in CHECKS.SIMULATIONS]
    assert all(sum(expected.values()) < len(FORMS) for _, _, expected in simulations)
    nothing = dict.fromkeys(FORMS, 0.0)
    return [("reference", {}, everything), ("blank", blank, nothing), *simulations]


def assert_earned(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = EVIDENCE.forge(practice(name), folder)
    for way, cells, expected in ways():
        earned = shares(solve(folder, monkeypatch, cells), evidence)
        assert earned == pytest.approx(expected), f"{way} on {name}"


@pytest.mark.parametrize("number", range(QUICK))
def test_each_way_earns_exactly_its_share(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_earned(tmp_path, f"detection exercise {number}", monkeypatch)


@pytest.mark.acceptance
@pytest.mark.parametrize("number", range(QUICK, MANY))
def test_each_way_earns_exactly_its_share_in_many_cases(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_earned(tmp_path, f"detection exercise {number}", monkeypatch)
