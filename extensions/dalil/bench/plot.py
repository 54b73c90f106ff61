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
    """Write a panel for each of *figures* to *path*, in the format that its name ends in."""
    rows = math.ceil(len(figures) / COLUMNS)
    canvas = Canvas(figsize=(11, 0.7 + 1.35 * rows), layout="constrained")
    canvas.suptitle("Dalil's grading engine, measured in one run", fontsize=13)
    canvas.supxlabel(caption, fontsize=8, color="#555555")
    for place, figure in enumerate(figures, 1):
        _panel(canvas.add_subplot(rows, COLUMNS, place), figure)
    canvas.savefig(path, metadata={"Title": "; ".join(map(_alternative, figures))[:2000]})


def _panel(axes: Axes, figure: Figure) -> None:
    bars = [("Dalil", figure.ours, OURS)]
    if figure.other is not None:
        bars.append((figure.against, figure.other, OTHER))
    names, values, colours = zip(*reversed(bars), strict=True)
    drawn = axes.barh(names, values, color=colours)
    axes.bar_label(drawn, [f" {number(value)} {figure.unit}" for value in values], fontsize=8)
    axes.set_xlim(0, 1.35 * max(*values, figure.needed or 0.0, 0.0))
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if figure.needed is not None:
        axes.axvline(figure.needed, color=LINE, linestyle="--", linewidth=1.5)
    verdict = f"{multiple(figure.ratio)} (to reach: {reach(figure)}, {MET[figure.met]})"
    axes.set_title(
        f"{figure.title}: {verdict if figure.goal is not None else multiple(figure.ratio)}",
        *(),
        fontsize=9,
        loc="left",
    )


def _alternative(figure: Figure) -> str:
    """The panel in words."""
    other = "" if figure.other is None else f" against {figure.against} {number(figure.other)}"
    return f"{figure.title}: {number(figure.ours)} {figure.unit}{other} {MET[figure.met]}".rstrip()
