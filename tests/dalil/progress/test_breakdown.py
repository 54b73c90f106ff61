"""Whoever asks for a breakdown with every filter there is finds out about nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dalil.progress import SENSITIVE, Figures, Progress
from dalil.progress.suppression import THRESHOLD, Cells
from tests.dalil.progress.ledgers import MODULES, Academy, academy, now
from tests.dalil.progress.test_suppression import bounds, given_away


@pytest.fixture(scope="module", params=range(3))
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Academy:
    found = academy(tmp_path_factory.mktemp("academy"), 100 + request.param)
    found.enrol(40 + 20 * request.param)
    found.live(300)
    return found


def figures(found: Academy) -> Figures:
    return Progress(found.places, found.booked).figures(MODULES, now())


def attacked(found: Academy, field: str, module: str) -> tuple[Cells, NDArray[np.bool_]]:
    """The true table, and what an attacker does not see who asks for every filter, alone and
    together, and remembers every answer."""
    shown = figures(found)
    people = {p.id: p for p in found.roster.people() if p.role == "trainee"}
    cohorts = sorted({p.cohort for p in people.values()})
    groups = sorted({getattr(p, field) for p in people.values()})
    shape = (len(groups), len(cohorts))
    numbers, sums, possible = np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)
    for person in people.values():
        possible[groups.index(getattr(person, field)), cohorts.index(person.cohort)] = True
    for row in found.attained():
        if row.module == module and row.trainee in people and row.share is not None:
            if row.graded is None:
                continue
            person = people[row.trainee]
            place = groups.index(getattr(person, field)), cohorts.index(person.cohort)
            numbers[place] += 1
            sums[place] += min(1.0, max(0.0, row.share))
    cells = Cells.of(numbers, sums, possible)
    seen: dict[tuple[str, int], set[tuple[Any, Any]]] = {}
    for at, cohort in enumerate([*cohorts, None]):
        for only in (None, module):
            for row in shown.by(field, cohort=cohort, module=only)["rows"]:
                if row["module"] == module and not row["hidden"]:
                    seen.setdefault((row[field], at), set()).add((row["graded"], row["share"]))
                elif row["module"] == module:
                    assert (row["graded"], row["share"]) == (None, None)
    unseen = cells.possible.copy()
    for (group, at), answers in seen.items():
        assert len(answers) == 1  # no two answers about one cell
        place = groups.index(group), at
        ((graded, share),) = answers
        assert graded == cells.numbers[place]
        assert share == (None if not graded else round(cells.sums[place] / graded, 3))
        unseen[place] = False
    return cells, unseen


@pytest.mark.parametrize("field", SENSITIVE)
@pytest.mark.parametrize("module", [module.id for module in MODULES])
def test_no_filter_gives_away_a_hidden_cell(lived: Academy, field: str, module: str) -> None:
    cells, unseen = attacked(lived, field, module)
    assert unseen.any()
    small = cells.possible & (cells.numbers < THRESHOLD) & ~given_away(cells)
    assert unseen[small].all()
    endless = np.full(unseen.shape, np.inf)
    everything = cells.possible & ~given_away(cells)
    for values, most, least in ((cells.numbers, endless, 1), (cells.sums, cells.numbers, 1e-6)):
        for row, column in np.argwhere(unseen):
            cell = int(row), int(column)
            low, high = bounds(cells, unseen, values, most, cell)
            if high - low < least - 1e-7:  # then the totals, which others may see, say it alone
                low, high = bounds(cells, everything, values, most, cell)
                assert high - low < least - 1e-7, (cell, values, unseen)


def test_hiding_small_cells_alone_would_not_hold(tmp_path: Path) -> None:
    """The attack of the test above, on a table with only the small cells hidden, succeeds."""
    found = academy(tmp_path, 100)
    found.enrol(40)
    found.live(300)
    broken = 0
    for field in SENSITIVE:
        cells, _ = attacked(found, field, "custody")
        only = cells.possible & (cells.numbers < THRESHOLD)
        endless = np.full(only.shape, np.inf)
        for row, column in np.argwhere(only):
            low, high = bounds(cells, only, cells.numbers, endless, (int(row), int(column)))
            broken += high - low < 1
    assert broken


def test_what_is_hidden_does_not_depend_on_what_is_asked(lived: Academy) -> None:
    shown = figures(lived)
    for field in SENSITIVE:
        whole = shown.by(field)
        assert whole["hidden"] == sum(row["hidden"] for row in whole["rows"])
        for module in MODULES:
            only = shown.by(field, module=module.id)["rows"]
            assert only == [row for row in whole["rows"] if row["module"] == module.id]
        fewer = Progress(lived.places, lived.booked).figures(MODULES[:1], now()).by(field)["rows"]
        assert fewer == [row for row in whole["rows"] if row["module"] == MODULES[0].id]
