"""Moments for evidence: always aware, always UTC, never from the machine's clock or time zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

import numpy as np

from dalil.errors import ForgingError

# Monday is 0. The academy works from Monday to Friday.
WEEKEND = frozenset({5, 6})
OPENS = time(8, 30)
CLOSES = time(16, 30)


def utc(text: str) -> datetime:
    """Read ``2026-03-02T09:15:00Z`` (or another ISO 8601 time with an offset) as aware UTC."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ForgingError(f"{text!r} is not an ISO 8601 time: {error}") from error
    return _aware(when)


def iso(when: datetime) -> str:
    """Write a moment as ``2026-03-02T09:15:00Z``; microseconds only when there are any."""
    return _aware(when).isoformat().removesuffix("+00:00") + "Z"


def moment(
    rng: np.random.Generator, start: datetime, end: datetime, step: timedelta = timedelta(seconds=1)
) -> datetime:
    """A moment in [start, end), a whole number of *step* after *start*, all equally likely."""
    start, end = _aware(start), _aware(end)
    if step <= timedelta(0) or end <= start:
        raise ForgingError(f"no moment lies between {iso(start)} and {iso(end)} in steps of {step}")
    steps = -((start - end) // step)
    return start + int(rng.integers(steps)) * step


def working_moments(
    rng: np.random.Generator,
    start: datetime,
    count: int,
    *,
    gap: tuple[timedelta, timedelta] = (timedelta(minutes=5), timedelta(hours=3)),
    opens: time = OPENS,
    closes: time = CLOSES,
    zone: tzinfo = UTC,
    weekend: Collection[int] = WEEKEND,
) -> list[datetime]:
    """*count* strictly rising moments from *start* on, all within working hours, in UTC.

    Between one and the next lie ``gap[0]`` to ``gap[1]`` of *working* time, in whole seconds: what
    does not fit before *closes* goes on at *opens* of the next day outside *weekend* (Monday is 0).
    *opens* and *closes* are wall-clock times in *zone*, in which clocks are not put forward or back
    during working hours.
    """
    shortest, longest = (int(edge.total_seconds()) for edge in gap)
    if not 0 < shortest <= longest:
        raise ForgingError(f"working moments need 0 < shortest gap <= longest gap, not {gap}")
    if opens >= closes or len(set(weekend) & set(range(7))) == 7:
        raise ForgingError(f"nobody works between {opens} and {closes} outside days {weekend}")
    now = _next_opening(_aware(start).astimezone(zone), opens, closes, weekend)
    moments = [now]
    while len(moments) < count:
        left = timedelta(seconds=int(rng.integers(shortest, longest, endpoint=True)))
        while now + left >= _at(now, closes):
            left -= _at(now, closes) - now
            tomorrow = _at(now + timedelta(days=1), opens)
            now = _next_opening(tomorrow, opens, closes, weekend)
        now += left
        moments.append(now)
    return [when.astimezone(UTC) for when in moments[:count]]


def _next_opening(when: datetime, opens: time, closes: time, weekend: Collection[int]) -> datetime:
    """*when* itself if someone works then, else the next opening."""
    if when.time() >= closes:
        when = _at(when + timedelta(days=1), opens)
    elif when.time() < opens:
        when = _at(when, opens)
    while when.weekday() in weekend:
        when = _at(when + timedelta(days=1), opens)
    return when


def _at(when: datetime, clock: time) -> datetime:
    """The day of *when* at *clock*."""
    return when.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)


def _aware(when: datetime) -> datetime:
    if when.utcoffset() is None:
        raise ForgingError(f"{when} has no time zone; give one, such as datetime.UTC")
    return when.astimezone(UTC)
