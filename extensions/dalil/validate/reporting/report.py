"""What one validator is given, and fills."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from dalil.settings import find_root
from dalil.validate.reporting.data import data_folder
from dalil.validate.reporting.figures import Figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Plot

Item = TypeVar("Item")


def output_folder(course: str) -> Path:
    """Where plots go unless told otherwise: ``.cache/acceptance/<course>`` of the curriculum."""
    return (find_root() or Path()) / ".cache" / "acceptance" / course


class Report:
    """The figures, plots and tables of one course's validation.

    ``data`` is the folder of the real data where it is not the usual one, ``output`` where plots
    and tables are written (made when needed), ``workers`` how many processes may be used.
    """

    def __init__(
        self, course: str, output: Path | None = None, data: Path | None = None, workers: int = 1
    ) -> None:
        self.course, self.workers = course, workers
        self.output = output or output_folder(course)
        self.figures: list[Figure] = []
        self.files: list[Path] = []
        self._data = data
        self._started = time.monotonic()
        self._ended: float | None = None

    # --- what it is measured on

    def folder(self, file: str = "truth.csv") -> Path:
        """The folder of the course's real data, which holds *file*.

        Raises UsageError that says where it was looked for.
        """
        return data_folder(self.course, self._data, file)

    def track(self, items: Iterable[Item], unit: str, total: int | None = None) -> Iterator[Item]:
        """*items* one after the other, with a progress bar on standard error."""
        yield from tqdm(items, total=total, unit=f" {unit}", **self._bars)

    def bar(self, total: int, unit: str) -> tqdm[Any]:
        """A progress bar to ``update(n)`` by hand; use as a context manager."""
        return tqdm(total=total, unit=f" {unit}", **self._bars)

    @property
    def _bars(self) -> dict[str, Any]:
        """What all bars have; where nobody watches they say less."""
        often = 0.2 if sys.stderr.isatty() else 10.0
        return {"desc": self.course, "file": sys.stderr, "mininterval": often}

    @property
    def seconds(self) -> float:
        """Wall time since the report was begun, until it was finished."""
        return (self._ended or time.monotonic()) - self._started

    def finish(self) -> None:
        """Stop the clock."""
        self._ended = time.monotonic()

    # --- what was found

    def at_least(self, name: str, value: float, bound: float, unit: str = "") -> None:
        """A figure that must not be below *bound*."""
        self._add(Figure(name, value, unit, bound, "at least"))

    def at_most(self, name: str, value: float, bound: float, unit: str = "") -> None:
        """A figure that must not be above *bound*."""
        self._add(Figure(name, value, unit, bound, "at most"))

    def note(self, name: str, value: float | str, unit: str = "") -> None:
        """A figure without a bound."""
        self._add(Figure(name, value, unit))

    def _add(self, figure: Figure) -> None:
        """Keep *figure*, a number of numpy's as Python's own."""
        plain = getattr(figure.value, "item", lambda: figure.value)()
        self.figures.append(replace(figure, value=plain))

    @property
    def missed(self) -> list[str]:
        """The bounds that are not met, as sentences."""
        return [figure.missed for figure in self.figures if figure.missed]

    def plot(self, name: str, figure: Plot) -> Path:
        """Write ``<name>.png``, without a stamp of time or tool; returns its path."""
        path = self._file(f"{name}.png")
        figure.savefig(path, dpi=120, bbox_inches="tight", metadata={"Software": None})
        return path

    def csv(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        """Write ``<name>.csv`` with a row for each of *rows*; returns its path."""
        path = self._file(f"{name}.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)
        return path

    def _file(self, name: str) -> Path:
        self.output.mkdir(parents=True, exist_ok=True)
        path = self.output / name
        self.files.append(path)
        return path

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "course": self.course,
            "seconds": round(self.seconds, 1),
            "figures": [figure.as_dict() for figure in self.figures],
            "missed": self.missed,
            "files": [str(path) for path in self.files],
        }
