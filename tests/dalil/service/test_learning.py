"""What a trainee may do, decided from dates, attempts and what is on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dalil.errors import ClosedError, RefusedError, SpentError
from dalil.progress.attainment import Attainment, QuestionMark
from dalil.roster import Rules
from dalil.service.learning import (
    MAX_STORED_BYTES,
    Standing,
    actions_of,
    may_submit,
    next_attempt,
    state_of,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = Rules(opens=NOW - DAY, due=NOW + DAY, closes=NOW + 2 * DAY, attempts=2)
FRESH = Standing(rules=OPEN, at=NOW, released=True, current_version="1")
ISSUED = replace(FRESH, attempt=1, version="1", attempts=1)
PENDING = replace(ISSUED, submitted=NOW - timedelta(hours=1), serial=7, pending=True, stored=100)


def attained(*shares: float | None, waits: bool = False) -> Attainment:
    marks = tuple(
        QuestionMark(f"q{n}", "", "c", "", None if s is None else 10 * s, 10, waits=waits)
        for n, s in enumerate(shares)
    )
    return Attainment("t", "m", "", 1, 1, marks, submitted=NOW, graded=NOW)


GRADED = replace(PENDING, pending=False, attained=attained(0.5))


@pytest.mark.parametrize(
    ("standing", "state", "actions"),
    [
        (FRESH, "open", ["lesson", "issue"]),
        (ISSUED, "issued", ["lesson", "issue", "submit"]),
        (PENDING, "submitted", ["lesson", "issue", "submit", "result"]),
        (GRADED, "graded", ["lesson", "issue", "result", "attempt"]),
        (replace(GRADED, attained=attained(0.9, 0.7)), "mastered", None),
        (replace(GRADED, attained=attained(0.9, waits=True)), "graded", None),
        (replace(GRADED, attained=attained(None)), "graded", None),
        (replace(FRESH, at=NOW - 2 * DAY), "closed", ["lesson"]),
        (replace(FRESH, at=NOW + 3 * DAY), "closed", ["lesson"]),
        (replace(FRESH, released=False), "closed", ["lesson"]),
        # what is in hand can be fetched again, but not handed in any more
        (replace(ISSUED, at=NOW + 3 * DAY), "closed", ["lesson", "issue"]),
        (replace(GRADED, at=NOW + 3 * DAY), "graded", ["lesson", "issue", "result"]),
        # a second attempt that was begun; then both are used up
        (replace(ISSUED, attempt=2, attempts=2, stored=1), "issued", None),
        (
            replace(GRADED, attempt=2, attempts=2),
            "graded",
            ["lesson", "issue", "result"],
        ),
    ],
)
def test_states_and_actions(standing: Standing, state: str, actions: list[str] | None) -> None:
    assert state_of(standing) == state
    if actions is not None:
        assert actions_of(standing, lesson=True, app=False) == actions


def test_where_attempts_are_not_counted_one_may_go_on() -> None:
    free = replace(GRADED, rules=replace(OPEN, attempts=None))
    assert may_submit(free) == 1
    assert next_attempt(free, new=True) == 2
    assert "submit" in actions_of(free, lesson=False, app=True)


def test_late_is_after_due_and_before_it_closes() -> None:
    assert not PENDING.late
    assert replace(PENDING, submitted=NOW + timedelta(days=1, seconds=1)).late
    assert not FRESH.late


def test_the_same_attempt_until_another_is_asked_for() -> None:
    assert next_attempt(FRESH, new=False) == next_attempt(FRESH, new=True) == 1
    assert next_attempt(GRADED, new=False) == 1
    assert next_attempt(GRADED, new=True) == 2
    begun = replace(GRADED, attempt=2, attempts=2, submitted=None)
    assert next_attempt(begun, new=True) == 2  # asked twice, because an answer was lost


def test_a_new_version_of_the_module_is_a_new_attempt() -> None:
    newer = replace(ISSUED, current_version="2")
    assert next_attempt(newer, new=False) == 2
    with pytest.raises(SpentError):
        next_attempt(replace(newer, attempts=2), new=False)


@pytest.mark.parametrize(
    ("standing", "error", "words"),
    [
        (replace(GRADED, attempt=2, attempts=2), SpentError, "All 2 attempts are used up"),
        (PENDING, RefusedError, "is being graded"),
        (replace(GRADED, at=NOW + 3 * DAY), ClosedError, "closed on 2027-03-03 12:00"),
        (replace(FRESH, at=NOW - 2 * DAY), ClosedError, "opens on 2027-02-28 12:00"),
        (replace(FRESH, released=False), ClosedError, "not handed out yet"),
    ],
)
def test_no_new_attempt(standing: Standing, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        next_attempt(standing, new=True)


@pytest.mark.parametrize(
    ("standing", "given", "error", "words"),
    [
        (FRESH, None, RefusedError, "was not issued to you yet"),
        (ISSUED, 2, RefusedError, "work of attempt 2; your present attempt is 1"),
        (replace(ISSUED, at=NOW + 3 * DAY), 1, ClosedError, "closed on"),
        (GRADED, 1, SpentError, "Attempt 1 is graded: begin a new attempt"),
        (replace(GRADED, attempt=2, attempts=2), 2, SpentError, "All 2 attempts"),
        (replace(PENDING, stored=MAX_STORED_BYTES), 1, RefusedError, "handed in 2 GiB"),
    ],
)
def test_work_that_is_not_taken(
    standing: Standing, given: int | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        may_submit(standing, given)


def test_late_work_is_taken_until_it_closes() -> None:
    moments: dict[str, Any] = {"due": NOW - DAY, "closes": NOW + timedelta(seconds=1)}
    assert may_submit(replace(ISSUED, rules=replace(OPEN, opens=None, **moments)), 1) == 1
