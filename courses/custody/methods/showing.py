"""Tables and pictures of a case, for lessons and apps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any

from IPython.display import HTML
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dalil.courses.custody.methods.log import LOCKED, Gap, instant


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> HTML:
    """*rows* as an HTML table of *columns* (default: those of the first row).

    The table runs from left to right in every language; each field keeps its own direction.
    """
    names = list(columns) or list(rows[0] if rows else ())
    head = "".join(_cell("th", name) for name in names)
    lines = ["".join(_cell("td", str(row.get(name, ""))) for name in names) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return HTML(
        '<div dir="ltr" style="overflow-x:auto" tabindex="0"><table style="font-size:12px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(tag: str, text: str) -> str:
    """Short text stays on one line, so that a time or a digest is never torn in two."""
    wrap = "nowrap" if len(text) <= 20 else "normal"
    scope = ' scope="col"' if tag == "th" else ""
    style = f"padding:3px 8px;text-align:left;white-space:{wrap}"
    return f'<{tag}{scope} style="{style}"><bdi>{escape(text)}</bdi></{tag}>'


LABELS = {
    "title": "Where the pack was, day by day",
    "hours": "Hour of the day (UTC)",
    "days": "Date (UTC)",
    "locked": "in a locked room",
    "out": "outside",
    "gap": "gap",
    "seal": "new seal",
    "minutes": "min",
}


def timeline(
    log: Sequence[Mapping[str, str]],
    gaps: Sequence[Gap] = (),
    labels: Mapping[str, str] = LABELS,
) -> Figure:
    """A calendar of the custody: one row a day, 0 to 24 h UTC.

    Locked rooms are pale, time out of them is dark; *gaps* are hatched, outlined and lettered, so
    that they do not rest on colour. ``labels`` (keys of ``LABELS``) are drawn as they are given.
    """
    times = [instant(entry) for entry in log]
    ends = {gap.end: gap for gap in gaps}
    days = sorted({t.date() for t in times})
    first = days[0] if days else date(2000, 1, 1)
    count = (days[-1] - first).days + 1 if days else 1
    figure = Figure(figsize=(9, 1.6 + 0.62 * count), layout="constrained")
    axes = figure.subplots()
    styles: dict[str, dict[str, Any]] = {
        "locked": {"facecolor": "#cfe3f2", "edgecolor": "#7a9cb8"},
        "out": {"facecolor": "#1f4e79", "edgecolor": "#1f4e79"},
        "gap": {"facecolor": "#ffd9b3", "edgecolor": "#b33c00", "hatch": "////", "linewidth": 1.5},
    }
    for entry, start, end in zip(log, times, times[1:], strict=False):
        kind = "gap" if end in ends else "locked" if entry["keeping"] == LOCKED else "out"
        for row, left, right in _by_day(first, start, end):
            axes.broken_barh([(left, right - left)], (row - 0.25, 0.5), **styles[kind])
        if end in ends:
            row, left, right = _by_day(first, start, end)[0]
            text = f"{ends[end].minutes:.0f} {labels['minutes']}"
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            middle = (left + right) / 2
            axes.text(middle, row, text, fontsize=7, ha="center", va="center", bbox=box)
    for entry, when in zip(log, times, strict=True):
        row, hour, _ = _by_day(first, when, when)[0]
        axes.text(hour, row - 0.38, entry["entry"], fontsize=7, ha="center", va="center")
        if entry["seal_before"] != entry["seal_after"]:
            axes.plot(
                hour, row, "D", color="white", markeredgecolor="black", markersize=6, zorder=6
            )
    handles: list[Artist] = [Patch(**style, label=labels[kind]) for kind, style in styles.items()]
    seal = Line2D([], [], marker="D", color="none", markerfacecolor="white", label=labels["seal"])
    seal.set_markeredgecolor("black")
    handles.append(seal)
    axes.legend(handles=handles, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.75 / count))
    axes.set(xlim=(0, 24), ylim=(count - 0.3, -0.7), xlabel=labels["hours"], ylabel=labels["days"])
    axes.set_title(labels["title"])
    axes.set_xticks(range(0, 25, 3))
    axes.set_yticks(range(count), [str(first + timedelta(days=n)) for n in range(count)])
    return figure


def _by_day(first: date, start: datetime, end: datetime) -> list[tuple[int, float, float]]:
    """(row, hour, hour) of each day that [start, end] touches, row 0 being the day *first*."""
    rows = []
    for row in range((start.date() - first).days, (end.date() - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=row), time(0), UTC)
        hours = [(when - midnight).total_seconds() / 3600 for when in (start, end)]
        rows.append((row, max(0.0, hours[0]), min(24.0, hours[1])))
    return rows
