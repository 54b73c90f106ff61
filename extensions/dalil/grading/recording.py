"""What the ledger says of graded submissions: reading it once for many, and adding to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dalil.exchange import Exchange
from dalil.exchange.submissions import keep_run
from dalil.grading.runner import Run
from dalil.grading.service import Prepared, saved_run
from dalil.ledger import Ledger
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
    """What the ledger says is graded, by (module, trainee): each submission's last event.

    Holds numbers of events only, so that it stays small whatever the cohort.
    """

    _last: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, modules: Iterable[str], trainee: str | None = None) -> Register:
        """Read what the ledger has of *modules*, of one trainee or all."""
        register = cls()
        for module in modules:
            for event in ledger.stream(KINDS, module=module, trainee=trainee):
                found = register._last.setdefault((module, event.trainee or ""), {})
                found[str(event.what.get("submission"))] = event.seq
        return register

    def knows(self, module: str, trainee: str, digest: str) -> bool:
        """Whether the submission of that SHA-256 is graded."""
        return digest in self._last.get((module, trainee), {})

    def newest(self, module: str) -> list[int]:
        """Numbers of the last events about those submissions that were graded last, in order."""
        return sorted(
            max(seen.values()) for (name, _), seen in self._last.items() if name == module
        )


def record(
    exchange: Exchange, prepared: Prepared, outcome: Outcome, *, fresh: Run | None = None
) -> None:
    """Append *outcome* to the ledger unless its last entry says the same of this submission.

    A *fresh* run is put on record with it, in the same transaction.
    """
    module, trainee = prepared.module.id, prepared.trainee
    attempt = prepared.issued.key.attempt if prepared.issued else None
    marks = marks_of(prepared.digest, outcome)
    with exchange.ledger.writing() as batch:
        if fresh is not None:
            keep_run(batch.connection, saved_run(prepared, fresh))
        events = list(batch.stream(KINDS, module=module, trainee=trainee))
        last = events[-1] if events else None
        if last and last.attempt == attempt and same_marks(last.what, marks):
            return
        about = [e for e in events if e.what.get("submission") == prepared.digest]
        batch.append(
            "regraded" if about else "graded",
            who=GRADER,
            trainee=trainee,
            module=module,
            attempt=attempt,
            what={**marks, "run": prepared.key if prepared.runnable else None},
        )
