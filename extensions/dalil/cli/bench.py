"""``dalil bench``: the grading engine's figures against what they must reach, in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dalil.bench.figures import Figure
from dalil.bench.parts import PARTS, Plan
from dalil.bench.plot import draw
from dalil.bench.tables import caption, machine, table
from dalil.cli.common import as_json, console, print_json, progress_bar
from dalil.errors import DalilError, UsageError

FORMATS = (".png", ".svg")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A new folder to work in: *keep*, or one that is removed afterwards."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="dalil-bench-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"{keep}: is there already; name a new folder") from None
    yield keep.resolve()


@click.command()
@click.option("--quick", is_flag=True, help="Less of everything: minutes, and rougher figures.")
@click.option("--only", default="", metavar="A,B", help=f"Only these parts of: {', '.join(PARTS)}.")
@click.option("--repeat", type=click.IntRange(1, 100), help="Repeats of each measurement.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes at once; default: cores.")
@click.option("--no-nbgrader", is_flag=True, help="Leave out nbgrader, which takes minutes.")
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="DIR", help="Work in DIR, keep it."
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="PNG or SVG.")
@as_json
def bench(
    *,
    quick: bool,
    only: str,
    repeat: int | None,
    workers: int | None,
    no_nbgrader: bool,
    keep: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Measure the grading engine on this machine: nbgrader, cold kernels and a floor beside it.

    The machine's other work changes seconds, and ratios less: quote those. `--json` has every run.
    """
    names = [name for name in only.split(",") if name] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        raise UsageError(f"--only: no part {unknown[0]!r}; known: {', '.join(PARTS)}")
    if plot is not None and plot.suffix not in FORMATS:
        raise UsageError(f"{plot}: ends in none of {', '.join(FORMATS)}; name a PNG or SVG file")
    about = machine()
    figures: list[Figure] = []
    raw: dict[str, Any] = {}
    failed: dict[str, str] = {}
    with _folder(keep) as folder, progress_bar() as bar:
        plan = Plan(
            folder=folder,
            workers=workers or int(about["cores"]),
            progress=bar,
            quick=quick,
            repeat=repeat or 0,
            nbgrader=not no_nbgrader,
        )
        for name in names:
            measure, judge = PARTS[name]
            try:
                raw[name] = measure(plan)
            except DalilError as error:  # the other parts go on
                failed[name] = str(error)
            else:
                figures += judge(raw[name])
    if as_json:
        found = [figure.as_json() for figure in figures]
        print_json(
            {"machine": about, "quick": quick, "figures": found, "failed": failed, "raw": raw}
        )
    else:
        console().print(table(figures, about))
    if plot is not None and figures:
        draw(figures, plot, caption(figures, about))
        click.echo(f"drawn: {plot}", err=True)
    if failed:
        lines = [f"{name}: {reason}" for name, reason in failed.items()]
        raise DalilError(f"not measured: {'; '.join(lines)}")
