"""``dalil bench``: where the time of a cohort goes, as ratios measured in one run."""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
from rich.table import Table

from dalil.cli.common import as_json, console, modules_of, open_academy, print_json, progress_bar
from dalil.demo import cohort, run_demonstration
from dalil.grading.batch import grade_batch
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.settings import ACADEMY_VARIABLE


@dataclass
class _Clock:
    """Follows a demonstration's progress and notes how long each step took."""

    steps: dict[str, float]
    last: float

    def step(self, name: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self.steps[name] = self.steps.get(name, 0.0) + now - self.last
        self.last = now


@click.command()
@click.option("--trainees", default=7, show_default=True, type=click.IntRange(1, 200))
@click.option("--modules", default="", metavar="A,B", help="Only these modules; default: all.")
@as_json
def bench(trainees: int, modules: str, as_json: bool) -> None:
    """Measure a simulated cohort: each step, and marking again against grading.

    The machine's other work changes seconds, not ratios: quote those.
    """
    with tempfile.TemporaryDirectory(prefix="dalil-bench-") as place:
        os.environ[ACADEMY_VARIABLE] = place
        settings = open_academy(Path(place))
        chosen = modules_of(settings, [name for name in modules.split(",") if name])
        clock = _Clock({}, time.perf_counter())
        with progress_bar() as bar:

            def step(name: str, done: int, total: int) -> None:
                clock.step(name, done, total)
                bar(name, done, total)

            run_demonstration(settings, chosen, cohort(trainees), step)
            clock.last = time.perf_counter()
            course, grader = Course(settings), grader_of(settings)
            with ThreadPoolExecutor(settings.workers) as executor:
                results = grade_batch(grader, chosen, course.autograde, executor, again=True)
            step("mark again", len(results), len(results))
    count = trainees * len(chosen)
    rows = [
        {
            "step": name,
            "seconds": round(seconds, 2),
            "seconds_each": round(seconds / count, 3),
            "of_grading": round(seconds / clock.steps["grade"], 3),
        }
        for name, seconds in clock.steps.items()
    ]
    if as_json:
        print_json({"submissions": count, "workers": settings.workers, "steps": rows})
        return
    table = Table(title=f"{count} submissions, {settings.workers} workers")
    table.add_column("Step")
    for name in ("Seconds", "Each", "Of grading"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console().print(table)
