"""Ledgers of random lives of trainees, and figures counted one by one from their attainments."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from dalil.ledger import Batch, Ledger
from dalil.progress import Attainment, attainments
from dalil.roster import Calendar, Person, Roster

HOSTILE = ("<script>alert(1)</script>", "=1+1", "نور\u0301", "O'Brien; DROP TABLE events")
IDS = ("amina", "يوسف", "o'brien", "a-b", "x@y", "héloïse", "z z")


@dataclass(frozen=True)
class Question:
    id: str
    title: str
    competency: str
    written: bool = False


@dataclass(frozen=True)
class Module:
    id: str
    title: str
    competencies: Mapping[str, str]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Places:
    database_url: str
    keys: Path
    records: Path


@dataclass(frozen=True)
class Booked:
    trainee: str
    module: str
    question: str
    points: float | None
    manual: float | None
    max_points: float
    needs_hand: bool


SKILLS = {"see": "Sees <what> is there", "say": "Says it"}
CUSTODY = Module(
    "custody",
    "Chain of custody",
    SKILLS,
    (Question("breaks", "Breaks", "see"), Question("report", "Report", "say", written=True)),
)
FIREARMS = Module(
    "firearms",
    "Firearms & <marks>",
    {"see": "Sees <what> is there"},
    (Question("pairs", "Pairs", "see"), Question("marks", "Marks", "see")),
)
MODULES = (CUSTODY, FIREARMS)


@dataclass
class Academy:
    """An academy whose trainees do something at random whenever ``live`` is called."""

    places: Places
    rng: random.Random
    roster: Roster = field(init=False)
    ledger: Ledger = field(init=False)
    marks: dict[tuple[str, str, str], Booked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roster = Roster(self.places)
        self.ledger = Ledger(self.places.database_url, self.places.keys)

    def booked(self, module: Any, trainees: Sequence[str]) -> Iterable[Booked]:
        """As the gradebook answers."""
        return [
            mark
            for mark in self.marks.values()
            if mark.module == module.id and (not trainees or mark.trainee in trainees)
        ]

    def enrol(self, number: int) -> None:
        rng = self.rng
        people = [
            Person(
                id=IDS[at] if at < len(IDS) else f"t{at}",
                name=HOSTILE[at] if at in (0, 3) else f"Name {at}",
                cohort=rng.choice(["A", "B", "ج", ""]),
                unit=rng.choice(["Rabat", "Fès", ""]),
                sex=rng.choice("fm"),
                rank=rng.choice(["1", "2"]),
            )
            for at in range(number)
        ]
        self.roster.enrol([*people, Person("teacher", role="instructor")], who="tests")

    def live(self, steps: int) -> None:
        """That many random events."""
        names = [*(person.id for person in self.roster.people()), "stranger"]
        with self.ledger.writing() as batch:
            for _ in range(steps):
                self._step(batch, self.rng.choice(names), self.rng.choice(MODULES))

    def _step(self, batch: Batch, who: str, module: Module) -> None:
        rng = self.rng
        about: dict[str, Any] = {"who": who, "trainee": who, "module": module.id}
        attempt, digest = rng.choice([1, 1, 2, None]), rng.choice("abc") * 64
        kind = rng.choice(("issued", "submitted", "graded", "graded", "regraded", "hand-marked"))
        if kind == "issued":
            batch.append(kind, **about, attempt=attempt or 1, what={"version": "1"})
        elif kind == "submitted":
            what = {"submission": digest, "bytes": 1}
            batch.append(kind, **about, attempt=attempt or 1, what=what)
        elif kind == "hand-marked":
            question = rng.choice(module.questions).id
            points = rng.choice([None, 0.0, 1.5, 5.0])
            what = {"question": question, "points": points, "max_points": 5.0}
            batch.append(kind, **about, what={**what, "submission": digest})
        else:
            scores = {
                question.id: {
                    "points": rng.choice([0.0, 1.0, 3.0, 4.0]),
                    "max_points": 4.0,
                    "flag": rng.choice([None, None, "died", "check-failed"]),
                }
                for question in module.questions
                if not question.written
            }
            what = {"submission": digest, "questions": scores, "notes": []}
            if rng.random() < 0.5:
                self._book(who, module)
            batch.append(kind, **about, attempt=attempt, what=what)

    def _book(self, who: str, module: Module) -> None:
        """The gradebook is written before the ledger."""
        for question in module.questions:
            given = self.rng.choice([0.0, 2.0, 4.0])
            hand = self.rng.choice([None, None, 3.0])
            waits = question.written and hand is None and self.rng.random() < 0.5
            points = None if waits else (given if hand is None else hand)
            mark = Booked(who, module.id, question.id, points, hand, 4.0, waits)
            self.marks[who, module.id, question.id] = mark

    def attained(self, modules: Sequence[Any] = MODULES) -> list[Attainment]:
        """All attainments, read the plain way."""
        return attainments(self.ledger.events(), modules, self.marks.values())


def academy(folder: Path, seed: int, url: str = "") -> Academy:
    """An academy without anybody in it; *url* is of another database than SQLite."""
    places = Places(url or f"sqlite:///{folder / 'dalil.db'}", folder / "keys", folder)
    return Academy(places, random.Random(seed))


def spread(shares: Sequence[float]) -> dict[str, Any]:
    """Mean, median and fifths, one by one."""
    bins = [0] * 5
    for share in shares:
        bins[min(4, max(0, int(share * 5 + 1e-9)))] += 1
    mean = round(sum(shares) / len(shares), 4) if shares else None
    return {
        "share": mean,
        "median": round(median(shares), 4) if shares else None,
        "bins": bins,
    }


def summary(
    rows: Sequence[Attainment], people: Sequence[str], module: str, calendar: Calendar, at: datetime
) -> dict[str, Any]:
    """What a row by module must say of *people*."""
    mine = {row.trainee: row for row in rows if row.module == module and row.trainee in people}
    due = {name: calendar.rules(module, name).due for name in people}
    handed = {name: mine[name].submitted if name in mine else None for name in people}
    return {
        "people": len(people),
        "issued": sum(row.issued is not None for row in mine.values()),
        "submitted": sum(row.submitted is not None for row in mine.values()),
        "graded": sum(row.graded is not None for row in mine.values()),
        "late": sum((handed[n] or at) > limit for n in people if (limit := due[n])),
        "waits": sum(row.waits > 0 for row in mine.values()),
        "stuck": sum(stuck(row, at) for row in mine.values()),
        "flags": sum(row.flags for row in mine.values()),
        **spread([row.share for row in mine.values() if row.share is not None and row.graded]),
    }


def stuck(row: Attainment, at: datetime) -> bool:
    idle = row.idle is not None and row.idle <= at - timedelta(days=7)
    failing = row.attempt >= 2 and row.graded is not None and (row.share or 0) < 0.5
    return idle or (failing and row.share is not None)


def now(days: float = 0) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
