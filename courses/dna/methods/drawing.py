"""Electropherograms as an analyst sees them: one panel a dye, alleles written over their peaks."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from dalil.courses.dna.methods.calling import ALLELE, STUTTER, Peak, judge
from dalil.courses.dna.methods.electropherograms import KIT, PANEL, trace

COLOURS = {"blue": "#0072B2", "green": "#007A5A", "yellow": "#8A6D00", "red": "#B3341F"}
FIRST, LAST = 70.0, 455.0  # bases that a panel shows
CLOSE = 9.0  # bases between two names that would run into each other


def draw_dye(
    axes: Axes, peaks: Sequence[Peak], dye: str, labels: Mapping[str, str], top: float | None = None
) -> None:
    """Draw the curve of one dye, RFU over bases; loci as bars above.

    Called alleles are written over their peaks; what the filter takes for stutter gets an "s".
    ``labels`` holds the words for "size" and "height". ``top`` fixes the height of the panel.
    """
    sizes, heights = trace(peaks, dye, np.random.Generator(np.random.PCG64(0)))
    tallest = top or 1.35 * max(250.0, float(heights.max()))
    axes.plot(sizes, heights, color=COLOURS[dye], linewidth=0.9)
    axes.axhline(KIT[0].analytical, color="0.55", linewidth=0.7, linestyle="--")
    for locus in PANEL:
        if locus.marker.dye != dye:
            continue
        low, high = locus.size(str(locus.lowest)) - 5, locus.size(str(locus.highest)) + 5
        axes.plot(
            [low, high], [0.97 * tallest] * 2, color="0.3", linewidth=4, solid_capstyle="butt"
        )
        axes.text((low + high) / 2, 0.9 * tallest, locus.marker.locus, ha="center", va="top",
                  fontsize=8, fontweight="bold")  # fmt: skip
        own = [peak for peak in peaks if peak.locus == locus.marker.locus]
        _write(axes, own, judge(own, locus.marker), tallest)
    axes.set(xlim=(FIRST, LAST), ylim=(0, tallest), xlabel=labels["size"], ylabel=labels["height"])
    axes.tick_params(labelsize=8)


def _write(axes: Axes, peaks: Sequence[Peak], verdicts: Sequence[str], top: float) -> None:
    """The names of the peaks of one locus, each second one higher where they stand close."""
    last, step = -CLOSE, 0
    for peak, what in zip(peaks, verdicts, strict=True):
        mark = {ALLELE: peak.allele, STUTTER: "s"}.get(what)
        if mark is None:
            continue
        step = 1 - step if peak.size - last < CLOSE else 0
        last = peak.size
        place = min(peak.height, 0.68 * top) + (0.02 + 0.07 * step) * top
        axes.text(peak.size, place, mark, ha="center", va="bottom", fontsize=7)
