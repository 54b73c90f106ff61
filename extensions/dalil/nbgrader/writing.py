"""Writing marks: nbgrader's gradebook and the folder of graded notebooks, one submission at a time.

The same that nbgrader's ``autograde`` leaves, so that formgrader, feedback and marking by hand find
what they expect, at a twentieth of its cost.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Assignment, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import find_all_files
from sqlalchemy import Connection, Engine, make_url, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dalil.curriculum import Module
from dalil.errors import DalilError, GradingError, NotebookError, RecordsError
from dalil.grading.pipeline import Remarked
from dalil.grading.runner import Run
from dalil.grading.service import Prepared
from dalil.ledger.database import advice, open_engine
from dalil.ledger.files import told
from dalil.models import Outcome, TraineeId
from dalil.nbgrader.marked import explanations, marked, put_scores
from dalil.nbgrader.rows import Rows, Scored
from dalil.notebooks import notebook_bytes, read_graded
from dalil.settings import Settings


class GradebookWriter:
    """Writes marks as nbgrader's ``converter`` would; one connection, one transaction a submission.

    Use as a context manager, or ``close``. Raises RecordsError when gradebook or folders cannot be
    written, GradingError when the gradebook does not know the module or its cells.
    """

    def __init__(self, settings: Settings, converter: Autograde) -> None:
        self.settings, self._converter = settings, converter
        self._penalties = AssignLatePenalties(parent=converter)
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; writing again opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def write(self, prepared: Prepared, run: Run | None, outcome: Outcome) -> None:
        """Write the marks and the graded notebook of one submission."""
        notebook = marked(prepared, run.outputs if run else {}, outcome)
        module, trainee = prepared.module, prepared.trainee
        source = self.settings.submitted / trainee / module.id
        received: datetime | None = self._converter.coursedir.get_existing_timestamp(str(source))
        with self._transaction() as connection:
            rows = Rows(connection, module.id, trainee, self._penalties)
            rows.write(Scored.of(notebook.cells), received)
        files = [*self._files(source), *self._files(module.exercise)]
        self._keep(module, trainee, notebook, dict(files))

    def rewrite(self, changes: Sequence[Remarked]) -> dict[TraineeId, str]:
        """Write other marks for graded submissions, all in one transaction.

        Returns why that was not possible, by trainee.
        """
        reasons: dict[TraineeId, str] = {}
        notebooks: list[tuple[Remarked, NotebookNode]] = []
        with self._transaction() as connection:
            for change in changes:
                try:
                    notebook = self._again(change)
                    rows = Rows(connection, change.module.id, change.trainee, self._penalties)
                    rows.rewrite(Scored(Scored.of(notebook.cells).scores, {}))
                    notebooks.append((change, notebook))
                except (GradingError, NotebookError) as error:
                    reasons[change.trainee] = str(error)
        for change, notebook in notebooks:
            try:
                self._put(self._place(change.module, change.trainee), notebook_bytes(notebook))
            except DalilError as error:
                reasons[change.trainee] = str(error)
        return reasons

    def graded(self, module: Module) -> Collection[str]:
        """Trainees of whom both marks and a graded notebook are there."""
        query = (
            select(SubmittedAssignment.student_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == module.id, Notebook.name == module.id)
        )
        with self._transaction(writing=False) as connection:
            known = connection.execute(query).scalars().all()
        return {name for name in known if self._place(module, TraineeId(name)).is_file()}

    def _again(self, change: Remarked) -> NotebookNode:
        """The graded notebook of *change* with the new marks in it."""
        path = self._place(change.module, change.trainee)
        if not path.is_file():
            raise GradingError(f"{change.trainee}: {path.name}: missing; run: dalil grade")
        notebook = read_graded(path)
        catalogue = explanations(change.module, change.language)
        put_scores(notebook, change.outcome, catalogue)
        return notebook

    def _place(self, module: Module, trainee: TraineeId) -> Path:
        return self.settings.autograded / trainee / module.id / f"{module.id}.ipynb"

    def _files(self, source: Path) -> Iterator[tuple[Path, Path]]:
        """(relative name, file) of what nbgrader copies from *source* beside a graded notebook."""
        ignored = [*self._converter.coursedir.ignore, "*.ipynb"]
        for name in find_all_files(str(source), ignored):
            yield Path(name).relative_to(source), Path(name)

    def _keep(
        self, module: Module, trainee: TraineeId, notebook: NotebookNode, files: dict[Path, Path]
    ) -> None:
        """Write the folder of a graded submission: the notebook last, each file whole or not."""
        place = self._place(module, trainee)
        with told(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            wanted = {place.parent / name for name in files} | {place}
            for path in [p for p in place.parent.rglob("*") if not p.is_dir() or p.is_symlink()]:
                if path not in wanted:
                    path.unlink()
            for name, file in files.items():
                target = place.parent / name
                target.parent.mkdir(parents=True, exist_ok=True)
                self._put(target, file.read_bytes())
            self._put(place, notebook_bytes(notebook))

    def _put(self, path: Path, content: bytes) -> None:
        """Replace *path*, with the permissions that nbgrader gives graded files."""
        fresh = path.with_name(f".{secrets.token_hex(8)}")
        with told(path):
            try:
                fresh.write_bytes(content)
                fresh.chmod(int(str(self._converter.permissions), 8))
                os.replace(fresh, path)
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise

    @contextmanager
    def _transaction(self, *, writing: bool = True) -> Iterator[Connection]:
        url = make_url(self.settings.gradebook_url)
        place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        with self._lock:
            try:
                connection = self._open()
                connection.execution_options(dalil_writing=writing)
                with connection.begin():
                    yield connection
            except DBAPIError as error:
                self.close()
                raise RecordsError(f"{place}: {advice(error.orig)}") from error
            except SQLAlchemyError as error:
                self.close()
                raise RecordsError(f"{place}: {' '.join(str(error).split())}") from error

    def _open(self) -> Connection:
        if self._connection is None:
            # Whoever holds the lock uses the connection, in whatever thread.
            self._engine = open_engine(self.settings.gradebook_url, check_same_thread=False)
            connection = self._engine.connect()
            if connection.dialect.name == "sqlite":
                # Readers (formgrader) and the writer then do not wait for each other. Where it
                # cannot be had (a reader is busy, an odd file system), all else stays the same.
                with suppress(sqlite3.Error):  # beside SQLAlchemy: not within a transaction
                    connection.connection.execute("PRAGMA journal_mode = WAL")
            self._connection = connection
        return self._connection
