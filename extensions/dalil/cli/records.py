"""``dalil ledger``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dalil.cli.common import as_json, open_academy, print_json
from dalil.errors import LedgerError
from dalil.nbgrader.context import exchange_of


@click.group()
def ledger() -> None:
    """The record of every event: issued, submitted, graded, marked by hand."""


@ledger.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The academy whose ledger it is; default: c.Dalil.academy.",
)
@as_json
def verify(folder: Path | None, as_json: bool) -> None:
    """Prove that no event was changed, removed or reordered, and that what events vouch for is so.

    That is every case, truth, receipt and stored file. Names the row of the ledger.
    """
    settings = open_academy(folder)
    report = exchange_of(settings).audit()
    if as_json:
        print_json(asdict(report))
    elif report.ok:
        click.echo(f"ledger: {report.rows} events, unbroken")
    if not report.ok:
        for problem in report.problems:
            click.echo(str(problem), err=True)
        raise LedgerError(
            f"{len(report.problems)} problem(s) in {report.rows} rows; keep the database as it is "
            "and compare it with a backup"
        )


@ledger.command()
@click.option("--trainee", metavar="ID")
@click.option("--module", metavar="ID")
@as_json
def show(trainee: str | None, module: str | None, as_json: bool) -> None:
    """List events, oldest first."""
    settings = open_academy()
    events = exchange_of(settings).ledger.events(trainee=trainee, module=module)
    if as_json:
        print_json([asdict(event) for event in events])
        return
    for event in events:
        whom = f"{event.trainee or '–'} {event.module or '–'}"
        when = f"{event.at:%Y-%m-%d %H:%M:%S}"
        click.echo(f"{event.seq:6} {when} {event.kind:18} {whom} by {event.who}")
