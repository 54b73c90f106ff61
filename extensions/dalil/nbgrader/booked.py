"""Marks as nbgrader's gradebook has them, and what the graded notebook says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nbgrader.api import (
    Assignment,
    Grade,
    GradeCell,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import is_grade
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dalil.curriculum import Module
from dalil.errors import NotebookError, RecordsError
from dalil.ledger.database import advice, open_engine
from dalil.models import TraineeId
from dalil.nbgrader.course import Mark
from dalil.nbgrader.feedback import explanation
from dalil.notebooks import read_graded
from dalil.settings import Settings

_SELECTED = (
    select(
        SubmittedAssignment.student_id,
        Assignment.name.label("module"),
        GradeCell.name.label("question"),
        Grade.auto_score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
        GradeCell.max_score,
    )
    .join(GradeCell, GradeCell.id == Grade.cell_id)
    .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
)


class Booked:
    """Reads the gradebook in few statements; for any number of threads. Raises RecordsError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine | None = None

    def of_trainee(self, trainee: str, module: str = "") -> list[Mark]:
        """The marks of one trainee, in all modules or one."""
        query = _SELECTED.where(SubmittedAssignment.student_id == trainee)
        return self._marks(query.where(Assignment.name == module) if module else query)

    def of_module(self, module: str, trainees: Sequence[str] | None = None) -> list[Mark]:
        """The marks in one module, of all trainees or some."""
        query = _SELECTED.where(Assignment.name == module)
        if trainees is not None:
            query = query.where(SubmittedAssignment.student_id.in_(list(trainees)))
        return self._marks(query)

    def messages(self, module: Module, trainee: TraineeId) -> dict[str, str]:
        """What the checks said of the newest graded submission, by question."""
        path = self._settings.autograded / trainee / module.id / f"{module.id}.ipynb"
        try:
            notebook = read_graded(path)
        except NotebookError:
            return {}  # not graded yet, or being written anew
        graded = [cell for cell in notebook.cells if is_grade(cell)]
        return {cell.metadata["nbgrader"]["grade_id"]: explanation(cell) for cell in graded}

    def _marks(self, query: Any) -> list[Mark]:
        with self._book() as connection:
            return [_mark(row) for row in connection.execute(query)]

    @contextmanager
    def _book(self) -> Iterator[Connection]:
        try:
            if self._engine is None:
                self._engine = open_engine(self._settings.gradebook_url)
            with self._engine.connect() as connection:
                connection.execution_options(dalil_writing=False)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise RecordsError(f"the gradebook: {advice(error.orig)}") from error
        except SQLAlchemyError as error:
            raise RecordsError(f"the gradebook: {' '.join(str(error).split())}") from error


def _mark(row: Any) -> Mark:
    """One row by nbgrader's own rule for scores: a mark by hand stands above the machine's."""
    given = row.manual_score if row.manual_score is not None else row.auto_score
    waits = bool(row.needs_manual_grade)
    points = None if waits and given is None else float(given or 0.0) + float(row.extra_credit or 0)
    return Mark(
        trainee=row.student_id,
        module=row.module,
        question=row.question,
        points=points,
        auto=row.auto_score,
        manual=row.manual_score,
        max_points=float(row.max_score),
        needs_hand=waits,
    )
