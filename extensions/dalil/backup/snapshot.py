"""Copies of the databases as they were at one moment, while the academy goes on.

A copy is always a SQLite file, whichever database the academy has: it can be restored to either,
and be verified before anything is replaced.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from dalil.backup.archive import Step
from dalil.backup.servers import copy_from_server, seen
from dalil.errors import RecordsError
from dalil.ledger import Database, Ledger
from dalil.ledger.database import advice
from dalil.ledger.rows import UnreadableError, open_sqlite
from dalil.settings import Settings

_PAGES = 1024  # of a database copied between two looks at the progress


class Source(Protocol):
    """A database whose moment is fixed."""

    def copy(self, target: Path, step: Callable[[int, int], None]) -> None:
        """Write what it was at that moment to *target*, a new SQLite file."""

    def close(self) -> None: ...


def copy_databases(
    settings: Settings, ledger: Ledger, records: Path, gradebook: Path, step: Step
) -> None:
    """Copy records and, if there is one, gradebook, as both were between two transactions.

    There must be records. Writers wait only until both moments are fixed, not while the copies are
    written. Raises RecordsError.
    """
    with ExitStack() as open_ones:
        with ExitStack() as quiet:
            with suppress(RecordsError):  # nobody can write: on a failing disk it is wanted most
                quiet.enter_context(ledger.database.writing())
            source = some(ledger.database)
            open_ones.callback(source.close)
            marks = _source(Database(settings.gradebook_url), "gradebook")
            if marks is not None:
                open_ones.callback(marks.close)
        source.copy(records, lambda done, total: step("records", done, total))
        if marks is not None:
            marks.copy(gradebook, lambda done, total: step("gradebook", done, total))


def some(database: Database) -> Source:
    """The records as they are now. Raises RecordsError when there are none yet."""
    source = _source(database, "records")
    if source is None:
        raise RecordsError(f"{database.place}: no records yet; nothing to back up")
    return source


def whole(path: Path, what: str) -> None:
    """Raise RecordsError unless the SQLite file at *path* is sound in its structure."""
    try:
        connection = open_sqlite(path)
    except UnreadableError as error:
        raise RecordsError(f"{what}: damaged: {error}") from error
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error).encode()
    finally:
        connection.close()
    if found != b"ok":
        reason = " ".join(found.decode("utf-8", "replace").split())
        raise RecordsError(f"{what}: damaged: {reason}; run `dalil ledger verify`")


def _source(database: Database, kind: str) -> Source | None:
    path = database.path
    if path is None:
        connection = seen(database, kind)
        return None if connection is None else _Server(connection, kind, database.place)
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        return _Sqlite(open_sqlite(path), path)
    except UnreadableError as error:
        raise RecordsError(f"{path}: {error}") from error


class _Sqlite:
    """A connection that reads: SQLite copies what it sees, whatever is written meanwhile."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path

    def copy(self, target: Path, step: Callable[[int, int], None]) -> None:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        copy = sqlite3.connect(target)
        try:
            self._connection.backup(
                copy,
                pages=_PAGES,
                progress=lambda _, left, total: step(total - left, total),
            )
        except sqlite3.Error as error:
            raise RecordsError(f"{self._path}: copying: {advice(error)}") from error
        finally:
            copy.close()
        whole(target, str(self._path))

    def close(self) -> None:
        self._connection.close()


class _Server:
    def __init__(self, connection: Connection, kind: str, place: str) -> None:
        self._connection, self._kind, self._place = connection, kind, place

    def copy(self, target: Path, step: Callable[[int, int], None]) -> None:
        copy_from_server(self._connection, self._kind, target, self._place, step)

    def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()
