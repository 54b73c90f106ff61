"""Receipts: the academy's signed word that it holds certain bytes since a certain moment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TypeAlias

from dalil.errors import LedgerError, ReceiptError
from dalil.ledger import Signer, canonical

# The receipt's field `bytes` hides the type within its class.
Octets: TypeAlias = bytes

MAX_RECEIPT_BYTES = 16 * 1024
_WHOLE_NUMBERS = frozenset({"attempt", "bytes", "serial"})


@dataclass(frozen=True)
class Receipt:
    """What was received from whom: ``received`` is the server's time, ISO 8601 in UTC.

    ``sha256`` and ``bytes`` are of the notebook as it was handed in; ``serial`` is the row of the
    ledger; ``signature`` is Ed25519 (RFC 8032), 128 hexadecimal digits, by the key ``key``.
    """

    course: str
    module: str
    trainee: str
    attempt: int
    sha256: str
    bytes: int
    received: str
    serial: int
    key: str
    signature: str

    @property
    def message(self) -> Octets:
        """The bytes that are signed: all fields but the signature, as canonical JSON."""
        body = asdict(self)
        del body["signature"]
        return canonical({"dalil": "receipt-1", **body})

    def to_json(self) -> str:
        """One line of JSON that ``from_json`` reads."""
        return canonical(asdict(self)).decode("utf-8")

    @classmethod
    def from_json(cls, text: str | Octets) -> Receipt:
        """Read what ``to_json`` wrote, whatever its layout. Raises ReceiptError."""
        if len(text) > MAX_RECEIPT_BYTES:
            raise ReceiptError("not a receipt of this academy: it is too large")
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ReceiptError(f"not a receipt of this academy: {error}") from error
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != names:
            raise ReceiptError(f"not a receipt of this academy: it has {', '.join(sorted(names))}")
        for name, value in values.items():
            if type(value) is not (int if name in _WHOLE_NUMBERS else str):
                raise ReceiptError(f"not a receipt of this academy: {name} is of another type")
        return cls(**values)


def signed(receipt: Receipt, signer: Signer) -> Receipt:
    """*receipt* with the academy's key and signature. Raises RecordsError."""
    unsigned = replace(receipt, key=signer.key_id, signature="")
    return replace(unsigned, signature=signer.sign(unsigned.message))


def check(receipt: Receipt, signer: Signer) -> None:
    """Raise ReceiptError unless the academy signed just this receipt."""
    whose = f"receipt {receipt.serial} of {receipt.trainee} for {receipt.module}"
    if signer.public(receipt.key) is None:
        raise ReceiptError(f"{whose}: signed with the key {receipt.key[:40]!r}, not the academy's")
    try:
        good = signer.verify(receipt.message, receipt.signature, receipt.key)
    except LedgerError:  # letters that no receipt can hold
        good = False
    if not good:
        raise ReceiptError(f"{whose}: changed after it was signed; the academy's records decide")
