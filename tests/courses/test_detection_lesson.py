"""The lesson of the module detection: its prose claims what its cells compute."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dalil.courses.detection import methods
from dalil.notebooks import read_notebook
from dalil.translation import find_catalogue, localise
from tests.courses.lesson import value_of, verdicts

COURSE = Path(__file__).parents[2] / "courses" / "detection"
SOURCES = {cell.id: cell.source for cell in read_notebook(COURSE / "lesson.ipynb").cells}
CHECKS = {  # a part of the option that is right
    "check_utc_answer": "10:15",
    "check_attack_answer": "لا شيء",
    "check_filter_answer": "agent.exe",
    "check_base_answer": "معدل الإنذار الكاذب",
    "check_decide_answer": "غير محدد",
}


def run(name: str, patch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    """A notebook of the course in Arabic, run in this process, and what its cells end with."""
    patch.setenv("DALIL_LANGUAGE", "ar")
    patch.setattr("IPython.display.display", lambda *shown: None)
    notebook = localise(read_notebook(COURSE / name), "ar", find_catalogue(COURSE, "ar"))
    scope: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            values[cell.id] = value_of(cell.source, cell.id, scope)
    return scope, values


@pytest.fixture(scope="module")
def lesson() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield run("lesson.ipynb", patch)


def test_the_rules_do_what_the_text_says(lesson: tuple[dict[str, Any], dict[str, Any]]) -> None:
    scope, _ = lesson
    day, planted = scope["day"], scope["staged"].planted
    lazy, draft, good = (
        methods.run_rule(methods.parse_rule(scope[name]), day) for name in ("LAZY", "DRAFT", "GOOD")
    )
    assert [(e.host, e.record) for e in good] == [(planted.host, planted.record)]
    assert len(lazy) > len(draft) > len(good)
    assert set(map(id, good)) <= set(map(id, draft)) <= set(map(id, lazy))
    for name, worse in (("GOOD", "DRAFT"), ("DRAFT", "LAZY")):
        better, counts = scope["measure"](scope[name]), scope["measure"](scope[worse])
        assert better.precision > counts.precision
        assert counts.recall == 1.0
    assert scope["measure"](scope["GOOD"]).precision == 1.0


def test_the_trap_of_the_broad_filter_is_there(
    lesson: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    scope, _ = lesson
    unseen, quiet = scope["unseen"], scope["quiet"]

    def found(*parts: str) -> tuple[int, int]:
        rule = methods.parse_rule(scope["assemble"](parts))
        return len(methods.run_rule(rule, unseen)), len(methods.run_rule(rule, quiet))

    best = found("users", "data", "roaming", "agent", "drive")
    assert best == (len(unseen), 0)
    hidden = found("users", "data", "roaming", "all_data", "drive")
    assert hidden[0] < len(unseen)
    assert hidden[1] == 0


def test_there_is_one_hole_on_another_host(lesson: tuple[dict[str, Any], dict[str, Any]]) -> None:
    scope, _ = lesson
    (hole,) = methods.holes(scope["day"])
    assert hole.host != scope["staged"].planted.host
    assert len(scope["shared"]) >= 2
    assert len(scope["matching"]) == 4


def test_figures_in_the_prose_are_computed() -> None:
    assert "13.9 %" in SOURCES["bound_text"]
    assert round(100 * methods.upper_bound(0, 20), 1) == 13.9
    assert round(100 * (1 - methods.true_share(1e-6, 0.95, 1e-4))) == 99
    assert "ninety-nine alarms of a hundred" in SOURCES["base_text"]
    assert methods.upper_bound(0, 120) > 0.02
    assert len(methods.TECHNIQUES) == 8
    assert "The eight techniques" in SOURCES["attack_text"]


def test_every_section_named_in_an_explanation_exists() -> None:
    sections = set(re.findall(r"(?m)^## (\d+) ·", "\n".join(SOURCES.values())))
    graders = COURSE.parents[1] / "graders/detection/checks.py"
    named = set(re.findall(r"section (\d+)", graders.read_text(encoding="utf-8")))
    assert named
    assert named <= sections


def test_each_check_of_the_lesson_is_played(lesson: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _scope, values = lesson
    assert {name for name, source in SOURCES.items() if "self_check(" in source} == set(CHECKS)
    for name, right in CHECKS.items():
        said = verdicts(values[name])
        (chosen,) = [option for option, verdict in said.items() if "<b>نعم.</b>" in verdict]
        assert right in chosen
        reasons = {verdict.partition("</b>")[2] for verdict in said.values()}
        assert len(reasons) == 1
        assert len(said) == 3


def test_the_app_follows_its_controls() -> None:
    with pytest.MonkeyPatch.context() as patch:
        scope, _ = run("app.ipynb", patch)
    status, preset, editor = scope["status"], scope["preset"], scope["editor"]
    words = {"program": "فوق الميزانية", "copied": "كتابات تفوتها", "filters": "ولا يكاد يفوت شيء"}
    for technique in scope["DETECTIONS"]:
        scope["technique"].value = technique
        for name, said in words.items():
            preset.value = name
            assert said in status.value, (technique, name)
    before = status.value
    editor.value = "[" * 100
    scope["show"]()
    assert "لا يمكن قراءة القاعدة" in status.value
    preset.value = "draft"
    daily = scope["grouped"](scope["state"]["logs"][1], 10_000)
    assert len(daily) < len(scope["state"]["logs"][1])
    scope["case"].value = 2
    assert status.value != before
    assert json.dumps(scope["rule_text"]("T1218.011", "draft"))
