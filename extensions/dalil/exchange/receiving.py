"""Taking work in: the event, the signed receipt and the submission on record, or nothing of it."""

from __future__ import annotations

from dalil.errors import ExchangeError
from dalil.exchange.cases import find_case
from dalil.exchange.receipts import Receipt, signed
from dalil.exchange.submissions import find_newest, keep_submission
from dalil.ledger import Ledger
from dalil.models import ModuleId, TraineeId


def receive(
    ledger: Ledger,
    course: str,
    whose: tuple[ModuleId, TraineeId],
    work: tuple[str, int],
    attempt: int | None,
    *,
    again: bool,
) -> tuple[Receipt, bool]:
    """Put stored *work* (digest, bytes) on record; returns its receipt, and whether it is new.

    Unless *again*, bytes that are the newest submission of that attempt already have their receipt:
    whoever did not hear of it asks once more. Raises ExchangeError when no case was issued.
    """
    (module, trainee), (digest, size) = whose, work
    with ledger.writing() as batch:
        issued = find_case(batch.connection, module, trainee, attempt)
        if issued is None:
            which = "" if attempt is None else f" (attempt {attempt})"
            raise ExchangeError(f"{module}{which} was not issued to {trainee}; fetch it first")
        if not again:
            newest = find_newest(batch.connection, module, trainee)
            if newest and (newest.attempt, newest.digest) == (issued.key.attempt, digest):
                return newest.receipt, False
        event = batch.append(
            "submitted",
            who=trainee,
            trainee=trainee,
            module=module,
            attempt=issued.key.attempt,
            what={"submission": digest, "bytes": size, "version": issued.key.version},
        )
        receipt = signed(
            Receipt(
                course=course,
                module=module,
                trainee=trainee,
                attempt=issued.key.attempt,
                sha256=digest,
                bytes=size,
                received=event.at.isoformat(timespec="microseconds"),
                serial=event.seq,
                key="",
                signature="",
            ),
            ledger.signer,
        )
        keep_submission(batch.connection, receipt)
    return receipt, True
