"""Digests, SHA-256 (FIPS 180-4), and the pack of evidence that they vouch for."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from dalil.errors import ExhibitError

_CHUNK = 1 << 20
_MAX_PACK = 200_000_000


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 digest of *data*: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 digest of the file's bytes, read in pieces of 1 MiB so that any size fits.

    Raises ExhibitError if the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as stream:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
    except OSError as error:
        raise unreadable(path, error) from None
    return digest.hexdigest()


def same_digest(one: str, other: str) -> bool:
    """Tell whether two written digests are the same number: ``AB…`` and ``ab…`` are."""
    return one.strip().lower() == other.strip().lower()


def open_pack(path: Path) -> dict[str, bytes]:
    """The files in an evidence pack, name → bytes, read in memory and never unpacked to disk.

    Raises ExhibitError if it is no zip archive, is damaged, or unpacks to over 200 MB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > _MAX_PACK:
                raise ExhibitError(f"{Path(path).name}: unpacks to over 200 MB; split the pack")
            return {member.filename: archive.read(member) for member in members}
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: BaseException) -> ExhibitError:
    """The error that the file at *path* could not be read, for the reason of *error*."""
    reason = getattr(error, "strerror", None) or str(error)
    return ExhibitError(f"{Path(path).name}: cannot be read ({reason}); fetch the exhibits again")
