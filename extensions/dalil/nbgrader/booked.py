"""Marks as nbgrader's gradebook has them, and what the graded notebook says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.utils import is_grade
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dalil.curriculum import Module
from dalil.errors import NotebookError, RecordsError
from dalil.ledger.database import advice, open_engine
from dalil.models import TraineeId
from dalil.nbgrader.course import MARKS, Mark, mark_of
from dalil.nbgrader.feedback import explanation
from dalil.notebooks import read_graded
from dalil.settings import Settings


class Booked:
    """Reads the gradebook in few statements; for any number of threads. Raises RecordsError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine | None = None

    def of_trainee(self, trainee: str, module: str = "") -> list[Mark]:
        """The marks of one trainee, in all modules or one."""
        query = MARKS.where(SubmittedAssignment.student_id == trainee)
        if module:
            query = query.where(Assignment.name == module)
        with self._book() as connection:
            return [mark_of(row) for row in connection.execute(query)]

    def messages(self, module: Module, trainee: TraineeId) -> dict[str, str]:
        """What the checks said of the newest graded submission, by question."""
        path = self._settings.autograded / trainee / module.id / f"{module.id}.ipynb"
        try:
            notebook = read_graded(path)
        except NotebookError:
            return {}  # not graded yet, or being written anew
        graded = [cell for cell in notebook.cells if is_grade(cell)]
        return {cell.metadata["nbgrader"]["grade_id"]: explanation(cell) for cell in graded}

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
