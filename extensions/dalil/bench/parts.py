"""The parts of the benchmark by name: how each is measured, and its figures."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from dalil.bench import apps, figures
from dalil.bench.figures import Figure
from dalil.bench.programs import run_program
from dalil.bench.scaling import batches
from dalil.bench.site import Progress, Site
from dalil.bench.throughput import throughput
from dalil.bench.workload import TRIAGE, TRIVIAL, write_curriculum
from dalil.errors import DalilError
from dalil.settings import find_root

WARM_KERNEL = "dalil"  # the kernelspec whose provisioner starts kernels warm


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


def _latency(plan: Plan) -> dict[str, Any]:
    folder = plan.folder / "latency"
    folder.mkdir()
    write_curriculum(folder / "curriculum")
    request = {
        "root": str(folder / "curriculum"),
        "academy": str(folder / "academy"),
        "repeats": plan.times(3, 15),
    }
    return run_program("latency", request, folder, partial(plan.progress, "latency"))


def _memory(plan: Plan) -> dict[str, Any]:
    folder = plan.folder / "memory"
    folder.mkdir()

    def idle(kernel: str, count: int) -> dict[str, Any]:
        request = {"kernel": kernel, "count": count}
        return run_program("kernels", request, folder, partial(plan.progress, f"{kernel} kernels"))

    return {"warm": idle(WARM_KERNEL, 20 if plan.quick else 100), "cold": idle("python3", 10)}


def _scaling(plan: Plan) -> dict[str, Any]:
    small, large = (20, 100) if plan.quick else (100, 1000)
    sizes = [small] * plan.times(2, 3) + [large]
    place = plan.folder / "scaling"
    return batches(place, plan.workers, module=TRIVIAL, sizes=sizes, progress=plan.progress)


def _regrading(plan: Plan) -> dict[str, Any]:
    sizes = [30 if plan.quick else 1000]
    place = plan.folder / "regrade"
    return batches(place, plan.workers, module=TRIAGE, sizes=sizes, progress=plan.progress)


def _arrivals(plan: Plan) -> dict[str, Any]:
    size = 20 if plan.quick else 100
    place = plan.folder / "arrivals"
    place.mkdir()
    write_curriculum(place / "curriculum")
    return Site(place, TRIVIAL, plan.workers).run(
        "arrive", partial(plan.progress, "arrivals"), size=size
    )


def _apps(plan: Plan) -> dict[str, Any]:
    root, folder = find_root(), plan.folder / "apps"
    if root is None:
        raise DalilError("apps: no curriculum here; run it in a checkout, or set DALIL_ROOT")
    folder.mkdir()
    done = itertools.count(1)

    def step(_: str) -> None:
        plan.progress("apps", next(done), 2 * len(apps.MODULES))

    repeats, many = plan.times(3, 7), 4 if plan.quick else 20
    return asyncio.run(apps.measure(root, folder, repeats=repeats, many=many, step=step))


def _submits(plan: Plan) -> dict[str, Any]:
    place = plan.folder / "submits"
    place.mkdir()
    write_curriculum(place / "curriculum")
    request = {
        "root": str(place / "curriculum"),
        "academy": str(place / "academy"),
        "module": TRIAGE,
        "size": 20 if plan.quick else 200,
        "seconds": 6 if plan.quick else 60,
    }
    return run_program("submits", request, place, partial(plan.progress, "submits"))


def _progress(plan: Plan) -> dict[str, Any]:
    folder = plan.folder / "progress"
    folder.mkdir()
    request = {
        "folder": str(folder),
        "people": 500 if plan.quick else 5000,
        "modules": 40,
        "repeats": plan.times(2, 5),
    }
    return run_program("progress", request, folder, partial(plan.progress, "progress"))


PARTS: dict[str, tuple[Measure, Judge]] = {
    "throughput": (_throughput, figures.of_throughput),
    "latency": (_latency, figures.of_latency),
    "memory": (_memory, figures.of_memory),
    "arrivals": (_arrivals, figures.of_arrivals),
    "submits": (_submits, figures.of_submits),
    "scaling": (_scaling, figures.of_scaling),
    "regrade": (_regrading, figures.of_regrading),
    "apps": (_apps, figures.of_apps),
    "progress": (_progress, figures.of_progress),
}
