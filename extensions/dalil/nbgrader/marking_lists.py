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
from sqlalchemy import case, distinct, func, select

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
    waiting = case((Grade.needs_manual_grade, SubmittedNotebook.id))
    query = (
        select(
            Assignment.name,
            Notebook.name,
            func.count(distinct(SubmittedNotebook.id)),
            func.count(distinct(waiting)),
        )
        .select_from(Notebook)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .outerjoin(SubmittedNotebook, SubmittedNotebook.notebook_id == Notebook.id)
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .group_by(Assignment.name, Notebook.name)
        .order_by(Assignment.name, Notebook.name)
    )
    return [Course(*row) for row in session.execute(query)]


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
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .outerjoin(BaseCell, BaseCell.id == Grade.cell_id)
        .where(Assignment.name == assignment, Notebook.name == notebook)
        .group_by(SubmittedNotebook.id, SubmittedAssignment.student_id)
        .order_by(SubmittedNotebook.id)
    )
    place = settings.autograded
    there = [
        row
        for row in session.execute(query)
        if (place / row[1] / assignment / f"{notebook}.ipynb").is_file()
    ]
    return [
        Submitted(row, number, trainee, float(points), float(worth), bool(waits))
        for number, (row, trainee, points, worth, waits) in enumerate(there, 1)
    ]
