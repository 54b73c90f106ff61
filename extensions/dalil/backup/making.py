"""Making a backup while the academy runs, and the list of those that were made."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE, S_ISREG

from dalil import __version__
from dalil.backup.archive import (
    GRADEBOOK,
    PARTS,
    RECORDS,
    Folder,
    Manifest,
    Step,
    Writer,
    acceptable,
)
from dalil.backup.snapshot import copy_databases, some
from dalil.errors import RecordsError, UsageError
from dalil.ledger import Database, Ledger, now
from dalil.ledger.files import private_folder, sync_folder, told, write_private
from dalil.ledger.keys import PRIVATE
from dalil.ledger.ledger import HEAD_FILE
from dalil.settings import Settings

log = logging.getLogger(__name__)
FOLDER = "backups"
SUFFIX = ".zip"
_DIGEST_SUFFIX = ".sha256"  # beside each: what `sha256sum --check` reads
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Backup:
    """A backup as it lies there: ``made`` aware UTC, ``bytes`` and ``sha256`` of the whole file.

    ``sha256`` is empty when nobody noted it; ``sound`` is only known of one just made.
    """

    path: Path
    made: datetime
    bytes: int
    sha256: str
    files: int | None = None
    rows: int | None = None
    sound: bool | None = None


def backups(settings: Settings) -> list[Backup]:
    """The backups in the academy's own folder, the newest first. Raises RecordsError."""
    folder = settings.academy / FOLDER
    with told(folder):
        if not folder.is_dir():
            return []
        found = [_known(path) for path in folder.glob(f"*{SUFFIX}") if not path.is_symlink()]
    return sorted(found, key=lambda backup: (backup.made, backup.path.name), reverse=True)


def backup_of(settings: Settings, name: str) -> Backup | None:
    """The backup of that file name in the academy's own folder; None if there is none."""
    return next((backup for backup in backups(settings) if backup.path.name == name), None)


def make_backup(settings: Settings, target: Path | None = None, *, who: str, step: Step) -> Backup:
    """Write a backup to *target* (default: a new file in the academy's folder ``backups``).

    It is there whole or not at all, readable by this account only. ``step(name, done, total)`` is
    called as it grows. Raises UsageError when *target* exists, RecordsError when records cannot be
    read or *target* cannot be written.
    """
    path = target or private_folder(settings.academy / FOLDER) / _name()
    if os.path.lexists(path):
        raise UsageError(f"{path}: is there already; name a new file")
    with told(path), _workshop(path) as workshop:
        fresh = workshop / "backup"
        manifest = _write(settings, fresh, workshop, step)
        digest = _digest(fresh, step)
        os.replace(fresh, path)
        sync_folder(path.parent)
        write_private(
            path.with_name(path.name + _DIGEST_SUFFIX), f"{digest}  {path.name}\n".encode()
        )
    said = {"file": path.name, "sha256": digest, "rows": manifest.rows}
    with suppress(RecordsError):  # on a full disk the backup counts, not its event
        Ledger(settings.database_url, settings.keys).append("backed-up", who=who, what=said)
    return Backup(
        path,
        datetime.fromisoformat(manifest.made),
        path.stat().st_size,
        digest,
        len(manifest.files),
        manifest.rows,
        manifest.sound,
    )


def _write(settings: Settings, fresh: Path, workshop: Path, step: Step) -> Manifest:
    ledger = Ledger(settings.database_url, settings.keys)
    made = now()
    some(ledger.database).close()  # before anything of ours would make them
    with suppress(RecordsError):
        ledger.checkpoint()
    # The head first: the copied ledger then reaches at least as far as it vouches for.
    keys = private_folder(workshop / "keys")
    _copy_head(ledger, keys)
    records, gradebook = workshop / "dalil.db", workshop / "gradebook.db"
    copy_databases(settings, ledger, records, gradebook, step)
    for key in files_of(settings.keys):
        if key.name != HEAD_FILE:
            shutil.copy(key, keys / key.name)
    copied = Ledger(f"sqlite:///{records}", keys)
    report = copied.verify()
    last = copied.events(after=report.rows - 1, limit=1)
    writer = Writer(fresh)
    try:
        _add(writer, RECORDS, records)
        if gradebook.exists():
            _add(writer, GRADEBOOK, gradebook)
        for key in files_of(keys):
            _add(writer, f"records/keys/{key.name}", key)
        _add_folders(settings, writer, step)
        manifest = Manifest(
            made=made,
            version=__version__,
            course=settings.course_id,
            rows=report.rows,
            head=last[0].hash if last else "",
            key=copied.signer.key_id if (keys / PRIVATE).exists() else "",
            sound=report.ok,
            folders=_folders(settings),
            files=tuple(writer.entries),
        )
        writer.finish(manifest)
    finally:
        writer.close()
    return manifest


def _copy_head(ledger: Ledger, keys: Path) -> None:
    with suppress(FileNotFoundError):
        write_private(keys / HEAD_FILE, ledger.head_file.read_bytes())


def _add_folders(settings: Settings, writer: Writer, step: Step) -> None:
    """All files of the academy's parts. Those of the stores never change; others may come, go and
    be replaced meanwhile: each is taken as it is when its turn comes."""
    apart = {*database_files(settings), *_sessions(settings)}
    found = [
        (f"{part}/{path.relative_to(settings.academy / part).as_posix()}", path)
        for part in PARTS
        for path in files_of(settings.academy / part)
        if path not in apart and not path.is_relative_to(settings.keys)
    ]
    for done, (name, path) in enumerate(found, 1):
        try:
            if acceptable(name):
                _add(writer, name, path)
            else:  # nothing of ours: the exchange's folders are open to everybody
                log.warning("%r: not backed up: no name for a file of an academy", name)
        except FileNotFoundError:
            if name.startswith("records/"):
                raise
        step("files", done, len(found))


def _folders(settings: Settings) -> tuple[Folder, ...]:
    """The folders of the academy's parts, each before those within it."""
    found: list[Folder] = []
    for part in PARTS:
        for place, folders, _ in os.walk(settings.academy / part):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            with suppress(FileNotFoundError):
                mode = S_IMODE(os.lstat(place).st_mode) & 0o3777 | 0o700
                name = Path(place).relative_to(settings.academy).as_posix()
                if name in PARTS or acceptable(name):
                    found.append(Folder(name, mode))
    return tuple(found)


def database_files(settings: Settings) -> list[Path]:
    """Where SQLite keeps records and gradebook, and what it keeps beside them."""
    return _files_of_databases(settings.database_url, settings.gradebook_url)


def _sessions(settings: Settings) -> list[Path]:
    """What the hub keeps of who is logged in. Left out: a token that was taken back since would
    be good again; after a restore everybody logs in anew."""
    cookies = settings.records / "hub" / "cookie_secret"
    return [*_files_of_databases(settings.hub_database_url), cookies]


def _files_of_databases(*urls: str) -> list[Path]:
    paths = [Database(url).path for url in urls]
    ends = ("", "-wal", "-shm", "-journal")
    return [path.with_name(path.name + end) for path in paths if path for end in ends]


def files_of(folder: Path) -> Iterator[Path]:
    """Regular files below *folder*, in order: no links, nothing that is being written."""
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            with suppress(FileNotFoundError):
                if not name.startswith(".") and S_ISREG(path.lstat().st_mode):
                    yield path


def _unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _add(writer: Writer, name: str, path: Path) -> None:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        writer.add(name, file)


@contextmanager
def _workshop(path: Path) -> Iterator[Path]:
    """A private folder beside *path* that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _digest(path: Path, step: Step) -> str:
    """The SHA-256 of the file, read back from the disk."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            step("digest", done, total)
    return digest.hexdigest()


def _name() -> str:
    return f"dalil-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}{SUFFIX}"


def _known(path: Path) -> Backup:
    about = path.stat()
    noted = path.with_name(path.name + _DIGEST_SUFFIX)
    try:
        digest = noted.read_text(encoding="ascii").split()[0]
    except (OSError, ValueError, IndexError):
        digest = ""
    return Backup(path, datetime.fromtimestamp(about.st_mtime, UTC), about.st_size, digest)
