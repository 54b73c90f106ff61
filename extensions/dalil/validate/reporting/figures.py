"""Figures and the bounds that they are held to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from rich.markup import escape
from rich.table import Table

Direction: TypeAlias = Literal["at least", "at most"]
SIGNS: Mapping[str, str] = {"at least": "≥", "at most": "≤"}


@dataclass(frozen=True)
class Figure:
    """One measured value in *unit*; with a *bound* it must be ``direction`` that."""

    name: str
    value: float | str
    unit: str = ""
    bound: float | None = None
    direction: Direction = "at most"

    @property
    def met(self) -> bool | None:
        """Whether the bound is met, which NaN never does; None without a bound."""
        if self.bound is None or isinstance(self.value, str):
            return None
        if self.direction == "at least":
            return bool(self.value >= self.bound)
        return bool(self.value <= self.bound)

    @property
    def missed(self) -> str:
        """The bound that is missed as a sentence; "" if it is met or there is none."""
        if self.met is not False:
            return ""
        return f"{self.name}: {self.written} where {self.direction} {self.asked} is promised"

    @property
    def written(self) -> str:
        """Value and unit: ``0.9997``, ``12 ms``."""
        return _written(self.value, self.unit)

    @property
    def asked(self) -> str:
        """Bound and unit; "" without a bound."""
        return "" if self.bound is None else _written(self.bound, self.unit)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no NaN: a value that is not finite is told as text."""
        told = {**asdict(self), "met": self.met}
        if isinstance(self.value, float) and not math.isfinite(self.value):
            told["value"] = str(self.value)
        return told


def _written(value: float | str, unit: str) -> str:
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".strip()


def table(figures: Mapping[str, Sequence[Figure]], title: str, caption: str = "") -> Table:
    """One row a figure, by course; figures without a bound have an empty last column."""
    shown = Table(title=title, caption=caption or None)
    shown.add_column("Course")
    shown.add_column("Figure")
    shown.add_column("Value", justify="right")
    shown.add_column("Bound", justify="right")
    shown.add_column("")
    words = {True: "[green]met[/]", False: "[bold red]MISSED[/]", None: ""}
    for course, rows in figures.items():
        for number, row in enumerate(rows):
            sign = f"{SIGNS[row.direction]} {row.asked}" if row.asked else ""
            cells = ("" if number else course, row.name, row.written, sign)
            shown.add_row(*map(escape, cells), words[row.met], end_section=row is rows[-1])
    return shown
