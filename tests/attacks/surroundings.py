"""What a batch of hostile notebooks must leave as it was: files, marks, processes, listeners."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Attacks put it into whatever they start, write or plant: found outside of what grading keeps for
# their trainee, it proves that something got out.
MARK = f"attack{uuid.uuid4().hex[:12]}"

CLOCK_SECONDS = 0.1  # the file system's clock may lag behind
LEDGER_HEAD = "academy/records/keys/ledger.head"
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Surroundings:
    """The world around a batch. Compare one from before with one from after."""

    root: Path  # the curriculum, with the academy in it
    gradebook: Path
    files: dict[str, str]  # path relative to root → what it is, and the SHA-256 of its content
    tables: dict[str, str]  # tables, indices and triggers of the gradebook, by name
    rows: Rows  # of the gradebook, by table
    listening: frozenset[tuple[str, int]]
    children: frozenset[int]  # processes below this one
    at: float  # seconds since 1970

    @classmethod
    def of(cls, root: Path, gradebook: Path) -> Surroundings:
        tables, rows = _database(gradebook)
        children = frozenset(process.pid for process in below())
        files, listening = _files(root), _listening()
        return cls(root, gradebook, files, tables, rows, listening, children, time.time())

    def lost_files(self, after: Surroundings) -> list[str]:
        """Files that were there before and are gone or changed."""
        return [
            name
            for name, was in self.files.items()
            if after.files.get(name) != was and not _kept_by_grading(name)
        ]

    def new_files(self, after: Surroundings, graded: set[str]) -> list[str]:
        """Files that are no part of what grading the trainees *graded* writes."""
        return [
            name
            for name in after.files
            if name not in self.files and not _written_by_grading(name, graded)
        ]

    def lost_rows(self, after: Surroundings) -> list[str]:
        """Rows of the gradebook from before that are gone or changed, as text."""
        return [
            f"{table}: {row}"
            for table, rows in self.rows.items()
            for row in rows
            if row not in after.rows.get(table, ())
        ]


def _files(root: Path) -> dict[str, str]:
    found = {}
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = Path(folder, name)
            with suppress(FileNotFoundError):
                found[str(path.relative_to(root))] = _state(path)
    return found


def _state(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link to {os.readlink(path)}"
    if stat.S_ISREG(mode):
        return f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return f"{mode:o}"


def _kept_by_grading(name: str) -> bool:
    """Databases, the ledger's head and logs, which change with every submission."""
    parts = Path(name).parts
    database = parts[:2] == ("academy", "records") and ".db" in parts[-1]
    return database or name == LEDGER_HEAD or parts[:2] == ("academy", "logs")


def _written_by_grading(name: str, graded: set[str]) -> bool:
    """The same, runs on record, and the graded notebook of each trainee."""
    parts = Path(name).parts
    if parts[:2] == ("academy", "autograded"):
        return len(parts) == 2 or parts[2] in graded
    if parts[:2] == ("academy", "records"):
        return _kept_by_grading(name) or parts[2] not in ("keys", "exhibits", "submissions")
    return _kept_by_grading(name) or "__pycache__" in parts


def _database(path: Path) -> tuple[dict[str, str], Rows]:
    with closing(sqlite3.connect(path, timeout=30)) as database:
        made = database.execute("select name, sql from sqlite_master").fetchall()
        names = [
            n for (n,) in database.execute("select name from sqlite_master where type='table'")
        ]
        rows = {name: database.execute(f'select * from "{name}"').fetchall() for name in names}
    return {name: str(sql) for name, sql in made}, rows


def marked_processes() -> list[psutil.Process]:
    """Every process of the machine with MARK in its command line or environment."""
    found = []
    for process in psutil.process_iter():
        words: list[str] = []
        with suppress(psutil.Error):
            words += process.cmdline()
        with suppress(psutil.Error):
            words += process.environ().values()
        if any(MARK in word for word in words):
            found.append(process)
    return found


def below() -> list[psutil.Process]:
    """Living processes that this one started, and those that they started."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def _listening() -> frozenset[tuple[str, int]]:
    """Addresses at which this process, those below it and marked ones listen."""
    mine = {psutil.Process().pid, *(p.pid for p in (*below(), *marked_processes()))}
    return frozenset(
        (str(connection.laddr[0]), int(connection.laddr[1]))
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.pid in mine
    )


def marked_files(*folders: Path, since: float) -> list[Path]:
    """Files and folders changed at or after *since* with MARK in their name or content."""
    return [path for folder in folders for path in _below(folder) if _carries_mark(path, since)]


def shared_folders() -> list[Path]:
    """Where anybody may write, and where a person's own start-up files lie."""
    places = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", tempfile.gettempdir())
    return sorted({Path(place) for place in places if os.path.isdir(place)})


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *names))


def _carries_mark(path: Path, since: float) -> bool:
    with suppress(OSError):
        status = path.lstat()
        if status.st_ctime < since - CLOCK_SECONDS:  # nobody can set it back
            return False
        if MARK in path.name:
            return True
        small = stat.S_ISREG(status.st_mode) and status.st_size < 1_000_000
        return small and MARK.encode() in path.read_bytes()
    return False
