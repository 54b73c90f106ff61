"""The measured figures as bars: ours against what, with the line to reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from dalil.bench.figures import Figure
from dalil.bench.tables import MET, multiple, number, reach

# Okabe and Ito's palette: told apart by colour-blind people, and in grey.
OURS, OTHER, LINE = "#0072B2", "#BBBBBB", "#D55E00"
COLUMNS = 2


def draw(figures: Sequence[Figure], path: Path, caption: str) -> None:
    """Write a panel for each of *figures* that has a goal to *path*, in the format of its name."""
    shown = [figure for figure in figures if figure.goal is not None]
    rows = max(1, math.ceil(len(shown) / COLUMNS))
    canvas = Canvas(figsize=(11, 0.9 + 1.35 * rows), layout="constrained")
    canvas.suptitle("Dalil's grading engine: bars are measured, dashed lines to be reached")
    canvas.supxlabel(caption, fontsize=8, color="#555555")
    for place, figure in enumerate(shown, 1):
        _panel(canvas.add_subplot(rows, COLUMNS, place), figure)
    canvas.savefig(path, metadata={"Title": "; ".join(map(_alternative, shown))[:2000]})


def _panel(axes: Axes, figure: Figure) -> None:
    bars = [("Dalil", figure.ours, OURS)]
    if figure.other is not None:
        bars.append((figure.against, figure.other, OTHER))
    names, values, colours = zip(*reversed(bars), strict=True)
    needed = figure.needed or 0.0
    axes.axvline(needed, color=LINE, linestyle="--", linewidth=1.5, zorder=2)
    drawn = axes.barh(names, values, color=colours, height=0.8)
    labels = [f"{number(value)} {figure.unit}" for value in values]
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.bar_label(drawn, labels, padding=4, fontsize=8, bbox=box, zorder=3)
    axes.set_xlim(0, 1.35 * max(*values, needed) or 1)  # all of them may be 0
    axes.set_ylim(len(bars) - 2.6, len(bars) - 0.4)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    verdict = f"({reach(figure)}: {MET[figure.met]})"
    axes.set_title(
        " ".join(filter(None, (f"{figure.title}:", multiple(figure.ratio), verdict))),
        fontsize=9,
        loc="left",
        color=LINE if figure.met is False else "black",
    )


def _alternative(figure: Figure) -> str:
    """The panel in words."""
    other = "" if figure.other is None else f" against {figure.against} {number(figure.other)}"
    return f"{figure.title}: {number(figure.ours)} {figure.unit}{other} {MET[figure.met]}".rstrip()
