"""The staged office computer: two volumes, a log, and a clock that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from dalil.courses.disk.methods.times import ZONE, legal
from dalil.forging import Seed
from dalil.forging.ext4 import Ext4Volume
from dalil.forging.fat import FatVolume

LINUX_BLOCKS, LINUX_INODES = 1792, 512
EXCHANGE_SECTORS = 12_288
LOG = "/var/log/syslog"

Action = Callable[[datetime], None]


class Computer:
    """Actions are queued by their true time and replayed by ``run``.

    An action gets the moment that the computer's clock shows, *ahead* seconds fast, with the
    microseconds that a real clock would have; ``local`` turns it into FAT's local time.
    """

    def __init__(self, seed: Seed, ahead: int, host: str, formatted: datetime) -> None:
        rng = seed.rng("volumes")
        self.ahead = timedelta(seconds=ahead)
        self.host = host
        self.linux = Ext4Volume(
            LINUX_BLOCKS,
            inodes=LINUX_INODES,
            identity=seed.noise("linux", 16),
            label="bureau",
            when=formatted,
        )
        self.exchange = FatVolume(
            EXCHANGE_SECTORS,
            cluster=2,
            serial=int(rng.integers(2**32)),
            label="ECHANGE",
            when=local(formatted),
        )
        self._rng = rng
        self._queue: list[tuple[datetime, int, Action]] = []
        self._lines: list[tuple[datetime, str]] = []

    def at(self, when: datetime, action: Action) -> None:
        """Do *action* when it is truly *when*."""
        self._queue.append((when, len(self._queue), action))

    def log(self, when: datetime, text: str) -> None:
        """Have a line of the system's log written at *when*."""
        self._lines.append((when, text))

    def run(self) -> None:
        """Replay everything in the order of time."""
        for _, lines in groupby(sorted(self._lines), key=lambda line: line[0].date()):
            self._keep(list(lines))
        for when, _, action in sorted(self._queue, key=lambda item: item[:2]):
            jitter = timedelta(microseconds=int(self._rng.integers(1000, 999_000)))
            action(when + self.ahead + jitter)

    def _keep(self, lines: list[tuple[datetime, str]]) -> None:
        """Queue one day's lines of the log, written together with the last of them."""
        micros = self._rng.integers(10**5, 10**6, size=len(lines))
        stamped = [
            (when + self.ahead + timedelta(microseconds=int(micro)), text)
            for (when, text), micro in zip(lines, micros, strict=True)
        ]
        data = "".join(f"{_stamp(when)} {self.host} {text}\n" for when, text in stamped).encode()

        def write(now: datetime) -> None:
            if LOG in self.linux.paths:
                self.linux.append(LOG, data, now)
            else:
                self.linux.write(LOG, data, now, owner=0)

        self.at(lines[-1][0] + timedelta(seconds=2), write)


def local(when: datetime) -> datetime:
    """A moment as the local time, without a zone, that FAT keeps."""
    return when.astimezone(ZONE).replace(tzinfo=None, fold=0)


def void(_result: object) -> None:
    """Let an action be an expression whose value nobody wants."""


def draw_text(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    """One of *choices*."""
    return choices[int(rng.integers(len(choices)))]


def _stamp(when: datetime) -> str:
    """A time as rsyslog writes it: ``2026-02-13T15:20:07.123456+01:00``."""
    text = legal(when)
    return f"{text[:10]}T{text[11:19]}.{when.microsecond:06d}{text[20:]}"
