"""Throughput: one cohort's work graded by Dalil, by the floor and by nbgrader, in turn."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dalil.bench.classic import Classic
from dalil.bench.programs import Step, run_program
from dalil.bench.site import Progress, Site
from dalil.bench.workload import TRIAGE
from dalil.notebooks import read_notebook, reference, solve, write_notebook


def throughput(
    folder: Path, workers: int, *, size: int, repeats: int, baselines: int, progress: Progress
) -> dict[str, Any]:
    """Grade *size* submissions of half a second each, *repeats* times by Dalil and by the floor.

    nbgrader does the same *baselines* times. Returns each run's seconds, and whether all three
    gave every trainee the same points.
    """
    folder.mkdir()
    ready = Site(folder / "ready", TRIAGE, workers).prepare(size, partial(progress, "prepare"))
    course = Classic(folder / "classic", TRIAGE)
    if baselines:
        course.begin(read_notebook(ready.notebook), ready.exhibits, ready.files)
        course.hand_in(size, ready.exhibits, ready.files)
    runs: dict[str, list[dict[str, Any]]] = {"dalil": [], "floor": [], "nbgrader": []}
    # Back and forth, so that neither a machine that slows down nor one that speeds up takes sides.
    for number in range(max(repeats, baselines)):
        turn = ["dalil", "floor"] if number % 2 == 0 else ["floor", "dalil"]
        for name in turn if number < repeats else []:
            step = partial(progress, f"{name} {number + 1}")
            runs[name].append(_ours(ready, step) if name == "dalil" else _floor(ready, step))
        if number < baselines:
            runs["nbgrader"].append(
                _nbgrader(course, size, partial(progress, f"nbgrader {number + 1}"))
            )
    points = {name: _points(ready, name, found) for name, found in runs.items() if found}
    reached = list(points.values())
    return {
        "submissions": size,
        "workers": workers,
        "runs": runs,
        "points": {name: sum(each.values()) for name, each in points.items()},
        "agree": all(each == reached[0] for each in reached),
    }


def _ours(ready: Site, step: Step) -> dict[str, Any]:
    site = ready.copy("dalil")
    try:
        return site.run("grade", step)
    finally:
        site.remove()


def _floor(ready: Site, step: Step) -> dict[str, Any]:
    folder = ready.folder.with_name("floor")
    (folder / "out").mkdir(parents=True)
    warm = folder / "reference.ipynb"
    source = read_notebook(ready.notebook)
    write_notebook(solve(source, reference(source), {}), warm)
    request = {
        "submissions": ready.submissions(),
        "exhibits": str(ready.exhibits),
        "files": ready.files,
        "warm": str(warm),
        "workers": ready.workers,
        "out": str(folder / "out"),
    }
    try:
        return run_program("floor", request, folder, step)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _nbgrader(course: Classic, size: int, step: Step) -> dict[str, Any]:
    whole, start = course.autograde(size, step)
    return {**asdict(whole), "start": asdict(start), "points": course.points()}


def _points(ready: Site, name: str, runs: list[dict[str, Any]]) -> dict[str, float]:
    """Each trainee's points in the last of *runs*, which keep the rest only."""
    if name == "floor":
        answers = [run.pop("answers") for run in runs][-1]
        points: dict[str, float] = ready.run("mark", answers=answers, exhibits=str(ready.exhibits))[
            "points"
        ]
    else:
        points = [run.pop("points") for run in runs][-1]
    return points
