"""The ledger: append-only, each row chained to the one before, the head signed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from dalil.errors import LedgerError
from dalil.ledger.database import Database
from dalil.ledger.events import (
    GENESIS,
    KINDS,
    MAX_WHAT_BYTES,
    Checkpoint,
    Event,
    canonical,
    event_of,
    now,
    row_hash,
)
from dalil.ledger.files import locked, private_folder, told, write_private
from dalil.ledger.keys import Signer
from dalil.ledger.tables import CHECKPOINTS, EVENTS
from dalil.ledger.verify import Report, verify

HEAD_FILE = "ledger.head"


class Ledger:
    """The record of events at *url*, signed with the key in the folder *keys*.

    Any number of processes may append at once. ``ledger.head`` in *keys* holds the signed hash of
    the newest row, so that cutting the end of the table off shows; keep a copy of it elsewhere.
    """

    def __init__(self, url: str, keys: Path) -> None:
        self.database = Database(url)
        self.signer = Signer(keys)
        self.head_file = keys / HEAD_FILE

    def append(
        self,
        kind: str,
        *,
        who: str,
        trainee: str | None = None,
        module: str | None = None,
        attempt: int | None = None,
        what: Mapping[str, Any] | None = None,
    ) -> Event:
        """Record one event and sign the new head.

        Raises LedgerError for an unknown kind or what is not plain JSON, RecordsError when the
        records cannot be written; then nothing is recorded.
        """
        with self.writing() as batch:
            return batch.append(
                kind, who=who, trainee=trainee, module=module, attempt=attempt, what=what
            )

    @contextmanager
    def writing(self) -> Iterator[Batch]:
        """A transaction in which events and other rows are written together, or not at all."""
        with self.database.writing() as connection:
            batch = Batch(connection)
            yield batch
        if batch.last is not None:
            self._advance(batch.last)

    def events(
        self,
        *,
        kind: str | None = None,
        who: str | None = None,
        trainee: str | None = None,
        module: str | None = None,
        attempt: int | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Event]:
        """The events with these properties and ``seq > after``, oldest first, at most *limit*."""
        query = select(EVENTS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(limit)
        wanted = {"kind": kind, "who": who, "trainee": trainee, "module": module}
        for column, value in {**wanted, "attempt": attempt}.items():
            if value is not None:
                query = query.where(EVENTS.c[column] == value)
        with self.database.reading() as connection:
            return [event_of(tuple(row)) for row in connection.execute(query)]

    def stream(
        self, kinds: Sequence[str], *, module: str, trainee: str | None = None
    ) -> Iterator[Event]:
        """The events of those *kinds*, oldest first; few of them are in memory at a time."""
        with self.database.reading() as connection:
            yield from _stream(connection, kinds, module, trainee)

    def numbered(self, numbers: Sequence[int]) -> list[Event]:
        """The events with those numbers, oldest first."""
        query = select(EVENTS).where(EVENTS.c.seq.in_(numbers)).order_by(EVENTS.c.seq)
        with self.database.reading() as connection:
            return [event_of(tuple(row)) for row in connection.execute(query)]

    def checkpoint(self) -> Checkpoint | None:
        """Sign the ledger as it stands, in the ledger itself; None when it has no row.

        A batch ends with one: it proves later which rows the academy vouched for and when.
        """
        with self.database.writing() as connection:
            last = _last(connection)
            if last is None:
                return None
            known = connection.execute(
                select(CHECKPOINTS).where(CHECKPOINTS.c.seq == last.seq)
            ).one_or_none()
            if known is not None:
                return Checkpoint(*known)
            signed = self._sign(last)
            connection.execute(insert(CHECKPOINTS).values(asdict(signed)))
        self._advance(last, signed)
        return signed

    def head(self) -> Checkpoint | None:
        """The newest row that ``ledger.head`` vouches for; None when there is no such file.

        Raises LedgerError when the file is not what the academy wrote.
        """
        with told(self.head_file):
            try:
                content = self.head_file.read_bytes()
            except FileNotFoundError:
                return None
        try:
            head = Checkpoint(**json.loads(content))
            if canonical(asdict(head)) + b"\n" == content and type(head.seq) is int:
                return head
        except (TypeError, ValueError, RecursionError, LedgerError):
            pass
        raise LedgerError(f"{self.head_file}: changed after it was written; restore it")

    def verify(self) -> Report:
        """Whether the ledger is what was written, row by row; changes nothing.

        What is wrong with the ledger is in the report, never an exception; RecordsError only when
        there is no permission to look.
        """
        head: Checkpoint | None = None
        trouble = ""
        try:
            head = self.head()
        except LedgerError as error:
            trouble = str(error)
        return verify(self.database, self.signer, head, trouble)

    def _sign(self, last: Event) -> Checkpoint:
        key = self.signer.key_id
        unsigned = Checkpoint(seq=last.seq, hash=last.hash, at=now(), key=key, signature="")
        return Checkpoint(
            **{**asdict(unsigned), "signature": self.signer.sign(unsigned.message)},
        )

    def _advance(self, last: Event, signed: Checkpoint | None = None) -> None:
        """Let ``ledger.head`` vouch for *last*, unless it vouches for something newer or other.

        A head that does not fit the table is left as it is: it is the proof that rows were cut.
        """
        # Before the lock: the first signature makes the key, under the same lock.
        signed = signed or self._sign(last)
        private_folder(self.head_file.parent)
        with locked(self.head_file.parent):
            try:
                head = self.head()
            except LedgerError:
                return
            if head is not None and (head.seq >= last.seq or not self._holds(head)):
                return
            write_private(self.head_file, canonical(asdict(signed)) + b"\n")

    def _holds(self, head: Checkpoint) -> bool:
        with self.database.reading() as connection:
            query = select(EVENTS.c.hash).where(EVENTS.c.seq == head.seq)
            return connection.execute(query).scalar() == head.hash


class Batch:
    """Appends within one transaction; ``connection`` is for other rows of the same transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.last: Event | None = None

    def stream(
        self, kinds: Sequence[str], *, module: str, trainee: str | None = None
    ) -> Iterator[Event]:
        """As ``Ledger.stream``; nobody else can add to them until the transaction ends."""
        return _stream(self.connection, kinds, module, trainee)

    def append(
        self,
        kind: str,
        *,
        who: str,
        trainee: str | None = None,
        module: str | None = None,
        attempt: int | None = None,
        what: Mapping[str, Any] | None = None,
    ) -> Event:
        """As ``Ledger.append``; the event is on record when the transaction ends."""
        if kind not in KINDS:
            raise LedgerError(f"event {kind!r}: must be one of {', '.join(sorted(KINDS))}")
        text = canonical(dict(what or {})).decode("utf-8")
        if len(text) > MAX_WHAT_BYTES:
            raise LedgerError(f"event {kind!r}: record a digest of what is larger than 1 MiB")
        if self.last is None:
            last, previous = _end(self.connection)
        else:
            last, previous = self.last.seq, self.last.hash
        seq = last + 1
        names = tuple(_plain(name) for name in (kind, who, trainee, module))
        row = (seq, *names, attempt, now(), text, previous)
        row = (*row, row_hash(row))
        self.connection.execute(insert(EVENTS).values(row))
        self.last = event_of(row)
        return self.last


def _stream(
    connection: Connection, kinds: Sequence[str], module: str, trainee: str | None
) -> Iterator[Event]:
    query = select(EVENTS).where(EVENTS.c.kind.in_(kinds), EVENTS.c.module == module)
    if trainee is not None:
        query = query.where(EVENTS.c.trainee == trainee)
    options = {"yield_per": 100}
    for row in connection.execute(query.order_by(EVENTS.c.seq), execution_options=options):
        yield event_of(tuple(row))


def _last(connection: Connection) -> Event | None:
    row = connection.execute(select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else event_of(tuple(row))


def _end(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last row."""
    query = select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _plain(name: str | None) -> str | None:
    if name is not None and ("\0" in name or name.encode("utf-8", "replace").decode() != name):
        raise LedgerError(f"{name!r}: not text that can be recorded")
    return name
