"""Forges the image of a disk with its record of acquisition, the request and six events.

How a case is staged is public (``methods.stage``); what is sealed is which plan a trainee's case
follows, and all that its seed draws.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dalil.courses.disk import methods
from dalil.forging import Seed
from dalil.models import Evidence

_YEARS = range(2019, 2026)  # years in which clocks were changed for Ramadan alone


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``disk.zip``, ``acquisition.csv``, ``request.csv`` and ``events.csv`` into *folder*.

    Truth known by the forge: ``digest``, ``pieces``, ``layout``, ``clock`` (s), ``recovered``,
    ``carved``, ``moment`` (UTC), ``order``, ``mail`` (its letter), ``findings``, ``decision`` with
    its ``margin`` (s), and ``moments``, the expected result of each probe.
    """
    staged = methods.stage(seed.child("case"), folder, methods.draw_plan(seed.rng("plan")))
    probes, expected = _probes(seed.rng("probes"))
    return Evidence(
        truth={
            "digest": staged.digest,
            "pieces": list(staged.differing),
            "layout": dict(staged.layout),
            "clock": staged.ahead,
            "recovered": staged.recovered,
            "carved": list(staged.carved),
            "moment": staged.moment,
            "order": list(staged.order),
            "mail": staged.mail,
            "findings": [{"place": place, "kind": kind} for place, kind in staged.findings],
            "decision": {"opened": staged.opened, "margin": staged.margin},
            "moments": [list(moments) for moments in expected],
        },
        probes={"moments": [list(words) for words in probes]},
    )


def _probes(rng: np.random.Generator) -> tuple[list[tuple[int, int]], list[list[str]]]:
    """Ten pairs of words with a moment or two, then six without any, in an order of their own."""
    locals_: list[datetime] = []
    back = [when for when, by in _changes() if by < _NONE]
    forward = [when for when, by in _changes() if by > _NONE]
    for _ in range(4):
        locals_.append(_near(rng, back) - timedelta(days=int(rng.integers(2, 30))))  # UTC+1
        locals_.append(_near(rng, back) + timedelta(days=int(rng.integers(2, 20))))  # UTC+0
    doubled = [_in_hour(rng, back, 2) for _ in range(2)]
    skipped = [_in_hour(rng, forward, 2) for _ in range(2)]
    pairs = [_words(when) for when in (*locals_, *doubled, *skipped)]
    day, clock = pairs[0]
    pairs += [
        (day & ~(15 << 5), clock),  # month 0
        (day & ~511 | 2 << 5 | 30, clock),  # 30 February
        (day, clock & 2047 | 24 << 11),  # hour 24
        (day, clock | 31),  # second 62
    ]
    order = [int(n) for n in rng.permutation(len(pairs))]
    return [pairs[n] for n in order], [_expected(*pairs[n]) for n in order]


_NONE = timedelta(0)


def _changes() -> list[tuple[datetime, timedelta]]:
    return [change for year in _YEARS for change in methods.clock_changes(year)]


def _near(rng: np.random.Generator, changes: list[datetime]) -> datetime:
    """A local time on the day of one of *changes*."""
    return _in_hour(rng, changes, int(rng.integers(5, 23)))


def _in_hour(rng: np.random.Generator, changes: list[datetime], hour: int) -> datetime:
    """A local time in *hour* on the day of one of *changes*, in even seconds, as FAT has them."""
    day = changes[int(rng.integers(len(changes)))].replace(tzinfo=None)
    minute, second = int(rng.integers(60)), 2 * int(rng.integers(30))
    return day.replace(hour=hour, minute=minute, second=second)


def _words(when: datetime) -> tuple[int, int]:
    return (
        (when.year - 1980) << 9 | when.month << 5 | when.day,
        when.hour << 11 | when.minute << 5 | when.second // 2,
    )


def _expected(day: int, clock: int) -> list[str]:
    """The function that the exercise asks for."""
    local = methods.fat_local(day, clock)
    found = methods.instants(local) if local else []
    return [f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for when in found]
