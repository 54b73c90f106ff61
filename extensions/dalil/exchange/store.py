"""Content-addressed storage: a file is called by its SHA-256 and never changes."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from dalil.errors import RecordsError
from dalil.ledger.files import private_folder, sync_folder, told, write_private

_DIGEST = re.compile(r"[0-9a-f]{64}")
_COMING = ".coming."
# Nobody sends for an hour; what is older was left by a process that was killed.
_LEFT_BEHIND_SECONDS = 3600.0


class Store:
    """Files of *folder* (0700), each named by the SHA-256 of its content (FIPS 180-4)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep *content* and return its digest; what was kept and is damaged is mended.

        Raises RecordsError.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = private_folder(self.folder) / digest
        with told(path):
            if not (path.is_file() and path.read_bytes() == content):
                write_private(path, content)
        return digest

    def coming(self) -> Incoming:
        """A file that comes in pieces. Raises RecordsError."""
        return Incoming(private_folder(self.folder))

    def sweep(self) -> None:
        """Remove what processes that were killed had not received whole."""
        with told(self.folder):
            for path in private_folder(self.folder).glob(f"{_COMING}*"):
                with suppress(FileNotFoundError):
                    if time.time() - path.lstat().st_mtime > _LEFT_BEHIND_SECONDS:
                        path.unlink()

    def get(self, digest: str) -> bytes:
        """The content of that digest, hashed again. Raises RecordsError."""
        if not _DIGEST.fullmatch(digest):
            raise RecordsError(f"{digest[:80]!r}: not a SHA-256 digest in lower-case hexadecimal")
        path = self.folder / digest
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise RecordsError(f"{path}: missing; restore it from a backup") from error
        except OSError as error:
            raise RecordsError(f"{path}: {error.strerror}; restore it from a backup") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise RecordsError(f"{path}: altered since it was stored; restore it from a backup")
        return content


class Incoming:
    """A file of a store while it comes in: hashed as it does, and in the store once it is kept.

    Every method raises RecordsError.
    """

    def __init__(self, folder: Path) -> None:
        self.bytes = 0
        self._digest = hashlib.sha256()
        self._path = folder / f"{_COMING}{secrets.token_hex(8)}"
        with told(self._path):
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = open(handle, "wb")  # noqa: SIM115 -- kept or dropped by whoever asked for it

    @property
    def digest(self) -> str:
        """SHA-256 of what has come so far."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        with told(self._path):
            self._file.write(piece)
        self._digest.update(piece)
        self.bytes += len(piece)

    def keep(self) -> str:
        """Put what has come into the store and return its digest; it survives a power cut."""
        with told(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._path, self._path.with_name(self.digest))
            sync_folder(self._path.parent)
        return self.digest

    def drop(self) -> None:
        """Forget it; nothing happens to what was kept."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
