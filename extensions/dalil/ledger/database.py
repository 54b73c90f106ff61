"""The records database: SQLite (WAL) in the academy's folder, or PostgreSQL by URL."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from dalil.errors import RecordsError
from dalil.ledger.files import locked, private_folder, sync_folder, told

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0003"  # the newest migration; a test compares it with the folder
BUSY_SECONDS = 60.0
# Any number that no other program on the same PostgreSQL server uses.
_ADVISORY_LOCK = 0x6461_6C69_6C


class Database:
    """Opens the records database on first use: makes it, or brings it up to date.

    Connections are not kept between uses (but see ``kept``), so nothing needs closing and a fork
    inherits nothing.
    Raises RecordsError, in one line, for whatever the file system or the database refuses.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise RecordsError(f"database_url {url!r}: not a URL of SQLAlchemy") from error
        self._engine: Engine | None = None
        self._own = threading.local()

    @property
    def path(self) -> Path | None:
        """The SQLite file; None when a server keeps the records."""
        if self.url.get_backend_name() != "sqlite":
            return None
        if not self.url.database or self.url.database == ":memory:":
            raise RecordsError("database_url: records in memory would be lost; name a file")
        return Path(self.url.database)

    @property
    def place(self) -> str:
        """Where the records lie, for a message: never with a password."""
        return str(self.path or self.url.render_as_string(hide_password=True))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database."""
        with self._told(), self._connection() as connection:
            connection.execution_options(dalil_writing=False)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that alone may write until the block ends, all of which happens or none."""
        with self._told(), self._connection() as connection, _alone(connection):
            yield connection

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep this thread's connection open within the block: for many small transactions."""
        if getattr(self._own, "connection", None) is not None:
            yield
            return
        with self._told(), self._open().connect() as connection:
            self._own.connection = connection
            try:
                yield
            finally:
                self._own.connection = None

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        kept: Connection | None = getattr(self._own, "connection", None)
        if kept is not None and not kept.in_transaction():
            yield kept
            return
        with self._open().connect() as connection:
            yield connection

    def _open(self) -> Engine:
        if self._engine is None:
            path = self.path
            if path is not None:
                private_folder(path.parent)
                with told(path):
                    if not _holds_something(path):
                        _make(path)
            engine = open_engine(self.url.render_as_string(hide_password=False))
            _upgrade(engine, self.place)
            self._engine = engine
        return self._engine

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise RecordsError(f"{self.place}: {advice(error.orig)}") from error
        except (SQLAlchemyError, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split())
            raise RecordsError(f"{self.place}: the records cannot be used: {reason}") from error


def advice(error: BaseException | None) -> str:
    """One line for a person about an error of the database's driver."""
    reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    for pattern, what in (
        (r"readonly|read-only", "nothing was recorded: make it writable and repeat"),
        (r"full", "nothing was recorded: free some space and repeat"),
        (r"disk I/O", "nothing was recorded: see that the disk is whole and has space, and repeat"),
        (r"locked|busy", "another program holds it for too long: end that one and repeat"),
        (r"unable to open", "only the account that runs the academy may use its records"),
        (
            r"malformed|not a database|encrypted|decode",
            "run `dalil ledger verify`, then restore a backup",
        ),
    ):
        if re.search(pattern, reason, re.IGNORECASE):
            return f"{reason}; {what}"
    return f"{reason}; see that the records database is reachable, and repeat"


def open_engine(url: str, **arguments: Any) -> Engine:
    """An engine that keeps no connection and whose commits survive a power cut.

    Transactions of connections with the option ``dalil_writing`` lock others out from the start,
    so that none of them fails half way. *arguments* are SQLite's. Raises RecordsError.
    """
    sqlite = make_url(url).get_backend_name() == "sqlite"
    options = {"timeout": BUSY_SECONDS, **arguments} if sqlite else {}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=options)
    except (SQLAlchemyError, ImportError) as error:
        place = make_url(url).render_as_string(hide_password=True)
        raise RecordsError(f"{place}: {error}; install its driver or use SQLite") from error
    if sqlite:
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # SQLAlchemy shall begin transactions, not the driver; see its notes on pysqlite.
    connection.isolation_level = None
    # In WAL mode only FULL keeps a commit through a power cut, and a receipt promises that.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("dalil_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """A transaction of *connection* that alone may write."""
    connection.execution_options(dalil_writing=True)
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _make(path: Path) -> None:
    """Make a complete database beside *path*, then put it in place: nobody sees half of one."""
    with locked(path.parent):
        if _holds_something(path):
            return
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with closing(sqlite3.connect(fresh)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # the file remembers it
            engine = open_engine(f"sqlite:///{fresh}")
            _upgrade(engine, str(path))
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        sync_folder(path.parent)


def _upgrade(engine: Engine, place: str) -> None:
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.connect() as connection, _alone(connection):
        revision = _revision(connection)
        if revision != HEAD:
            _migrate(connection, revision, place)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, revision: str | None, place: str) -> None:
    # Alembic takes a third of a second to import and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise RecordsError(
            f"{place}: made by another version of Dalil (records {revision}); use that version"
        ) from error
