"""What was handed in and is not graded: known from the records alone, whatever was running."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import func, select

from dalil.grading.recording import KINDS
from dalil.ledger import Ledger
from dalil.ledger.tables import EVENTS, SUBMISSIONS


@dataclass(frozen=True)
class Pending:
    """The newest submission of one trainee in one module; ``serial`` is its row of the ledger."""

    module: str
    trainee: str
    serial: int


def pending(ledger: Ledger) -> list[Pending]:
    """Newest submissions that the last marks are not about, oldest first. Raises RecordsError."""
    newest = select(func.max(SUBMISSIONS.c.serial)).group_by(
        SUBMISSIONS.c.module, SUBMISSIONS.c.trainee
    )
    columns = [SUBMISSIONS.c[name] for name in ("module", "trainee", "serial", "attempt", "sha256")]
    work = select(*columns).where(SUBMISSIONS.c.serial.in_(newest)).order_by(SUBMISSIONS.c.serial)
    last = (
        select(func.max(EVENTS.c.seq))
        .where(EVENTS.c.kind.in_(KINDS))
        .group_by(EVENTS.c.module, EVENTS.c.trainee)
    )
    marks = select(EVENTS.c.module, EVENTS.c.trainee, EVENTS.c.attempt, EVENTS.c.what)
    with ledger.database.reading() as connection:
        graded = {
            (row.module, row.trainee): (row.attempt, json.loads(row.what).get("submission"))
            for row in connection.execute(marks.where(EVENTS.c.seq.in_(last)))
        }
        return [
            Pending(row.module, row.trainee, row.serial)
            for row in connection.execute(work)
            if graded.get((row.module, row.trainee)) != (row.attempt, row.sha256)
        ]
