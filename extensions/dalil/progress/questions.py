"""Which question fails: the marks of each question of attainments, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dalil.models import N_
from dalil.progress.attainment import Attainment, QuestionMark
from dalil.progress.statistics import wilson
from dalil.progress.tables import (
    COMPETENCY,
    HIGH,
    LOW,
    MODULE,
    SHARE,
    TITLE,
    WAITS,
    Column,
    Row,
    Table,
)

_COLUMNS = (
    MODULE,
    Column("question", N_("Question"), "name"),
    TITLE,
    COMPETENCY,
    Column("marked", N_("Marked"), "count"),
    SHARE,
    LOW,
    HIGH,
    Column("full", N_("Full marks"), "count"),
    Column("none", N_("No marks"), "count"),
    Column("flags", N_("Flags"), "text"),
    WAITS,
)


def by_question(rows: Sequence[Attainment]) -> Table:
    """A row per module and question: mean share with its interval (Wilson), and the flags."""
    groups: dict[str, list[Attainment]] = {}
    for row in rows:
        groups.setdefault(row.module, []).append(row)
    return Table(
        _COLUMNS,
        [
            _question(module, name, marks)
            for module, group in groups.items()
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
