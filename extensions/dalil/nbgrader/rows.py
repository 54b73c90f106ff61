"""One submission's rows in nbgrader's gradebook, written as its ``autograde`` would leave them.

nbgrader's own steps open a new engine eight times and commit after each cell; here it is a few
statements on its models, within the caller's transaction. Which rows there are and what they say
follows its ``Autograde``, ``SaveAutoGrades`` and ``AssignLatePenalties``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from sqlalchemy import (
    Connection,
    Executable,
    Table,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)

from dalil.errors import GradingError

NO_RESPONSE = "No response."  # nbgrader's words for an answer left as it was released
_GRADED = frozenset({"GradeCell", "TaskCell"})
_COMMENTED = frozenset({"SolutionCell", "TaskCell"})

# Made once: to build a statement costs more than to execute it.
_OWN = (
    select(SubmittedAssignment.id, Notebook.name, SubmittedNotebook.id)
    .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .where(Assignment.name == bindparam("module"))
    .where(SubmittedAssignment.student_id == bindparam("trainee"))
)
_RELEASED = (
    select(Notebook.name, Notebook.id, Assignment.id)
    .join(Assignment, Assignment.id == Notebook.assignment_id)
    .where(Assignment.name == bindparam("module"))
)
_CELLS = select(BaseCell.__table__.c.id, BaseCell.__table__.c.type).where(
    BaseCell.__table__.c.notebook_id == bindparam("notebook")
)
_STUDENT = select(Student.id).where(Student.id == bindparam("trainee"))
_GRADES = (
    select(Grade.id, BaseCell.name, Grade.manual_score)
    .join(BaseCell, BaseCell.id == Grade.cell_id)
    .where(Grade.notebook_id == bindparam("notebook"))
)
_COMMENTS = (
    select(Comment.id, BaseCell.name)
    .join(BaseCell, BaseCell.id == Comment.cell_id)
    .where(Comment.notebook_id == bindparam("notebook"))
)
_DUE = (
    select(
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Assignment.duedate,
        SubmittedNotebook.late_submission_penalty,
    )
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    .where(SubmittedNotebook.id == bindparam("notebook"))
)
_SCORE = select(func.coalesce(func.sum(Grade.score), 0.0)).where(
    Grade.notebook_id == bindparam("notebook")
)


def _change(model: Any, **values: str) -> Update:
    """Set columns of the row ``row``, each from the parameter of that name."""
    table: Table = model.__table__
    bound: dict[str, Any] = {column: bindparam(name) for column, name in values.items()}
    return update(table).where(table.c.id == bindparam("row")).values(bound)


_SET_GRADE = _change(Grade, auto_score="auto", needs_manual_grade="waits")
_SET_COMMENT = _change(Comment, auto_comment="text")
_SET_TIME = _change(SubmittedAssignment, timestamp="received")
_SET_PENALTY = _change(SubmittedNotebook, late_submission_penalty="penalty")


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
        submission, own = self._own()
        if submission is None:
            submission = self._add(received)
            _, own = self._own()
        elif received is not None:
            self.connection.execute(_SET_TIME, {"row": submission, "received": received})
        for name, notebook in own.items():
            self._score(notebook, scored if name == self.module else None)
        self._penalise(own[self.module])

    def rewrite(self, scored: Scored) -> None:
        """Update what the machine says of a graded submission. Raises GradingError."""
        _, own = self._own()
        if self.module not in own:
            raise GradingError(
                f"{self.trainee}: {self.module}: not in the gradebook; run: dalil grade"
            )
        self._score(own[self.module], scored)
        self._penalise(own[self.module])

    def _own(self) -> tuple[str | None, dict[str, str]]:
        """The submission's row and those of its notebooks, by name."""
        found = self._all(_OWN, module=self.module, trainee=self.trainee)
        return (found[0][0] if found else None), {name: row for _, name, row in found}

    def _score(self, notebook: str, scored: Scored | None) -> None:
        """Update the grades and comments of a notebook; None: it was not handed in."""
        grades = self._all(_GRADES, notebook=notebook)
        if scored is None:
            self._many(_SET_GRADE, [{"row": r, "auto": 0, "waits": False} for r, _, _ in grades])
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
        self._many(_SET_GRADE, changes)
        if scored.comments:
            comments = self._all(_COMMENTS, notebook=notebook)
            known = [(row, name) for row, name in comments if name in scored.comments]
            self._many(
                _SET_COMMENT, [{"row": row, "text": scored.comments[name]} for row, name in known]
            )

    def _penalise(self, notebook: str) -> None:
        """Take off for lateness what nbgrader's plug-in says."""
        received, extension, duedate, before = self._all(_DUE, notebook=notebook)[0]
        penalty = None
        if received is not None and duedate is not None:
            late = (received - duedate - (extension or timedelta())).total_seconds()
            if late > 0:
                penalty = self._penalty(notebook, late)
        if penalty != before:
            self.connection.execute(_SET_PENALTY, {"row": notebook, "penalty": penalty})

    def _penalty(self, notebook: str, late: float) -> float | None:
        score = self._all(_SCORE, notebook=notebook)[0][0]
        self.penalties.init_plugin()
        plugin = self.penalties.plugin_inst
        penalty = plugin.late_submission_penalty(self.trainee, score, late)
        if penalty is None:
            return None
        checked: float = self.penalties._check_late_penalty(SimpleNamespace(score=score), penalty)
        return checked

    def _add(self, received: datetime | None) -> str:
        """Make the rows of a first submission, still without marks; returns its own."""
        released = self._all(_RELEASED, module=self.module)
        if self.module not in [name for name, _, _ in released]:
            raise GradingError(
                f"{self.module}: not in the gradebook; run: dalil release {self.module}"
            )
        if not self._all(_STUDENT, trainee=self.trainee):
            self._many(insert(Student.__table__), [{"id": self.trainee}])
        submission = {
            "id": str(new_uuid()),
            "assignment_id": released[0][2],
            "student_id": self.trainee,
            "timestamp": received,
        }
        self._many(insert(SubmittedAssignment.__table__), [submission])
        for _, notebook, _ in released:
            self._add_notebook(str(submission["id"]), notebook)
        return str(submission["id"])

    def _add_notebook(self, submission: str, notebook: str) -> None:
        own = {"id": new_uuid(), "assignment_id": submission, "notebook_id": notebook}
        self._many(insert(SubmittedNotebook.__table__), [{**own, "flagged": False}])
        cells = self._all(_CELLS, notebook=notebook)
        for model, kinds, more in (
            (Grade, _GRADED, {"needs_manual_grade": True}),
            (Comment, _COMMENTED, {}),
        ):
            rows = [
                {"id": new_uuid(), "cell_id": cell, "notebook_id": own["id"], **more}
                for cell, kind in cells
                if kind in kinds
            ]
            self._many(insert(model.__table__), rows)

    def _all(self, statement: Executable, **values: str) -> Sequence[Any]:
        return self.connection.execute(statement, values).all()

    def _many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self.connection.execute(statement, list(rows))
