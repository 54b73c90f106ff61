"""The history of a grade: both values of each change, and what verifying the ledger found."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dalil.ledger import Event, Ledger
from dalil.ledger.events import intact
from dalil.service import history
from dalil.service.history import Verified, lines_of

AT = datetime(2027, 1, 31, tzinfo=UTC)


def _event(seq: int, kind: str, what: dict[str, Any]) -> Event:
    return Event(seq, kind, "who", "amina", "custody", 1, AT, what, "", "h")


def _marks(points: float) -> dict[str, Any]:
    return {"questions": {"q": {"points": points, "max_points": 4, "flag": None}}}


def test_each_change_has_both_values() -> None:
    hand = {"question": "q", "points": 3.5, "extra_credit": 1, "max_points": 4, "before": {}}
    taken = {"question": "q", "points": None, "before": {"points": 3.5, "extra_credit": 1}}
    events = [
        _event(1, "issued", {"version": "1", "exhibits": {"x": "SECRET"}}),
        _event(2, "graded", _marks(2.0)),
        _event(3, "regraded", {**_marks(3.0), "reason": "a check was mended"}),
        _event(4, "hand-marked", hand),
        _event(5, "hand-marked", taken),
        _event(6, "commented", {"question": "q", "comment": "good", "before": {"comment": None}}),
        _event(7, "hand-marked", {**hand, "question": "other"}),
    ]
    lines = list(lines_of(events, "q"))
    assert [(line.seq, *((c.before, c.after, c.flag) for c in line.changes)) for line in lines] == [
        (2, (None, 2.0, None)),
        (3, (2.0, 3.0, None)),
        (4, (3.0, 3.5, None), (None, 1, "extra-credit")),
        (5, (3.5, 3.0, None), (1, None, "extra-credit")),
        (6, (None, "good", None)),
    ]
    assert lines[1].facts == {"reason": "a check was mended"}
    assert len(list(lines_of(events))) == 7
    assert "SECRET" not in repr(list(lines_of(events)))


def test_a_report_holds_for_a_while_and_a_changed_row_is_seen_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records" / "dalil.db"
    ledger = Ledger(f"sqlite:///{path}", tmp_path / "keys")
    for n in range(3):
        ledger.append("graded", who="ن", trainee="amina", module="custody", what={"n": n, "é": 0.5})
    verified = Verified(ledger)
    first, at = verified.report()
    assert (first.ok, first.rows) == (True, 3)
    assert all(intact(event) for event in ledger.events())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET who = 'nobody' WHERE seq = 2")
    connection.close()
    assert verified.report() == (first, at)
    assert [intact(event) for event in ledger.events()] == [True, False, True]
    again, later = verified.report(fresh=True)
    assert (again.ok, later > at) == (False, True)
    monkeypatch.setattr(history, "HOLDS", -history.HOLDS)
    assert verified.report()[1] > later
