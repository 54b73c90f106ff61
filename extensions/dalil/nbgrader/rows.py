"""One submission's rows in nbgrader's gradebook, written as its ``autograde`` would leave them.

nbgrader's own steps open a new engine eight times and commit after each cell; here it is a few
statements on its models, within the caller's transaction. Which rows there are and what they say
follows its ``Autograde``, ``SaveAutoGrades`` and ``AssignLatePenalties``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import Connection, bindparam, func, insert, select, update

from dalil.errors import GradingError

NO_RESPONSE = "No response."  # nbgrader's words for an answer left as it was released
_GRADED = frozenset({"GradeCell", "TaskCell"})
_COMMENTED = frozenset({"SolutionCell", "TaskCell"})

_UPDATE_GRADE = (
    update(Grade.__table__)
    .where(Grade.__table__.c.id == bindparam("row"))
    .values(auto_score=bindparam("auto"), needs_manual_grade=bindparam("waits"))
)
_UPDATE_COMMENT = (
    update(Comment.__table__)
    .where(Comment.__table__.c.id == bindparam("row"))
    .values(auto_comment=bindparam("text"))
)


@dataclass(frozen=True)
class Scored:
    """What a graded notebook says: automatic scores and comments by grade_id."""

    scores: dict[str, float | None]
    comments: dict[str, str | None]

    @classmethod
    def of(cls, cells: Iterable[NotebookNode]) -> Scored:
        """Read the cells of a graded notebook by nbgrader's own rules."""
        scores: dict[str, float | None] = {}
        comments: dict[str, str | None] = {}
        for cell in cells:
            if not (is_grade(cell) or is_solution(cell) or is_task(cell)):
                continue
            facts = cell.metadata["nbgrader"]
            if is_grade(cell):
                scores[facts["grade_id"]] = determine_grade(cell)[0]
            if is_solution(cell) or is_task(cell):
                untouched = facts.get("checksum") == compute_checksum(cell) and not is_task(cell)
                comments[facts["grade_id"]] = NO_RESPONSE if untouched else None
        return cls(scores, comments)


@dataclass(frozen=True)
class Rows:
    """Where one submission's rows are, within a transaction of *connection*."""

    connection: Connection
    module: str
    trainee: str
    penalties: AssignLatePenalties

    def write(self, scored: Scored, received: datetime | None) -> None:
        """Make or update every row of the submission. Raises GradingError."""
        notebooks = self._notebooks()
        submission = self._submission(notebooks, received)
        own = self._own(submission, notebooks)
        for name, row in own.items():
            self.score(row, scored if name == self.module else None)
        self.penalise(submission, own[self.module])

    def find(self) -> tuple[str, str]:
        """The submission's row and its notebook's. Raises GradingError if it was never graded."""
        query = (
            select(SubmittedAssignment.id, SubmittedNotebook.id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == self.module, Notebook.name == self.module)
            .where(SubmittedAssignment.student_id == self.trainee)
        )
        row = self.connection.execute(query).one_or_none()
        if row is None:
            raise GradingError(
                f"{self.trainee}: {self.module}: not in the gradebook; run: dalil grade"
            )
        return row[0], row[1]

    def score(self, notebook: str, scored: Scored | None) -> None:
        """Update the grades and comments of a submitted notebook; None: it was not handed in."""
        query = select(Grade.id, BaseCell.name, Grade.manual_score)
        query = query.join(BaseCell, BaseCell.id == Grade.cell_id)
        grades = self.connection.execute(query.where(Grade.notebook_id == notebook)).all()
        if scored is None:
            missing = [{"row": row, "auto": 0, "waits": False} for row, _, _ in grades]
            self._many(_UPDATE_GRADE, missing)
            return
        if absent := set(scored.scores) - {name for _, name, _ in grades}:
            raise GradingError(
                f"{self.trainee}: {self.module}: the gradebook has no cell {min(absent)!r}; "
                f"run: dalil release {self.module}"
            )
        changes = [
            # by nbgrader's rule, a mark that a person gave wants another look
            {"row": row, "auto": auto, "waits": manual is not None or auto is None}
            for row, name, manual in grades
            if name in scored.scores
            for auto in [scored.scores[name]]
        ]
        self._many(_UPDATE_GRADE, changes)
        if scored.comments:
            comments = select(Comment.id, BaseCell.name)
            comments = comments.join(BaseCell, BaseCell.id == Comment.cell_id)
            found = self.connection.execute(comments.where(Comment.notebook_id == notebook))
            texts = [
                {"row": row, "text": scored.comments[name]}
                for row, name in found
                if name in scored.comments
            ]
            self._many(_UPDATE_COMMENT, texts)

    def penalise(self, submission: str, notebook: str) -> None:
        """Take off for lateness what nbgrader's plug-in says."""
        due = (
            select(SubmittedAssignment.timestamp, SubmittedAssignment.extension, Assignment.duedate)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(SubmittedAssignment.id == submission)
        )
        received, extension, duedate = self.connection.execute(due).one()
        penalty = None
        if received is not None and duedate is not None:
            late = (received - duedate - (extension or received - received)).total_seconds()
            if late > 0:
                penalty = self._penalty(notebook, late)
        table = SubmittedNotebook.__table__
        statement = update(table).where(table.c.id == notebook)
        self.connection.execute(statement.values(late_submission_penalty=penalty))

    def _penalty(self, notebook: str, late: float) -> float | None:
        query = select(func.coalesce(func.sum(Grade.score), 0.0))
        score = self.connection.execute(query.where(Grade.notebook_id == notebook)).scalar_one()
        self.penalties.init_plugin()
        plugin = self.penalties.plugin_inst
        penalty = plugin.late_submission_penalty(self.trainee, score, late)
        if penalty is None:
            return None
        checked: float = self.penalties._check_late_penalty(SimpleNamespace(score=score), penalty)
        return checked

    def _notebooks(self) -> dict[str, tuple[str, str]]:
        """Name → (row, row of the assignment) of the module's notebooks as they were released."""
        query = select(Notebook.name, Notebook.id, Assignment.id)
        query = query.join(Assignment, Assignment.id == Notebook.assignment_id)
        rows = self.connection.execute(query.where(Assignment.name == self.module))
        found = {name: (notebook, assignment) for name, notebook, assignment in rows}
        if self.module not in found:
            raise GradingError(
                f"{self.module}: not in the gradebook; run: dalil release {self.module}"
            )
        return found

    def _submission(self, notebooks: dict[str, tuple[str, str]], received: datetime | None) -> str:
        """The submission's row, made if it is the first one of this trainee."""
        assignment = notebooks[self.module][1]
        table = SubmittedAssignment.__table__
        query = select(table.c.id).where(table.c.assignment_id == assignment)
        found = self.connection.execute(query.where(table.c.student_id == self.trainee)).scalar()
        if found is not None:
            if received is not None:
                change = update(table).where(table.c.id == found).values(timestamp=received)
                self.connection.execute(change)
            return str(found)
        students = Student.__table__
        known = select(students.c.id).where(students.c.id == self.trainee)
        if self.connection.execute(known).scalar() is None:
            self.connection.execute(insert(students).values(id=self.trainee))
        row = {
            "id": new_uuid(),
            "assignment_id": assignment,
            "student_id": self.trainee,
            "timestamp": received,
        }
        self.connection.execute(insert(table).values(row))
        for notebook, _ in notebooks.values():
            self._add_notebook(row["id"], notebook)
        return str(row["id"])

    def _add_notebook(self, submission: str, notebook: str) -> None:
        row = {"id": new_uuid(), "assignment_id": submission, "notebook_id": notebook}
        self.connection.execute(insert(SubmittedNotebook.__table__).values(**row, flagged=False))
        cells = select(BaseCell.__table__.c.id, BaseCell.__table__.c.type)
        cells = cells.where(BaseCell.__table__.c.notebook_id == notebook)
        found = self.connection.execute(cells).all()
        for table, kinds, more in (
            (Grade.__table__, _GRADED, {"needs_manual_grade": True}),
            (Comment.__table__, _COMMENTED, {}),
        ):
            rows = [
                {"id": new_uuid(), "cell_id": cell, "notebook_id": row["id"], **more}
                for cell, kind in found
                if kind in kinds
            ]
            self._many(insert(table), rows)

    def _own(self, submission: str, notebooks: dict[str, tuple[str, str]]) -> dict[str, str]:
        """Name → row of the notebooks of this submission."""
        table = SubmittedNotebook.__table__
        query = select(table.c.notebook_id, table.c.id).where(table.c.assignment_id == submission)
        rows = {row.notebook_id: row.id for row in self.connection.execute(query)}
        return {name: rows[found] for name, (found, _) in notebooks.items() if found in rows}

    def _many(self, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self.connection.execute(statement, rows)
