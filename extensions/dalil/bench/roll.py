"""An academy of thousands on record, written in bulk: what the figures of progress are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert

from dalil.ledger import Database, canonical
from dalil.ledger.events import COLUMNS, GENESIS, row_hash
from dalil.ledger.tables import DATES, EVENTS, PEOPLE
from dalil.roster import Person

_CHUNK = 5000
_BEGUN = datetime(2026, 9, 1, tzinfo=UTC)
_COHORTS, _UNITS, _RANKS = 10, 20, 6


@dataclass(frozen=True)
class RollQuestion:
    """A question of a ``RollModule``."""

    id: str
    title: str
    competency: str
    written: bool = False


@dataclass(frozen=True)
class RollModule:
    """A module that exists on record only."""

    id: str
    title: str
    competencies: dict[str, str] = field(default_factory=dict)
    questions: tuple[RollQuestion, ...] = ()


def roll_modules(number: int) -> list[RollModule]:
    """That many modules of four questions, one written; they share competencies in fives."""
    found = []
    for at in range(number):
        first, second = f"skill{at // 5}", f"skill{(at // 5 + 1) % 8}"
        questions = (
            RollQuestion("one", "One", first),
            RollQuestion("two", "Two", first),
            RollQuestion("three", "Three", second),
            RollQuestion("report", "Report", second, written=at % 8 == 0),
        )
        skills = {first: f"Skill {at // 5}", second: f"Skill {(at // 5 + 1) % 8}"}
        found.append(RollModule(f"module{at}", f"Module {at}", skills, questions))
    return found


def write_roll(database: Database, people: int, modules: Sequence[RollModule]) -> int:
    """Put *people*, their work at *modules* and due dates on record; returns how many events.

    Of a hundred in a module three have not handed in and one is not graded. Equal arguments give
    equal marks; the chain of the ledger is whole.
    """
    rng = np.random.default_rng(7)
    roll = [_person(number) for number in range(people)]
    written = 0
    with database.writing() as connection:
        connection.execute(insert(PEOPLE), [person.as_dict() for person in roll])
        connection.execute(insert(DATES), [_dates(at, one) for at, one in enumerate(modules)])
        chunk: list[dict[str, Any]] = []
        for row in _rows(rng, roll, modules):
            chunk.append(row)
            written += 1
            if len(chunk) == _CHUNK:
                connection.execute(insert(EVENTS), chunk)
                chunk = []
        if chunk:
            connection.execute(insert(EVENTS), chunk)
    return written


def _dates(number: int, module: RollModule) -> dict[str, Any]:
    due = _BEGUN + timedelta(days=number, hours=30)
    return {"module": module.id, "cohort": "", "due": due.isoformat(), "attempts": 2}


def _person(number: int) -> Person:
    return Person(
        id=f"trainee{number:05}",
        name=f"Trainee {number}",
        cohort=f"cohort {number % _COHORTS}",
        unit=f"unit {number * 7 % 97 % _UNITS}",
        sex="f" if number % 3 == 0 else "m",
        rank=f"rank {number % 11 % _RANKS}",
        language=("ar", "fr", "en")[number % 3],
    )


def _rows(
    rng: np.random.Generator, roll: Sequence[Person], modules: Sequence[RollModule]
) -> Iterator[dict[str, Any]]:
    seq, previous = 0, GENESIS
    for number, module in enumerate(modules):
        skill = rng.random(len(roll))
        steps = rng.choice([1, 2, 3], len(roll), p=[0.03, 0.01, 0.96])
        begun = _BEGUN + timedelta(days=number)
        for person, able, done in zip(roll, skill.tolist(), steps.tolist(), strict=True):
            for step, (kind, what) in enumerate(_events(module, able)[:done]):
                seq += 1
                about = (seq, kind, person.id, person.id, module.id, 1)
                at = begun + timedelta(hours=12 * step, milliseconds=seq % 80_000_000)
                when = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
                values = (*about, when, canonical(what).decode("utf-8"), previous)
                previous = row_hash(values)
                yield dict(zip(COLUMNS, (*values, previous), strict=True))


def _events(module: RollModule, able: float) -> list[tuple[str, dict[str, Any]]]:
    questions = {
        question.id: {"points": round(2 * able, 2), "max_points": 2.0, "flag": None}
        for question in module.questions
        if not question.written
    }
    digest = f"{able:.16f}".replace(".", "").rjust(64, "0")[:64]
    return [
        ("issued", {"version": "1"}),
        ("submitted", {"submission": digest, "bytes": 1000}),
        ("graded", {"submission": digest, "questions": questions, "notes": []}),
    ]
