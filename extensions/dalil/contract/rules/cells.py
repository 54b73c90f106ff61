"""The cells of the exercise: nbgrader's marks on them, and what the graded ones may say."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from nbformat import NotebookNode

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.models import SOLVE
from dalil.notebooks.solving import BEGIN, END
from dalil.syntax import parse

SCHEMA_VERSION = 3
RUBRIC = "rubric_"
WORKSPACE = f"{SOLVE}workspace"
ANSWER_CELL = {"grade": True, "solution": False, "locked": True}
SOLUTION_CELL = {"grade": False, "solution": True, "locked": False}
WRITTEN_CELL = {"grade": True, "solution": True, "locked": False}
RUBRIC_CELL = {"grade": False, "solution": False, "locked": True}
Problem: TypeAlias = tuple[str, str, str]  # the cell's name, what is wrong with it, what to do
CLASSIC = ("assert ", "assert_", "### BEGIN HIDDEN TESTS", "raise ")


@rule(
    "exercise-cells",
    "Each question has its cells, rightly marked for nbgrader, and nothing else is graded.",
)
def exercise_cells(subject: Subject) -> Iterator[Fault]:
    notebook = subject.source
    cells = {marks(cell).get("grade_id"): cell for cell in notebook.cells if marks(cell)}
    order = [marks(cell).get("grade_id") for cell in notebook.cells if marks(cell)]
    for name, times in Counter(order).items():
        if times > 1:
            message, hint = f"{times} cells have the grade_id {name}", "rename all but one"
            yield Fault(subject.exercise_notebook, message, hint, cell=str(name))
    for name, problem, hint in _cells(subject, cells, order):
        message = f"cell {name}: {problem}"
        yield Fault(subject.exercise_notebook, message, hint, cell=name)
    known = {WORKSPACE}
    for question in subject.module.questions:
        known |= {question.id, (RUBRIC if question.written else SOLVE) + question.id}
    for cell in notebook.cells:
        yield from _stranger(subject, cell, known)


def marks(cell: NotebookNode) -> Mapping[str, Any]:
    """nbgrader's metadata of *cell*, empty for a cell that nbgrader does not know."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def _cells(
    subject: Subject, cells: Mapping[Any, NotebookNode], order: list[Any]
) -> Iterator[Problem]:
    yield from _workspace(cells, order)
    for question in subject.module.questions:
        name = question.id
        if question.written:
            companion, kind = RUBRIC + name, "markdown"
            wanted, beside = WRITTEN_CELL, RUBRIC_CELL
        else:
            companion, kind = SOLVE + name, "code"
            wanted, beside = ANSWER_CELL, SOLUTION_CELL
        yield from _marked(cells, companion, kind, beside)
        yield from _marked(cells, name, kind, wanted)
        if {name, companion} <= set(order) and order.index(name) < order.index(companion):
            yield name, f"stands above {companion}", "move it below"
        if name in cells:
            yield from _points(name, cells[name])
        if name in cells and not question.written:
            yield from _answer(name, cells[name])
        if companion in cells and not question.written:
            yield from _solution(companion, cells[companion])


def _workspace(cells: Mapping[Any, NotebookNode], order: list[Any]) -> Iterator[Problem]:
    yield from _marked(cells, WORKSPACE, "code", SOLUTION_CELL)
    solutions = [name for name in order if marks(cells[name]).get("solution") is True]
    if WORKSPACE in solutions and solutions[0] != WORKSPACE:
        yield WORKSPACE, "not the first solution cell", f"move it above {solutions[0]}"


def _marked(
    cells: Mapping[Any, NotebookNode], name: str, kind: str, wanted: Mapping[str, bool]
) -> Iterator[Problem]:
    """What is wrong with the type and nbgrader's marks of one cell."""
    cell = cells.get(name)
    if cell is None:
        yield name, "missing", f"add a {kind} cell with the grade_id {name}"
        return
    if cell.cell_type != kind:
        yield name, f"a {cell.cell_type} cell", f"make it a {kind} cell"
    found = marks(cell)
    for flag, value in wanted.items():
        if found.get(flag) is not value:
            given, needed = str(found.get(flag)).lower(), str(value).lower()
            yield name, f"{flag} is {given}", f"set nbgrader's {flag} to {needed}"
    if found.get("schema_version") != SCHEMA_VERSION:
        version = found.get("schema_version")
        hint = f"save it with nbgrader's schema_version {SCHEMA_VERSION}"
        yield name, f"schema_version is {version}", hint


def _points(name: str, cell: NotebookNode) -> Iterator[Problem]:
    points = marks(cell).get("points")
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 < points < 1e6:
        yield name, f"points are {points}", "give it points above 0"


def _answer(name: str, cell: NotebookNode) -> Iterator[Problem]:
    """A graded cell hands over one value under its own name, and does nothing else."""
    try:
        body = parse(cell.source).body
    except SyntaxError:
        body = []
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    fits = (
        isinstance(call, ast.Call)
        and ast.unparse(call.func) == "case.answer"
        and len(call.args) == 2
        and not call.keywords
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == name
    )
    if not fits:
        yield (
            name,
            f"does not hand over the answer to {name}, and nothing else",
            f'let it be case.answer("{name}", variable)',
        )


def _solution(name: str, cell: NotebookNode) -> Iterator[Problem]:
    found = [line.strip() for line in cell.source.splitlines() if BEGIN in line or END in line]
    if found != [BEGIN, END]:
        message = f"needs one {BEGIN} and one {END}, on lines of their own"
        yield name, message, "put the solution between them"


def _stranger(subject: Subject, cell: NotebookNode, known: set[str]) -> Iterator[Fault]:
    """A cell that nbgrader grades or takes answers from although no question asks for it."""
    found, path = marks(cell), subject.exercise_notebook
    name = found.get("grade_id")
    graded, solution = found.get("grade"), found.get("solution")
    if name in known or not (graded or solution or found.get("task")):
        return
    if graded and not solution and any(sign in cell.source for sign in CLASSIC):
        message = f"cell {name}: a test that runs beside the answers it tests can be fooled"
        hint = "ask a question in module.toml and check its answer in checks.py"
        yield Fault(path, message, hint, "warning", cell=cell.id)
        return
    hint = "ask its question in module.toml, or remove nbgrader's marks"
    message = f"cell {name}: marked for nbgrader, but no question has that id"
    yield Fault(path, message, hint, cell=cell.id)
