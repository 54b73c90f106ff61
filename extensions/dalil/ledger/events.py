"""Events and checkpoints: what a row says, what is hashed and what is signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from dalil.errors import LedgerError

KINDS = frozenset(
    {
        "issued",
        "opened",
        "submitted",
        "graded",
        "regraded",
        "hand-marked",
        "commented",
        "released",
        "feedback-released",
        "authorised",
        "revoked",
        "enrolled",
        "person-changed",
        "person-removed",
        "dates-set",
        "extended",
        "backed-up",
        "backup-fetched",
        "restored",
    }
)
# The hash "before" the first row.
GENESIS = "0" * 64
COLUMNS = (
    "seq",
    "kind",
    "who",
    "trainee",
    "module",
    "attempt",
    "at",
    "what",
    "previous",
    "hash",
)
# A row is read whole whenever the ledger is verified; digests, not documents, belong in it.
MAX_WHAT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Event:
    """One row. ``at`` is the server's time, aware UTC; ``hash`` covers all other columns."""

    seq: int
    kind: str
    who: str
    trainee: str | None
    module: str | None
    attempt: int | None
    at: datetime
    what: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Checkpoint:
    """The academy's signature under the ledger up to row ``seq``, whose hash is ``hash``."""

    seq: int
    hash: str
    at: str
    key: str
    signature: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        body = asdict(self)
        del body["signature"]
        return canonical({"dalil": "checkpoint-1", **body})


def canonical(value: object) -> bytes:
    """The one JSON text of *value*: sorted keys, no blanks, UTF-8, no NaN. Raises LedgerError."""
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise LedgerError(f"what is recorded must be plain JSON: {error}") from error


def now() -> str:
    """The server's time as it is recorded: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def row_hash(values: Sequence[object]) -> str:
    """SHA-256 of a row's columns but the last, as the canonical JSON list of their values."""
    return hashlib.sha256(canonical(list(values[: len(COLUMNS) - 1]))).hexdigest()


def intact(event: Event) -> bool:
    """Whether *event* is what its hash was made of; its place in the chain is not looked at."""
    at = event.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    what = canonical(dict(event.what)).decode("utf-8")
    names = (event.kind, event.who, event.trainee, event.module)
    return row_hash((event.seq, *names, event.attempt, at, what, event.previous)) == event.hash


def event_of(row: Sequence[Any]) -> Event:
    """The event in a row of the table. Raises LedgerError naming the row when it cannot be read."""
    values = dict(zip(COLUMNS, row, strict=True))
    try:
        values["at"] = datetime.fromisoformat(values["at"])
        values["what"] = json.loads(values["what"])
    except (TypeError, ValueError) as error:
        raise LedgerError(
            f"ledger row {values['seq']}: changed after it was written; run `dalil ledger verify`"
        ) from error
    return Event(**values)
