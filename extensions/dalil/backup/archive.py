"""The file of a backup: a zip with a manifest of digests, written by us, read as anybody's.

Whatever is read is checked before it is believed: names that lead elsewhere, links, devices,
sizes that do not fit, members that the manifest does not name or names differently.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias

from dalil.errors import RecordsError
from dalil.ledger.files import told

KIND = "dalil-backup-1"
MANIFEST = "manifest.json"
DATABASES = "databases"
RECORDS = f"{DATABASES}/dalil.db"
GRADEBOOK = f"{DATABASES}/gradebook.db"
# Folders of the academy that a backup holds; what is derived is there to go on at once.
PARTS = ("records", "release", "submitted", "autograded", "feedback", "exchange")
MAX_MANIFEST = 512 * 1024 * 1024
# Notebooks and databases shrink to a tenth; what unpacks to more than this is no academy's.
MAX_RATIO = 250
_SLACK = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_MAX_NAME = 1024
_DIGITS = frozenset("0123456789abcdef")

Step: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Entry:
    """One file: ``name`` within the backup, size in bytes, SHA-256, permissions."""

    name: str
    bytes: int
    sha256: str
    mode: int


@dataclass(frozen=True)
class Folder:
    """One folder: ``name`` within the backup, permissions. Those of the exchange have a meaning."""

    name: str
    mode: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    ``made`` is the server's time (ISO 8601, UTC), ``rows`` the events of its ledger, ``head`` the
    hash of the last, ``key`` the id of the academy's signing key; ``sound`` whether the ledger
    verified when the backup was made.
    """

    made: str
    version: str
    course: str
    rows: int
    head: str
    key: str
    sound: bool
    folders: tuple[Folder, ...]
    files: tuple[Entry, ...]

    def to_json(self) -> bytes:
        """As it lies in the file."""
        return json.dumps({"kind": KIND, **asdict(self)}, ensure_ascii=False).encode("utf-8")


class Writer:
    """Puts files into a new backup at *path*, which must not exist; ``close`` ends it."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(
            self._file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3
        )
        self.entries: list[Entry] = []

    def add(self, name: str, file: IO[bytes]) -> None:
        """Put what is left to read of *file* in, under *name*."""
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        digest, size = hashlib.sha256(), 0
        with self._zip.open(_member(name, mode), "w", force_zip64=True) as member:
            while chunk := file.read(_CHUNK):
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.entries.append(Entry(name, size, digest.hexdigest(), mode))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and make the file survive a power cut."""
        self._zip.writestr(_member(MANIFEST, 0o600), manifest.to_json())
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file, finished or not."""
        with suppress(OSError, ValueError):  # of what is not finished nothing is kept
            self._zip.close()
        with suppress(OSError):
            self._file.close()


def _member(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | mode) << 16
    return info


class Archive:
    """A backup at *path*, distrusted. Use as a context manager.

    Raises RecordsError, in one line, for whatever it is not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with told(path), self._readable():
            self._zip = zipfile.ZipFile(path)
        try:
            with self._readable():
                self.manifest = self._manifest()
                self._check()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def extract(self, folder: Path, step: Step) -> None:
        """Put every file below *folder* (empty, private), each compared with its digest."""
        total = sum(entry.bytes for entry in self.manifest.files)
        free = shutil.disk_usage(folder).free
        if total > free:
            raise RecordsError(
                f"{folder}: the backup needs {total / 2**30:.1f} GiB and {free / 2**30:.1f} are "
                "free; nothing was changed: free some space and repeat"
            )
        done = 0
        for entry in self.manifest.files:
            target = folder / entry.name
            with told(target), self._readable():
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._copy(entry, target)
            done += entry.bytes
            step("unpack", done, total)
        for kept in reversed(self.manifest.folders):  # the innermost first: one may be read-only
            target = folder / kept.name
            with told(target):
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.chmod(kept.mode)

    def _copy(self, entry: Entry, target: Path) -> None:
        digest, size = hashlib.sha256(), 0
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(handle, "wb") as file, self._zip.open(entry.name) as member:
            while chunk := member.read(_CHUNK):
                size += len(chunk)
                if size > entry.bytes:
                    break
                digest.update(chunk)
                file.write(chunk)
            os.fchmod(file.fileno(), entry.mode)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            raise self._damaged(f"{entry.name!r} is not what its digest says")

    def _manifest(self) -> Manifest:
        try:
            info = self._zip.getinfo(MANIFEST)
        except KeyError:
            raise self._damaged("it has no manifest") from None
        if info.file_size > MAX_MANIFEST:
            raise self._damaged("its manifest is too large")
        with self._zip.open(info) as member:
            data = json.loads(member.read(MAX_MANIFEST))
        if not isinstance(data, dict) or data.pop("kind", None) != KIND:
            raise self._damaged(f"its manifest is not of the kind {KIND}")
        files = tuple(_entry(row) for row in data.pop("files"))
        folders = tuple(_folder(row) for row in data.pop("folders"))
        return Manifest(**_typed(Manifest, data, files=files, folders=folders))

    def _check(self) -> None:
        """Whether members and manifest agree, before a byte of them is unpacked."""
        said = {entry.name: entry for entry in self.manifest.files}
        members = [info for info in self._zip.infolist() if info.filename != MANIFEST]
        names = [info.filename for info in members]
        if len(said) != len(self.manifest.files) or len(set(names)) != len(names):
            raise self._damaged("two of its files have one name")
        for kept in self.manifest.folders:
            if not acceptable(kept.name) and kept.name not in PARTS:
                raise self._damaged(f"the name {kept.name[:80]!r} leads out of an academy")
        for info in members:
            self._harmless(info)
            if info.filename not in said or said[info.filename].bytes != info.file_size:
                raise self._damaged(f"{info.filename!r} is not what its manifest says")
        if lost := said.keys() - set(names):
            raise self._damaged(f"{min(lost)[:80]!r} is missing")
        folders = {str(p) for name in names for p in PurePosixPath(name).parents}
        folders |= {kept.name for kept in self.manifest.folders}
        if both := folders & set(names):
            raise self._damaged(f"{min(both)!r} is a file and a folder")
        if RECORDS not in said:
            raise self._damaged("it holds no records")
        size = self.path.stat().st_size
        if sum(entry.bytes for entry in said.values()) > MAX_RATIO * size + _SLACK:
            raise self._damaged("it would unpack to far more than an academy's files do")

    def _harmless(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        shown = f"{name[:80]!r}"
        if not acceptable(name) and name not in (RECORDS, GRADEBOOK):
            raise self._damaged(f"the name {shown} leads out of an academy")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise self._damaged(f"{shown} is a link or no file")
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise self._damaged(f"{shown} is packed in another way")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise self._damaged("it was cut off or changed") from error
        except OSError as error:
            if error.errno != errno.EINVAL:  # zipfile seeks where a changed directory points
                raise
            raise self._damaged("it was cut off or changed") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self._damaged("its manifest cannot be read") from error

    def _damaged(self, reason: str) -> RecordsError:
        return RecordsError(f"{self.path}: not a whole backup: {reason}; take another one")


def acceptable(name: str) -> bool:
    """Whether *name* is that of a file or folder below one of PARTS, and of nothing else."""
    parts = name.split("/")
    return (
        len(name) <= _MAX_NAME
        and name.isprintable()
        and "\\" not in name
        and not any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
        and parts[0] in PARTS
        and len(parts) > 1
    )


def _entry(row: dict[str, Any]) -> Entry:
    entry = Entry(**_typed(Entry, row))
    if entry.bytes < 0 or len(entry.sha256) != 64 or not set(entry.sha256) <= _DIGITS:
        raise ValueError("a size or digest is none")
    if entry.mode & ~0o777:
        raise ValueError("permissions that no file of an academy has")
    return entry


def _folder(row: dict[str, Any]) -> Folder:
    folder = Folder(**_typed(Folder, row))
    if folder.mode & ~0o3777 or folder.mode & 0o700 != 0o700:
        raise ValueError("permissions that no folder of an academy has")
    return folder


def _typed(kind: type[Any], values: dict[str, Any], **ready: Any) -> dict[str, Any]:
    """*values* as the fields of *kind*, if they have its plain types. Raises ValueError."""
    types = {"str": str, "int": int, "bool": bool}
    wanted = {n: types[t] for n, t in kind.__annotations__.items() if n not in ready}
    if values.keys() != wanted.keys():
        raise ValueError("other fields")
    if any(type(values[name]) is not wanted[name] for name in wanted):
        raise ValueError("another type")
    return {**values, **ready}
