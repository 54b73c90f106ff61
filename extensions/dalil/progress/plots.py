"""A figure of which questions fail: mean share with its interval, by question and module."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dalil.errors import RecordsError, UsageError
from dalil.progress.attainment import Attainment
from dalil.progress.questions import by_question
from dalil.translation import shaped

BLUE = "#56B4E9"  # of Okabe and Ito's palette, told apart by colour-blind people
INK = "#222222"
ROW = 0.42  # inches
SVG = "http://www.w3.org/2000/svg"


def plot(rows: Sequence[Attainment], path: Path, title: str = "Mean share by question") -> str:
    """Draw *rows* to *path* (``.png`` or ``.svg``) and return the figure's text alternative.

    Bars: mean share of the points, 0 to 100 %; whiskers: 95 % interval (Wilson); ``n``: how many
    were marked. The alternative is in the file too: PNG text chunk, SVG ``title`` and ``desc``.
    Raises UsageError for another kind of file or when nothing is marked, RecordsError.
    """
    if path.suffix not in (".png", ".svg"):
        raise UsageError(f"{path.name}: a figure is a .png or a .svg; choose one of these names")
    bars = [bar for bar in by_question(rows).records() if bar["share"] is not None]
    if not bars:
        raise UsageError("nothing is marked yet: there is no figure to draw; run: dalil grade")
    alternative = describe(bars, title)
    try:
        _save(bars, title, alternative, path)
    except OSError as error:
        raise RecordsError(
            f"{path}: cannot be written ({error.strerror}); choose another"
        ) from None
    return alternative


def describe(bars: Sequence[dict[str, Any]], title: str) -> str:
    """Return the text alternative: what the figure shows, and every bar in words."""
    parts = [
        f"{bar['module']}, {bar['title']}: {bar['share']:.0%} "
        f"({bar['low']:.0%} to {bar['high']:.0%}, n = {bar['marked']})"
        for bar in bars
    ]
    return f"{title}. Bars from 0 to 100 % of the points, 95 % intervals. " + "; ".join(parts) + "."


def _save(bars: Sequence[dict[str, Any]], title: str, alternative: str, path: Path) -> None:
    # matplotlib takes half a second to import: only who draws pays for it
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (9.0, 1.6 + ROW * len(bars))
    # parse_math: a "$" in a title is a dollar
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "dalil", "text.parse_math": False}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure.subplots(), bars, title, shape=path.suffix == ".png")
        if path.suffix == ".png":
            figure.savefig(path, dpi=120, metadata={"Title": title, "Description": alternative})
            return
        figure.savefig(path, metadata={"Title": title, "Description": alternative, "Date": None})
    _accessible(path, title, alternative)


def _draw(axes: Any, bars: Sequence[dict[str, Any]], title: str, *, shape: bool) -> None:
    places = range(len(bars))
    shares = [100 * bar["share"] for bar in bars]
    whiskers = [
        [100 * max(0.0, bar["share"] - bar["low"]) for bar in bars],
        [100 * max(0.0, bar["high"] - bar["share"]) for bar in bars],
    ]
    axes.barh(places, shares, color=BLUE, height=0.55)
    axes.errorbar(shares, places, xerr=whiskers, fmt="none", ecolor=INK, capsize=3)
    words = [shaped(bar["title"]) if shape else bar["title"] for bar in bars]
    axes.set_yticks(
        places, [f"{bar['module']} · {word}" for bar, word in zip(bars, words, strict=True)]
    )
    axes.invert_yaxis()
    for place, bar in zip(places, bars, strict=True):
        axes.annotate(f"n = {bar['marked']}", (101, place), va="center", color=INK)
        if place and bar["module"] != bars[place - 1]["module"]:
            axes.axhline(place - 0.5, color=INK, linewidth=0.6)
    axes.set_xlim(0, 112)
    axes.set_xticks(range(0, 101, 20))
    axes.set_xlabel("Mean share of the points (%), with 95 % interval")
    axes.set_title(shaped(title) if shape else title)


def _accessible(path: Path, title: str, alternative: str) -> None:
    """Give an SVG the elements that screen readers read."""
    for prefix, uri in (("", SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ET.register_namespace(prefix, uri)
    tree = ET.parse(path)
    root = tree.getroot()
    root.set("role", "img")
    for place, (tag, text) in enumerate((("title", title), ("desc", alternative))):
        element = ET.Element(f"{{{SVG}}}{tag}")
        element.text = text
        root.insert(place, element)
    tree.write(path, encoding="utf-8", xml_declaration=True)
