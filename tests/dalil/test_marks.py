"""What the checks of many modules share."""

from __future__ import annotations

import pytest

from dalil.marks import by_parts, leaving, less_false, solving


def test_parts_count_the_same() -> None:
    verdict = by_parts(1, 4, "all", "{right} of {total}")
    assert verdict.share == 0.25
    assert verdict.message.format(**verdict.values) == "1 of 4"
    assert by_parts(4, 4, "all", "some").message == "all"
    with pytest.raises(ValueError, match="within 0 and 1"):
        by_parts(5, 4, "all", "some")


@pytest.mark.parametrize(
    ("hits", "expected", "false", "share"),
    [
        (2, 2, 0, 1.0),
        (1, 2, 0, 0.5),
        (2, 2, 1, 0.5),
        (1, 2, 3, 0.0),
        (0, 0, 0, 1.0),
        (0, 0, 1, 0.5),
    ],
)
def test_a_false_accusation_costs(hits: float, expected: int, false: int, share: float) -> None:
    assert less_false(hits, expected, false, cost=0.5) == share


def test_cells_go_by_question() -> None:
    assert solving(seals="seals = []", breaks=None) == {
        "solve_seals": "seals = []",
        "solve_breaks": None,
    }


def test_what_is_left_earns_nothing() -> None:
    half = leaving("half", "breaks", "seals")
    assert half.name == "half"
    assert half.cells == {"solve_breaks": None, "solve_seals": None}
    assert half.shares == {"breaks": 0.0, "seals": 0.0}
