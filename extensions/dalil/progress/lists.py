"""Who needs somebody's attention: work that waits, people who are stuck, work that is late.

* ``queue``: oldest first; ``state`` is ``to-grade`` (the machine's turn) or ``to-mark``;
* ``stuck``: the longest first; ``idle`` (issued a week ago, nothing handed in) or ``failing``;
* ``late``: by due date; ``came-late`` or ``missing`` (due, and nothing handed in).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dalil.errors import UsageError
from dalil.progress.today import Grid, Mask, Today

LISTS = ("queue", "stuck", "late")


def listed(
    today: Today, name: str, cohort: str | None, module: str | None, limit: int | None
) -> tuple[list[dict[str, Any]], int]:
    """The first *limit* lines of that list, and how many there are. Raises UsageError."""
    if name not in LISTS:
        raise UsageError(f"list {name!r}: choose one of {', '.join(LISTS)}")
    kinds, since = {"queue": _queue, "stuck": _stuck, "late": _late}[name](today)
    wanted = np.logical_or.reduce(list(kinds.values())) & today.of_cohort(cohort)[:, None]
    if module is not None:
        wanted &= np.arange(len(today.modules)) == today.column[module]
    rows, columns = np.nonzero(wanted)
    order = np.argsort(since[rows, columns], kind="stable")[:limit]
    rows, columns = rows[order], columns[order]
    states = np.full(len(rows), "", object)
    for state, mask in kinds.items():
        states[mask[rows, columns]] = state
    lines = today.lines(rows, columns)
    found = [{**line, "state": state} for line, state in zip(lines, states.tolist(), strict=True)]
    return found, int(wanted.sum())


def _queue(today: Today) -> tuple[dict[str, Mask], Grid]:
    pending = today.grid("pending")
    grade = pending > 0
    mark = ~grade & (today.grid("waits") > 0)
    since = np.where(grade, pending, today.grid("submitted"))
    return {"to-grade": grade, "to-mark": mark}, since


def _stuck(today: Today) -> tuple[dict[str, Mask], Grid]:
    idle = today.idle
    since = np.where(idle, today.grid("idle"), today.grid("graded"))
    return {"failing": today.failing, "idle": idle}, since


def _late(today: Today) -> tuple[dict[str, Mask], Grid]:
    came = today.grid("submitted") > 0
    return {"came-late": today.late & came, "missing": today.late & ~came}, today.due
