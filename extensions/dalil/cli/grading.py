"""``dalil grade``, ``regrade`` and ``feedback``."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich import progress as rich
from rich.console import Console
from rich.table import Table

from dalil.cli.common import (
    as_json,
    console,
    modules_of,
    open_academy,
    print_json,
    progress_bar,
)
from dalil.cli.scheduler import scheduler_options, workforce
from dalil.errors import DalilError, GradingError
from dalil.grading.batch import Progress, grade_batch
from dalil.grading.pipeline import Result
from dalil.grading.regrade import Why, regrade_batch
from dalil.grading.turns import turn
from dalil.models import TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of, grader_of, unsafe_grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import record_hand_marks

SHOWN = 20  # reasons of one kind that are printed

whose_option = click.option("--trainee", metavar="ID", help="Only this trainee's submission.")


@click.command()
@click.argument("modules", nargs=-1)
@click.option("--workers", type=click.IntRange(1, 256), help="Notebooks run at once.")
@whose_option
@click.option(
    "--unsafe",
    is_flag=True,
    help="Grade even where this machine allows no sandbox: only work that you trust.",
)
@scheduler_options
@as_json
def grade(
    modules: tuple[str, ...],
    workers: int | None,
    trainee: str | None,
    unsafe: bool,
    as_json: bool,
    **elsewhere: Any,
) -> None:
    """Collect and grade what was submitted to MODULES (default: all) and is not graded yet."""
    settings = open_academy()
    course = Course(settings)
    grader = unsafe_grader_of(settings) if unsafe else grader_of(settings)
    chosen = modules_of(settings, modules)
    with (
        turn(settings.records, _waiting),
        workforce(grader, workers, unsafe, elsewhere) as (grader, executor, at_once),
    ):
        for module in chosen:
            course.collect(module)
            record_hand_marks(course, grader.exchange.ledger, module)
        with course.gradebook as gradebook, live_bar("grade") as show:
            results = grade_batch(
                grader,
                chosen,
                gradebook,
                executor,
                whose=trainee_id(trainee) if trainee else None,
                at_once=at_once,
                progress=show,
            )
    grader.runner.close()
    grader.exchange.ledger.checkpoint()
    if as_json:
        print_json([_plain(result) for result in results])
    else:
        _show(results, "Graded")
        if already := sum(result.already for result in results):
            click.echo(f"{already} were graded before and stay as they are")
    _complain(results)


@click.command()
@click.argument("modules", nargs=-1, required=True)
@whose_option
@click.option("--who", metavar="NAME", help="Who asks for it; default: this account.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the ledger.")
@as_json
def regrade(
    modules: tuple[str, ...], trainee: str | None, who: str | None, reason: str, as_json: bool
) -> None:
    """Mark MODULES again by today's checks, from the answers on record: no notebook runs.

    Only what changes is written; the ledger keeps both marks, who asked and why.
    """
    settings = open_academy()
    course, grader = Course(settings), grader_of(settings)
    chosen = modules_of(settings, modules)
    for module in chosen:
        record_hand_marks(course, grader.exchange.ledger, module)
    alone = turn(settings.records, _waiting)
    with alone, course.gradebook as gradebook, live_bar("regrade") as show:
        results = regrade_batch(
            grader,
            chosen,
            gradebook,
            Why(who or getpass.getuser(), reason),
            whose=trainee_id(trainee) if trainee else None,
            progress=show,
        )
    grader.exchange.ledger.checkpoint()
    if as_json:
        print_json([_plain(result) for result in results])
    else:
        _show([result for result in results if result.changed or result.error], "Regraded")
        same = sum(not (result.changed or result.error) for result in results)
        click.echo(f"{same} of {len(results)} have the same marks as before")
    _complain(results)


@contextmanager
def live_bar(name: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error: done, failed, rate, time that remains."""
    columns = (
        rich.TextColumn("{task.description:<8}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("{task.fields[failed]} failed, {task.fields[rate]:.0f} a minute"),
        rich.TimeElapsedColumn(),
        rich.TextColumn("remaining"),
        rich.TimeRemainingColumn(),
    )
    # Drawing takes processor time that notebooks could use.
    with rich.Progress(*columns, console=Console(stderr=True), refresh_per_second=2) as bar:
        task = bar.add_task(name, failed=0, rate=0.0)
        begun = time.monotonic()

        def show(now: Progress) -> None:
            minutes = max(time.monotonic() - begun, 1e-3) / 60
            rate = (now.done - now.stayed) / minutes
            bar.update(task, completed=now.done, total=now.total, failed=now.failed, rate=rate)

        yield show


def _waiting() -> None:
    click.echo("waiting until another grader, such as the academy's service, is done", err=True)


def _complain(results: Sequence[Result]) -> None:
    """Print why submissions could not be graded, each reason once, and raise GradingError."""
    failed = [result for result in results if result.error]
    reasons: dict[str, list[str]] = {}
    for result in failed:
        reasons.setdefault(result.error, []).append(result.trainee)
    for reason, names in list(reasons.items())[:SHOWN]:
        many = f" ({len(names)} submissions)" if len(names) > 1 else ""
        click.echo(f"dalil: {reason}{many}", err=True)
    if len(reasons) > SHOWN:
        click.echo(f"dalil: and {len(reasons) - SHOWN} other reasons; see --json", err=True)
    if failed:
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
        "changed": result.changed,
        "before": result.before,
        "seconds": round(result.seconds, 3),
        "questions": {
            s.question: {"points": s.points, "max_points": s.max_points, "flag": s.flag}
            for s in (outcome.scores if outcome else ())
        },
        "notes": list(outcome.notes) if outcome else [],
    }


def _show(results: Sequence[Result], title: str) -> None:
    table = Table(title=title)
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
            _points(result),
            f"{outcome.max_points:g}" if outcome else "–",
            "; ".join(note for note in notes if note),
        )
    console().print(table)


def _points(result: Result) -> str:
    if result.outcome is None:
        return "–"
    points = f"{result.outcome.points:g}"
    return f"{result.before:g} → {points}" if result.changed else points


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
