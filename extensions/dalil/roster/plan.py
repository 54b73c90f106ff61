"""What an import would change, and every line that keeps it from being done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dalil.errors import SaidError
from dalil.roster.people import FIELDS, Person

MAX_PROBLEMS = 1000  # enough to see that the whole file is of another kind


@dataclass(frozen=True)
class Problem:
    """What is wrong in ``line`` of the file (from 1), in the column of that heading ("": none)."""

    line: int
    column: str
    error: SaidError

    @property
    def message(self) -> str:
        """The reason in English; ``error`` can say it in another language."""
        return str(self.error)

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class Change:
    """One person before and after."""

    before: Person
    after: Person

    @property
    def fields(self) -> list[str]:
        """Names of what differs."""
        return [f for f in FIELDS if getattr(self.before, f) != getattr(self.after, f)]


@dataclass(frozen=True)
class Plan:
    """``basis`` is a digest of the roster that the plan was made for."""

    basis: str
    problems: Sequence[Problem] = ()
    added: Sequence[Person] = ()
    changed: Sequence[Change] = ()
    removed: Sequence[Person] = ()
    unchanged: int = 0

    @property
    def ok(self) -> bool:
        """Whether it can be applied."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: people by their ids, never what the roster knows of them."""
        return {
            "problems": [
                {"line": p.line, "column": p.column, "message": p.message} for p in self.problems
            ],
            "added": [person.id for person in self.added],
            "changed": [{"id": c.after.id, "fields": c.fields} for c in self.changed],
            "removed": [person.id for person in self.removed],
            "unchanged": self.unchanged,
        }


def compare(
    known: Mapping[str, Person], wanted: Mapping[str, Person], *, complete: bool, basis: str
) -> Plan:
    """The plan that makes *known* into *wanted*; with *complete*, who is not wanted is removed."""
    changed = [
        Change(known[name], person)
        for name, person in wanted.items()
        if name in known and known[name] != person
    ]
    added = [person for name, person in wanted.items() if name not in known]
    removed = [person for name, person in known.items() if name not in wanted] if complete else []
    return Plan(
        basis=basis,
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        unchanged=len(wanted) - len(added) - len(changed),
    )
