"""Records and gradebook on a database server: rows out into a SQLite file, and in again.

Through SQLAlchemy rather than the server's own tools, which need not be installed where the
academy runs, so that a backup of one kind of database can be restored to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Enum,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from dalil.errors import RecordsError
from dalil.ledger import Database
from dalil.ledger.database import advice, open_engine
from dalil.ledger.tables import METADATA

_ROWS = 500  # at a time
_VERSIONS = "alembic_version"


def seen(database: Database, kind: str) -> Connection | None:
    """A connection that sees the server's database as it is now, until it is closed.

    None when the tables of that *kind* ("records" or "gradebook") were never made.
    """
    with _told(database.place):
        engine = open_engine(database.url.render_as_string(hide_password=False))
        connection = engine.connect().execution_options(isolation_level="REPEATABLE READ")
        connection.begin()
        first = next(iter(tables(kind).sorted_tables))
        if inspect(connection).has_table(first.name):
            return connection
        connection.close()
        engine.dispose()
        return None


def copy_from_server(
    source: Connection, kind: str, target: Path, place: str, step: Callable[[int, int], None]
) -> None:
    """Write the rows that *source* sees to *target*, a new SQLite file of the same tables."""
    url = f"sqlite:///{target}"
    make_empty(kind, url)
    target.chmod(0o600)
    with _told(place), _transaction(url) as connection:
        _copy(source, connection, kind, step)


def copy_to_server(
    source: Path, kind: str, url: str, aside: str, step: Callable[[int, int], None]
) -> Callable[[], None]:
    """Replace the tables at *url* by the rows of the SQLite file *source*; returns what undoes it.

    Tables that are there move into the schema *aside* of the same database. Whatever fails, the
    tables are as before.
    """
    place = make_url(url).render_as_string(hide_password=True)

    def undo() -> None:
        with _told(place), _transaction(url) as connection:
            _drop(connection, kind)
            if moved:
                _move_back(connection, kind, aside)

    with _told(place), _transaction(url) as connection:
        moved = _move(connection, kind, aside)
    try:
        make_empty(kind, url)
        with (
            _told(place),
            _transaction(f"sqlite:///{source}") as rows,
            _transaction(url) as connection,
        ):
            _copy(rows, connection, kind, step)
    except BaseException:
        undo()
        raise
    return undo


def filled(database: Database, kind: str) -> bool:
    """Whether the server's database holds tables of that *kind* with a row in one of them."""
    connection = seen(database, kind)
    if connection is None:
        return False
    with _told(database.place), connection:
        found = any(
            connection.execute(select(text("1")).select_from(table).limit(1)).first()
            for table in tables(kind).sorted_tables
            if table.name != "course"  # nbgrader's: in every new gradebook
        )
    connection.engine.dispose()
    return found


def tables(kind: str) -> MetaData:
    """The tables of "records" or "gradebook"."""
    if kind == "records":
        return METADATA
    from dalil.nbgrader.tables import TABLES  # takes a second and is seldom needed

    return TABLES


def make_empty(kind: str, url: str) -> None:
    """Make the tables of that *kind* at *url*. Raises RecordsError."""
    if kind == "records":
        with Database(url).reading():
            return
    from dalil.nbgrader.tables import clear_courses, make_gradebook

    make_gradebook(url)
    with _transaction(url) as connection:
        clear_courses(connection)


def _copy(
    source: Connection, target: Connection, kind: str, step: Callable[[int, int], None]
) -> None:
    found = tables(kind).sorted_tables
    counts = [
        source.execute(select(func.count()).select_from(table)).scalar_one() for table in found
    ]
    done, total = 0, sum(counts)
    for table in found:
        columns = _columns(source, table)
        rows = source.execute(select(*columns), execution_options={"yield_per": _ROWS}).mappings()
        for batch in rows.partitions():
            target.execute(insert(table), [dict(row) for row in batch])
            done += len(batch)
            step(done, total)
        _renumber(target, table)


def _columns(source: Connection, table: Table) -> list[Column[Any]]:
    """The columns that the source has: one of an earlier version may lack some."""
    known = {column["name"] for column in inspect(source).get_columns(table.name)}
    return [column for column in table.columns if column.name in known]


def _renumber(target: Connection, table: Table) -> None:
    """Let the server go on counting behind the rows that came with their own numbers."""
    counted = table.autoincrement_column
    if target.dialect.name != "postgresql" or counted is None:
        return
    sequence = target.execute(
        text("SELECT pg_get_serial_sequence(:name, :column)"),
        {"name": table.name, "column": counted.name},
    ).scalar()
    if sequence is not None:
        last = select(func.coalesce(func.max(counted), 0) + 1).scalar_subquery()
        target.execute(select(func.setval(sequence, last, False)))


def _move(connection: Connection, kind: str, aside: str) -> bool:
    """Move the tables of that *kind*, and their types, into the schema *aside*."""
    there = inspect(connection)
    names = [n for n in _names(kind) if there.has_table(n)]
    if not names:
        return False
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quote(aside)}"))
    for name in names:
        connection.execute(text(f"ALTER TABLE {quote(name)} SET SCHEMA {quote(aside)}"))
    for name in _types(kind):
        if _has_type(connection, name):
            connection.execute(text(f"ALTER TYPE {quote(name)} SET SCHEMA {quote(aside)}"))
    return True


def _move_back(connection: Connection, kind: str, aside: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    here = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    there = inspect(connection)
    for name in _names(kind):
        if there.has_table(name, schema=aside):
            connection.execute(text(f"ALTER TABLE {quote(aside)}.{quote(name)} SET SCHEMA {here}"))
    for name in _types(kind):
        connection.execute(text(f"ALTER TYPE {quote(aside)}.{quote(name)} SET SCHEMA {here}"))
    connection.execute(text(f"DROP SCHEMA {quote(aside)}"))


def _drop(connection: Connection, kind: str) -> None:
    tables(kind).drop_all(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {_VERSIONS}"))


def _names(kind: str) -> list[str]:
    return [*(table.name for table in tables(kind).sorted_tables), _VERSIONS]


def _types(kind: str) -> list[str]:
    """Names of the enumerations that the server keeps as types of their own."""
    columns = (column for table in tables(kind).sorted_tables for column in table.columns)
    return sorted({str(c.type.name) for c in columns if isinstance(c.type, Enum) and c.type.name})


def _has_type(connection: Connection, name: str) -> bool:
    query = text(
        "SELECT 1 FROM pg_type JOIN pg_namespace n ON n.oid = typnamespace "
        "WHERE typname = :name AND nspname = current_schema()"
    )
    return connection.execute(query, {"name": name}).first() is not None


@contextmanager
def _transaction(url: str) -> Iterator[Connection]:
    engine = open_engine(url)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise RecordsError(f"{place}: {advice(getattr(error, 'orig', None) or error)}") from error
