"""Marking again by today's checks, from the answers on record: no notebook runs.

What is marked is what the gradebook holds: of each trainee, the submission that was graded last.
Who gets the same marks as before stays untouched; of the others the ledger keeps both marks, who
asked for it and why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dalil.curriculum import Module
from dalil.errors import DalilError, GradingError
from dalil.exchange import Forged, Issued
from dalil.grading.batch import Progress
from dalil.grading.marking import refuse
from dalil.grading.pipeline import Gradebook, Remarked, Result, failed
from dalil.grading.recording import Register, marks_of, same_marks
from dalil.grading.service import Grader, asked
from dalil.ledger import Event
from dalil.models import Outcome, TraineeId
from dalil.notebooks import grade_points

CHUNK = 50  # submissions that share a transaction


@dataclass(frozen=True)
class Why:
    """Who marks again, and for what reason, as the ledger keeps it."""

    who: str
    reason: str = ""


@dataclass(frozen=True)
class _Marked:
    """One submission, marked again; ``event`` is what the ledger says of it so far."""

    event: Event
    issued: Issued
    outcome: Outcome

    @property
    def result(self) -> Result:
        before = float(self.event.what["points"])
        changed = not same_marks(self.event.what, self.marks)
        module, trainee = self.issued.key.module, self.issued.key.trainee
        return Result(module, trainee, self.outcome, changed=changed, before=before)

    @property
    def marks(self) -> dict[str, Any]:
        return marks_of(self.event.what["submission"], self.outcome)


def regrade_batch(
    grader: Grader,
    modules: Sequence[Module],
    gradebook: Gradebook,
    why: Why,
    *,
    whose: TraineeId | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> list[Result]:
    """Mark again every graded submission of *modules*; ``progress`` is called now and then."""
    ledger, results = grader.exchange.ledger, []
    with ledger.database.kept():
        register = Register.of(ledger, [module.id for module in modules], whose)
        work = [(module, register.newest(module.id)) for module in modules]
        so_far = Progress(sum(len(numbers) for _, numbers in work))
        progress(so_far)
        for module, numbers in work:
            again = _Again(grader, gradebook, module, why)
            for start in range(0, len(numbers), CHUNK):
                for result in again.chunk(ledger.numbered(numbers[start : start + CHUNK])):
                    results.append(result)
                    so_far = so_far.after(result)
                progress(so_far)
    return results


class _Again:
    """Marks the graded submissions of one module again."""

    def __init__(self, grader: Grader, gradebook: Gradebook, module: Module, why: Why) -> None:
        self.grader, self.gradebook, self.module, self.why = grader, gradebook, module, why
        self._points: Mapping[str, float] | None = None

    def chunk(self, events: Sequence[Event]) -> list[Result]:
        """Mark again what *events* are about, write what changed, return all results."""
        exchange = self.grader.exchange
        runs = [(e.what["submission"], e.what["run"]) for e in events if e.what.get("run")]
        answers = exchange.answers(runs)
        keys = [(event.trainee or "", event.attempt or 0) for event in events]
        cases = exchange.cases(self.module, keys)
        results: dict[str, Result] = {}
        changed: list[_Marked] = []
        for event, key in zip(events, keys, strict=True):
            trainee = key[0]
            try:
                marked = self._mark(event, cases.get(key), answers)
                results[trainee] = (
                    self._refused(event, trainee) if marked is None else marked.result
                )
                if marked is not None and marked.result.changed:
                    changed.append(marked)
            except Exception as error:  # one submission never ends the batch
                results[trainee] = failed(self.module, trainee, error)
        if changed:
            try:
                results.update(self._write(changed))
            except DalilError as error:
                results.update({m.issued.key.trainee: self._not(m, str(error)) for m in changed})
        return list(results.values())

    def _mark(
        self, event: Event, case: tuple[Issued, Forged] | None, answers: Mapping[str, str]
    ) -> _Marked | None:
        """Mark one submission again; None if there never was anything to mark."""
        source = event.what.get("run")
        if source is None:
            return None
        if case is None or source not in answers:
            raise GradingError(
                f"{event.trainee}: {self.module.id}: its answers are not on record; remove it from "
                "autograded/ and run: dalil grade"
            )
        issued, sealed = case
        handed = json.loads(answers[source])
        outcome = self.grader.mark(
            self.module,
            self.points,
            sealed,
            (handed["bundles"], handed["died"]),
            event.what["notes"],
        )
        return _Marked(event, issued, outcome)

    @property
    def points(self) -> Mapping[str, float]:
        """Points by grade_id, as they are released now."""
        if self._points is None:
            self._points = grade_points(self.grader.release(self.module, "en"))
        return self._points

    def _refused(self, event: Event, trainee: str) -> Result:
        """The result of a submission of which nothing could be run: it stays."""
        reason = " ".join(event.what["notes"])
        outcome = refuse(asked(self.module, self.points), "unreadable", reason)
        return Result(self.module.id, trainee, outcome, before=outcome.points)

    def _write(self, changed: Sequence[_Marked]) -> dict[str, Result]:
        """Write gradebook, graded notebooks and last the ledger; return results that differ."""
        changes = [
            Remarked(self.module, m.issued.key.trainee, m.issued.language, m.outcome)
            for m in changed
        ]
        reasons = self.gradebook.rewrite(changes)
        written = [m for m in changed if m.issued.key.trainee not in reasons]
        with self.grader.exchange.ledger.writing() as batch:
            for marked in written:
                key, before = marked.issued.key, marked.event.what
                batch.append(
                    "regraded",
                    who=self.why.who,
                    trainee=key.trainee,
                    module=key.module,
                    attempt=key.attempt,
                    what={
                        **marked.marks,
                        "run": before["run"],
                        "reason": self.why.reason,
                        "before": {name: before[name] for name in ("points", "questions")},
                    },
                )
        missed = [m for m in changed if m.issued.key.trainee in reasons]
        return {m.issued.key.trainee: self._not(m, reasons[m.issued.key.trainee]) for m in missed}

    def _not(self, marked: _Marked, reason: str) -> Result:
        return Result(self.module.id, marked.issued.key.trainee, error=reason)
