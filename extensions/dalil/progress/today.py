"""Standings joined with the roster and the calendar: what is so today, person by module.

Arrays have a row per person and a column per module (``people`` and ``modules`` are their names);
times are microseconds since 1970 (UTC), 0 where something has not happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalil.errors import UsageError
from dalil.progress.attainment import ModuleLike
from dalil.progress.standings import Standings, microseconds, moment_of
from dalil.roster import Calendar, Person

IDLE = timedelta(days=7)
FAILING = 0.5  # a share below it, in the second attempt or a later one
_NEVER = np.iinfo(np.int64).max

Grid = NDArray[Any]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def counted(standings: Standings, people: Sequence[Person]) -> list[Person]:
    """Who is counted: the roster's trainees, or whoever has work where there is no such roster."""
    trainees = [person for person in people if person.role == "trainee"]
    if trainees:
        return trainees
    others = {person.id for person in people}
    return [Person(name) for name in sorted(set(standings.trainees) - others)]


@dataclass(frozen=True)
class Today:
    """``people`` are those who are counted, ``modules`` those asked for, ``at`` is now."""

    standings: Standings
    people: Sequence[Person]
    modules: Sequence[ModuleLike]
    calendar: Calendar
    at: datetime

    # Which row and column something stands in

    @cached_property
    def place(self) -> dict[str, int]:
        """The row of each person."""
        return {person.id: at for at, person in enumerate(self.people)}

    @cached_property
    def column(self) -> dict[str, int]:
        """The column of each module."""
        return {module.id: at for at, module in enumerate(self.modules)}

    @cached_property
    def _row_of(self) -> Numbers:
        """The row of each trainee of the standings; -1: of nobody who is counted."""
        return np.array([self.place.get(n, -1) for n in self.standings.trainees], np.int64)

    @cached_property
    def _column_of(self) -> Numbers:
        return np.array([self.column.get(n, -1) for n in self.standings.modules], np.int64)

    def placed(self, columns: Grid) -> tuple[Numbers, Numbers, Numbers]:
        """Which of the standings' rows or parts are counted, and the row and column of each."""
        if not len(columns):
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing
        rows, places = self._row_of[columns["trainee"]], self._column_of[columns["module"]]
        kept = np.flatnonzero((rows >= 0) & (places >= 0))
        return kept, rows[kept], places[kept]

    @cached_property
    def _placed(self) -> tuple[Numbers, Numbers, Numbers]:
        return self.placed(self.standings.rows)

    @cached_property
    def shape(self) -> tuple[int, int]:
        return len(self.people), len(self.modules)

    # What each of them says

    @cached_property
    def _grids(self) -> dict[str, Grid]:
        return {}

    def grid(self, name: str) -> Grid:
        """One column of the standings; 0 where nothing is on record."""
        if name not in self._grids:
            kept, persons, places = self._placed
            rows = self.standings.rows
            values = np.zeros(self.shape, rows.dtype[name])
            values[persons, places] = rows[name][kept]
            self._grids[name] = values
        return self._grids[name]

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """Part of the points of what is marked; NaN where nothing is."""
        worth = self.grid("worth")
        marked = (self.grid("graded") > 0) & (worth > 0)
        return np.where(marked, self.grid("points") / np.where(marked, worth, 1), np.nan)

    @cached_property
    def due(self) -> Numbers:
        """When each must be in; far in the future where nothing is set."""
        names, number = self.groups("cohort")
        by_cohort = np.array(
            [
                [_last(self.calendar.of_cohort(module.id, name).due) for module in self.modules]
                for name in names
            ],
            np.int64,
        ).reshape(len(names), len(self.modules))
        due: Numbers = by_cohort[number]
        for extension in self.calendar.extensions:
            row, column = self.place.get(extension.trainee), self.column.get(extension.module)
            if row is not None and column is not None:
                rules = self.calendar.rules(extension.module, extension.trainee)
                due[row, column] = _last(rules.due)
        return due

    @cached_property
    def late(self) -> Mask:
        """Handed in late, or due and not handed in."""
        submitted = self.grid("submitted")
        late: Mask = np.where(submitted > 0, submitted, microseconds(self.at)) > self.due
        return late

    @cached_property
    def idle(self) -> Mask:
        """A case was issued a week ago or earlier, and nothing was handed in for it."""
        since = self.grid("idle")
        idle: Mask = (since > 0) & (since <= microseconds(self.at - IDLE))
        return idle

    @cached_property
    def failing(self) -> Mask:
        """The second attempt or a later one earned less than half."""
        with np.errstate(invalid="ignore"):
            failing: Mask = (self.grid("attempt") >= 2) & (self.share < FAILING)
        return failing

    @cached_property
    def stuck(self) -> Mask:
        return self.idle | self.failing

    # Groups of people

    def groups(self, field: str) -> tuple[list[str], Numbers]:
        """The values of a field of the roster, sorted, and the number of each person's."""
        found = [getattr(person, field) for person in self.people]
        values = sorted(set(found))
        number = {value: at for at, value in enumerate(values)}
        return values, np.array([number[value] for value in found], np.int64)

    @cached_property
    def cohorts(self) -> tuple[list[str], Numbers]:
        return self.groups("cohort")

    def of_cohort(self, cohort: str | None) -> Mask:
        """Who belongs to it; None: everybody. Raises UsageError."""
        if cohort is None:
            return np.ones(len(self.people), bool)
        names, number = self.cohorts
        if cohort not in names:
            known = ", ".join(name for name in names if name) or "none"
            raise UsageError(f"{cohort}: there is no such cohort; known: {known}")
        chosen: Mask = number == names.index(cohort)
        return chosen

    def lines(self, rows: Numbers, columns: Numbers) -> list[dict[str, Any]]:
        """What is on record at these places, with names; times in ISO 8601."""
        counts = ("attempt", "attempts", "flags", "waits")
        times = ("issued", "submitted", "graded", "pending", "idle")
        values = {
            **{name: self.grid(name)[rows, columns].tolist() for name in counts},
            **{name: _times(self.grid(name)[rows, columns]) for name in times},
            "share": rounded(self.share[rows, columns]),
            "late": self.late[rows, columns].tolist(),
            "due": _times(np.where((due := self.due[rows, columns]) == _NEVER, 0, due)),
        }
        people = [self.people[row] for row in rows.tolist()]
        modules = [self.modules[column] for column in columns.tolist()]
        return [
            {
                "trainee": person.id,
                "name": person.name,
                "cohort": person.cohort,
                "module": module.id,
                "title": module.title,
                **dict(zip(values, line, strict=True)),
            }
            for person, module, line in zip(
                people, modules, zip(*values.values(), strict=True), strict=True
            )
        ]


def rounded(shares: NDArray[np.float64]) -> list[float | None]:
    """As JSON has shares: four digits, None for NaN."""
    return [None if isnan(share) else round(share, 4) for share in shares.tolist()]


def _times(numbers: Numbers) -> list[str | None]:
    return [at.isoformat() if (at := moment_of(number)) else None for number in numbers.tolist()]


def _last(at: datetime | None) -> int:
    return _NEVER if at is None else microseconds(at)
