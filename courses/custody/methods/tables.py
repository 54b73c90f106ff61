"""Reading the tables of a case, each field exactly as it was written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from dalil.courses.custody.methods.digests import unreadable
from dalil.courses.custody.methods.log import LOG_COLUMNS, Row, instant
from dalil.errors import ExhibitError

MANIFEST_COLUMNS = ("file", "size_bytes", "sha256", "seal")

_MAX_TABLE = 5_000_000


def read_manifest(path: Path) -> list[Row]:
    """The manifest's rows: ``file``, ``size_bytes``, ``sha256`` (at seizure), ``seal``.

    Raises ExhibitError naming the row for a missing column, a digest that is none, or a file that
    is listed twice.
    """
    rows = _read_table(path, MANIFEST_COLUMNS)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        if not re.fullmatch(r"[0-9a-fA-F]{64}", row["sha256"]):
            raise ExhibitError(f"{Path(path).name}: row {number}: sha256 is not 64 hex digits")
        if row["file"] in seen:
            raise ExhibitError(f"{Path(path).name}: row {number}: {row['file']!r} is listed twice")
        seen.add(row["file"])
    return rows


def read_log(path: Path) -> list[Row]:
    """The log's entries in the order of the file, with the columns of ``LOG_COLUMNS``.

    Raises ExhibitError naming the row for a missing column or a time that cannot be read.
    """
    rows = _read_table(path, LOG_COLUMNS)
    for number, row in enumerate(rows, 1):
        try:
            instant(row)
        except ExhibitError as error:
            raise ExhibitError(f"{Path(path).name}: row {number}: {error}") from None
    return rows


def _read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None
    if len(data) > _MAX_TABLE:
        raise ExhibitError(f"{name}: over 5 MB; this is not a table of the case")
    try:
        # "utf-8-sig" also takes the mark that spreadsheets put in front of UTF-8.
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExhibitError(f"{name}: not a UTF-8 CSV table ({error}); fetch it again") from None
    if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
        raise ExhibitError(f"{name}: columns missing: {', '.join(missing)}; fetch it again")
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise ExhibitError(f"{name}: row {number} has too many or too few fields")
    return rows
