"""Figures as tables of plain values: what a terminal, a page and a spreadsheet show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from dalil.models import N_
from dalil.progress.breakdown import SENSITIVE
from dalil.progress.statistics import FIFTHS

Kind: TypeAlias = Literal["name", "text", "word", "count", "points", "share", "time"]
Value: TypeAlias = str | int | float | datetime | None
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True)
class Column:
    """``heading`` is an English msgid; shares are 0 to 1, times aware UTC; a word is a msgid."""

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


# What a value that is a word stands for.
WORDS: Mapping[str, str] = {
    "to-grade": N_("To be graded"),
    "to-mark": N_("To be marked"),
    "idle": N_("Nothing handed in"),
    "failing": N_("Fails again"),
    "came-late": N_("Came late"),
    "missing": N_("Missing"),
    "left-out": N_("Left out: too few people"),
    "late": N_("Late"),
    "f": N_("Women"),
    "m": N_("Men"),
}

TRAINEE = Column("trainee", N_("Trainee"), "name")
MODULE = Column("module", N_("Module"), "name")
TITLE = Column("title", N_("Title"), "text")
COMPETENCY = Column("competency", N_("Competency"), "name")
WAITS = Column("waits", N_("To mark by hand"), "count")
FLAGS = Column("flags", N_("Flags"), "count")
LOW = Column("low", N_("95 % from"), "share")
HIGH = Column("high", N_("95 % to"), "share")
SHARE = Column("share", N_("Mean share"), "share")
_NAME = Column("name", N_("Name"), "text")
_COHORT = Column("cohort", N_("Cohort"), "text")
_PEOPLE = Column("people", N_("People"), "count")
_ISSUED = Column("issued", N_("Issued"), "count")
_SUBMITTED = Column("submitted", N_("Submitted"), "count")
_GRADED = Column("graded", N_("Graded"), "count")
_LATE = Column("late", N_("Late"), "count")
_STUCK = Column("stuck", N_("Stuck"), "count")
_STATE = Column("state", N_("State"), "word")
_HIDDEN = Column("hidden", N_("Remark"), "word")
FIFTH_NAMES = (
    N_("Below 20 %"),
    N_("20 to 40 %"),
    N_("40 to 60 %"),
    N_("60 to 80 %"),
    N_("From 80 %"),
)
assert len(FIFTH_NAMES) == FIFTHS
_FIFTHS = tuple(Column(f"bins.{at}", name, "count") for at, name in enumerate(FIFTH_NAMES))
_SPREAD = (SHARE, Column("median", N_("Median share"), "share"), LOW, HIGH, *_FIFTHS)
_BY_MODULE = (
    *(MODULE, TITLE, _PEOPLE, _ISSUED, _SUBMITTED, _GRADED, _LATE, _STUCK, WAITS, FLAGS),
    *_SPREAD,
)
_BY_SKILL = (COMPETENCY, TITLE, _PEOPLE, WAITS, *_SPREAD)
_LINE = (
    *(TRAINEE, _NAME, _COHORT, MODULE, TITLE, _STATE),
    Column("attempt", N_("Attempt"), "count"),
    Column("attempts", N_("Attempts"), "count"),
    *(Column(column.key, column.heading, "time") for column in (_ISSUED, _SUBMITTED, _GRADED)),
    Column("due", N_("Due"), "time"),
    *(Column("share", N_("Share"), "share"), FLAGS, WAITS),
)
_GROUPS: Mapping[str, Column] = {
    "unit": Column("unit", N_("Unit"), "text"),
    "sex": Column("sex", N_("Sex"), "word"),
    "rank": Column("rank", N_("Rank"), "text"),
}

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "module": _BY_MODULE,
    "cohort": (_COHORT, *_BY_MODULE),
    "competency": _BY_SKILL,
    "skills": (_COHORT, *_BY_SKILL),
    "matrix": (_COHORT, MODULE, *_BY_SKILL),
    "trainee": (
        *(TRAINEE, _NAME, _COHORT, _ISSUED, _SUBMITTED, _GRADED, _LATE, _STUCK, WAITS, FLAGS),
        SHARE,
    ),
    **{name: (MODULE, TITLE, _GROUPS[name], _GRADED, SHARE, _HIDDEN) for name in SENSITIVE},
    "queue": _LINE,
    "stuck": _LINE,
    "late": _LINE,
    "person": tuple(column for column in _LINE if column not in (TRAINEE, _NAME, _COHORT)),
}


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> Table:
    """The *rows* of that view or list of ``Figures``, or of one trainee (``person``)."""
    columns = COLUMNS[name]
    return Table(columns, [tuple(_value(column, row) for column in columns) for row in rows])


def _value(column: Column, row: Mapping[str, Any]) -> Value:
    key, _, place = column.key.partition(".")
    value = row.get(key)
    if place:
        return None if value is None else int(value[int(place)])
    if key == "hidden":
        return "left-out" if value else None
    if key == "state" and value is None:
        return "late" if row.get("late") else None
    if column.kind == "time":
        return None if value is None else datetime.fromisoformat(value)
    found: Value = value
    return found
