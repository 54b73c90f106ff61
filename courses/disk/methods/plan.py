"""What a staged case holds, who is in it, and when: drawn before anything is written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np

from dalil.courses.disk.methods.computer import Computer, draw_text
from dalil.courses.disk.methods.times import instants
from dalil.forging import Person, Town

TRICKS = ("backdated", "bidi", "extension", "wiped")
OPENED = ("yes", "no", "near", "skewed", "unseen")
_YEARS = (2024, 2025, 2026)


@dataclass(frozen=True)
class Plan:
    """What a case holds.

    ``forward``: the change put clocks forward (after Ramadan) rather than back. ``late``: the file
    whose true time is asked for was written after it. ``opened``: what the records say of an
    opening after the deadline: ``yes``; ``no``, it was deleted before; ``near``, within the clock's
    uncertainty; ``skewed``, after it by a clock that is fast and before it in truth; ``unseen``,
    last seen before. ``damaged``: pieces of the image that changed after the acquisition.
    """

    scheme: str
    linux_first: bool
    year: int
    forward: bool
    late: bool
    hidden: bool
    tricks: frozenset[str]
    opened: str
    damaged: int


def draw_plan(rng: np.random.Generator) -> Plan:
    """A plan as cases have them."""
    tricks = frozenset(trick for trick in TRICKS if rng.random() < 0.7)
    return Plan(
        scheme=draw_text(rng, ("mbr", "gpt")),
        linux_first=bool(rng.random() < 0.5),
        year=_YEARS[int(rng.integers(len(_YEARS)))],
        forward=bool(rng.random() < 0.5),
        late=bool(rng.random() < 0.5),
        hidden=bool(rng.random() < 0.6),
        tricks=tricks or frozenset({TRICKS[int(rng.integers(len(TRICKS)))]}),
        opened=str(rng.choice(OPENED, p=(0.3, 0.25, 0.15, 0.15, 0.15))),
        damaged=int(rng.choice((0, 1, 2), p=(0.4, 0.35, 0.25))),
    )


@dataclass
class Story:
    """What was told, and what is true: filled while the actions are queued and replayed.

    ``places`` are paths by role; ``moments`` true times in UTC; ``contents`` what was deleted.
    """

    plan: Plan
    computer: Computer
    deadline: datetime
    seized: datetime
    uncertainty: int
    places: dict[str, str] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Cast:
    clerk: Person
    bidder: Person
    town: Town
    login: str

    @property
    def home(self) -> str:
        return f"/home/{self.login}"


@dataclass(frozen=True)
class Calendar:
    """Moments (UTC) by day from the Sunday of the clock change and legal time of day."""

    sunday: date

    def at(self, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        wall = datetime.combine(self.sunday + timedelta(days=day), time(hour, minute, second))
        return instants(wall)[0]


def login_of(person: Person) -> str:
    plain = unicodedata.normalize("NFKD", person.french).encode("ascii", "ignore").decode()
    first, last = plain.lower().split(" ", 1)
    return f"{first[0]}.{last}"
