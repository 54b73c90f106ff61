"""What must hold of hostile input, whoever makes it up: hypothesis, or atheris in acceptance."""

from __future__ import annotations

import copy
import functools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from dalil.answers import MIME, Form, decode
from dalil.curriculum import load_module
from dalil.curriculum.sealed import load_sealed
from dalil.errors import NotebookError
from dalil.forging import practice
from dalil.grading.marking import Check, mark
from dalil.grading.outputs import MAX_BUNDLES, Displays, Record, json_size
from dalil.grading.sealed import load_checks
from dalil.grading.session import Furniture, Session
from dalil.limits import Limits
from dalil.models import Score
from dalil.notebooks import (
    MAX_SOURCE_BYTES,
    answer_cells,
    grade_points,
    read_notebook,
    rebuild,
    write_notebook,
)
from dalil.settings import load_settings

ROOT = Path(__file__).resolve().parents[3]
MODULES = ("custody", "firearms")
BLANK = "# YOUR CODE HERE\nraise NotImplementedError()"


# Notebooks ------------------------------------------------------------------------------------


@functools.cache
def source(module: str) -> NotebookNode:
    """The instructors' notebook: every answer is right."""
    return read_notebook(ROOT / "exercises" / module / f"{module}.ipynb")


@functools.cache
def release(module: str) -> NotebookNode:
    """The same with empty answer cells."""
    released = copy.deepcopy(source(module))
    for cell in answer_cells(released).values():
        cell.source = BLANK if cell.cell_type == "code" else "YOUR ANSWER HERE"
    return released


def read(data: bytes, folder: Path) -> NotebookNode | None:
    """Read *data* as a submission; None where it is refused, in one line and in time."""
    path = folder / "work.ipynb"
    path.write_bytes(data)
    try:
        return read_notebook(path)
    except NotebookError as error:
        refusal = str(error)
    assert refusal.startswith("work.ipynb: ")
    assert len(refusal.splitlines()) == 1
    assert len(refusal) < 400
    return None


def only_answers_cross(data: bytes, module: str, folder: Path) -> NotebookNode | None:
    """Whatever *data* is, what would run is the release with other text in its answer cells."""
    submitted = read(data, folder)
    if submitted is None:
        return None
    nbformat.validate(submitted)
    released = release(module)
    before = copy.deepcopy(released)
    rebuilt = rebuild(released, submitted)
    assert released == before
    assert grade_points(rebuilt.notebook) == grade_points(released)
    assert all(isinstance(note, str) and "\n" not in note for note in rebuilt.notes)
    answers = answer_cells(rebuilt.notebook)
    for name, cell in answers.items():
        assert isinstance(cell.source, str)
        assert len(cell.source.encode("utf-8")) <= MAX_SOURCE_BYTES
        cell.source = answer_cells(released)[name].source
    assert without_outputs(rebuilt.notebook) == without_outputs(released)
    written = folder / "rebuilt.ipynb"
    write_notebook(rebuild(released, submitted).notebook, written)
    assert read_notebook(written) == rebuild(released, submitted).notebook
    return submitted


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    plain = copy.deepcopy(notebook)
    for cell in plain.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return plain


# Answers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sealed:
    """A module's forms, points, checks and the truth of one case, with the right answers."""

    forms: Mapping[str, Form]
    points: Mapping[str, float]
    checks: Mapping[str, Check]
    truth: dict[str, Any]
    honest: dict[str, Any]
    probes: dict[str, list[list[Any]]]

    def scores(self, bundles: list[Any], died: Mapping[str, str] | None = None) -> dict[str, Score]:
        outcome = mark(
            self.forms,
            self.points,
            self.checks,
            copy.deepcopy(self.truth),
            bundles=copy.deepcopy(bundles),
            died=died or {},
            probes=self.probes,
        )
        return {score.question: score for score in outcome.scores}


@functools.cache
def sealed(module: str) -> Sealed:
    """The checkout's own module with a case forged for practice."""
    made = load_module(load_settings(ROOT), module)
    with tempfile.TemporaryDirectory() as folder:
        forge = load_sealed(made.grader / "evidence.py").forge
        evidence = forge(practice("fuzzing"), Path(folder))
    truth = evidence.truth
    forms = {q.id: q.form for q in made.questions if q.form is not None}
    points = {q: p for q, p in grade_points(source(module)).items() if q in forms}
    honest = {question: truth[question] for question in forms}
    checks = load_checks(made.grader).checks
    return Sealed(forms, points, checks, truth, honest, evidence.probes)


def marked_fairly(module: str, bundles: list[Any], died: Mapping[str, str]) -> dict[str, Score]:
    """No crash, no score but from a question's own bundle, and never more than it deserves."""
    case = sealed(module)
    scores = case.scores(bundles, died)
    assert set(scores) == set(case.forms)
    for question, score in scores.items():
        own = [b for b in bundles if str(b["cell"]) == question]
        alone = case.scores(own, {q: r for q, r in died.items() if q.endswith(question)})
        assert alone[question] == score, "another cell's bundle changed the score"
        assert 0.0 <= score.verdict.share <= 1.0
        assert score.points == round(score.verdict.share * case.points[question], 4)
        assert score.points <= deserved(case, question, own) + 1e-4, question
        assert score.flag != "check-failed", "a trainee can call for an instructor"
        if score.flag:
            assert score.points == 0.0
    return scores


def deserved(case: Sealed, question: str, own: list[Any]) -> float:
    """The most that any single one of the *own* bundles earns when the check sees it directly."""
    best = 0.0
    for item in own:
        try:
            named, value = decode(item["bundle"])
            answer = case.forms[question].read(value)
            verdict = case.checks[question](answer, copy.deepcopy(case.truth))
        except Exception:  # malformed, or a check that fails on it: nothing is deserved
            continue
        if named == question:
            best = max(best, verdict.share * case.points[question])
    return best


# What comes out of the sandbox ----------------------------------------------------------------

OUTPUT_BYTES = 20_000
ANSWER_BYTES = 2_000


def kept_within_bounds(cells: list[list[tuple[str, Any, int]]]) -> None:
    """Any messages of some cells in a row leave valid, bounded outputs and bounded answers."""
    displays = Displays()
    records = []
    for messages in cells:
        record = Record(MIME, OUTPUT_BYTES, ANSWER_BYTES, displays)
        for kind, content, size in messages:
            record.add(kind, copy.deepcopy(content), size)
        records.append(record)
    made = []
    for record in records:
        outputs = record.finished()
        cell = nbformat.v4.new_code_cell("", id=f"c{len(made)}")
        cell.outputs, cell.execution_count = nbformat.from_dict(outputs), record.count
        made.append(cell)
        assert not any(MIME in output.get("data", ()) for output in outputs)
        assert len(record.bundles) <= MAX_BUNDLES
        for bundle in record.bundles:
            size = json_size(bundle)
            assert size is not None
            assert size <= max(ANSWER_BYTES, 400)
    nbformat.validate(nbformat.v4.new_notebook(cells=made))
    text = json.dumps(made, ensure_ascii=False)
    assert len(text.encode("utf-8", "replace")) <= len(made) * (OUTPUT_BYTES + 2_000)


def heard(stream: list[bytes]) -> Session:
    """A session that heard *stream*, without a child at its other end."""
    limits = Limits(output_bytes=OUTPUT_BYTES, answer_bytes=ANSWER_BYTES)
    session: Any = Session(None, limits, Furniture("", {}, {}, {}))  # type: ignore[arg-type]
    session._record = Record(MIME, OUTPUT_BYTES, ANSWER_BYTES, Displays())
    for part in stream:
        for frame in session._frames.feed(part):
            session._frame(frame)
    return session


def outputs_of_a_stream(stream: list[bytes]) -> Session:
    """Whatever bytes come on its channel, a session keeps valid outputs, and half no character."""
    session = heard(stream)
    record = session._record
    assert record is not None
    outputs = nbformat.from_dict(record.finished())
    cell = nbformat.v4.new_code_cell("", id="a", outputs=outputs, execution_count=record.count)
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    json.dumps([outputs, record.bundles], ensure_ascii=False).encode("utf-8")
    return session
