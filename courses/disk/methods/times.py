"""Moments: FAT's local times, legal time in Morocco, clocks that are wrong.

Legal time in Morocco is UTC+1, and UTC+0 during Ramadan: on a Sunday before the month clocks go
back from 03:00 to 02:00, on a Sunday after it forward from 02:00 to 03:00 (decrees of 2018 and
after, as the IANA time zone database keeps them). So each year one hour of legal time happens
twice, and one never.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dalil.errors import ExhibitError

try:
    ZONE = ZoneInfo("Africa/Casablanca")
except ZoneInfoNotFoundError:
    raise ExhibitError("no time zones on this machine: install tzdata") from None


def fat_local(day: int, clock: int, hundredths: int = 0) -> datetime | None:
    """The local time that FAT's date word and time word stand for; None when there is none.

    *day* has 7 bits year since 1980, 4 bits month, 5 bits day; *clock* 5 bits hour, 6 bits minute,
    5 bits seconds divided by two (0 to 29); *hundredths* (0 to 199) belongs to the time of
    creation alone.
    """
    second = (clock & 31) * 2 + hundredths // 100
    try:
        whole = datetime(
            1980 + (day >> 9), day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, second
        )
    except ValueError:
        return None
    return whole + timedelta(milliseconds=hundredths % 100 * 10)


def instants(local: datetime, zone: ZoneInfo = ZONE) -> list[datetime]:
    """The moments (UTC, rising) at which clocks of *zone* showed *local*: one, two or none.

    Two in the hour that happened twice, none in the hour that was skipped (PEP 495).
    """
    found = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in found if at.astimezone(zone).replace(tzinfo=None, fold=0) == local)


def legal(when: datetime, zone: ZoneInfo = ZONE) -> str:
    """A moment as legal time with its offset: ``2026-02-13 17:05:09 +01:00``."""
    local = when.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {local:%z}"[:-2] + ":" + f"{local:%z}"[-2:]


def clock_changes(year: int, zone: ZoneInfo = ZONE) -> list[tuple[datetime, timedelta]]:
    """(moment in UTC, by how much clocks were put forward or back) of the changes in *year*."""
    changes = []
    day = date(year, 1, 1)
    while day.year == year:
        start = datetime.combine(day, time(0), UTC)
        offsets = [_offset(start + timedelta(hours=hour), zone) for hour in (0, 24)]
        if offsets[0] != offsets[1]:
            hour = next(n for n in range(1, 25) if _offset(start + n * _HOUR, zone) == offsets[1])
            changes.append((start + hour * _HOUR, offsets[1] - offsets[0]))
        day += timedelta(days=1)
    return changes


def true_time(recorded: datetime, ahead: float) -> datetime:
    """What the time really was when a clock that was *ahead* seconds fast recorded *recorded*."""
    return recorded - timedelta(seconds=ahead)


_HOUR = timedelta(hours=1)


def _offset(when: datetime, zone: ZoneInfo) -> timedelta:
    offset = when.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
