"""Marks and comments that people give: in the gradebook, and each of them an event of the ledger.

``HandMarks.mark`` and ``comment`` write both while they hold the ledger, so that the event names
the marker and the server's time. What came into the gradebook another way (nbgrader's own tools, a
crash between the two databases) ``record_hand_marks`` finds later, under the same lock: an event
is never missing for long, and never there twice.
"""

from __future__ import annotations

import getpass
import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Connection, Engine, Select, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dalil.curriculum import Module
from dalil.errors import RecordsError, UsageError
from dalil.ledger import Ledger
from dalil.ledger.database import advice, open_engine
from dalil.ledger.events import canonical
from dalil.ledger.ledger import Batch
from dalil.models import N_
from dalil.nbgrader.course import Course
from dalil.translation import ENGLISH, translate

MARKED, COMMENTED = "hand-marked", "commented"
KINDS = ("graded", "regraded", MARKED, COMMENTED)
MAX_COMMENT = 64 * 1024  # characters; both texts of a change go into the ledger

Answer: TypeAlias = Literal["changed", "same", "outdated", "unknown"]


@dataclass(frozen=True)
class Standing:
    """What people gave for one cell, as it stands; None where nobody gave anything.

    ``waits``: the machine has marked again since, or nobody has marked yet.
    """

    row: str
    trainee: str
    module: str
    question: str
    points: float | None = None
    extra: float | None = None
    max_points: float = 0.0
    auto: float | None = None
    waits: bool = False
    text: str | None = None

    @property
    def version(self) -> str:
        """Changes with what people gave; a marker who has seen another one is told so."""
        given = canonical([self.points, self.extra, self.text])
        return hashlib.sha256(given).hexdigest()[:16]

    def said(self, kind: str) -> dict[str, Any]:
        """What an event says of it."""
        if kind == COMMENTED:
            return {"comment": self.text}
        return {"points": self.points, "extra_credit": self.extra}


@dataclass(frozen=True)
class _Known:
    """What the ledger says of one trainee: the submission at hand, and the newest events."""

    submission: str | None
    attempt: int | None
    marks: Mapping[tuple[str, str], Mapping[str, Any]]  # (kind, question) → what

    def news(self, kind: str, now: Standing) -> bool:
        """Whether *now* wants an event."""
        what = self.marks.get((kind, now.question), {})
        if any(what.get(key) != value for key, value in now.said(kind).items()):
            return True
        # The same points for another submission count once a person has looked at it.
        confirmed = kind == MARKED and now.points is not None and not now.waits
        return confirmed and what.get("submission") != self.submission


class MarkingError(UsageError):
    """What a marker sent cannot be written; *message* is a msgid with ``{places}``."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(translate(message, values, ENGLISH))
        self.message, self.values = message, values


class HandMarks:
    """Writes what a marker gives; may be used from several threads and processes at once.

    Raises RecordsError when gradebook or ledger cannot be written: then neither is changed, or the
    gradebook alone, and the same request again records it.
    """

    def __init__(self, gradebook_url: str, ledger: Ledger) -> None:
        self._url, self._ledger = gradebook_url, ledger
        self._engine: Engine | None = None

    def mark(
        self, row: str, points: object, extra: object, *, who: str, seen: object = None
    ) -> tuple[Answer, Standing | None]:
        """Give *points* and *extra* credit (None: neither) for the grade *row*.

        ``seen`` is the version of the mark that the marker looked at. Raises MarkingError for what
        is no number from 0 to the maximum.
        """
        with self._changing(_marks().where(Grade.id == row).with_for_update(of=Grade)) as (
            batch,
            book,
            found,
        ):
            if found is None:
                return "unknown", None
            wanted = replace(
                found,
                points=_number(points, found.max_points),
                extra=_number(extra, max(found.max_points, 1.0)),
            )
            wanted = replace(wanted, waits=wanted.points is None and found.auto is None)
            if seen is not None and seen != found.version != wanted.version:
                return "outdated", found
            values = {"manual_score": wanted.points, "extra_credit": wanted.extra}
            book.execute(
                update(Grade.__table__)
                .where(Grade.__table__.c.id == row)
                .values(**values, needs_manual_grade=wanted.waits)
            )
            _record(batch, MARKED, found, wanted, who)
            return ("same" if found == wanted else "changed"), wanted

    def comment(
        self, row: str, text: object, *, who: str, seen: object = None
    ) -> tuple[Answer, Standing | None]:
        """Set the comment *row* to *text* (None or empty: no comment). Raises MarkingError."""
        clean = _text(text)
        with self._changing(_comments().where(Comment.id == row).with_for_update(of=Comment)) as (
            batch,
            book,
            found,
        ):
            if found is None:
                return "unknown", None
            wanted = replace(found, text=clean)
            if seen is not None and seen != found.version != wanted.version:
                return "outdated", found
            book.execute(
                update(Comment.__table__)
                .where(Comment.__table__.c.id == row)
                .values(manual_comment=clean)
            )
            _record(batch, COMMENTED, found, wanted, who)
            return ("same" if found == wanted else "changed"), wanted

    def unknown(self, record: Ledger | Batch, module: str) -> list[tuple[str, Standing, _Known]]:
        """What stands in the gradebook otherwise than on *record*: (kind of event, what, known)."""
        with self._book(writing=False) as book:
            given = [
                *((MARKED, _standing(row)) for row in book.execute(_given(_marks(), module))),
                *((COMMENTED, _standing(row)) for row in book.execute(_given(_comments(), module))),
            ]
        if not given and not list(record.stream((MARKED, COMMENTED), module=module)):
            return []
        known = _known(record, module)
        return [
            (kind, now, said)
            for kind, now in [*given, *_taken_back(known, given, module)]
            if (said := known.get(now.trainee, _NOTHING)).news(kind, now)
        ]

    @contextmanager
    def _changing(self, query: Select[Any]) -> Iterator[tuple[Batch, Connection, Standing | None]]:
        """Hold the ledger and the gradebook; the gradebook's change is on disk first."""
        with self._ledger.writing() as batch, self._book() as book:
            row = book.execute(query).one_or_none()
            yield batch, book, None if row is None else _standing(row)

    @contextmanager
    def _book(self, *, writing: bool = True) -> Iterator[Connection]:
        if self._engine is None:
            self._engine = open_engine(self._url)
        try:
            with self._engine.connect() as connection:
                connection.execution_options(dalil_writing=writing)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise RecordsError(f"gradebook: {advice(error.orig)}") from error
        except SQLAlchemyError as error:
            raise RecordsError(f"gradebook: {' '.join(str(error).split())}") from error


def record_hand_marks(course: Course, ledger: Ledger, module: Module) -> int:
    """Append an event for every mark and comment by hand that the ledger does not know as it is.

    nbgrader's gradebook does not say who gave it: these events name the account that ran this
    command. Returns the number of events.
    """
    marks = HandMarks(course.settings.gradebook_url, ledger)
    if not marks.unknown(ledger, module.id):  # as a rule; then nobody has to wait for this
        return 0
    with ledger.writing() as batch:
        news = marks.unknown(batch, module.id)
        for kind, now, said in news:
            before = said.marks.get((kind, now.question), {})
            _append(batch, kind, now, before=before, said=said, who=getpass.getuser())
    return len(news)


def _taken_back(
    known: Mapping[str, _Known], given: list[tuple[str, Standing]], module: str
) -> list[tuple[str, Standing]]:
    """What the ledger knows and the gradebook no longer has."""
    there = {(kind, now.trainee, now.question) for kind, now in given}
    return [
        (kind, Standing("", trainee, module, question, max_points=what.get("max_points", 0.0)))
        for trainee, said in known.items()
        for (kind, question), what in said.marks.items()
        if (kind, trainee, question) not in there
    ]


def _record(batch: Batch, kind: str, before: Standing, now: Standing, who: str) -> None:
    said = _known(batch, now.module, now.trainee).get(now.trainee, _NOTHING)
    if said.news(kind, now):
        _append(batch, kind, now, before=before.said(kind), said=said, who=who)


def _append(
    batch: Batch, kind: str, now: Standing, *, before: Mapping[str, Any], said: _Known, who: str
) -> None:
    what = {
        "submission": said.submission,
        "question": now.question,
        **now.said(kind),
        "before": {key: before.get(key) for key in now.said(kind)},
    }
    if kind == MARKED:
        what["max_points"] = now.max_points
    batch.append(
        kind, who=who, trainee=now.trainee, module=now.module, attempt=said.attempt, what=what
    )


_NOTHING = _Known(None, None, {})


def _known(record: Ledger | Batch, module: str, trainee: str | None = None) -> dict[str, _Known]:
    """What the ledger says of *module*, by trainee."""
    known: dict[str, _Known] = {}
    for event in record.stream(KINDS, module=module, trainee=trainee):
        whose = event.trainee or ""
        said = known.get(whose, _NOTHING)
        if event.kind in (MARKED, COMMENTED):
            marks = {**said.marks, (event.kind, event.what["question"]): event.what}
            known[whose] = replace(said, marks=marks)
        else:
            newest = event.what.get("submission")
            known[whose] = replace(said, submission=newest, attempt=event.attempt)
    return known


def _marks() -> Select[Any]:
    columns = (Grade.manual_score, Grade.extra_credit, Grade.max_score, Grade.auto_score)
    return _joined(select(Grade.id, *_NAMES, *columns, Grade.needs_manual_grade), Grade)


def _comments() -> Select[Any]:
    return _joined(select(Comment.id, *_NAMES, Comment.manual_comment), Comment)


_NAMES = (
    SubmittedAssignment.student_id,
    Assignment.name.label("module"),
    BaseCell.name.label("question"),
)


def _joined(query: Select[Any], model: Any) -> Select[Any]:
    return (
        query.join(SubmittedNotebook, SubmittedNotebook.id == model.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(BaseCell, BaseCell.id == model.cell_id)
    )


def _given(query: Select[Any], module: str) -> Select[Any]:
    """Of *module*, what a person gave."""
    there = Comment.manual_comment.is_not(None) & (Comment.manual_comment != "")
    if "manual_score" in query.selected_columns:
        there = Grade.manual_score.is_not(None) | Grade.extra_credit.is_not(None)
    return query.where(Assignment.name == module, there).order_by(
        SubmittedAssignment.student_id, BaseCell.name
    )


def _standing(row: Any) -> Standing:
    row_id, trainee, module, question, *given = row
    if "manual_comment" in row._fields:
        return Standing(row_id, trainee, module, question, text=given[0] or None)
    points, extra, worth, auto, waits = given
    return Standing(
        row_id, trainee, module, question, points, extra, float(worth), auto, bool(waits)
    )


def _number(value: object, most: float) -> float | None:
    """*value* as a number from 0 to *most*; fields of a form hand over text."""
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(value, bool) or not 0 <= number <= most:
        raise MarkingError(N_("This must be a number from 0 to {max}."), max=most)
    return number


def _text(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise MarkingError(N_("A comment must be text."))
    if len(value) > MAX_COMMENT:
        raise MarkingError(
            N_("The comment is too long: at most {max} characters."), max=MAX_COMMENT
        )
    clean = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return clean if clean.strip() else None
