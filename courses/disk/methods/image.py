"""The image of a disk: unpacked in memory, verified piece by piece, never changed.

The pack is a zip archive of pieces of 32 KiB; pieces of zeros alone are left out, as containers of
forensic images do it (AFF4, EWF). Digests are SHA-256 (FIPS 180-4).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytsk3

from dalil.errors import ExhibitError

SECTOR = 512
PIECE = 64 * SECTOR
RECORD_COLUMNS = ("piece", "offset", "bytes", "sha256")
_MAX_IMAGE = 512 * 1024 * 1024
_MAX_TABLE = 5_000_000
_INDEX = "image.json"

Row = dict[str, str]


class Image(pytsk3.Img_Info):  # type: ignore[misc,unused-ignore]
    """A raw image in memory; ``data`` are its bytes. The Sleuth Kit reads it through ``read``."""

    data: bytes

    def __init__(self, data: bytes) -> None:
        self.data = data
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]

    def get_size(self) -> int:
        return len(self.data)

    def sectors(self, first: int, count: int) -> bytes:
        """*count* sectors from sector *first* on."""
        return self.data[first * SECTOR : (first + count) * SECTOR]


def open_image(path: Path) -> Image:
    """Unpack the image at *path* into memory: a pack as ``pack_image`` makes it, or a raw image.

    Raises ExhibitError when it cannot be read, is damaged as a pack, or is larger than 512 MiB.
    """
    try:
        if not zipfile.is_zipfile(path):
            if Path(path).stat().st_size > _MAX_IMAGE:
                raise ExhibitError(f"{Path(path).name}: larger than 512 MiB")
            return Image(Path(path).read_bytes())
        with zipfile.ZipFile(path) as archive:
            return Image(_unpacked(archive))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ExhibitError(
            f"{Path(path).name}: cannot be read ({error}); fetch the exhibits again"
        ) from None


def _unpacked(archive: zipfile.ZipFile) -> bytes:
    index = json.loads(archive.read(_INDEX))
    size, piece = int(index["bytes"]), int(index["piece"])
    if not 0 <= size <= _MAX_IMAGE or piece <= 0:
        raise ValueError("sizes out of range")
    data = bytearray(size)
    for member in archive.infolist():
        if member.filename == _INDEX:
            continue
        at = int(member.filename.removesuffix(".bin")) * piece
        if member.file_size > piece or not 0 <= at < size:
            raise ValueError(f"{member.filename} is no piece of this image")
        content = archive.read(member)
        data[at : at + len(content)] = content
    return bytes(data)


def packed(data: bytes) -> dict[str, bytes]:
    """The members of a pack of the image *data*."""
    index = {"bytes": len(data), "piece": PIECE}
    members = {_INDEX: json.dumps(index, sort_keys=True).encode()}
    for number in range(-(-len(data) // PIECE)):
        piece = data[number * PIECE : (number + 1) * PIECE]
        if piece.count(0) != len(piece):
            members[f"{number:05d}.bin"] = piece
    return members


def sha256(data: bytes) -> str:
    """The SHA-256 digest of *data*: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_record(path: Path) -> list[Row]:
    """The record of the acquisition: ``piece``, ``offset``, ``bytes`` and ``sha256`` of each piece.

    Raises ExhibitError for a missing column or a number that is none.
    """
    rows = read_table(path, RECORD_COLUMNS)
    for number, row in enumerate(rows, 1):
        if not all(row[column].isdecimal() for column in RECORD_COLUMNS[:3]):
            raise ExhibitError(f"{Path(path).name}: row {number}: not a whole number")
    return rows


def differing(image: Image, record: Sequence[Mapping[str, str]]) -> list[int]:
    """Numbers of the pieces whose digest is not the recorded one, in whatever case that is."""
    wrong = []
    for row in record:
        at, length = int(row["offset"]), int(row["bytes"])
        if sha256(image.data[at : at + length]) != row["sha256"].strip().lower():
            wrong.append(int(row["piece"]))
    return wrong


def read_request(path: Path) -> dict[str, str]:
    """A table of ``field`` and ``value`` as a dictionary."""
    return {row["field"]: row["value"] for row in read_table(path, ("field", "value"))}


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """A UTF-8 CSV table whose rows have at least *columns*; raises ExhibitError."""
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
        if len(data) > _MAX_TABLE:
            raise ExhibitError(f"{name}: over 5 MB; this is not a table of the case")
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows: list[Any] = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExhibitError(f"{name}: cannot be read ({error}); fetch the exhibits again") from None
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise ExhibitError(f"{name}: columns missing: {', '.join(missing)}; fetch it again")
    if any(None in row or None in row.values() for row in rows):
        raise ExhibitError(f"{name}: a row has too many or too few fields")
    return rows
