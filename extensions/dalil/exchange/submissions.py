"""Submissions on record, and the runs of their notebooks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from dalil.exchange.receipts import Receipt
from dalil.ledger import now
from dalil.ledger.tables import RUNS, SUBMISSIONS


@dataclass(frozen=True)
class Submission:
    """A notebook handed in: ``digest`` is its SHA-256, ``bytes`` its size, ``serial`` the row of
    the ledger, ``received`` the server's time, aware UTC."""

    module: str
    trainee: str
    attempt: int
    digest: str
    bytes: int
    received: datetime
    serial: int
    receipt: Receipt


def keep_submission(connection: Connection, receipt: Receipt) -> None:
    """Put the submission of *receipt* on record, in the transaction of its event."""
    columns = ("serial", "module", "trainee", "attempt", "sha256", "bytes", "received")
    row = {name: getattr(receipt, name) for name in columns}
    connection.execute(insert(SUBMISSIONS).values(**row, receipt=receipt.to_json()))


def find_submissions(
    connection: Connection, module: str | None, trainee: str | None
) -> list[Submission]:
    """Submissions in the order in which they came."""
    query = select(SUBMISSIONS.c.receipt).order_by(SUBMISSIONS.c.serial)
    if module is not None:
        query = query.where(SUBMISSIONS.c.module == module)
    if trainee is not None:
        query = query.where(SUBMISSIONS.c.trainee == trainee)
    return [_submission(Receipt.from_json(text)) for text in connection.execute(query).scalars()]


def keep_run(connection: Connection, submission: str, source: str, payload: str) -> None:
    """Put a run on record, instead of an earlier one of the same submission and source."""
    connection.execute(delete(RUNS).where(RUNS.c.submission == submission, RUNS.c.source == source))
    connection.execute(
        insert(RUNS).values(
            submission=submission,
            source=source,
            payload=payload,
            sha256=_digest(payload),
            saved=now(),
        )
    )


def find_run(connection: Connection, submission: str, source: str) -> str | None:
    """The payload of a run on record; a damaged one is as good as none: the notebook runs again."""
    query = select(RUNS.c.payload, RUNS.c.sha256).where(
        RUNS.c.submission == submission, RUNS.c.source == source
    )
    row = connection.execute(query).one_or_none()
    return row.payload if row is not None and is_intact(row.payload, row.sha256) else None


def is_intact(payload: object, digest: object) -> bool:
    """Whether the payload of a run is still the text that was saved."""
    return isinstance(payload, str) and _digest(payload) == digest


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode("utf-8")).hexdigest()


def _submission(receipt: Receipt) -> Submission:
    return Submission(
        module=receipt.module,
        trainee=receipt.trainee,
        attempt=receipt.attempt,
        digest=receipt.sha256,
        bytes=receipt.bytes,
        received=datetime.fromisoformat(receipt.received),
        serial=receipt.serial,
        receipt=receipt,
    )
