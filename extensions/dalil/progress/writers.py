"""Tables for a terminal and for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from unicodedata import bidirectional

import rich.table
from rich.text import Text

from dalil.errors import RecordsError
from dalil.progress.tables import WORDS, Column, Table, Value

Say: TypeAlias = Callable[[str], str]

# First strong isolate … pop, and a left-to-right mark for terminals that know no isolates: an
# Arabic name keeps its order inside its cell and does not pull the numbers beside it along.
_ISOLATE, _POP, _LEFT_TO_RIGHT = "\u2068", "\u2069", "\u200e"
# What makes a spreadsheet take text for a formula (OWASP, CSV injection), full width forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MAX_SHEET_NAME, _MAX_CELL = 31, 32_767  # characters, by Excel
UNKNOWN = "–"


def rich_table(view: Table, title: str = "", say: Say = str) -> rich.table.Table:
    """Return *view* for a terminal; *say* translates the headings."""
    drawn = rich.table.Table(title=title or None)
    for column in view.columns:
        right = column.kind in ("count", "points", "share")
        drawn.add_column(say(column.heading), justify="right" if right else "left")
    for row in view.rows:
        drawn.add_row(
            *(_shown(column, value, say) for column, value in zip(view.columns, row, strict=True))
        )
    return drawn


def _shown(column: Column, value: Value, say: Say) -> Text:
    """One cell. Never rich's markup: a trainee's name is nobody's ``[red]``."""
    if value is None:
        return Text(UNKNOWN)
    if column.kind == "word":
        return Text(_word(value, say))
    if isinstance(value, datetime):
        return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")
    if column.kind == "share":
        return Text(f"{100 * float(value):.0f} %")
    if column.kind == "points":
        return Text(f"{value:g}")
    if isinstance(value, str) and any(bidirectional(c) in ("R", "AL") for c in value):
        return Text(f"{_LEFT_TO_RIGHT}{_ISOLATE}{value}{_POP}{_LEFT_TO_RIGHT}")
    return Text(str(value))


def write_csv(view: Table, path: Path, *, bom: bool = True, say: Say | None = None) -> None:
    """Write ``csv_lines`` to *path*. Raises RecordsError."""
    _write(path, "".join(csv_lines(view, bom=bom, say=say)).encode("utf-8"))


def csv_lines(view: Table, *, bom: bool = True, say: Say | None = None) -> Iterator[str]:
    """Yield *view* as CSV, line by line, for UTF-8.

    *bom*: begin with a byte order mark, without which Excel takes UTF-8 for a local code page and
    Arabic names for rubbish. The head row has the columns' keys, or their headings through *say*.
    Text that a spreadsheet would run as a formula gets an apostrophe in front. Shares are 0 to 1,
    times ISO 8601 (UTC), what is not known is empty.
    """
    stream = io.StringIO(newline="")
    lines = csv.writer(stream)
    stream.write("\ufeff" if bom else "")
    lines.writerow(_plain(say(c.heading) if say else c.key) for c in view.columns)
    for row in view.rows:
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()
        lines.writerow(
            _plain(_word(value, say) if say and column.kind == "word" else value)
            for column, value in zip(view.columns, row, strict=True)
        )
    yield stream.getvalue()


def write_xlsx(view: Table, path: Path, *, say: Say = str) -> None:
    """Write ``xlsx`` to *path*. Raises RecordsError."""
    _write(path, xlsx(view, say=say))


def xlsx(view: Table, *, title: str = "", right_to_left: bool = False, say: Say = str) -> bytes:
    """Return *view* as an Excel workbook of one sheet with headings, a filter and number formats.

    Text is text, whatever it begins with: nothing becomes a formula or a link.
    """
    import xlsxwriter  # only who exports pays for it

    stream = io.BytesIO()
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    with xlsxwriter.Workbook(stream, options) as book:
        name = "".join(c for c in title if c not in "[]:*?/\\'")[:_MAX_SHEET_NAME].strip()
        sheet = book.add_worksheet(name or "dalil")
        if right_to_left:
            sheet.right_to_left()
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {"share": book.add_format({"num_format": "0 %"})}
        for at, column in enumerate(view.columns):
            wide = 24 if column.kind in ("name", "text", "word") else 12
            sheet.set_column(at, at, 18 if column.kind == "time" else wide)
            sheet.write_string(0, at, say(column.heading), heading)
        for line, row in enumerate(view.rows, 1):
            for at, (column, value) in enumerate(zip(view.columns, row, strict=True)):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, at, value.astimezone(UTC).replace(tzinfo=None))
                elif isinstance(value, str):
                    text = _word(value, say) if column.kind == "word" else value
                    sheet.write_string(line, at, text[:_MAX_CELL])
                elif value is not None:
                    sheet.write_number(line, at, value, formats.get(column.kind))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(view.rows), max(0, len(view.columns) - 1))
    return stream.getvalue()


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RecordsError(
            f"{path}: cannot be written ({error.strerror}); choose another"
        ) from None


def _word(value: Value, say: Say) -> str:
    return say(WORDS.get(str(value), str(value)))


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(value)
