"""Which cells of a breakdown must be hidden so that nobody's mark can be worked out of it.

The table of one module has a row per group (a unit, a sex, a rank) and a column per cohort, and
one column for all cohorts together. Whoever reads it also knows the totals of each column, because
progress by cohort and by module is shown elsewhere, may ask for every column (that is what the
filter by cohort does), and may subtract. So all columns are looked at together, once, whatever was
asked for: two answers never contradict one another. The reasons are in
``docs/decisions/0011-suppression.md``.

Hidden cells are the edges of a graph between rows and columns. A value can be worked out exactly
when no other solution of the sums exists: when no cycle of hidden cells passes through it along
which something can be moved (Gusfield, SIAM J. Comput. 17, 1988, 552-571).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 5
_SMALL = 1e-9

Grid = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """One module: groups in rows, cohorts in columns, the last column is their sum.

    ``numbers`` are how many were marked, ``sums`` the sum of their shares, ``possible`` whether
    anybody of that group is in that cohort.
    """

    numbers: Grid
    sums: Grid
    possible: Mask

    @classmethod
    def of(cls, numbers: Grid, sums: Grid, possible: Mask) -> Cells:
        """Add the column of the sums."""
        return cls(
            np.c_[numbers, numbers.sum(axis=1)],
            np.c_[sums, sums.sum(axis=1)],
            np.c_[possible, possible.any(axis=1)],
        )


def hidden(cells: Cells) -> Mask:
    """The cells that must not be shown, in the shape of ``cells.numbers``.

    Never hidden are cells that the known totals give away by themselves: of a group that is alone
    in its column, and of a column in which nobody was marked.
    """
    cover = _Cover(cells)
    cover.hide(cover.open & (cells.numbers < THRESHOLD))
    while cover.widen() or cover.close_ways():
        pass
    return cover.mask


class _Cover:
    """Grows the set of hidden cells until nothing can be worked out."""

    def __init__(self, cells: Cells) -> None:
        self.numbers, self.sums = cells.numbers, cells.sums
        alone = cells.possible.sum(axis=0) < 2
        self.open: Mask = cells.possible & ~alone & (self.numbers.sum(axis=0) > 0)
        self.mask: Mask = np.zeros_like(self.open)
        self._endless = np.full_like(self.numbers, np.inf)

    @cached_property
    def _free(self) -> tuple[Mask, Mask]:
        """What is fixed even when all is hidden, the known totals say by themselves: a column in
        which everybody has full marks, say."""
        return self._loose(self.open)

    def hide(self, more: Mask) -> bool:
        """Hide *more*; whether any of it was to be seen."""
        fresh = bool((more & ~self.mask).any())
        self.mask |= more
        return fresh

    def widen(self) -> bool:
        """Let what a sum leaves over concern nobody, or THRESHOLD people and two cells at least."""
        changed = False
        for column in range(self.mask.shape[1]):
            if self._narrow(self.mask[:, column], self.numbers[:, column]):
                changed |= self._hide_least(column=column)
        for row in range(self.mask.shape[0]):
            parts, total = self.mask[row, :-1], self.mask[row, -1]
            bare = bool(total) and not parts.any()  # the sum of what is shown
            if bare or (not total and self._narrow(parts, self.numbers[row, :-1])):
                changed |= self._hide_least(row=row)
        return changed

    @staticmethod
    def _narrow(mask: Mask, numbers: Grid) -> bool:
        return bool(mask.any()) and (mask.sum() == 1 or numbers[mask].sum() < THRESHOLD)

    def close_ways(self) -> bool:
        """Hide one more cell beside each that could still be worked out."""
        changed = False
        for row, column in self._determined():
            changed |= (
                self._hide_least(column=column) or self._hide_least(row=row) or self._hide_least()
            )
        return changed

    def _hide_least(self, *, row: int | None = None, column: int | None = None) -> bool:
        """Hide the cell with the fewest people of a row, a column or all; whether one was left."""
        free = np.zeros_like(self.mask)
        free[row if row is not None else slice(None), column if column is not None else ...] = True
        free &= self.open & ~self.mask
        if not free.any():
            return False
        cost = np.where(self.numbers > 0, self.numbers, np.inf)
        # A row or column that hides something already loses less.
        near = np.logical_or.reduce(self.mask, axis=1 if row is None else 0, keepdims=True)
        cost = np.where(free, np.where(near, cost, cost + THRESHOLD), np.inf)
        place = np.unravel_index(np.argmin(cost), cost.shape)
        if not np.isfinite(cost[place]):
            place = tuple(np.argwhere(free)[0])
        self.mask[place] = True
        return True

    def _determined(self) -> list[tuple[int, int]]:
        """Hidden cells whose number or whose sum of shares has only one possible value."""
        if not self.mask.any():
            return []
        numbers, sums = self._loose(self.mask)
        fixed = self.mask & ((self._free[0] & ~numbers) | (self._free[1] & ~sums))
        return [(int(row), int(column)) for row, column in np.argwhere(fixed)]

    def _loose(self, mask: Mask) -> tuple[Mask, Mask]:
        """As ``_loose``, of the numbers and, for whoever knows these, of the sums of shares."""
        numbers = _loose(mask, self.numbers, self._endless)
        return numbers, _loose(mask, self.sums, self.numbers)


def _loose(mask: Mask, values: Grid, most: Grid) -> Mask:
    """The hidden cells that can have another value, when each lies within 0 and *most*.

    The last column is the sum of its row, so it counts backwards: what goes in there comes out.
    """
    rows, columns = mask.shape
    up = np.logical_and(mask, values < most - _SMALL)
    down = np.logical_and(mask, values > _SMALL)
    forth, back = up.copy(), down.copy()
    forth[:, -1:], back[:, -1:] = down[:, -1:], up[:, -1:]
    found = _squares(forth, back) | _squares(back, forth)
    if (found == mask).all():
        return found
    ways: list[list[int]] = [[] for _ in range(rows + columns)]
    for row, column in np.argwhere(mask):
        if forth[row, column]:
            ways[row].append(rows + int(column))
        if back[row, column]:
            ways[rows + int(column)].append(int(row))
    parts = _components(ways)
    for row, column in np.argwhere(mask & ~found):
        ends = int(row), rows + int(column)
        if parts[ends[0]] != parts[ends[1]]:
            continue  # no way leads back
        more = forth[row, column] and _reaches(ways, ends[1], ends[0], (ends[1], ends[0]))
        less = back[row, column] and _reaches(ways, ends[0], ends[1], ends)
        found[row, column] = more or less
    return found


def _squares(forth: Mask, back: Mask) -> Mask:
    """The cells of *forth* that two rows and two columns are enough to move: most of them."""
    there, here = forth.astype(np.int64), back.astype(np.int64)
    ways = (here @ there.T)[:, :, None] - here[:, None, :] * there[None, :, :]
    ways[np.arange(len(ways)), np.arange(len(ways))] = 0  # another row
    found: Mask = forth & ((ways > 0) & back[None, :, :]).any(axis=1)
    return found


def _reaches(ways: list[list[int]], start: int, goal: int, without: tuple[int, int]) -> bool:
    """Whether a way leads from *start* to *goal* that does not take the step *without*."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for there in ways[here]:
            if (here, there) == without or there in seen:
                continue
            if there == goal:
                return True
            seen.add(there)
            waiting.append(there)
    return False


def _components(ways: list[list[int]]) -> list[int]:
    """The strongly connected component of each node (Tarjan), without recursion."""
    order: list[int] = [-1] * len(ways)
    low: list[int] = [0] * len(ways)
    part: list[int] = [-1] * len(ways)
    numbers, names = count(), count()
    stack: list[int] = []
    for root in range(len(ways)):
        if order[root] >= 0:
            continue
        work = [(root, iter(ways[root]))]
        order[root] = low[root] = next(numbers)
        stack.append(root)
        while work:
            node, rest = work[-1]
            for there in rest:
                if order[there] < 0:
                    order[there] = low[there] = next(numbers)
                    stack.append(there)
                    work.append((there, iter(ways[there])))
                    break
                if part[there] < 0:
                    low[node] = min(low[node], order[there])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == order[node]:
                    name = next(names)
                    while part[node] < 0:
                        part[stack.pop()] = name
    return part
