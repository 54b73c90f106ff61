"""What there is to mark: modules, and the submissions of one, each in a few statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import and_, case, distinct, func, select

from dalil.models import N_
from dalil.settings import Settings

WORDS = {
    "marking": N_("Marking"),
    "module": N_("Module"),
    "submissions": N_("Submissions"),
    "to_mark": N_("To be marked"),
    "submission": N_("Submission"),
    "trainee": N_("Trainee"),
    "points": N_("Points"),
    "state": N_("State"),
    "waits": N_("Waits for a mark"),
    "marked": N_("Marked"),
    "only": N_("Only what waits for a mark"),
    "nothing": N_("Nothing was submitted yet."),
    "modules": N_("All modules"),
    "home": N_("To the academy"),
    "manage": N_("Releases and people (nbgrader's own pages, in English)"),
    "show_name": N_("Show the names"),
    "hide_name": N_("Hide the names"),
}


@dataclass(frozen=True)
class Course:
    """One notebook of one assignment, how many handed it in, and how many of them wait."""

    assignment: str
    notebook: str
    submissions: int
    waiting: int


@dataclass(frozen=True)
class Submitted:
    """One submission in the order in which one marks, which says nothing about who it is."""

    id: str
    number: int
    trainee: str
    points: float
    worth: float
    waits: bool


def courses(session: Any) -> list[Course]:
    """Everything that was released, by name."""
    handed_in = (
        select(Notebook.id, Assignment.name, Notebook.name, func.count(SubmittedNotebook.id))
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .outerjoin(SubmittedNotebook, SubmittedNotebook.notebook_id == Notebook.id)
        .group_by(Notebook.id, Assignment.name, Notebook.name)
        .order_by(Assignment.name, Notebook.name)
    )
    # apart from the above: few grades wait, and joining all of them takes seconds
    waiting = (
        select(SubmittedNotebook.notebook_id, func.count(distinct(SubmittedNotebook.id)))
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(Grade.needs_manual_grade)
        .group_by(SubmittedNotebook.notebook_id)
    )
    waits = dict(session.execute(waiting).all())
    return [
        Course(assignment, notebook, count, waits.get(row, 0))
        for row, assignment, notebook, count in session.execute(handed_in)
    ]


def submitted(session: Any, settings: Settings, assignment: str, notebook: str) -> list[Submitted]:
    """The submissions of one notebook whose graded copy is there, in nbgrader's own order."""
    query = (
        select(
            SubmittedNotebook.id,
            SubmittedAssignment.student_id,
            func.coalesce(func.sum(Grade.score), 0.0),
            func.coalesce(func.sum(Grade.max_score), 0.0),
            func.max(case((Grade.needs_manual_grade, 1), else_=0)),
        )
        .select_from(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        # by way of the cells: the only index of grades begins with them
        .outerjoin(BaseCell, BaseCell.notebook_id == Notebook.id)
        .outerjoin(
            Grade,
            and_(Grade.cell_id == BaseCell.id, Grade.notebook_id == SubmittedNotebook.id),
        )
        .where(Assignment.name == assignment, Notebook.name == notebook)
        .group_by(SubmittedNotebook.id, SubmittedAssignment.student_id)
        .order_by(SubmittedNotebook.id)
    )
    there = [
        row for row in session.execute(query) if _graded(settings, row[1], assignment, notebook)
    ]
    return [
        Submitted(row, number, trainee, float(points), float(worth), bool(waits))
        for number, (row, trainee, points, worth, waits) in enumerate(there, 1)
    ]


def neighbour(session: Any, settings: Settings, found: Any, *, back: bool = False) -> str | None:
    """The submission after (or before) *found* in that order; None at the end."""
    there = SubmittedNotebook.id < found.id if back else SubmittedNotebook.id > found.id
    query = (
        select(SubmittedNotebook.id, SubmittedAssignment.student_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .where(SubmittedNotebook.notebook_id == found.notebook_id, there)
        .order_by(SubmittedNotebook.id.desc() if back else SubmittedNotebook.id)
    )
    names = (found.assignment.assignment.name, found.notebook.name)
    for row, trainee in session.execute(query):
        if _graded(settings, trainee, *names):
            return str(row)
    return None


def position(session: Any, found: Any) -> dict[str, int]:
    """The number of *found* in that order, and how many there are."""
    query = select(func.count(), func.count(case((SubmittedNotebook.id <= found.id, 1)))).where(
        SubmittedNotebook.notebook_id == found.notebook_id
    )
    count, number = session.execute(query).one()
    return {"number": number, "count": count}


def _graded(settings: Settings, trainee: str, assignment: str, notebook: str) -> bool:
    return (settings.autograded / trainee / assignment / f"{notebook}.ipynb").is_file()
