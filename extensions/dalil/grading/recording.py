"""What the ledger says of graded submissions: reading it once for many, and adding to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dalil.exchange import Exchange
from dalil.exchange.submissions import keep_run
from dalil.grading.runner import Run
from dalil.grading.service import Prepared, saved_run
from dalil.ledger import Event, Ledger
from dalil.models import Outcome

GRADER = "grader"
KINDS = ("graded", "regraded")
_MARKS = ("submission", "points", "max_points", "questions", "notes")


def marks_of(submission: str, outcome: Outcome) -> dict[str, Any]:
    """*outcome* as the ledger keeps it; ``submission`` is the SHA-256 of the notebook."""
    return {
        "submission": submission,
        "points": round(outcome.points, 4),
        "max_points": outcome.max_points,
        "questions": {
            s.question: {"points": s.points, "max_points": s.max_points, "flag": s.flag}
            for s in outcome.scores
        },
        "notes": list(outcome.notes),
    }


def same_marks(before: Mapping[str, Any], marks: Mapping[str, Any]) -> bool:
    """Whether an event's ``what`` says the same as *marks*."""
    return all(before.get(name) == marks[name] for name in _MARKS)


@dataclass
class Register:
    """Which submissions are graded, by (module, trainee): the last event of each submission.

    Holds numbers of events only, so that it stays small whatever the cohort.
    """

    ledger: Ledger
    _last: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, modules: Iterable[str], trainee: str | None = None) -> Register:
        """Read what the ledger has of *modules*, of one trainee or all."""
        register = cls(ledger)
        for module in modules:
            for event in ledger.stream(KINDS, module=module, trainee=trainee):
                register.add(event)
        return register

    def add(self, event: Event) -> None:
        """Take in a new event."""
        found = self._last.setdefault((event.module or "", event.trainee or ""), {})
        digest = str(event.what.get("submission"))
        found.pop(digest, None)  # so that the newest comes last
        found[digest] = event.seq

    def has(self, prepared: Prepared) -> bool:
        """Whether this very submission is graded."""
        return self.knows(prepared.module.id, prepared.trainee, prepared.digest)

    def knows(self, module: str, trainee: str, digest: str) -> bool:
        """Whether the submission of that SHA-256 is graded."""
        return digest in self._last.get((module, trainee), {})

    def last(self, prepared: Prepared) -> Event | None:
        """The last event about this very submission."""
        seq = self._last.get((prepared.module.id, prepared.trainee), {}).get(prepared.digest)
        return None if seq is None else self.ledger.numbered([seq])[0]

    def newest(self, module: str) -> dict[str, int]:
        """Trainee → number of the last event about the submission that was graded last."""
        return {
            trainee: max(found.values())
            for (name, trainee), found in self._last.items()
            if name == module
        }


def record(
    exchange: Exchange,
    prepared: Prepared,
    outcome: Outcome,
    *,
    fresh: Run | None = None,
    register: Register | None = None,
) -> None:
    """Append *outcome* to the ledger unless its last entry on this submission says the same.

    A *fresh* run is put on record with it, in the same transaction.
    """
    if register is None:
        register = Register.of(exchange.ledger, [prepared.module.id], prepared.trainee)
    before = register.last(prepared)
    marks = marks_of(prepared.digest, outcome)
    known = before is not None and same_marks(before.what, marks)
    if known and fresh is None:
        return
    with exchange.ledger.writing() as batch:
        if fresh is not None:
            keep_run(batch.connection, saved_run(prepared, fresh))
        if not known:
            batch.append(
                KINDS[before is not None],
                who=GRADER,
                trainee=prepared.trainee,
                module=prepared.module.id,
                attempt=prepared.issued.key.attempt if prepared.issued else None,
                what={**marks, "run": prepared.key if prepared.runnable else None},
            )
    if batch.last is not None:
        register.add(batch.last)
