"""Competencies: each person's share of the points of one, and how these shares are spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from dalil.progress.statistics import spread
from dalil.progress.today import Today


def skills(
    today: Today, cohort: str | None, module: str | None, *apart: str
) -> list[dict[str, Any]]:
    """A row per competency, and per ``cohort`` and ``module`` too where *apart* names them.

    A person's points in a competency are added up over the modules that share a row. Raises
    UsageError for a cohort that nobody belongs to.
    """
    parts, persons, columns = today.placed(today.standings.parts)
    chosen = today.of_cohort(cohort)[persons]
    if module is not None:
        chosen &= columns == today.column[module]
    parts, persons, columns = parts[chosen], persons[chosen], columns[chosen]
    nothing = np.zeros(len(parts), np.int64)
    keys = (
        today.cohorts[1][persons] if "cohort" in apart else nothing,
        columns if "module" in apart else nothing,
        parts["competency"].astype(np.int64),
        persons,
    )
    sizes = (
        len(today.cohorts[0]) or 1,
        len(today.modules) or 1,
        len(today.standings.competencies) or 1,
        len(today.people) or 1,
    )
    # One cell per person in each row, then the cells of each row together.
    cells, where = np.unique(np.ravel_multi_index(keys, sizes), return_inverse=True)
    points, worth, waits = (
        np.bincount(where, parts[name], len(cells)) for name in ("points", "worth", "waits")
    )
    shares = np.where(worth > 0, points / np.where(worth > 0, worth, 1), np.nan)
    rows, begins = np.unique(cells // sizes[-1], return_index=True)
    titles = titles_of(today)
    found = []
    for row, begin, end in zip(
        rows.tolist(), begins.tolist(), [*begins[1:].tolist(), len(cells)], strict=True
    ):
        numbers = np.unravel_index(row, sizes[:-1])
        competency = today.standings.competencies[numbers[2]]
        line: dict[str, Any] = {}
        if "cohort" in apart:
            line["cohort"] = today.cohorts[0][numbers[0]]
        if "module" in apart:
            line["module"] = today.modules[numbers[1]].id
        own = shares[begin:end]
        found.append(
            {
                **line,
                "competency": competency,
                "title": titles.get(competency, competency),
                "people": int((~np.isnan(own)).sum()),
                "waits": int((waits[begin:end] > 0).sum()),
                **spread(own),
            }
        )
    order = ("cohort", "module", "competency")
    return sorted(found, key=lambda line: tuple(line.get(name, "") for name in order))


def skills_of(today: Today, trainee: str) -> dict[str, list[dict[str, Any]]]:
    """One person's competencies, by module."""
    parts, persons, columns = today.placed(today.standings.parts)
    mine = persons == today.place[trainee]
    titles = titles_of(today)
    found: dict[str, list[dict[str, Any]]] = {}
    for part, column in zip(parts[mine], columns[mine].tolist(), strict=True):
        name = today.standings.competencies[part["competency"]]
        worth = float(part["worth"])
        found.setdefault(today.modules[column].id, []).append(
            {
                "competency": name,
                "title": titles.get(name, name),
                "share": round(float(part["points"]) / worth, 4) if worth else None,
                "waits": int(part["waits"]),
            }
        )
    return found


def titles_of(today: Today) -> dict[str, str]:
    """Competency → its title, of the modules asked for."""
    return {name: title for module in today.modules for name, title in module.competencies.items()}
