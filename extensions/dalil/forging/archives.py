"""Files of evidence with the same bytes on each machine: zip archives, CSV, JSON and text.

Text is UTF-8 with ``\\n`` line ends whatever the locale.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from dalil.errors import ForgingError
from dalil.forging.clocks import iso
from dalil.models import Json

_UNIX = 3
_REGULAR_FILE_0644 = 0o100644 << 16
_DOS_YEARS = range(1980, 2108)


def write_zip(
    path: Path,
    members: Mapping[str, bytes],
    when: datetime | Mapping[str, datetime],
    *,
    compress: bool = False,
) -> None:
    """Write *members* (name → content) to *path* as ``zip_bytes`` makes them."""
    path.write_bytes(zip_bytes(members, when, compress=compress))


def zip_bytes(
    members: Mapping[str, bytes],
    when: datetime | Mapping[str, datetime],
    *,
    compress: bool = False,
) -> bytes:
    """A zip archive of *members* in the order of their names.

    *when* (one for all, or one per member) is kept to two seconds, the resolution of the format,
    as UTC; the years are 1980 to 2107. Members are stored, not deflated, because builds of zlib
    differ in their output: ask for *compress* only where no digest of the archive is compared.

    Raises ForgingError for a member name that could leave a folder, or a moment out of range.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            moment = when[name] if isinstance(when, Mapping) else when
            member = zipfile.ZipInfo(_safe(name), _dos_time(moment))
            member.create_system = _UNIX
            member.external_attr = _REGULAR_FILE_0644
            method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            archive.writestr(member, members[name], compress_type=method)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path*: UTF-8, each line ending made ``\\n``."""
    path.write_bytes(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8"))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table to *path* as ``csv_text`` makes it."""
    path.write_bytes(csv_text(header, rows).encode("utf-8"))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with commas and ``\\n``; moments as ``…Z``, ``None`` empty, floats by ``repr``.

    Raises ForgingError for a row that is not as long as the header.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ForgingError(f"row {number} has {len(row)} fields, the header {len(header)}")
        writer.writerow([iso(cell) if isinstance(cell, datetime) else cell for cell in row])
    return buffer.getvalue()


def write_json(path: Path, value: Json) -> None:
    """Write *value* to *path* as ``json_text`` makes it."""
    path.write_bytes(json_text(value).encode("utf-8"))


def json_text(value: Json) -> str:
    """JSON for people: two spaces, sorted keys, letters of any script as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or str(path) != name or ".." in path.parts or set(name) & set("\\:\0"):
        raise ForgingError(f"archive member {name!r}: give a plain relative path with '/'")
    return name


def _dos_time(when: datetime) -> tuple[int, int, int, int, int, int]:
    if when.utcoffset() is None or when.astimezone(UTC).year not in _DOS_YEARS:
        raise ForgingError(f"{when}: a zip member needs a time with a zone, from 1980 to 2107")
    moment = when.astimezone(UTC)
    second = moment.second - moment.second % 2
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, second)
