"""No hidden cell can be worked out: tried with a solver on random tables."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from dalil.progress.suppression import THRESHOLD, Cells, hidden

Grid = NDArray[np.float64]


def table(rng: np.random.Generator, rows: int, columns: int, mean: float) -> Cells:
    possible = rng.random((rows, columns)) < 0.8
    numbers = np.where(possible, rng.poisson(mean, (rows, columns)), 0).astype(float)
    sums = np.round(numbers * rng.random((rows, columns)), 3)
    whole = rng.random((rows, columns)) < 0.2  # where everybody has full marks
    return Cells.of(numbers, np.where(whole, numbers, sums), possible)


def bounds(
    cells: Cells, mask: NDArray[np.bool_], values: Grid, most: Grid, cell: tuple[int, int]
) -> tuple[float, float]:
    """The least and greatest value that *cell* can have for whoever sees what is not in *mask*."""
    rows, columns = mask.shape
    equations, sides = [], []
    for column in range(columns):  # the totals of all columns are known
        line = np.zeros(mask.shape)
        line[:, column] = 1
        equations.append(line.ravel())
        sides.append(values[:, column].sum())
    for row in range(rows):
        line = np.zeros(mask.shape)
        line[row] = 1
        line[row, -1] = -1
        equations.append(line.ravel())
        sides.append(0)
    limits = [
        (0, top) if unknown else (value, value)
        for unknown, value, top in zip(mask.ravel(), values.ravel(), most.ravel(), strict=True)
    ]
    found = []
    for sign in (1, -1):
        goal = np.zeros(mask.shape)
        goal[cell] = sign
        result = linprog(goal.ravel(), A_eq=np.array(equations), b_eq=sides, bounds=limits)
        assert result.status in (0, 3), result.message
        found.append(sign * result.fun if result.status == 0 else np.inf)
    return found[0], found[1]


def given_away(cells: Cells) -> NDArray[np.bool_]:
    """Cells that the totals of the columns say by themselves."""
    alone = cells.possible.sum(axis=0) < 2
    return np.broadcast_to(alone | (cells.numbers.sum(axis=0) == 0), cells.numbers.shape)


@pytest.mark.parametrize("seed", range(60))
def test_no_hidden_cell_can_be_worked_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(2, 6), rng.integers(1, 5)
    cells = table(rng, int(rows), int(columns), float(rng.choice([2, 6, 12])))
    mask = hidden(cells)
    small = cells.possible & (cells.numbers < THRESHOLD) & ~given_away(cells)
    assert mask[small].all()
    assert not mask[~cells.possible].any()
    endless = np.full(mask.shape, np.inf)
    everything = cells.possible & ~given_away(cells)
    for values, most, least in ((cells.numbers, endless, 1), (cells.sums, cells.numbers, 1e-6)):
        for row, column in np.argwhere(mask):
            cell = int(row), int(column)
            low, high = bounds(cells, mask, values, most, cell)
            if high - low < least - 1e-7:  # then the totals alone say it
                low, high = bounds(cells, everything, values, most, cell)
                assert high - low < least - 1e-7, (cell, values, mask)


@pytest.mark.parametrize("seed", range(200))
def test_what_sums_leave_over_concerns_five_people_or_nobody(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    cells = table(rng, 6, 4, 7)
    mask = hidden(cells)
    for column in range(mask.shape[1]):
        left = mask[:, column]
        if left.any() and cells.numbers[:, column].sum() >= THRESHOLD:
            assert left.sum() >= 2
            assert cells.numbers[left, column].sum() >= THRESHOLD
    for row in range(mask.shape[0]):
        left = mask[row, :-1]
        if left.any() and not mask[row, -1]:
            assert left.sum() >= 2
            assert cells.numbers[row, :-1][left].sum() >= THRESHOLD


def test_the_solver_finds_out_when_only_small_cells_are_hidden() -> None:
    numbers = np.array([[3.0, 9.0], [8.0, 7.0], [9.0, 6.0]])
    cells = Cells.of(numbers, numbers / 2, np.ones((3, 2), bool))
    only = cells.numbers < THRESHOLD
    endless = np.full(only.shape, np.inf)
    assert bounds(cells, only, cells.numbers, endless, (0, 0)) == (3, 3)
    mask = hidden(cells)
    assert mask[0, 0]
    assert mask.sum() >= 4  # a cycle


def test_large_cells_stay_to_be_seen() -> None:
    numbers = np.full((4, 3), 20.0)
    assert not hidden(Cells.of(numbers, numbers / 2, np.ones((4, 3), bool))).any()
    numbers[1, 2] = 4
    mask = hidden(Cells.of(numbers, numbers / 2, np.ones((4, 3), bool)))
    assert mask[1, 2]
    assert mask.sum() == 4


def test_a_group_alone_in_its_cohort_is_the_cohort_itself() -> None:
    numbers = np.array([[3.0, 0.0], [0.0, 9.0]])
    cells = Cells.of(numbers, numbers / 2, numbers > 0)
    mask = hidden(cells)
    assert not mask[:, :-1].any()


def test_two_groups_hide_one_another() -> None:
    numbers = np.array([[3.0], [40.0]])
    assert hidden(Cells.of(numbers, numbers / 2, np.ones((2, 1), bool))).all()


def test_where_all_have_full_marks_more_is_hidden() -> None:
    numbers = np.array([[2.0], [6.0], [30.0]])
    sums = np.array([[2.0], [6.0], [12.0]])
    assert hidden(Cells.of(numbers, sums, np.ones((3, 1), bool))).all()


def test_nobody_marked_is_no_secret() -> None:
    numbers = np.zeros((3, 2))
    assert not hidden(Cells.of(numbers, numbers, np.ones((3, 2), bool))).any()
