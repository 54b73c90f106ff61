"""Auditing what lies beside the ledger: cases, submissions, runs and the files they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from dalil.errors import LedgerError, RecordsError
from dalil.exchange.cases import Issued, find_case, sealed_part
from dalil.exchange.receipts import Receipt, check
from dalil.exchange.store import Store
from dalil.exchange.submissions import is_intact
from dalil.ledger import Event, Ledger, Problem, Signer
from dalil.ledger.tables import RUNS, SUBMISSIONS


def audit(ledger: Ledger, exhibits: Store, submissions: Store) -> list[Problem]:
    """What the ledger's events say of cases, submissions and runs, compared with what is there."""
    problems: list[Problem] = []
    try:
        events = [*ledger.events(kind="issued"), *ledger.events(kind="submitted")]
        with ledger.database.reading() as connection:
            for event in events:
                try:
                    if event.kind == "issued":
                        _case(connection, event, exhibits)
                    else:
                        _submission(connection, event, submissions, ledger.signer)
                except Exception as error:  # damaged data may be of any type
                    problems.append(Problem(event.seq, f"{event.kind}: {_line(error)}"))
            problems += _runs(connection, events)
    except (LedgerError, RecordsError) as error:
        problems.append(Problem(None, f"what lies beside the ledger cannot be read: {error}"))
    return sorted(problems, key=lambda problem: (problem.row is None, problem.row or 0))


def _case(connection: Connection, event: Event, store: Store) -> None:
    """Raise unless the case of *event* is on record as it was issued."""
    issued = find_case(connection, event.module or "", event.trainee or "", event.attempt)
    if issued is None or _differs(issued, event):
        raise RecordsError("its case was removed or altered; restore the records database")
    sealed_part(connection, issued.key)
    for exhibit in issued.exhibits:
        store.get(exhibit.sha256)


def _differs(issued: Issued, event: Event) -> bool:
    said = {
        "version": issued.key.version,
        "language": issued.language,
        "exhibits": issued.digests,
        "sealed": event.what["sealed"],
    }
    return issued.serial != event.seq or dict(event.what) != said or issued.issued != event.at


def _submission(connection: Connection, event: Event, store: Store, signer: Signer) -> None:
    """Raise unless the submission of *event* is on record as it was received."""
    row = _row(connection, event.seq)
    receipt = Receipt.from_json(row["receipt"])
    check(receipt, signer)
    said: dict[str, Any] = {
        "serial": event.seq,
        "module": event.module,
        "trainee": event.trainee,
        "attempt": event.attempt,
        "sha256": event.what["submission"],
        "bytes": event.what["bytes"],
        "received": receipt.received,
        "receipt": receipt.to_json(),
    }
    fields = {name: value for name, value in said.items() if name != "receipt"}
    if row != said or any(getattr(receipt, name) != value for name, value in fields.items()):
        raise RecordsError("its submission was altered; restore the records database")
    store.get(receipt.sha256)


def _row(connection: Connection, serial: int) -> dict[str, Any]:
    query = select(SUBMISSIONS).where(SUBMISSIONS.c.serial == serial)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise RecordsError("its submission was removed; restore the records database")
    return dict(row)


def _runs(connection: Connection, events: Sequence[Event]) -> list[Problem]:
    """Runs on record that are not what was saved; graded again, their notebooks run again."""
    serials = {event.what.get("submission"): event.seq for event in events}
    return [
        Problem(serials.get(run.submission), "the run of its notebook was altered; grade it again")
        for run in connection.execute(select(RUNS))
        if not is_intact(run)
    ]


def _line(error: Exception) -> str:
    """The reason in one line, without the statement that SQLAlchemy quotes."""
    reason = getattr(error, "orig", None) or error
    return " ".join(str(reason).split()) or type(error).__name__
