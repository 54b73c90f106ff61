"""``dalil demo``: the whole life of a cohort, and proof that each got what was stated."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from dalil.cli.common import as_json, console, modules_of, open_academy, print_json, progress_bar
from dalil.demo import Comparison, Demonstration, cohort, run_demonstration
from dalil.errors import DalilError, UsageError
from dalil.settings import ACADEMY_VARIABLE


@click.command()
@click.option("--trainees", default=12, show_default=True, type=click.IntRange(1, 500))
@click.option("--modules", default="", metavar="A,B", help="Only these modules; default: all.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demonstration academy here; default: a folder that is removed at the end.",
)
@click.option("--unsafe", is_flag=True, help="Grade even where this machine allows no sandbox.")
@as_json
def demo(trainees: int, modules: str, folder: Path | None, unsafe: bool, as_json: bool) -> None:
    """Release, fetch, solve, submit, grade and give feedback for a simulated cohort.

    Every simulated trainee has a stated skill; the table shows the points that each must earn
    beside those that nbgrader's gradebook holds. Exit status 1 if any of them differ.
    """
    started = time.perf_counter()
    with _place(folder) as place:
        os.environ[ACADEMY_VARIABLE] = str(place)
        settings = open_academy(place)
        chosen = modules_of(settings, [name for name in modules.split(",") if name])
        with progress_bar() as step:
            result = run_demonstration(settings, chosen, cohort(trainees), step, unsafe=unsafe)
        seconds = time.perf_counter() - started
        if as_json:
            print_json(_plain(result, seconds))
        else:
            _show(result, seconds, kept=folder is not None)
    if not result.agrees:
        wrong = [f"{c.trainee} ({c.module})" for c in result.comparisons if not c.agrees]
        raise DalilError(f"expected and awarded points differ: {', '.join(wrong) or 'exhibits'}")


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="dalil-demo-") as temporary:
            yield Path(temporary)
        return
    known = not folder.exists() or not any(folder.iterdir()) or (folder / "records").is_dir()
    if not known:
        raise UsageError(f"{folder}: not empty and not an academy; choose another --dir")
    yield folder.resolve()


def _plain(result: Demonstration, seconds: float) -> dict[str, object]:
    return {
        "agrees": result.agrees,
        "exhibits_differ": result.exhibits_differ,
        "seconds": round(seconds, 1),
        "academy": str(result.academy),
        "feedback": [str(page) for page in result.feedback],
        "submissions": [asdict(c) | {"agrees": c.agrees} for c in result.comparisons],
    }


def _show(result: Demonstration, seconds: float, *, kept: bool) -> None:
    table = Table(title="Demonstration cohort", caption=_caption(result, seconds))
    for name in ("Trainee", "Skill", "Language", "Module"):
        table.add_column(name)
    for name in ("Expected", "Awarded", "Of"):
        table.add_column(name, justify="right")
    table.add_column("Agrees")
    table.add_column("Flags, remarks")
    for comparison in result.comparisons:
        table.add_row(
            comparison.trainee,
            comparison.skill,
            comparison.language,
            comparison.module,
            f"{comparison.expected:g}",
            "–" if comparison.awarded is None else f"{comparison.awarded:g}",
            f"{comparison.max_points:g}",
            "yes" if comparison.agrees else "NO",
            _remarks(comparison),
        )
    console().print(table)
    if kept:
        click.echo(f"feedback pages: {result.academy / 'feedback'}")
        click.echo(f"look further:   dalil --academy {result.academy} progress")


def _remarks(comparison: Comparison) -> str:
    parts = [comparison.error] if comparison.error else []
    parts += [f"{q}: {a:g} for {e:g}" for q, (e, a) in comparison.differs.items()]
    kinds = sorted(set(comparison.flags.values()))
    parts += [f"{kind} ×{list(comparison.flags.values()).count(kind)}" for kind in kinds]
    if comparison.waits:
        parts.append("waits for a marker")
    return "; ".join(parts)


def _caption(result: Demonstration, seconds: float) -> str:
    agree = sum(c.agrees for c in result.comparisons)
    differ = "all different" if result.exhibits_differ else "NOT all different"
    return (
        f"{agree} of {len(result.comparisons)} agree · exhibits {differ} · "
        f"{len(result.feedback)} feedback pages · {seconds:.1f} s"
    )
