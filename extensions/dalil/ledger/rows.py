"""Rows of a table as they lie in the database, for whoever distrusts them.

SQLite is read through its own driver, read-only and as bytes: a changed byte may be no text, no
number, or no row any more.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from dalil.errors import RecordsError
from dalil.ledger.database import BUSY_SECONDS, Database, advice

Raw: TypeAlias = tuple[Any, ...]

# SQLite quotes damaged names in its messages, and its driver then fails to decode them.
_DAMAGE = (sqlite3.Error, SQLAlchemyError, UnicodeDecodeError, MemoryError, OverflowError)


class UnreadableError(Exception):
    """The database cannot give this row or table; the text is its own reason, one line."""


class Rows(Protocol):
    """What verifying needs of a database."""

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[Raw]:
        """All rows in the order of their key. Raises UnreadableError, perhaps half way."""

    def find(self, table: str, columns: Sequence[str], seq: int) -> Raw | None:
        """The row with that key. Raises UnreadableError."""

    def damage(self, table: str | None) -> list[tuple[int | None, str]]:
        """(row, reason) of whatever the database itself finds wrong with *table*, or with all."""


@contextmanager
def rows_of(database: Database) -> Iterator[Rows | None]:
    """The rows of *database* at one moment; None when there is no database yet.

    Raises RecordsError when it may not be read, UnreadableError when it is no database.
    """
    path = database.path
    if path is None:
        with database.reading() as connection:
            yield _ServerRows(connection)
    elif not path.exists():
        yield None
    else:
        file = open_sqlite(path)
        try:
            yield _SqliteRows(file, path)
        finally:
            file.close()


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open *path* read-only; where even WAL's shared memory cannot be made, as it lies."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise RecordsError(f"{path}: {error.strerror}; ask whoever runs the academy") from error
    wal = path.with_name(f"{path.name}-wal")
    # A log that is there holds rows: without it the file is not the whole ledger.
    modes = (
        ("mode=ro",) if wal.exists() and wal.stat().st_size else ("mode=ro", "mode=ro&immutable=1")
    )
    reason = ""
    for mode in modes:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?{mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        connection.text_factory = bytes
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except _DAMAGE as error:
            connection.close()
            reason = advice(error)
    raise UnreadableError(reason)


def _logged(path: Path) -> bool:
    """Whether a write-ahead log holds rows: without it the file is not the whole ledger."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


class _SqliteRows:
    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[Raw]:
        with _unreadable():
            for row in self._connection.execute(f"{_query(table, columns)} ORDER BY seq"):
                yield _typed(row)

    def find(self, table: str, columns: Sequence[str], seq: int) -> Raw | None:
        with _unreadable():
            query = f"{_query(table, columns)} WHERE seq = ?"
            row = self._connection.execute(query, (seq,)).fetchone()
            return None if row is None else _typed(row)

    def damage(self, table: str | None) -> list[tuple[int | None, str]]:
        found: list[tuple[int | None, str]] = []
        # The quick check looks at the structure of every table, not at every entry of an index.
        pragma = f"integrity_check('{table}')" if table else "quick_check"
        try:
            for (reason,) in self._connection.execute(f"PRAGMA {pragma}"):
                line = " ".join(reason.decode("utf-8", "replace").split())
                row = re.search(r"\brow (\d+)\b", line) if table else None
                if line != "ok":
                    found.append((int(row[1]) if row else None, line))
            (page,) = self._connection.execute("PRAGMA page_size").fetchone()
            if not _logged(self._path) and self._path.stat().st_size % page:
                found.append((None, "the file was cut within a page"))
        except _DAMAGE as error:
            found.append((None, _line(error)))
        return found


class _ServerRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[Raw]:
        query = text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY seq")
        with _unreadable():
            for row in self._connection.execute(query):
                yield tuple(row)

    def find(self, table: str, columns: Sequence[str], seq: int) -> Raw | None:
        query = text(f"SELECT {', '.join(columns)} FROM {table} WHERE seq = :seq")
        with _unreadable():
            row = self._connection.execute(query, {"seq": seq}).one_or_none()
            return None if row is None else tuple(row)

    def damage(self, table: str | None) -> list[tuple[int | None, str]]:
        return []


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableError(_line(error)) from error


def _line(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return " ".join(error.object.decode("utf-8", "replace").split())
    return " ".join(str(error).split())


def _query(table: str, columns: Sequence[str]) -> str:
    # What was text may have become a blob of the same bytes: only its type tells.
    types = ", ".join(f"typeof({column})" for column in columns)
    return f"SELECT {', '.join(columns)}, {types} FROM {table}"


def _typed(row: Sequence[Any]) -> Raw:
    """The values of *row* as str, int or None; anything else stays bytes or float."""
    half = len(row) // 2
    return tuple(
        _decoded(value) if kind == b"text" else value
        for value, kind in zip(row[:half], row[half:], strict=True)
    )


def _decoded(value: bytes) -> str | bytes:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value
