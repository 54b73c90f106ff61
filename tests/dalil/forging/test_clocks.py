"""Moments of evidence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest

from dalil.errors import ForgingError
from dalil.forging import iso, practice, utc, working_moments
from dalil.forging.clocks import moment

ZONE = timezone(timedelta(hours=1))


def rng(name: str = "x") -> np.random.Generator:
    return practice("clocks").rng(name)


def test_text_and_moment_are_one() -> None:
    when = utc("2026-03-02T09:15:00+01:00")
    assert when == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert when.tzinfo is UTC
    assert iso(when) == "2026-03-02T08:15:00Z"
    assert utc(iso(when)) == when
    assert iso(when + timedelta(microseconds=5)) == "2026-03-02T08:15:00.000005Z"


def opening(when: datetime) -> datetime:
    return when.replace(hour=8, minute=30, second=0)


@pytest.mark.parametrize("text", ["2026-03-02T09:15:00", "2026-03-02", "yesterday", ""])
def test_a_time_without_zone_is_refused(text: str) -> None:
    with pytest.raises(ForgingError):
        utc(text)


def test_every_step_of_an_interval_can_come() -> None:
    start = utc("2026-01-01T00:00:00Z")
    draw = rng()
    drawn = {moment(draw, start, start + timedelta(seconds=5)) for _ in range(200)}
    assert drawn == {start + timedelta(seconds=n) for n in range(5)}


def test_working_moments_lie_within_working_hours() -> None:
    start = utc("2026-03-06T17:00:00Z")  # a Friday, after closing
    moments = working_moments(rng(), start, 300, zone=ZONE)
    assert len(moments) == 300
    assert moments[0] == datetime(2026, 3, 9, 8, 30, tzinfo=ZONE)
    for before, after in pairwise(moments):
        assert before < after
    for when in moments:
        assert when.tzinfo is UTC
        local = when.astimezone(ZONE)
        assert time(8, 30) <= local.time() < time(16, 30)
        assert local.weekday() < 5


def test_gaps_count_working_time_only() -> None:
    gap = (timedelta(hours=7), timedelta(hours=20))
    moments = working_moments(rng(), utc("2026-03-02T08:30:00Z"), 50, gap=gap)
    day = timedelta(hours=8)
    for before, after in pairwise(moments):
        days = np.busday_count(before.date(), after.date())
        worked = int(days) * day + (
            (after - after.replace(hour=8, minute=30))
            - (before - before.replace(hour=8, minute=30))
        )
        assert gap[0] <= worked <= gap[1]


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1)])
def test_few_moments(count: int, expected: int) -> None:
    assert len(working_moments(rng(), utc("2026-03-02T10:00:00Z"), count)) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"gap": (timedelta(0), timedelta(hours=1))},
        {"gap": (timedelta(hours=2), timedelta(hours=1))},
        {"opens": time(18), "closes": time(8)},
        {"weekend": range(7)},
    ],
)
def test_hours_in_which_nobody_works_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ForgingError):
        working_moments(rng(), utc("2026-03-02T10:00:00Z"), 3, **wrong)  # type: ignore[arg-type]
