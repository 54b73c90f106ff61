"""Messages made up by machine: whatever a cell's process sends, valid, bounded outputs remain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.attacks.fuzz.properties import kept_within_bounds
from tests.attacks.fuzz.strategies import fuzz, messages


@pytest.mark.parametrize("cases", [250, pytest.param(1_000, marks=pytest.mark.acceptance)])
def test_any_messages_leave_valid_and_bounded_outputs(cases: int) -> None:
    def holds(cells: list[list[tuple[str, Any, int]]]) -> None:
        kept_within_bounds(cells)

    fuzz(cases, st.lists(st.lists(messages, max_size=5), min_size=1, max_size=3), holds)
