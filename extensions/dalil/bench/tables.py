"""The measured figures as a table, and the machine that they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

import psutil
from rich.table import Table

from dalil.bench.figures import Figure

MET = {True: "met", False: "MISSED", None: ""}


def table(figures: Sequence[Figure], machine: dict[str, Any]) -> Table:
    """One row a figure."""
    shown = Table(title="Figures to reach", caption=caption(figures, machine))
    for name in ("Figure", "Unit"):
        shown.add_column(name)
    for name in ("Dalil", "Against", "Ratio", "Reach"):
        shown.add_column(name, justify="right")
    shown.add_column("")
    for one in figures:
        colour = {True: "green", False: "bold red", None: "none"}[one.met]
        other = "" if one.other is None else f"{one.against} {number(one.other)}"
        shown.add_row(
            *(one.title, one.unit, number(one.ours), other, multiple(one.ratio), reach(one)),
            f"[{colour}]{MET[one.met]}[/]",
        )
    return shown


def caption(figures: Sequence[Figure], machine: dict[str, Any]) -> str:
    """What the figures depend on, in one line."""
    where = f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}"
    most = max((figure.others for figure in figures), default=0.0)
    return f"{where}; other work took up to {most:.0%} of the processors" if most else where


def number(value: float) -> str:
    """Three digits that say something: 0.0123, 1.23, 12.3, 1234."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def multiple(ratio: float | None) -> str:
    """A ratio as the goals are worded: 7.4 times, 1/18.2."""
    if ratio is None:
        return ""
    return f"1/{1 / ratio:.3g}" if 0 < ratio <= 0.5 else f"{ratio:.3g} ×"


def reach(figure: Figure) -> str:
    """The goal with its direction: ≥ 7 ×, ≤ 1/5, ≤ 120 ms."""
    if figure.goal is None:
        return ""
    sign = "≥" if figure.more else "≤"
    if figure.other is None:
        return f"{sign} {number(figure.goal)} {figure.unit}"
    return f"{sign} {multiple(figure.goal)}"


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }
