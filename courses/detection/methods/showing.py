"""Events as a table for people, read from left to right in every language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from IPython.display import HTML

from dalil.courses.detection.methods.events import Event
from dalil.courses.detection.methods.office import ZONE

COLUMNS = ("Image", "CommandLine", "ParentImage", "User")


def table(
    events: Iterable[Event],
    columns: Sequence[str] = COLUMNS,
    most: int = 25,
    labels: Sequence[str] = ("time (UTC)", "local", "host", "record"),
) -> HTML:
    """The first *most* of *events*: time (UTC and the office's clocks), host, record, *columns*.

    A field that a record does not have stays empty. Paths and command lines may break anywhere.
    """
    rows = []
    for event in list(events)[:most]:
        utc, local = event.when, event.when.astimezone(ZONE)
        head = (f"{utc:%Y-%m-%d %H:%M:%S}", f"{local:%H:%M}", event.host.split(".")[0])
        fields = (event.named.get(name, "") for name in columns)
        cells = [_cell("td", text) for text in (*head, str(event.record), *fields)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    names = "".join(_cell("th", name) for name in (*labels, *columns))
    return HTML(
        '<div dir="ltr" style="overflow-x:auto" tabindex="0"><table style="font-size:12px">'
        f"<thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(tag: str, text: str) -> str:
    wrap = "nowrap" if len(text) <= 20 else "normal"
    scope = ' scope="col"' if tag == "th" else ""
    style = f"padding:3px 8px;text-align:left;white-space:{wrap};overflow-wrap:anywhere"
    return f'<{tag}{scope} style="{style}"><bdi>{escape(text)}</bdi></{tag}>'
