"""``dalil progress``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dalil.cli.common import as_json, console, modules_of, open_academy, print_json
from dalil.curriculum import Module
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import record_hand_marks
from dalil.progress import (
    KINDS,
    LISTS,
    VIEWS,
    Attainment,
    Figures,
    Progress,
    Table,
    attainments,
    by_question,
    plot,
    rich_table,
    table_of,
    write_csv,
    write_xlsx,
)
from dalil.settings import Settings

WAYS = (*VIEWS, "question", *LISTS)
_path = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--by", type=click.Choice(WAYS), default="trainee", show_default=True)
@click.option("--cohort", metavar="NAME", help="Only this cohort.")
@click.option("--module", "modules", multiple=True, metavar="ID", help="Only these modules.")
@click.option("--trainee", metavar="ID", help="One trainee, module by module.")
@click.option("--csv", "csv_path", type=_path, help="Write it as CSV too.")
@click.option("--xlsx", "xlsx_path", type=_path, help="Write it as an Excel workbook too.")
@click.option("--plot", "plot_path", type=_path, help="Draw which question fails (PNG or SVG).")
@as_json
def progress(
    *,
    by: str,
    cohort: str | None,
    modules: tuple[str, ...],
    trainee: str | None,
    csv_path: Path | None,
    xlsx_path: Path | None,
    plot_path: Path | None,
    as_json: bool,
) -> None:
    """Show who has got how far.

    By module, by cohort (and module), by competency, skills (cohort and competency) or matrix (all
    three), by trainee, by unit, sex or rank (small groups are left out), by question; or the queue,
    who is stuck, what is late.
    """
    settings = open_academy()
    chosen = modules_of(settings, modules)
    course, ledger = Course(settings), exchange_of(settings).ledger
    for module in chosen:
        record_hand_marks(course, ledger, module)
    figures = Progress(settings, lambda module, whom: course.marks(module, *whom)).figures(chosen)
    found: dict[str, Any] | None = None
    if trainee is not None:
        found = figures.trainee(trainee)
        view = table_of("person", found["modules"])
    elif by == "question":
        view = by_question(_attainments(settings, course, chosen, figures, cohort))
    else:
        found = figures.listed(by, cohort=cohort) if by in LISTS else figures.by(by, cohort=cohort)
        view = table_of(by, found["rows"])
    _write(view, csv_path, xlsx_path)
    if plot_path:
        plot(_attainments(settings, course, chosen, figures, cohort), plot_path)
        click.echo(f"written: {plot_path}", err=True)
    if as_json:
        print_json(view.records() if found is None else found)
    else:
        console().print(rich_table(view))


def _write(view: Table, csv_path: Path | None, xlsx_path: Path | None) -> None:
    if csv_path:
        write_csv(view, csv_path)
        click.echo(f"written: {csv_path}", err=True)
    if xlsx_path:
        write_xlsx(view, xlsx_path)
        click.echo(f"written: {xlsx_path}", err=True)


def _attainments(
    settings: Settings,
    course: Course,
    modules: Sequence[Module],
    figures: Figures,
    cohort: str | None,
) -> list[Attainment]:
    """The rows of those who are counted, with each question's marks. Raises UsageError."""
    names = figures.members(cohort)
    ledger = exchange_of(settings).ledger
    found: list[Attainment] = []
    for module in modules:
        events = ledger.stream(KINDS, module=module.id)
        found += attainments(events, [module], course.marks(module))
    return [row for row in found if row.trainee in names]
