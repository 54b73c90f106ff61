"""Dalil's own side of the benchmark: an academy prepared, graded, marked again, through the seams
that ``dalil grade`` uses."""

from __future__ import annotations

import json
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from dalil.answers import encode
from dalil.bench.meter import spent
from dalil.bench.programs import Step, serve
from dalil.bench.workload import correct_check, desks, lay_out, prepare
from dalil.curriculum import load_module
from dalil.errors import GradingError
from dalil.grading.batch import Progress, grade_batch
from dalil.grading.marking import mark
from dalil.grading.regrade import Why, regrade_batch
from dalil.grading.runner import Job, Runner
from dalil.grading.sealed import load_checks
from dalil.models import ModuleId
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course
from dalil.notebooks import grade_points, read_notebook
from dalil.settings import Settings, load_settings

IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import scipy
import skimage
"""


def engine(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """Do ``request["task"]`` (of TASKS) for the module and the academy that it names."""
    settings = load_settings(Path(request["root"]), Path(request["academy"]))
    return TASKS[request["task"]](settings, ModuleId(request["module"]), request, step)


def begin(
    settings: Settings, module: ModuleId, request: dict[str, Any], step: Step
) -> dict[str, Any]:
    """Prepare an academy with ``size`` submissions; ``exhibits``: a folder to lay a case out in."""
    prepare(settings, module, request["size"], step)
    exchange, declared = exchange_of(settings), load_module(settings, module)
    return {"files": lay_out(exchange, declared, Path(request["exhibits"]))}


def grade(
    settings: Settings, name: ModuleId, request: dict[str, Any], step: Step
) -> dict[str, Any]:
    """Grade what was collected (``again``: after a change of its checks, mark it again).

    The clock starts when the runner is ready. Returns what was ``spent``, ``ready`` (seconds
    before that), ``peak`` (resident bytes of this process at most) and ``points``.
    """
    again, workers = request.get("again", False), request["workers"]
    with spent() as start:
        course, grader = Course(settings), grader_of(settings)
        module = load_module(settings, name)
        if again:
            correct_check(settings, name)
        else:
            warm(grader.runner)

    def show(now: Progress) -> None:
        step(now.done, now.total)

    with spent() as used, ThreadPoolExecutor(workers) as executor, course.gradebook as book:
        if again:
            why = Why("bench", "a corrected check")
            results = regrade_batch(grader, [module], book, why, progress=show)
        else:
            results = grade_batch(
                grader, [module], book, executor, at_once=2 * workers, progress=show
            )
        grader.exchange.ledger.checkpoint()
    grader.runner.close()
    if errors := [result.error for result in results if result.error]:
        raise GradingError(errors[0])
    points: dict[str, float] = {}
    for one in course.marks(module):
        points[one.trainee] = points.get(one.trainee, 0.0) + (one.points or 0.0)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**asdict(used), "ready": start.wall, "peak": peak, "points": points}


def arrive(
    settings: Settings, name: ModuleId, request: dict[str, Any], step: Step
) -> dict[str, Any]:
    """Hand in one submission after the other; seconds until each one's score is recorded."""
    course, grader = Course(settings), grader_of(settings)
    work = list(desks(settings, name, request["size"]))
    warm(grader.runner)
    seconds = []
    with (
        spent() as used,
        ThreadPoolExecutor(request["workers"]) as executor,
        course.arrivals(grader, executor) as arrivals,
    ):
        for number, (module, whose, desk) in enumerate(work, 1):
            begun = time.perf_counter()
            grader.exchange.seal(module, whose, desk)
            result = arrivals.grade(module, whose).result()
            seconds.append(time.perf_counter() - begun)
            if result.error:
                raise GradingError(result.error)
            step(number, len(work))
    grader.runner.close()
    return {"seconds": seconds, "others": used.others}


def warm(runner: Runner) -> None:
    """Let *runner* be as ready as it is after its first notebook."""
    runner.run(Job(new_notebook(cells=[new_code_cell(IMPORTS, id="imports")]), {}, {}, {}))


def mark_answers(
    settings: Settings, name: ModuleId, request: dict[str, Any], step: Step
) -> dict[str, Any]:
    """Mark ``answers`` (trainee → question → value), handed over without a notebook."""
    module = load_module(settings, name)
    forms = {question.id: question.form for question in module.questions if question.form}
    worth = grade_points(read_notebook(module.notebook))
    truth = json.loads((Path(request["exhibits"]) / "truth.json").read_text(encoding="utf-8"))
    checks = load_checks(module.grader).checks
    points: dict[str, float] = {}
    for trainee, values in request["answers"].items():
        bundles = [{"cell": q, "bundle": encode(q, value)} for q, value in values.items()]
        points[trainee] = mark(forms, worth, checks, truth, bundles=bundles, died={}).points
    return {"points": points}


TASKS = {"prepare": begin, "grade": grade, "mark": mark_answers, "arrive": arrive}


if __name__ == "__main__":
    serve(engine)
