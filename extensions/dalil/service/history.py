"""The history of a grade, as the ledger has it: who, when, what, before and after, and receipts.

Pure but for reading the records. Answers are no part of it: events hold digests and marks, and of
those only what is named here goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from dalil.errors import ReceiptError
from dalil.exchange import Exchange, Receipt
from dalil.ledger import Event, Ledger, Report
from dalil.ledger.events import intact

MACHINE = ("graded", "regraded")
HAND = ("hand-marked", "commented")
# Facts of an event that may be shown beside its marks.
_FACTS = ("version", "language", "bytes", "why", "due", "attempts", "cohort", "reason")
MAX_PROBLEMS = 20
HOLDS = timedelta(minutes=10)  # how long what verifying found is told again


@dataclass(frozen=True)
class Changed:
    """One value before and after: points of a question, or a comment; None: there was none."""

    question: str
    before: float | str | None
    after: float | str | None
    max_points: float | None = None
    flag: str | None = None


@dataclass(frozen=True)
class Line:
    """One event; ``at`` is ISO 8601 UTC, ``sha256`` the submission's digest, ``hash`` the row's."""

    seq: int
    at: str
    kind: str
    who: str
    module: str
    attempt: int | None
    sha256: str
    hash: str
    changes: tuple[Changed, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A receipt on record, and whether the academy's signature on it holds."""

    receipt: Receipt
    valid: bool


@dataclass(frozen=True)
class History:
    """Everything on record of one trainee's marks, and what verifying the ledger found."""

    trainee: str
    module: str
    question: str
    lines: tuple[Line, ...]
    receipts: tuple[Kept, ...]
    report: Report
    verified: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "trainee": self.trainee,
            "module": self.module,
            "question": self.question,
            "events": [asdict(line) for line in self.lines],
            "receipts": [{**asdict(k.receipt), "valid": k.valid} for k in self.receipts],
            "ledger": {
                "ok": self.report.ok,
                "rows": self.report.rows,
                "checkpoints": self.report.checkpoints,
                "verified": self.verified.isoformat(),
                "problems": [str(problem) for problem in self.report.problems[:MAX_PROBLEMS]],
            },
        }


class Verified:
    """What verifying the whole ledger found, and when: it takes seconds for a large one, so what
    was found holds for a while. For several threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock = ledger, Lock()
        self._known: tuple[Report, datetime] | None = None

    def report(self, *, fresh: bool = False) -> tuple[Report, datetime]:
        """The newest report, made now when it is *fresh* that is wanted. Raises RecordsError."""
        with self._lock:
            at = datetime.now(UTC)
            if fresh or self._known is None or self._known[1] < at - HOLDS:
                self._known = (self._ledger.verify(), at)
            return self._known


def history_of(
    exchange: Exchange,
    verified: Verified,
    trainee: str,
    module: str = "",
    question: str = "",
    *,
    fresh: bool = False,
) -> History:
    """The history of *trainee*, in one *module* or all, of one *question* or all.

    The rows shown are compared with their hashes; the whole ledger is verified if that was long
    ago, or *fresh* is wanted. Raises RecordsError, LedgerError.
    """
    events = exchange.ledger.events(trainee=trainee, module=module or None)
    receipts = tuple(
        Kept(submission.receipt, _holds(exchange, submission.receipt))
        for submission in exchange.submissions(module or None, trainee)
    )
    changed = not all(intact(event) for event in events)
    report, at = verified.report(fresh=fresh or changed)
    lines = tuple(lines_of(events, question))
    return History(trainee, module, question, lines, receipts, report, at)


def lines_of(events: Iterable[Event], question: str = "") -> Iterable[Line]:
    """*events* (oldest first, of one trainee) as lines; with *question* only those about it."""
    standing: dict[tuple[str, str], float] = {}
    for event in events:
        changes = tuple(
            changed
            for changed in _changes(event, standing)
            if not question or changed.question == question
        )
        if question and not changes:
            continue
        yield Line(
            seq=event.seq,
            at=event.at.isoformat(),
            kind=event.kind,
            who=event.who,
            module=event.module or "",
            attempt=event.attempt,
            sha256=_text(event.what.get("submission")),
            hash=event.hash,
            changes=changes,
            facts={name: event.what[name] for name in _FACTS if event.what.get(name) is not None},
        )


def _changes(event: Event, standing: dict[tuple[str, str], float]) -> Iterable[Changed]:
    """What *event* changed; *standing* is what the machine gave before, and is brought up to it."""
    what, module = event.what, event.module or ""
    if event.kind in MACHINE:
        for name, marks in what.get("questions", {}).items():
            before, points = standing.get((module, name)), float(marks["points"])
            standing[module, name] = points
            yield Changed(name, before, points, marks["max_points"], marks.get("flag"))
    elif event.kind in HAND:
        name, before = what["question"], what.get("before", {})
        if event.kind == "commented":
            yield Changed(name, before.get("comment"), what.get("comment"))
            return
        # without a mark by hand the machine's counts
        machine = standing.get((module, name))
        was, now = (machine if p is None else p for p in (before.get("points"), what.get("points")))
        yield Changed(name, was, now, what.get("max_points"))
        was, now = before.get("extra_credit"), what.get("extra_credit")
        if was or now:
            yield Changed(name, was, now, None, "extra-credit")


def _holds(exchange: Exchange, receipt: Receipt) -> bool:
    try:
        exchange.verify(receipt)
    except ReceiptError:
        return False
    return True


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
