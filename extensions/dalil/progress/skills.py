"""Competencies: each person's share of the points of one, and how these shares are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalil.progress.statistics import spread
from dalil.progress.today import Today


@dataclass(frozen=True)
class Parts:
    """What people earned: a row per pair of module (its column) and competency (its number), a
    column per person. ``worth`` is 0 where nothing is marked."""

    pairs: list[tuple[int, int]]
    points: NDArray[np.float64]
    worth: NDArray[np.float64]
    waits: NDArray[np.int32]

    @classmethod
    def of(cls, today: Today) -> Parts:
        parts = today.standings.parts
        kept, persons, columns = today.placed(parts)
        size = max(1, len(today.standings.competencies))
        key = columns * size + parts["competency"][kept]
        there = np.flatnonzero(np.bincount(key, minlength=1))
        rows = np.searchsorted(there, key)

        def grid(name: str) -> NDArray[Any]:
            values = np.zeros((len(there), len(today.people)), parts.dtype[name])
            values[rows, persons] = parts[name][kept]
            return values

        pairs = [divmod(number, size) for number in there.tolist()]
        return cls(pairs, grid("points"), grid("worth"), grid("waits"))


def skills(
    today: Today, cohort: str | None, module: str | None, *apart: str
) -> list[dict[str, Any]]:
    """A row per competency, and per ``cohort`` and ``module`` too where *apart* names them.

    A person's points in a competency are added up over the modules that share a row. Raises
    UsageError for a cohort that nobody belongs to.
    """
    people = today.of_cohort(cohort)
    names, number = today.cohorts
    groups: list[tuple[dict[str, Any], NDArray[np.int64]]] = [({}, np.flatnonzero(people))]
    if "cohort" in apart:
        groups = [
            ({"cohort": name}, np.flatnonzero(people & (number == at)))
            for at, name in enumerate(names)
            if cohort in (None, name)
        ]
    wanted = None if module is None else today.column[module]
    parts = Parts.of(today)
    rows: dict[tuple[str, str], list[int]] = {}
    for row, (column, skill) in enumerate(parts.pairs):
        if wanted in (None, column):
            within = today.modules[column].id if "module" in apart else ""
            rows.setdefault((within, today.standings.competencies[skill]), []).append(row)
    titles = titles_of(today)
    found = []
    for which, name in sorted(rows):
        own = rows[which, name]
        points, worth, waits = (
            grid[own].sum(axis=0) for grid in (parts.points, parts.worth, parts.waits)
        )
        share = np.where(worth > 0, points / np.where(worth > 0, worth, 1), np.nan)
        for group, members in groups:
            begun = int((~np.isnan(share[members])).sum())
            waiting = int((waits[members] > 0).sum())
            if begun or waiting:
                line = {
                    **group,
                    **({"module": which} if which else {}),
                    "competency": name,
                    "title": titles.get(name, name),
                    "people": begun,
                    "waits": waiting,
                    **spread(share[members]),
                }
                found.append(line)
    return sorted(found, key=lambda line: str(line.get("cohort", "")))


def skills_of(today: Today, trainee: str) -> dict[str, list[dict[str, Any]]]:
    """One person's competencies, by module."""
    parts, row = Parts.of(today), today.place[trainee]
    titles = titles_of(today)
    found: dict[str, list[dict[str, Any]]] = {}
    for (column, number), points, worth, waits in zip(
        parts.pairs, parts.points[:, row], parts.worth[:, row], parts.waits[:, row], strict=True
    ):
        name = today.standings.competencies[number]
        if worth or waits:
            found.setdefault(today.modules[column].id, []).append(
                {
                    "competency": name,
                    "title": titles.get(name, name),
                    "share": round(float(points / worth), 4) if worth else None,
                    "waits": int(waits),
                }
            )
    return found


def titles_of(today: Today) -> dict[str, str]:
    """Competency → its title, of the modules asked for."""
    return {name: title for module in today.modules for name, title in module.competencies.items()}
