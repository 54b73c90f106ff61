"""The measured work is what it says: right answers earn everything, wrong ones nothing, and all
ways of grading see the same."""

from __future__ import annotations

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbformat import NotebookNode

from dalil.answers import decode
from dalil.bench import workload
from dalil.bench.classic import TESTS, classic_source
from dalil.bench.floor import run_cells
from dalil.bench.programs import run_program
from dalil.curriculum import Module, load_module
from dalil.exchange import Exchange
from dalil.grading.marking import mark
from dalil.grading.runner import Job, Run, Runner, runner_of
from dalil.grading.sealed import load_checks
from dalil.notebooks import grade_points, read_notebook, reference, solve, write_notebook
from dalil.settings import Settings, load_settings

TRAINEES = (2, 5)  # between them: right, wrong, blank and broken answers


@dataclass(frozen=True)
class Exercise:
    """The exercise as issued to one trainee; its exhibits lie in a folder, too."""

    settings: Settings
    module: Module
    source: NotebookNode
    folder: Path
    files: dict[str, str]
    exhibits: dict[str, bytes]
    case: dict[str, Any]
    truth: dict[str, Any]


@pytest.fixture(scope="module")
def exercise(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    folder = tmp_path_factory.mktemp("bench")
    workload.write_curriculum(folder / "curriculum")
    settings = load_settings(folder / "curriculum", folder / "academy")
    settings.prepare()
    module = load_module(settings, workload.TRIAGE)
    exchange = Exchange(settings)
    files = workload.lay_out(exchange, module, folder / "exhibits")
    issued = exchange.issue(module, workload.trainee(1), "en")
    return Exercise(
        settings,
        module,
        read_notebook(module.notebook),
        folder / "exhibits",
        files,
        exchange.exhibits(issued),
        {**exchange.case(issued), "grading": True},
        exchange.truth(issued),
    )


@pytest.fixture(scope="module")
def runner(exercise: Exercise) -> Iterator[Runner]:
    runner = runner_of(replace(exercise.settings, isolation="auto"), unsafe=True)
    yield runner
    runner.close()


def released(source: NotebookNode) -> NotebookNode:
    """What nbgrader's release would hold."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if "BEGIN SOLUTION" in cell.source:
            cell.source = "# YOUR CODE HERE\nraise NotImplementedError()"
    return notebook


def handed_in(exercise: Exercise, number: int) -> NotebookNode:
    return workload.submission(released(exercise.source), exercise.source, number)


def run(runner: Runner, exercise: Exercise, notebook: NotebookNode) -> Run:
    return runner.run(Job(notebook, exercise.case, exercise.exhibits, {}))


def points(exercise: Exercise, run: Run) -> dict[str, float]:
    forms = {q.id: q.form for q in exercise.module.questions if q.form}
    worth = grade_points(exercise.source)
    checks = load_checks(exercise.module.grader).checks
    outcome = mark(forms, worth, checks, exercise.truth, bundles=run.bundles, died=run.died)
    return {score.question: score.points for score in outcome.scores}


def test_both_modules_can_be_read(exercise: Exercise) -> None:
    for name in (workload.TRIAGE, workload.TRIVIAL):
        module = load_module(exercise.settings, name)
        assert set(load_checks(module.grader).checks) == {q.id for q in module.questions}


def test_the_reference_earns_everything(exercise: Exercise, runner: Runner) -> None:
    notebook = solve(exercise.source, reference(exercise.source), {})
    found = run(runner, exercise, notebook)
    assert found.died == {}
    assert points(exercise, found) == grade_points(exercise.source)


@pytest.mark.parametrize("number", TRAINEES)
def test_a_trainee_earns_what_the_right_answers_are_worth(
    exercise: Exercise, runner: Runner, number: int
) -> None:
    worth = grade_points(exercise.source)
    found = points(exercise, run(runner, exercise, handed_in(exercise, number)))
    assert found == {q: worth[q] if workload.way(number, q) == "right" else 0.0 for q in worth}
    assert sum(found.values()) == workload.points(exercise.module, number, worth)


def test_the_trainees_above_show_all_ways(exercise: Exercise) -> None:
    ways = {workload.way(n, q.id) for n in TRAINEES for q in exercise.module.questions}
    assert ways == set(workload.SHARES)


def test_each_way_is_as_frequent_as_stated() -> None:
    counted = Counter(workload.way(n, f"question {m}") for n in range(200) for m in range(10))
    assert sum(workload.SHARES.values()) == 100
    for way, share in workload.SHARES.items():
        assert counted[way] / 20 == pytest.approx(share, abs=4)


def test_each_slip_changes_the_reference(exercise: Exercise) -> None:
    for cell, source in reference(exercise.source).items():
        right, slip = workload.SLIPS[cell.removeprefix("solve_")]
        assert source.count(right) == 1
        assert right != slip


def test_no_two_trainees_hand_in_the_same_bytes(exercise: Exercise, tmp_path: Path) -> None:
    digests = set()
    for number in range(1, 31):
        write_notebook(handed_in(exercise, number), tmp_path / "work.ipynb")
        digests.add(hashlib.sha256((tmp_path / "work.ipynb").read_bytes()).hexdigest())
    assert len(digests) == 30


def test_floor_and_runner_agree_on_every_value(
    exercise: Exercise, runner: Runner, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    submissions = {}
    for number in TRAINEES:
        path = tmp_path / f"{number}.ipynb"
        write_notebook(handed_in(exercise, number), path)
        submissions[str(number)] = str(path)
    warm = tmp_path / "reference.ipynb"
    write_notebook(solve(exercise.source, reference(exercise.source), {}), warm)
    request = {
        "submissions": submissions,
        "exhibits": str(exercise.folder),
        "files": exercise.files,
        "warm": str(warm),
        "workers": 2,
        "out": str(tmp_path / "out"),
    }
    steps: list[tuple[int, int]] = []
    floor = run_program("floor", request, tmp_path, lambda *step: steps.append(step))
    assert steps[-1] == (2, 2)
    for number in TRAINEES:
        found = run(runner, exercise, handed_in(exercise, number))
        ours = dict(decode(item["bundle"]) for item in found.bundles)
        theirs = floor["answers"][str(number)]
        assert ours.keys() == theirs.keys()
        for question, value in ours.items():
            np.testing.assert_array_equal(value, theirs[question], err_msg=question)


@pytest.fixture
def beside_exhibits(exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work where a classic submission runs: its exhibits lie beside it."""
    (tmp_path / "exhibits").symlink_to(exercise.folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    return tmp_path


def shown(folder: Path, notebook: NotebookNode) -> dict[str, str]:
    """What each code cell shows, by grade_id."""
    write_notebook(notebook, folder / "work.ipynb")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    results = run_cells(folder / "work.ipynb")
    names = [cell.metadata.nbgrader.grade_id for cell in cells]
    return {name: "\n".join(result) for name, result in zip(names, results, strict=True)}


def test_the_classic_tests_pass_the_reference(exercise: Exercise, beside_exhibits: Path) -> None:
    classic = classic_source(exercise.source, exercise.files, exercise.truth)
    assert "dalil" not in json.dumps(classic.cells[2:])
    results = shown(beside_exhibits, solve(classic, reference(classic), {}))
    assert [name for name, text in results.items() if "Traceback" in text] == []


def test_the_classic_tests_fail_each_slip(exercise: Exercise, beside_exhibits: Path) -> None:
    classic = classic_source(exercise.source, exercise.files, exercise.truth)
    slips = {
        cell: source.replace(*workload.SLIPS[cell.removeprefix("solve_")])
        for cell, source in reference(classic).items()
    }
    results = shown(beside_exhibits, solve(classic, reference(classic), dict(slips)))
    assert {name for name, text in results.items() if "AssertionError" in text} == set(TESTS)


def test_a_corrected_check_changes_marks(exercise: Exercise, tmp_path: Path) -> None:
    root = tmp_path / "curriculum"
    workload.write_curriculum(root)
    settings = load_settings(root, tmp_path / "academy")
    workload.correct_check(settings, workload.TRIVIAL)
    check = load_checks(settings.graders / workload.TRIVIAL).checks["total"]
    assert check(3, {"total": 3}).share == 0.5
    with pytest.raises(AssertionError, match="nothing to change"):
        workload.correct_check(settings, workload.TRIVIAL)
