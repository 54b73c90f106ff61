"""The figures that instructors and administrators see, and nothing else: no answer is in them.

``Figures`` is what the command, the service and the app ask; each method returns a dictionary that
JSON takes as it is. Shares are 0 to 1 or None, times ISO 8601 (UTC).

* ``by(view, cohort=…, module=…)``: ``{"by", "rows", "hidden", "others", "seq", "at"}``; the rows of

  - ``module``, ``cohort``: a row per module, or per cohort and module: ``people issued submitted
    graded late waits stuck flags share median low high bins`` (trainees by share, in fifths);
  - ``competency``, ``skills``, ``matrix``: a row per competency, per cohort and competency, or per
    cohort, module and competency: ``title people waits share median low high bins``;
  - ``trainee``: a row per trainee: ``name cohort issued submitted graded late waits stuck share``;
  - ``unit``, ``sex``, ``rank``: a row per module and group: ``graded share hidden``; small cells
    are None, and so are as many others as it takes (``suppression``);

* ``trainee(name)``: one trainee, module by module, each with its competencies;
* ``listed("queue")``, ``"stuck"``, ``"late"``: who needs somebody's attention (``lists``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dalil.errors import UsageError
from dalil.progress.attainment import ModuleLike
from dalil.progress.breakdown import SENSITIVE, breakdown
from dalil.progress.lists import LISTS, listed
from dalil.progress.skills import skills, skills_of
from dalil.progress.standings import Standings
from dalil.progress.statistics import spread
from dalil.progress.today import Mask, Today, counted, rounded
from dalil.roster import Calendar, Person

VIEWS = ("module", "cohort", "competency", "skills", "matrix", "trainee", *SENSITIVE)

Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True)
class Figures:
    """Views of *standings* at the time *at*; ``people`` and ``calendar`` are the roster's."""

    standings: Standings
    people: Sequence[Person]
    calendar: Calendar
    modules: Sequence[ModuleLike]
    at: datetime

    def by(
        self, view: str, *, cohort: str | None = None, module: str | None = None
    ) -> dict[str, Any]:
        """The figures by that view, of one cohort or module only. Raises UsageError."""
        ways: dict[str, Callable[[str | None, str | None], Rows]] = {
            "module": self._by_module,
            "cohort": self._by_cohort,
            "competency": lambda whose, which: skills(self._today, whose, which),
            "skills": lambda whose, which: skills(self._today, whose, which, "cohort"),
            "matrix": lambda whose, which: skills(self._today, whose, which, "cohort", "module"),
            "trainee": self._by_trainee,
            **{name: self._sensitive(name) for name in SENSITIVE},
        }
        if view not in ways:
            raise UsageError(f"progress by {view!r}: choose one of {', '.join(VIEWS)}")
        self._known(module)
        return {"by": view, **self._answer(ways[view](cohort, module))}

    def trainee(self, name: str) -> dict[str, Any]:
        """One trainee, module by module. Raises UsageError for a name that nobody has."""
        today = self._today
        if name not in today.place:
            # Somebody who has left the roster keeps a record; who trains others has none here.
            if name not in self.standings.trainees or any(p.id == name for p in self.people):
                raise UsageError(f"{name}: there is no such trainee")
            today = replace(today, people=[Person(name)])
        row = today.place[name]
        columns = np.flatnonzero((today.grid("attempt")[row] > 0) | self._begun(today)[row])
        lines = today.lines(np.full(len(columns), row), columns)
        parts = skills_of(today, name)
        person = today.people[row]
        return {
            "trainee": name,
            "name": person.name,
            "cohort": person.cohort,
            "on_roster": today is self._today,
            "modules": [{**line, "competencies": parts.get(line["module"], [])} for line in lines],
            "seq": self.standings.seq,
            "at": self.at.isoformat(),
        }

    def listed(
        self,
        name: str,
        *,
        cohort: str | None = None,
        module: str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """The list of that name, at most *limit* lines of ``total``. Raises UsageError."""
        self._known(module)
        rows, total = listed(self._today, name, cohort, module, limit)
        return {"list": name, **self._answer(rows), "total": total}

    def members(self, cohort: str | None = None) -> frozenset[str]:
        """Ids of those who are counted, of one cohort or all. Raises UsageError."""
        chosen = self._today.of_cohort(cohort)
        return frozenset(self._today.people[at].id for at in np.flatnonzero(chosen).tolist())

    def choices(self) -> dict[str, Any]:
        """What one may ask for: cohorts with their size, modules, competencies, views."""
        names, number = self._today.cohorts
        sizes = np.bincount(number, minlength=len(names)).tolist()
        titles = {k: v for module in self.modules for k, v in module.competencies.items()}
        return {
            "cohorts": [
                {"cohort": name, "people": size}
                for name, size in zip(names, sizes, strict=True)
                if name
            ],
            "modules": [{"module": module.id, "title": module.title} for module in self.modules],
            "competencies": [{"competency": k, "title": v} for k, v in sorted(titles.items())],
            "views": [*VIEWS],
            "lists": [*LISTS],
        }

    @cached_property
    def _today(self) -> Today:
        people = counted(self.standings, self.people)
        return Today(self.standings, people, self.modules, self.calendar, self.at)

    def _known(self, module: str | None) -> None:
        if module is not None and module not in self._today.column:
            raise UsageError(f"{module}: there is no such module")

    @staticmethod
    def _begun(today: Today) -> Mask:
        begun: Mask = (today.grid("issued") > 0) | (today.grid("graded") > 0)
        return begun

    def _answer(self, rows: Rows) -> dict[str, Any]:
        counted_work = {*self._today.place, *(person.id for person in self.people)}
        return {
            "rows": rows,
            "hidden": sum(bool(row.get("hidden")) for row in rows),
            # With work on record, but no longer on the roster: not counted above.
            "others": len(set(self.standings.trainees) - counted_work),
            "seq": self.standings.seq,
            "at": self.at.isoformat(),
        }

    def _by_module(self, cohort: str | None, module: str | None) -> Rows:
        return self._modules(self._today.of_cohort(cohort), module)

    def _by_cohort(self, cohort: str | None, module: str | None) -> Rows:
        names = self._today.cohorts[0] if cohort is None else [cohort]
        return [
            {"cohort": name, **row}
            for name in names
            for row in self._modules(self._today.of_cohort(name), module)
        ]

    def _modules(self, who: Mask, module: str | None) -> Rows:
        people = np.flatnonzero(who)
        counts = {name: grid[people].sum(axis=0).tolist() for name, grid in self._counts.items()}
        shares = self._today.share[people]
        return [
            {
                "module": one.id,
                "title": one.title,
                "people": len(people),
                **{name: values[at] for name, values in counts.items()},
                **spread(shares[:, at]),
            }
            for at, one in enumerate(self.modules)
            if module in (None, one.id)
        ]

    @cached_property
    def _counts(self) -> dict[str, NDArray[Any]]:
        today = self._today
        return {
            "issued": today.grid("issued") > 0,
            "submitted": today.grid("submitted") > 0,
            "graded": today.grid("graded") > 0,
            "late": today.late,
            "waits": today.grid("waits") > 0,
            "stuck": today.stuck,
            "flags": today.grid("flags"),
        }

    def _by_trainee(self, cohort: str | None, module: str | None) -> Rows:
        who = np.flatnonzero(self._today.of_cohort(cohort))
        which = slice(None) if module is None else [self._today.column[module]]
        counts = {n: grid[who][:, which].sum(axis=1).tolist() for n, grid in self._counts.items()}
        shares = self._today.share[who][:, which]
        marked = (~np.isnan(shares)).sum(axis=1)
        mean = np.where(marked, np.nansum(shares, axis=1) / np.maximum(marked, 1), np.nan)
        values = {**counts, "share": rounded(mean)}
        return [
            {
                "trainee": (person := self._today.people[at]).id,
                "name": person.name,
                "cohort": person.cohort,
                **dict(zip(values, line, strict=True)),
            }
            for at, line in zip(who.tolist(), zip(*values.values(), strict=True), strict=True)
        ]

    def _sensitive(self, field: str) -> Callable[[str | None, str | None], Rows]:
        return lambda cohort, module: breakdown(self._today, field, cohort, module)
