"""Pictures and tables of a disk: its layout, bytes in hexadecimal, a timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib.dates as mdates
from matplotlib.figure import Figure

from dalil.courses.disk.methods.image import SECTOR
from dalil.courses.disk.methods.timeline import LETTERS, Moment
from dalil.courses.disk.methods.times import ZONE
from dalil.courses.disk.methods.volumes import Table

_ROW = 16
LAYOUT_LABELS = {"title": "The disk", "sectors": "sector (512 bytes)", "hidden": "?"}
TIMELINE_LABELS = {
    "title": "Timeline",
    "time": "time",
    "m": "modified",
    "a": "accessed",
    "c": "changed",
    "b": "born",
}
# Colour-blind safe (Okabe and Ito), and each with a marker of its own.
_STYLES = {
    "m": ("o", "#0072B2"),
    "a": ("v", "#999999"),
    "c": ("s", "#009E73"),
    "b": ("*", "#D55E00"),
}

# Dates in digits, which need no translation: year, month, day, hour, minute, second.
_NUMERIC: dict[str, Any] = {
    "formats": ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S"],
    "zero_formats": ["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"],
    "offset_formats": ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"],
}


def hex_view(
    data: bytes, offset: int = 0, length: int = 256, marks: Sequence[tuple[int, int, str]] = ()
) -> str:
    """*length* bytes from *offset* as HTML: offset, 16 bytes in hexadecimal, printable ASCII.

    *marks* are (offset, length, meaning): those bytes are underlined, and the meaning is said in a
    list below, so that nothing rests on colour or on hovering.
    """
    lines = []
    for row in range(offset, min(offset + length, len(data)), _ROW):
        piece = data[row : min(row + _ROW, offset + length)]
        cells = []
        for at, byte in enumerate(piece, row):
            number = next((n for n, m in enumerate(marks, 1) if m[0] <= at < m[0] + m[1]), 0)
            text = f"{byte:02x}"
            cells.append(f"<u><b>{text}</b></u>" if number else text)
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        blanks = "   " * (_ROW - len(piece))
        lines.append(f"{row:08x}  {' '.join(cells)}{blanks}  {escape(letters)}")
    body = "\n".join(lines)
    said = "".join(
        f"<li><bdi dir='ltr'><code>{at:04x}–{at + size - 1:04x}</code></bdi> {escape(meaning)}</li>"
        for at, size, meaning in marks
    )
    listed = f'<ol dir="auto">{said}</ol>' if said else ""
    return (
        '<pre dir="ltr" tabindex="0" style="overflow-x:auto;font:12px/1.4 monospace;'
        f'text-align:left;unicode-bidi:isolate">{body}</pre>{listed}'
    )


def layout_figure(
    table: Table,
    hidden: Sequence[tuple[int, str]] = (),
    labels: Mapping[str, str] = LAYOUT_LABELS,
) -> Figure:
    """The disk as a bar: partitions filled, gaps hatched, undeclared file systems with an arrow."""
    figure = Figure(figsize=(9, 1.9), layout="constrained")
    axes = figure.subplots()
    for number, area in enumerate(table.partitions):
        colour = ("#56B4E9", "#F0E442", "#009E73", "#CC79A7")[number % 4]
        axes.broken_barh([(area.first, area.sectors)], (0, 1), facecolor=colour, edgecolor="black")
        axes.text(area.first + area.sectors / 2, 0.5, area.description, ha="center", va="center")
    for area in table.gaps:
        axes.broken_barh(
            [(area.first, area.sectors)], (0, 1), facecolor="white", edgecolor="#666", hatch="///"
        )
    for sector, kind in hidden:
        axes.annotate(
            f"{kind} {labels['hidden']}", (sector, 1), (sector, 1.5), ha="center",
            arrowprops={"arrowstyle": "->"},
        )  # fmt: skip
    axes.set(ylim=(0, 1.9), yticks=[], xlabel=labels["sectors"], title=labels["title"])
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    return figure


def timeline_figure(
    moments: Sequence[Moment],
    zone: ZoneInfo = ZONE,
    labels: Mapping[str, str] = TIMELINE_LABELS,
    events: Sequence[tuple[datetime, str]] = (),
) -> Figure:
    """One row a kind of time, one mark a moment, in *zone*; *events* are vertical lines.

    *labels*: keys of ``TIMELINE_LABELS``; they are drawn as they are given.
    """
    figure = Figure(figsize=(9, 2.6), layout="constrained")
    axes = figure.subplots()
    for row, (_, letter) in enumerate(LETTERS):
        times = [moment.when for moment in moments if letter in moment.macb]
        marker, colour = _STYLES[letter]
        spots: list[int] = [row] * len(times)
        axes.plot(times, spots, marker, color=colour, markersize=6, alpha=0.7)
    for when, text in events:
        axes.axvline(when, color="black", linewidth=1)  # type: ignore[arg-type]
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(when, 3.65, text, ha="center", fontsize=8, bbox=box)  # type: ignore[arg-type]
    locator: Any = mdates.AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    written: Any = mdates.ConciseDateFormatter(locator, zone, **_NUMERIC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(written)
    axes.set_yticks(range(4), [labels[letter] for _, letter in LETTERS])
    axes.set(ylim=(-0.5, 4.1), xlabel=labels["time"], title=labels["title"])
    axes.grid(axis="x", color="#ddd")
    return figure


def slack(data: bytes, size: int, cluster: int) -> tuple[int, int]:
    """Bytes of zeros up to the end of the last sector, and of older content behind it.

    *data* is the whole of a file's clusters, *size* the file's length, *cluster* in bytes.
    """
    if not 0 <= size <= len(data) or cluster % SECTOR:
        raise ValueError("the size must lie within the clusters, which are whole sectors")
    sector_end = -(-size // SECTOR) * SECTOR
    return sector_end - size, len(data) - sector_end
