"""Breakdowns by unit, sex or rank, with the cells left out that would say too much.

Which cells are left out is decided from the whole roster, all cohorts at once, whatever was asked
for: a filter chooses what is shown of one table and never makes another one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from dalil.progress.suppression import Cells, hidden
from dalil.progress.today import Mask, Numbers, Today

SENSITIVE = ("unit", "sex", "rank")


def breakdown(
    today: Today, field: str, cohort: str | None, module: str | None
) -> list[dict[str, Any]]:
    """A row per module and group: ``module title <field> graded share hidden``.

    Raises UsageError for a cohort that nobody belongs to.
    """
    today.of_cohort(cohort)
    names, group = today.groups(field)
    cohorts, number = today.cohorts
    possible = np.zeros((len(names), len(cohorts)), bool)
    possible[group, number] = True
    shown = len(cohorts) if cohort is None else cohorts.index(cohort)
    found: list[dict[str, Any]] = []
    for at, one in enumerate(today.modules):
        if module not in (None, one.id):
            continue
        cells = _cells(today, at, group * len(cohorts) + number, possible)
        mask = _hidden(cells)
        for row in np.flatnonzero(cells.possible[:, shown]):
            unseen, graded = bool(mask[row, shown]), int(cells.numbers[row, shown])
            share = round(float(cells.sums[row, shown]) / graded, 3) if graded else None
            found.append(
                {
                    "module": one.id,
                    "title": one.title,
                    field: names[row],
                    "graded": None if unseen else graded,
                    "share": None if unseen else share,
                    "hidden": unseen,
                }
            )
    return found


def _hidden(cells: Cells) -> Mask:
    """``hidden``, looked up where the same table was seen before: few tables change at a time."""
    parts = (cells.numbers.tobytes(), cells.sums.tobytes(), cells.possible.tobytes())
    return _seen(cells.possible.shape, *parts)


@lru_cache(maxsize=1024)
def _seen(shape: tuple[int, int], numbers: bytes, sums: bytes, possible: bytes) -> Mask:
    values = [np.frombuffer(part, float).reshape(shape) for part in (numbers, sums)]
    return hidden(Cells(values[0], values[1], np.frombuffer(possible, bool).reshape(shape)))


def _cells(today: Today, module: int, key: Numbers, possible: Mask) -> Cells:
    """How many of each group and cohort are marked in that module, and the sum of their shares."""
    share = today.share[:, module]
    marked = ~np.isnan(share)
    numbers = np.bincount(key[marked], minlength=possible.size).astype(float)
    sums = np.bincount(key[marked], np.clip(share[marked], 0, 1), possible.size).astype(float)
    return Cells.of(numbers.reshape(possible.shape), sums.reshape(possible.shape), possible)
