"""What the gradebook says of submissions at large: which wait for a hand, where to mark them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Engine, Select, distinct, func, inspect, make_url, select, tuple_
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dalil.errors import RecordsError
from dalil.ledger.database import advice, open_engine
from dalil.settings import Settings


@dataclass(frozen=True)
class Standing:
    """One graded submission: ``id`` is what formgrader's addresses call it.

    ``waits``: some of its answers wait for a mark by hand.
    """

    id: str
    points: float
    max_points: float
    waits: bool


def waiting(settings: Settings) -> dict[str, int]:
    """How many submissions of each module wait for a mark by hand; modules without any are left
    out. Raises RecordsError."""
    query = (
        select(Assignment.name, func.count(distinct(SubmittedNotebook.id)))
        .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(Grade.needs_manual_grade)
        .group_by(Assignment.name)
    )
    return {row[0]: row[1] for row in _rows(settings, query)}


def standings(
    settings: Settings, whose: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Standing]:
    """What the gradebook has for those (module, trainee). Raises RecordsError."""
    query = (
        select(
            Assignment.name,
            SubmittedAssignment.student_id,
            SubmittedNotebook.id,
            func.coalesce(func.sum(Grade.score), 0.0),
            func.coalesce(func.sum(Grade.max_score), 0.0),
            func.count().filter(Grade.needs_manual_grade),
        )
        .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .outerjoin(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .where(tuple_(Assignment.name, SubmittedAssignment.student_id).in_(list(whose)))
        .group_by(Assignment.name, SubmittedAssignment.student_id, SubmittedNotebook.id)
    )
    return {
        (row[0], row[1]): Standing(row[2], float(row[3]), float(row[4]), bool(row[5]))
        for row in _rows(settings, query)
    }


def _rows(settings: Settings, query: Select[Any]) -> list[Any]:
    """The rows of *query*; none while there is no gradebook yet, which only nbgrader makes."""
    url = make_url(settings.gradebook_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return []
    try:
        with _engine(settings.gradebook_url).connect() as connection, connection.begin():
            if not inspect(connection).has_table(Grade.__tablename__):
                return []
            return list(connection.execute(query))
    except DBAPIError as error:
        raise RecordsError(f"gradebook: {advice(error.orig)}") from error
    except SQLAlchemyError as error:
        raise RecordsError(f"gradebook: {' '.join(str(error).split())}") from error


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    return open_engine(url)
