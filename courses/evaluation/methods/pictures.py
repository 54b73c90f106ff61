"""The four plots by which a set of likelihood ratios is judged, drawn on axes of matplotlib.

Labels are given by the caller, in the language of the reader. Colours are told apart by people who
do not see red and green, and by their line style as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from dalil.courses.evaluation.methods.calibration import pav
from dalil.courses.evaluation.methods.performance import det, ece, ece_neutral, tippett

if TYPE_CHECKING:  # what draws has loaded it already; what grades need not
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.55"


def draw_scores(
    axes: Axes, same: npt.ArrayLike, different: npt.ArrayLike, labels: Sequence[str], bins: int = 30
) -> None:
    """Histograms of both groups, as densities. *labels*: one source, two sources."""
    a, b = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()), bins)
    axes.hist(b, edges, density=True, color=ORANGE, alpha=0.6, hatch="//", label=labels[1])
    axes.hist(a, edges, density=True, color=BLUE, alpha=0.6, label=labels[0])
    axes.legend(fontsize=9)


def draw_tippett(
    axes: Axes, same: npt.ArrayLike, different: npt.ArrayLike, labels: Sequence[str]
) -> None:
    """Share (%) of log10 LR at or above each value. *labels*: one source, two sources."""
    a, b = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    grid = np.linspace(min(a.min(), b.min()) - 0.3, max(a.max(), b.max()) + 0.3, 500)
    axes.plot(grid, 100 * tippett(a, grid), "-", color=BLUE, label=labels[0])
    axes.plot(grid, 100 * tippett(b, grid), "--", color=ORANGE, label=labels[1])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_ylim(0, 101)
    axes.legend(fontsize=9)


def draw_ece(
    axes: Axes,
    same: npt.ArrayLike,
    different: npt.ArrayLike,
    labels: Sequence[str],
    reach: float = 2.5,
) -> None:
    """Cross-entropy (bits) over log10 prior odds from -reach to reach. *labels*: the ratios as
    stated, after PAV, and LR = 1."""
    odds = np.linspace(-reach, reach, 101)
    neutral = ece_neutral(odds)
    stated = ece(same, different, odds)
    axes.plot(odds, stated, "-", color=BLUE, label=labels[0])
    axes.plot(odds, ece(*pav(same, different), odds), "--", color=GREEN, label=labels[1])
    axes.plot(odds, neutral, ":", color="black", label=labels[2])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_ylim(0, max(1.05, min(2.0, 1.05 * float(stated.max()))))
    axes.legend(fontsize=9)


def draw_pav(
    axes: Axes, same: npt.ArrayLike, different: npt.ArrayLike, labels: Sequence[str]
) -> None:
    """log10 LR after PAV over log10 LR as stated. *labels*: PAV, perfectly calibrated."""
    a, b = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    stated = np.concatenate([a, b])
    ideal = np.concatenate(pav(a, b))
    order = np.argsort(stated, kind="stable")
    ends = float(stated.min()), float(stated.max())
    shown = np.clip(ideal[order], ends[0] - 0.5, ends[1] + 0.5)  # infinite ends lie on the frame
    axes.plot(stated[order], shown, "-", color=GREEN, label=labels[0])
    axes.plot(ends, ends, ":", color="black", label=labels[1])
    axes.legend(fontsize=9)


def draw_det(axes: Axes, same: npt.ArrayLike, different: npt.ArrayLike, label: str) -> None:
    """Missed against false shares on normal-deviate scales: a straight line for two normals."""
    missed, false = (np.clip(share, 1e-4, 1 - 1e-4) for share in det(same, different))
    axes.plot(special.ndtri(false), special.ndtri(missed), "-", color=BLUE, label=label)
    axes.plot((-3.2, 1.3), (-3.2, 1.3), ":", color=GREY)
    ticks = np.array([0.001, 0.01, 0.05, 0.2, 0.5, 0.8])
    names = ["0.1", "1", "5", "20", "50", "80"]
    axes.set_xticks(special.ndtri(ticks), names)
    axes.set_yticks(special.ndtri(ticks), names)
    axes.set(xlim=(-3.3, 1.3), ylim=(-3.3, 1.3))
    axes.legend(fontsize=9)
