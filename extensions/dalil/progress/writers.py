"""Tables for a terminal and for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import bidirectional

import rich.table
from rich.text import Text

from dalil.errors import RecordsError
from dalil.progress.views import Column, Table, Value

# First strong isolate … pop, and a left-to-right mark for terminals that know no isolates: an
# Arabic name keeps its order inside its cell and does not pull the numbers beside it along.
_ISOLATE, _POP, _LEFT_TO_RIGHT = "\u2068", "\u2069", "\u200e"
# What makes a spreadsheet take text for a formula (OWASP, CSV injection), full width forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNKNOWN = "–"


def rich_table(view: Table, title: str = "", say: Callable[[str], str] = str) -> rich.table.Table:
    """Return *view* for a terminal; *say* translates the headings."""
    drawn = rich.table.Table(title=title or None)
    for column in view.columns:
        right = column.kind in ("count", "points", "share")
        drawn.add_column(say(column.heading), justify="right" if right else "left")
    for row in view.rows:
        drawn.add_row(
            *(_shown(column, value) for column, value in zip(view.columns, row, strict=True))
        )
    return drawn


def _shown(column: Column, value: Value) -> Text:
    """One cell. Never rich's markup: a trainee's name is nobody's ``[red]``."""
    if value is None:
        return Text(UNKNOWN)
    if isinstance(value, datetime):
        return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}")
    if column.kind == "share":
        return Text(f"{100 * float(value):.0f} %")
    if column.kind == "points":
        return Text(f"{value:g}")
    if isinstance(value, str) and any(bidirectional(c) in ("R", "AL") for c in value):
        return Text(f"{_LEFT_TO_RIGHT}{_ISOLATE}{value}{_POP}{_LEFT_TO_RIGHT}")
    return Text(str(value))


def write_csv(
    view: Table, path: Path, *, bom: bool = True, say: Callable[[str], str] | None = None
) -> None:
    """Write *view* to *path* as CSV in UTF-8.

    *bom*: begin with a byte order mark, without which Excel takes UTF-8 for a local code page and
    Arabic names for rubbish. The head row has the columns' keys, or their headings through *say*.
    Text that a spreadsheet would run as a formula gets an apostrophe in front. Shares are 0 to 1,
    times ISO 8601 (UTC), what is not known is empty. Raises RecordsError.
    """
    try:
        with path.open("w", newline="", encoding="utf-8-sig" if bom else "utf-8") as stream:
            lines = csv.writer(stream)
            lines.writerow(_plain(say(c.heading) if say else c.key) for c in view.columns)
            lines.writerows([_plain(value) for value in row] for row in view.rows)
    except OSError as error:
        raise RecordsError(
            f"{path}: cannot be written ({error.strerror}); choose another"
        ) from None


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
