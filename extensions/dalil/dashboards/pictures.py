"""Pictures of the app: distributions in fifths, with hatches beside colours and a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dalil.lessons import image_of
from dalil.progress.statistics import FIFTHS
from dalil.translation import shaped

# From the lowest fifth up: told apart by colour-blind people, and by hatches without colour.
COLOURS = ("#b35806", "#fdb863", "#f7f7f7", "#92c5de", "#2166ac")
HATCHES = ("xx", "//", "", "..", "oo")
ROW, WIDTH = 0.36, 9.6  # inches
INK = "#222222"
LABEL = 56  # characters beside a bar


def distribution(
    rows: Sequence[Mapping[str, Any]], title: str, axis: str, names: Sequence[str]
) -> str:
    """Return a picture as HTML: a stacked bar per row of how many people are in each fifth.

    *names* are the fifths in the reader's language; the text alternative says every bar.
    """
    said = "; ".join(
        f"{_whole(row)}: "
        + ", ".join(f"{name} {count}" for name, count in zip(names, row["bins"], strict=True))
        for row in rows
    )
    figure = Figure(figsize=(WIDTH, 1.5 + ROW * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    with rc_context({"text.parse_math": False, "hatch.linewidth": 0.6}):
        axes = figure.subplots()
        left = [0] * len(rows)
        places = range(len(rows))
        for fifth in range(FIFTHS):
            sizes = [row["bins"][fifth] for row in rows]
            axes.barh(
                places,
                sizes,
                left=left,
                height=0.62,
                color=COLOURS[fifth],
                hatch=HATCHES[fifth],
                edgecolor=INK,
                linewidth=0.6,
                label=shaped(names[fifth]),
            )
            left = [before + size for before, size in zip(left, sizes, strict=True)]
        axes.set_yticks(places, [shaped(_label(row)) for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel(shaped(axis))
        axes.set_title(shaped(title))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=FIFTHS, frameon=False)
        return image_of(figure, said)


def _whole(row: Mapping[str, Any]) -> str:
    """What a row is about, all of it."""
    parts = (row.get("cohort"), row.get("module") if "competency" in row else "", row["title"])
    return " · ".join(str(part) for part in parts if part)


def _label(row: Mapping[str, Any]) -> str:
    text = _whole(row)
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"
