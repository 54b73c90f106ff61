"""Private files of the academy: written whole or not at all, readable by the academy only."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dalil.errors import RecordsError

LOCK = ".lock"


@contextmanager
def told(place: Path | str) -> Iterator[None]:
    """Turn an OSError within the block into a RecordsError that says what to do."""
    try:
        yield
    except OSError as error:
        raise RecordsError(f"{error.filename or place}: {_advice(error)}") from error


def _advice(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"{reason}; nothing was recorded: free some space and repeat"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{reason}; only the account that runs the academy may use its records"
    if error.errno == errno.EROFS:
        return f"{reason}; nothing was recorded: make it writable and repeat"
    return f"{reason}; the academy's records need it"


def private_folder(folder: Path) -> Path:
    """Make *folder* (0700) unless it is there. Raises RecordsError."""
    with told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Replace *path* (0600) atomically; it survives a power cut. Raises RecordsError."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with told(path):
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def create_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of *path*, made by *make* when nobody has made it yet, however many ask at once.

    Raises RecordsError, also when *path* is there but is not a regular file.
    """
    private_folder(path.parent)
    with told(path):
        if not os.path.lexists(path):
            with locked(path.parent):
                if not os.path.lexists(path):
                    write_private(path, make())
        if not stat.S_ISREG(path.lstat().st_mode):
            raise RecordsError(f"{path}: not a regular file; put the academy's own file there")
        return path.read_bytes()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time holds *folder*; the lock ends with the process, however it ends."""
    with told(folder):
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
