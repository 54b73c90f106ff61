"""Tables of the app as HTML: every text escaped, every figure in words or numbers, never in colour
alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, TypeAlias

from dalil.models import N_
from dalil.progress import WORDS, Column, Table

Say: TypeAlias = Callable[[str], str]
UNKNOWN = "–"
ALL = N_("All")
NOTHING = N_("There is nothing to show.")
_NUMBERS = ("count", "points", "share")


def plain(view: Table, caption: str, say: Say, leave_out: Sequence[str] = ()) -> str:
    """Return *view* as a table with headings; columns in *leave_out* are not shown."""
    if not view.rows:
        return f"<p>{escape(say(NOTHING))}</p>"
    kept = [at for at, column in enumerate(view.columns) if column.key not in leave_out]
    heads = "".join(f'<th scope="col">{escape(say(view.columns[at].heading))}</th>' for at in kept)
    lines = "".join(
        f"<tr>{''.join(_cell(view.columns[at], row[at], say) for at in kept)}</tr>"
        for row in view.rows
    )
    return _scrolling(
        f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table>",
        caption,
    )


def heat(rows: Iterable[Mapping[str, Any]], caption: str, say: Say, cohorts: Sequence[str]) -> str:
    """Return shares by line (module, competency or both) and cohort; ``cohort`` "" is all.

    Each cell has the share, a bar of that length and how many people it is of.
    """
    lines: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
    titles: dict[tuple[str, ...], str] = {}
    for row in rows:
        key = tuple(str(row[name]) for name in ("module", "competency") if name in row)
        lines.setdefault(key, {})[row.get("cohort", "")] = row
        titles[key] = str(row.get("title", ""))
    if not lines:
        return f"<p>{escape(say(NOTHING))}</p>"
    names = [*cohorts, *([""] if any("" in line for line in lines.values()) else [])]
    heads = "".join(f'<th scope="col">{_text(name or say(ALL))}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{_text(titles[key])}<small>{_text(" · ".join(key))}</small></th>'
        f"{''.join(_warm(line.get(name)) for name in names)}</tr>"
        for key, line in lines.items()
    )
    return _scrolling(
        f'<table class="dalil-heat"><caption>{escape(caption)}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>",
        caption,
    )


def percent(share: float | None) -> str:
    """A share as people read it, in HTML: from left to right in every language."""
    return UNKNOWN if share is None else f'<bdi dir="ltr">{100 * share:.0f} %</bdi>'


def _warm(row: Mapping[str, Any] | None) -> str:
    share = row["share"] if row else None
    if row is None or share is None:
        return f'<td class="n dalil-none">{UNKNOWN}</td>'
    people = row["graded"] if "graded" in row else row["people"]
    shade = min(4, max(0, int(5 * share + 1e-9)))
    width = max(0.0, min(1.0, share))
    return (
        f'<td class="n f{shade}">{percent(share)}<i style="--share:{100 * width:.0f}%" '
        f'aria-hidden="true"></i><small><bdi dir="ltr">n = {people}</bdi></small></td>'
    )


def _cell(column: Column, value: Any, say: Say) -> str:
    if value is None:
        return '<td class="dalil-none">' + UNKNOWN + "</td>"
    if isinstance(value, datetime):
        return f'<td class="n"><bdi dir="ltr">{value:%Y-%m-%d %H:%M}</bdi></td>'
    if column.kind == "share":
        return f'<td class="n">{percent(value)}</td>'
    if column.kind == "word":
        return f"<td>{escape(say(WORDS.get(value, value)))}</td>"
    if column.kind in _NUMBERS:
        return f'<td class="n">{value:g}</td>'
    return f"<td>{_text(str(value))}</td>"


def _text(text: str) -> str:
    """Somebody's text, which keeps its direction to itself."""
    return f"<bdi>{escape(text)}</bdi>"


def _scrolling(table: str, caption: str) -> str:
    """*table* in a region of its own, so that a wide one moves and the page does not."""
    name = escape(caption, quote=True)
    return f'<div class="dalil-scroll" role="region" tabindex="0" aria-label="{name}">{table}</div>'
