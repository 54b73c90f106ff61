"""How long a lesson may take."""

from __future__ import annotations

import psutil
import pytest

from dalil.contract.rules.lessons import PATIENCE, busy


@pytest.mark.parametrize(
    ("waiting", "times"), [(0.0, 1.0), (1.0, 1.0), (3.0, 3.0), (99.0, PATIENCE)]
)
def test_what_others_do_on_the_machine_does_not_count(
    monkeypatch: pytest.MonkeyPatch, waiting: float, times: float
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
    monkeypatch.setattr(psutil, "getloadavg", lambda: (2 * waiting, 0.0, 0.0))
    assert busy() == times
