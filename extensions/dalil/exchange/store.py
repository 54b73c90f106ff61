"""Content-addressed storage: a file is called by its SHA-256 and never changes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from dalil.errors import RecordsError
from dalil.ledger.files import private_folder, told, write_private

_DIGEST = re.compile(r"[0-9a-f]{64}")


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
