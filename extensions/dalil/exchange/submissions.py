"""Submissions on record, and the runs of their notebooks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    tuple_,
)

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


def find_newest(connection: Connection, module: str, trainee: str) -> Submission | None:
    """The last submission of *trainee* for *module*, of whatever attempt."""
    about = {"whose_module": module, "whose": trainee}
    text = connection.execute(_NEWEST, about).scalar()
    return None if text is None else _submission(Receipt.from_json(text))


_NEWEST = (
    select(SUBMISSIONS.c.receipt)
    .where(SUBMISSIONS.c.module == bindparam("whose_module"))
    .where(SUBMISSIONS.c.trainee == bindparam("whose"))
    .order_by(SUBMISSIONS.c.serial.desc())
    .limit(1)
)


def attempt_of(connection: Connection, module: str, trainee: str, digest: str) -> int | None:
    """The attempt that bytes of that SHA-256 were last handed in for; None if they never were."""
    about = {"whose_module": module, "whose": trainee, "digest": digest}
    attempt: int | None = connection.execute(_ATTEMPT, about).scalar()
    return attempt


_ATTEMPT = (
    select(SUBMISSIONS.c.attempt)
    .where(SUBMISSIONS.c.module == bindparam("whose_module"))
    .where(SUBMISSIONS.c.trainee == bindparam("whose"))
    .where(SUBMISSIONS.c.sha256 == bindparam("digest"))
    .order_by(SUBMISSIONS.c.serial.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Saved:
    """A run on record: ``source`` is a digest of all it depends on; the rest is JSON."""

    submission: str
    source: str
    answers: str
    payload: str


def keep_run(connection: Connection, run: Saved) -> None:
    """Put a run on record, instead of an earlier one of the same submission and source."""
    connection.execute(delete(RUNS).where(_same(run.submission, run.source)))
    connection.execute(
        insert(RUNS).values(
            **asdict(run),
            sha256=_digest(run.payload),
            answers_sha256=_digest(run.answers),
            saved=now(),
        )
    )


def find_run(connection: Connection, submission: str, source: str) -> Saved | None:
    """A run on record; a damaged one is as good as none: the notebook runs again."""
    row = connection.execute(select(RUNS).where(_same(submission, source))).one_or_none()
    if row is None or not is_intact(row):
        return None
    return Saved(submission, source, row.answers, row.payload)


def find_answers(connection: Connection, runs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What was handed over in *runs* (submission, source), by source; without damaged ones."""
    columns = (RUNS.c.submission, RUNS.c.source)
    query = select(*columns, RUNS.c.answers, RUNS.c.answers_sha256)
    query = query.where(tuple_(*columns).in_(list(runs)))
    return {
        row.source: row.answers
        for row in connection.execute(query)
        if _intact(row.answers, row.answers_sha256)
    }


def is_intact(row: Row[Any]) -> bool:
    """Whether a row of the runs is still what was saved."""
    return _intact(row.payload, row.sha256) and _intact(row.answers, row.answers_sha256)


def _intact(text: object, digest: object) -> bool:
    return isinstance(text, str) and _digest(text) == digest


def _same(submission: str, source: str) -> ColumnElement[bool]:
    return and_(RUNS.c.submission == submission, RUNS.c.source == source)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


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
