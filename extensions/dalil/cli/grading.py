"""``dalil grade``, ``regrade`` and ``feedback``."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import click
from rich.table import Table

from dalil.cli.common import (
    as_json,
    console,
    modules_of,
    open_academy,
    print_json,
    progress_bar,
)
from dalil.errors import DalilError, GradingError
from dalil.grading.batch import Result, grade_batch
from dalil.models import TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import record_hand_marks


@click.command()
@click.argument("modules", nargs=-1)
@click.option("--workers", type=click.IntRange(1, 256), help="Notebooks run at once.")
@click.option("--trainee", metavar="ID", help="Only this trainee's submission.")
@as_json
def grade(
    modules: tuple[str, ...], workers: int | None, trainee: str | None, as_json: bool
) -> None:
    """Collect and grade what was submitted to MODULES (default: all) and is not graded yet."""
    _grade(modules, workers, trainee, as_json, again=False)


@click.command()
@click.argument("modules", nargs=-1, required=True)
@click.option("--workers", type=click.IntRange(1, 256), help="Notebooks run at once.")
@click.option("--trainee", metavar="ID", help="Only this trainee's submission.")
@as_json
def regrade(
    modules: tuple[str, ...], workers: int | None, trainee: str | None, as_json: bool
) -> None:
    """Mark MODULES again by today's checks, from the answers on record: no notebook runs twice."""
    _grade(modules, workers, trainee, as_json, again=True)


def _grade(
    modules: tuple[str, ...],
    workers: int | None,
    trainee: str | None,
    as_json: bool,
    *,
    again: bool,
) -> None:
    settings = open_academy()
    course, grader = Course(settings), grader_of(settings)
    chosen = modules_of(settings, modules)
    for module in chosen:
        course.collect(module)
        record_hand_marks(course, grader.exchange.ledger, module)
    executor: Executor = ThreadPoolExecutor(workers or settings.workers)
    with executor, progress_bar() as step:
        results = grade_batch(
            grader,
            chosen,
            course.autograde,
            executor,
            again=again,
            whose=trainee_id(trainee) if trainee else None,
            progress=lambda done, total: step("grade", done, total),
        )
    grader.exchange.ledger.checkpoint()
    if as_json:
        print_json([_plain(result) for result in results])
    else:
        _show(results)
    if failed := [result for result in results if result.error]:
        for result in failed:
            click.echo(f"dalil: {result.error}", err=True)
        raise GradingError(
            f"{len(failed)} of {len(results)} submissions could not be graded (see above); "
            "the others are; mend the cause and run the same command again"
        )


def _plain(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "module": result.module,
        "trainee": result.trainee,
        "error": result.error,
        "already": result.already,
        "points": outcome.points if outcome else None,
        "max_points": outcome.max_points if outcome else None,
        "questions": {
            s.question: {"points": s.points, "max_points": s.max_points, "flag": s.flag}
            for s in (outcome.scores if outcome else ())
        },
        "notes": list(outcome.notes) if outcome else [],
    }


def _show(results: list[Result]) -> None:
    table = Table(title="Graded")
    for name in ("Module", "Trainee"):
        table.add_column(name)
    table.add_column("Points", justify="right")
    table.add_column("Of", justify="right")
    table.add_column("Flags, remarks")
    for result in sorted(results, key=lambda r: (r.module, r.trainee)):
        if result.already:
            continue
        outcome = result.outcome
        flags = [f"{s.question}: {s.flag}" for s in (outcome.scores if outcome else ()) if s.flag]
        notes = [*flags, *(outcome.notes if outcome else ()), result.error]
        table.add_row(
            result.module,
            result.trainee,
            f"{outcome.points:g}" if outcome else "–",
            f"{outcome.max_points:g}" if outcome else "–",
            "; ".join(note for note in notes if note),
        )
    console().print(table)
    if already := sum(result.already for result in results):
        click.echo(f"{already} were graded before and stay as they are")


@click.command()
@click.argument("modules", nargs=-1)
@click.option("--trainee", metavar="ID", help="Only this trainee's page.")
@as_json
def feedback(modules: tuple[str, ...], trainee: str | None, as_json: bool) -> None:
    """Write the feedback pages of graded submissions of MODULES (default: all)."""
    settings = open_academy()
    course, ledger = Course(settings), exchange_of(settings).ledger
    pages: dict[str, str] = {}
    errors: list[str] = []
    for module in modules_of(settings, modules):
        record_hand_marks(course, ledger, module)
        graded = sorted({mark.trainee for mark in course.marks(module)})
        wanted = [name for name in graded if trainee in (None, name)]
        with progress_bar() as step:
            for n, name in enumerate(wanted, 1):
                try:
                    page = course.feedback(module, TraineeId(name))
                    pages[f"{name}/{module.id}"] = str(page)
                    ledger.append(
                        "feedback-released", who="grader", trainee=name, module=module.id, what={}
                    )
                except DalilError as error:
                    errors.append(str(error))
                step(f"feedback {module.id}", n, len(wanted))
    ledger.checkpoint()
    if as_json:
        print_json({"pages": pages, "errors": errors})
    else:
        click.echo(f"{len(pages)} feedback pages in {settings.feedback}")
    if errors:
        raise GradingError("; ".join(errors))
