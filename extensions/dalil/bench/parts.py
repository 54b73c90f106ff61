"""The parts of the benchmark by name: how each is measured, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from dalil.bench import figures
from dalil.bench.figures import Figure
from dalil.bench.site import Progress
from dalil.bench.throughput import throughput


@dataclass(frozen=True)
class Plan:
    """How much to measure; ``repeat`` 0 leaves the number of repeats to each part."""

    folder: Path
    workers: int
    progress: Progress
    quick: bool = False
    repeat: int = 0
    nbgrader: bool = True

    def times(self, quick: int, full: int) -> int:
        """How often to repeat something."""
        return self.repeat or (quick if self.quick else full)


Measure: TypeAlias = Callable[[Plan], dict[str, Any]]
Judge: TypeAlias = Callable[[Mapping[str, Any]], list[Figure]]


def _throughput(plan: Plan) -> dict[str, Any]:
    baselines = (1 if plan.quick else 2) if plan.nbgrader else 0
    return throughput(
        plan.folder / "throughput",
        plan.workers,
        size=12 if plan.quick else 30,
        repeats=plan.times(2, 5),
        baselines=baselines,
        progress=plan.progress,
    )


PARTS: dict[str, tuple[Measure, Judge]] = {
    "throughput": (_throughput, figures.of_throughput),
}
