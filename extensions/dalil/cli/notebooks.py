"""``dalil notebooks check``: notebooks in the checkout are clean."""

from __future__ import annotations

from pathlib import Path

import click

from dalil.cli.common import as_json, print_json
from dalil.errors import NotebookError
from dalil.notebooks import read_notebook, untidy
from dalil.settings import load_settings


@click.group()
def notebooks() -> None:
    """Look after the notebooks of the curriculum."""


@notebooks.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@as_json
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check that notebooks (default: all of courses/ and exercises/) are clean.

    Clean: no outputs, no counts, stable ids, no absolute path, no stray direction marks.
    """
    settings = load_settings()
    found = paths or (
        *sorted(settings.courses.rglob("*.ipynb")),
        *sorted(settings.exercises.rglob("*.ipynb")),
    )
    problems: dict[str, list[str]] = {}
    for path in found:
        if ".ipynb_checkpoints" in path.parts:
            continue
        if faults := untidy(read_notebook(path)):
            problems[str(path)] = faults
    if as_json:
        print_json(problems)
    else:
        for name, faults in problems.items():
            for fault in faults:
                click.echo(f"{name}: {fault}")
        click.echo(f"{len(found)} notebooks, {len(problems)} not clean")
    if problems:
        raise NotebookError("clear all outputs, save, and run the command again")
