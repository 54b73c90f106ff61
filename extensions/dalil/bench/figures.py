"""Figures: what was measured, against what, and what it must reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from dalil.limits import MIB


@dataclass(frozen=True)
class Figure:
    """One measured number.

    ``ours`` and ``other`` are in ``unit``; ``other`` is what ``against`` reached, None where the
    goal stands alone. ``goal`` is a multiple of ``other``, or in ``unit`` without one; None: for
    information. ``more``: whether more is better. ``others``: the share of the processors that
    other work took meanwhile, 0 to 1.
    """

    part: str
    title: str
    unit: str
    ours: float
    goal: float | None
    other: float | None = None
    against: str = ""
    more: bool = False
    others: float = 0.0

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of the other."""
        return None if self.other is None else self.ours / self.other

    @property
    def needed(self) -> float | None:
        """What ours must be, in ``unit``, to just reach the goal."""
        if self.goal is None:
            return None
        return self.goal if self.other is None else self.goal * self.other

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.needed is None:
            return None
        return self.ours >= self.needed if self.more else self.ours <= self.needed

    def as_json(self) -> dict[str, Any]:
        """All of it, for machines."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "ratio": self.ratio,
            "needed": self.needed,
            "met": self.met,
        }


def of_throughput(raw: Mapping[str, Any]) -> list[Figure]:
    """Rates and CPU of ``dalil.bench.throughput``."""
    size: int = raw["submissions"]
    runs: dict[str, list[dict[str, Any]]] = raw["runs"]
    ours, floor, stock = runs["dalil"], runs["floor"], runs["nbgrader"]

    others = disturbance([*ours, *floor, *stock])

    def figure(title: str, unit: str, mine: float, theirs: float, **about: Any) -> Figure:
        return Figure("throughput", title, unit, mine, other=theirs, others=others, **about)

    def rate(found: list[dict[str, Any]], wall: Callable[[dict[str, Any]], float]) -> float:
        return 60 * size / float(median(wall(run) for run in found))

    def wall(run: dict[str, Any]) -> float:
        return float(run["wall"])

    def cpu(found: list[dict[str, Any]]) -> float:
        return float(median(run["cpu"] for run in found)) / size

    name = f"{size} submissions"
    figures = []
    if stock:
        steady = rate(stock, lambda run: wall(run) - run["start"]["wall"])
        theirs: dict[str, Any] = {"against": "nbgrader autograde", "more": True}
        figures += [
            figure(f"{name}, each ready", "a minute", rate(ours, wall), steady, goal=7, **theirs),
            figure(
                f"{name}, starts included",
                "a minute",
                rate(ours, lambda run: wall(run) + run["ready"]),
                rate(stock, wall),
                goal=None,
                **theirs,
            ),
        ]
    if floor:
        figures += [
            figure(
                *(name, "a minute", rate(ours, wall), rate(floor, wall)),
                against="the floor",
                goal=0.92,
                more=True,
            ),
            figure(
                *("CPU of a submission", "s", cpu(ours), cpu(floor)),
                against="the floor",
                goal=1.08,
            ),
        ]
    return figures


def of_latency(raw: Mapping[str, Any]) -> list[Figure]:
    """One small notebook, warm and cold, in milliseconds."""
    ms = {way: 1000 * median(seconds) for way, seconds in raw["seconds"].items()}
    title = "A notebook with its imports"
    figure = partial(Figure, "latency", title, "ms", ms["warm"], others=raw["others"])
    return [
        figure(1 / 15, other=ms["nbclient"], against="cold, nbclient"),
        figure(None, other=ms["client"], against="cold, bare client"),
        figure(None, other=ms["killed"], against="cold, killed"),
        figure(120),
    ]


def of_memory(raw: Mapping[str, Any]) -> list[Figure]:
    """PSS of kernels in MiB."""
    warm, cold = raw["warm"], raw["cold"]
    more, each = (f"{what} at {warm['count']} kernels" for what in ("One more", "Each, all told,"))
    figure = partial(Figure, "memory", other=cold["each"] / MIB, against="cold kernel")
    return [
        figure(more, "MiB", warm["more"] / MIB, 1 / 5),
        figure(each, "MiB", warm["each"] / MIB, None),
    ]


def of_arrivals(raw: Mapping[str, Any]) -> list[Figure]:
    """Seconds from submitting to the recorded score."""
    seconds, others = sorted(raw["seconds"]), raw["others"]
    title = f"Submit to score, {len(seconds)} one by one"
    return [
        Figure("arrivals", f"{title}: p95", "s", p95(seconds), 0.5, others=others),
        Figure("arrivals", f"{title}: median", "s", float(median(seconds)), None, others=others),
    ]


def of_submits(raw: Mapping[str, Any]) -> list[Figure]:
    """Seconds from handing in to the receipt, behind the hub, while the work is graded."""
    seconds, others = sorted(raw["seconds"]), raw["others"]
    p95 = seconds[math.ceil(0.95 * len(seconds)) - 1]
    title = f"Hand in to receipt, {len(seconds)} in {raw['handed']:.0f} s"
    figure = partial(Figure, "submits", others=others)
    return [
        figure(f"{title}: p95", "s", p95, 1.0),
        figure(f"{title}: median", "s", float(median(seconds)), None),
        figure(f"{title}: longest", "s", seconds[-1], None),
        figure("… without valid receipt, bytes and marks", "", float(len(raw["lost"])), 0.0),
        figure("… from the first handed in to the last graded", "s", raw["graded"], None),
    ]


def of_scaling(raw: Mapping[str, Any]) -> list[Figure]:
    """Time and memory of a submission in large batches against small ones; marking again."""
    sizes = [run["submissions"] for run in raw["graded"]]
    small, large = min(sizes), max(sizes)

    def each(size: int, name: str, count: int = 1) -> float:
        found = [run[name] / count for run in raw["graded"] if run["submissions"] == size]
        return float(median(found))

    others = disturbance(raw["graded"])
    figure = partial(Figure, "scaling", against=f"at {small}", others=others)
    times = [1000 * each(size, "wall", size) for size in (large, small)]
    spent = [1000 * each(size, "cpu", size) for size in (large, small)]
    peaks = [each(size, "pss") / MIB for size in (large, small)]
    own = [each(size, "peak") / MIB for size in (large, small)]
    return [
        figure(f"A submission at {large}", "ms", times[0], 1.1, other=times[1]),
        figure(f"CPU of a submission at {large}", "ms", spent[0], None, other=spent[1]),
        figure(f"Memory at {large}, highest", "MiB", peaks[0], 1.1, other=peaks[1]),
        figure(f"The grader's own at {large}", "MiB", own[0], None, other=own[1]),
        _again(raw, "scaling", "trivial submissions", None),
    ]


def of_regrading(raw: Mapping[str, Any]) -> list[Figure]:
    """Marking a cohort of half-second submissions again, against grading it."""
    return [_again(raw, "regrade", "submissions", 1 / 50)]


def of_progress(raw: Mapping[str, Any]) -> list[Figure]:
    """Seconds of the figures of progress, the slowest of all repeats, and CPU of the first view."""
    size = f"{raw['people']} × {raw['modules']}"

    def figure(title: str, name: str, goal: float | None, which: int = 0) -> Figure:
        slowest = max(taken[which] for taken in raw["seconds"][name])
        return Figure("progress", title, "s", slowest, goal, others=raw["others"])

    first = f"Progress of {size}, first view after start"
    return [
        figure(first, "cold", 0.5),
        figure(f"{first}: CPU", "cold", None, 1),
        figure("Every view and list with every filter, slowest", "views", 0.5),
        figure("Slowest of these: CPU", "views", None, 1),
        figure("First view after a new event", "event", 0.5),
        figure("First view after a new event: CPU", "event", None, 1),
        figure("Once without a snapshot, from the ledger: CPU", "build", None, 1),
        figure("All trainees as a workbook: CPU", "xlsx", None, 1),
    ]


def _again(raw: Mapping[str, Any], part: str, what: str, goal: float | None) -> Figure:
    graded, again = raw["graded"][-1], raw["again"]
    title = f"Regrade {again['submissions']} {what}"
    return Figure(
        *(part, title, "s", again["wall"], goal, graded["wall"], "grading"),
        others=disturbance([graded, again]),
    )


def disturbance(runs: Sequence[Mapping[str, Any]]) -> float:
    """The share of the processors that other work took, in the median of *runs*."""
    return float(median(run["others"] for run in runs))


def of_apps(raw: Mapping[str, Any]) -> list[Figure]:
    """Open apps beside Voila's own server: seconds until usable, and MiB of one more."""
    found: list[Figure] = []
    for name in sorted({key.split()[1] for key in raw}):
        ours, stock = raw[f"ours {name}"], raw[f"stock {name}"]
        theirs: dict[str, Any] = {"against": "Voila"}
        crowd = len(ours["many"])
        found += [
            Figure(
                *("apps", f"{name}: link to usable widgets", "s", median(ours["visits"]), 1 / 5),
                other=median(stock["visits"]),
                **theirs,
            ),
            Figure(
                *("apps", f"{name}: first visit, the stage to be made", "s", ours["first"], None),
                other=stock["first"],
                **theirs,
            ),
            Figure(
                *("apps", f"{name}: memory of one more", "MiB", ours["each"] / MIB, 1 / 4),
                other=stock["each"] / MIB,
                **theirs,
            ),
            Figure(*("apps", f"{name}: {crowd} at once, 95 % usable", "s", p95(ours["many"]), 2.0)),
            Figure(
                *("apps", f"{name}: {crowd} at once, 95 % usable", "s", p95(ours["many"]), None),
                other=p95(stock["many"]),
                **theirs,
            ),
        ]
    return found


def p95(seconds: Sequence[float]) -> float:
    """The time within which 95 % are done: of 100, the 95th; five took longer."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]
