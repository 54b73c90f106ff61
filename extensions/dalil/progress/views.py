"""The same attainments seen by trainee, module, competency or question: tables of plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from dalil.errors import UsageError
from dalil.models import N_
from dalil.progress.attainment import Attainment, QuestionMark
from dalil.progress.statistics import median_interval, wilson

Kind: TypeAlias = Literal["name", "text", "count", "points", "share", "time"]
Value: TypeAlias = str | int | float | datetime | None
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True)
class Column:
    """``heading`` is an English msgid; shares are 0 to 1, times aware UTC."""

    key: str
    heading: str
    kind: Kind


class Table(NamedTuple):
    """Columns, and rows of as many plain values; None where nothing is known yet."""

    columns: tuple[Column, ...]
    rows: list[Row]

    def records(self) -> list[dict[str, Any]]:
        """The rows as JSON has them: by the columns' keys, times in ISO 8601 (UTC)."""
        return [
            {
                column.key: value.isoformat() if isinstance(value, datetime) else value
                for column, value in zip(self.columns, row, strict=True)
            }
            for row in self.rows
        ]


_TRAINEE = Column("trainee", N_("Trainee"), "name")
_MODULE = Column("module", N_("Module"), "name")
_COMPETENCY = Column("competency", N_("Competency"), "name")
_TITLE = Column("title", N_("Title"), "text")
_POINTS = Column("points", N_("Points"), "points")
_MAX = Column("max_points", N_("Of"), "points")
_SHARE = Column("share", N_("Share"), "share")
_LOW = Column("low", N_("95 % from"), "share")
_HIGH = Column("high", N_("95 % to"), "share")
_FLAGS = Column("flags", N_("Flags"), "count")
_WAITS = Column("waits", N_("To mark by hand"), "count")


def _by_trainee(rows: Sequence[Attainment]) -> Table:
    columns = (
        _TRAINEE,
        _MODULE,
        Column("attempt", N_("Attempt"), "count"),
        Column("attempts", N_("Attempts"), "count"),
        Column("issued", N_("Issued"), "time"),
        Column("submitted", N_("Submitted"), "time"),
        Column("graded", N_("Graded"), "time"),
        _POINTS,
        _MAX,
        _SHARE,
        _FLAGS,
        _WAITS,
    )
    ordered = sorted(rows, key=lambda r: (r.trainee, r.module))
    return Table(columns, [_trainee(row) for row in ordered])


def _trainee(row: Attainment) -> Row:
    return (
        row.trainee,
        row.module,
        row.attempt,
        row.attempts,
        row.issued,
        row.submitted,
        row.graded,
        row.points,
        row.max_points,
        row.share,
        row.flags,
        row.waits,
    )


def _by_module(rows: Sequence[Attainment]) -> Table:
    columns = (
        _MODULE,
        _TITLE,
        Column("issued", N_("Issued"), "count"),
        Column("submitted", N_("Submitted"), "count"),
        Column("graded", N_("Graded"), "count"),
        Column("median", N_("Median share"), "share"),
        _LOW,
        _HIGH,
        _FLAGS,
        _WAITS,
        Column("hardest", N_("Hardest question"), "text"),
    )
    return Table(columns, [_module(group) for group in _grouped(rows, lambda r: r.module)])


def _module(group: Sequence[Attainment]) -> Row:
    shares = [r.share for r in group if r.share is not None]
    means = [(_mean(marks), marks[0].title) for _, marks in _questions(group) if _shares(marks)]
    return (
        group[0].module,
        group[0].title,
        sum(r.issued is not None for r in group),
        sum(r.submitted is not None for r in group),
        sum(r.graded is not None for r in group),
        *median_interval(shares),
        sum(r.flags for r in group),
        sum(r.waits for r in group),
        min(means)[1] if means else None,
    )


def _by_competency(rows: Sequence[Attainment]) -> Table:
    columns = (
        _TRAINEE,
        _COMPETENCY,
        _TITLE,
        Column("questions", N_("Questions marked"), "count"),
        _POINTS,
        _MAX,
        _SHARE,
        _WAITS,
    )
    found: dict[tuple[str, str, str], list[QuestionMark]] = {}
    for row in rows:
        for mark in row.questions:
            key = (row.trainee, mark.competency, mark.competency_title)
            found.setdefault(key, []).append(mark)
    return Table(columns, [(*key, *_attained(marks)) for key, marks in sorted(found.items())])


def _attained(marks: Sequence[QuestionMark]) -> Row:
    """Questions marked, their points, what they are worth, the share of it, and what waits."""
    marked = [m for m in marks if m.share is not None]
    points = sum(m.points or 0.0 for m in marked) if marked else None
    worth = sum(m.max_points or 0.0 for m in marked) if marked else None
    share = points / worth if points is not None and worth else None
    return len(marked), points, worth, share, sum(m.waits for m in marks)


def _by_question(rows: Sequence[Attainment]) -> Table:
    columns = (
        _MODULE,
        Column("question", N_("Question"), "name"),
        _TITLE,
        _COMPETENCY,
        Column("marked", N_("Marked"), "count"),
        Column("share", N_("Mean share"), "share"),
        _LOW,
        _HIGH,
        Column("full", N_("Full marks"), "count"),
        Column("none", N_("No marks"), "count"),
        Column("flags", N_("Flags"), "text"),
        _WAITS,
    )
    return Table(
        columns,
        [
            _question(group[0].module, name, marks)
            for group in _grouped(rows, lambda r: r.module)
            for name, marks in _questions(group)
        ],
    )


def _question(module: str, name: str, marks: Sequence[QuestionMark]) -> Row:
    shares = _shares(marks)
    low, high = wilson(shares) if shares else (None, None)
    return (
        module,
        name,
        marks[0].title,
        marks[0].competency,
        len(shares),
        _mean(marks) if shares else None,
        low,
        high,
        sum(share >= 1 for share in shares),
        sum(share <= 0 for share in shares),
        _flags(marks),
        sum(mark.waits for mark in marks),
    )


def _flags(marks: Sequence[QuestionMark]) -> str:
    """How often each flag was raised, the most frequent first: ``died 3, malformed 1``."""
    counts = Counter(mark.flag for mark in marks if mark.flag)
    return ", ".join(f"{flag} {n}" for flag, n in sorted(counts.items(), key=lambda i: (-i[1], i)))


def _shares(marks: Sequence[QuestionMark]) -> list[float]:
    return [mark.share for mark in marks if mark.share is not None]


def _mean(marks: Sequence[QuestionMark]) -> float:
    shares = _shares(marks)
    return sum(shares) / len(shares)


def _questions(group: Sequence[Attainment]) -> list[tuple[str, list[QuestionMark]]]:
    """The marks of each question of one module, in the module's order."""
    found: dict[str, list[QuestionMark]] = {}
    for row in group:
        for mark in row.questions:
            found.setdefault(mark.question, []).append(mark)
    return list(found.items())


def _grouped(
    rows: Iterable[Attainment], key: Callable[[Attainment], str]
) -> list[list[Attainment]]:
    """The rows in groups of equal *key*, in order of first appearance."""
    groups: dict[str, list[Attainment]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


_VIEWS: dict[str, Callable[[Sequence[Attainment]], Table]] = {
    "trainee": _by_trainee,
    "module": _by_module,
    "competency": _by_competency,
    "question": _by_question,
}
VIEWS = tuple(_VIEWS)


def table(rows: Sequence[Attainment], by: str = "trainee") -> Table:
    """Return *rows* seen by ``trainee``, ``module``, ``competency`` or ``question``.

    * trainee: one row per trainee and module;
    * module: how many were issued, submitted and graded, the median share with its interval;
    * competency: per trainee, the share of the points of all its questions marked so far;
    * question: mean share with its interval, and the flags: which question fails.

    Raises UsageError for another view.
    """
    if by not in _VIEWS:
        raise UsageError(f"progress by {by!r}: choose one of {', '.join(VIEWS)}")
    return _VIEWS[by](rows)
