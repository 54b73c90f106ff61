"""The options of ``dalil grade`` that let other machines run the notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from dalil.errors import UsageError
from dalil.grading.remote import Place, connect
from dalil.grading.service import Grader

Command = TypeVar("Command", bound=Callable[..., Any])

_pem = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)
_OPTIONS = (
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Run notebooks on the workers of this Dask scheduler, tls://HOST:PORT.",
    ),
    click.option("--tls-ca", type=_pem, help="Certificate that all others are signed with."),
    click.option("--tls-cert", type=_pem, help="Certificate of this side."),
    click.option("--tls-key", type=_pem, help="Key of that certificate."),
    click.option(
        "--insecure-scheduler",
        is_flag=True,
        help="Use a scheduler on another machine without TLS: only on a network of your own.",
    ),
)


def scheduler_options(command: Command) -> Command:
    """Give *command* the options; it takes them as ``**options``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def workforce(
    grader: Grader, workers: int | None, unsafe: bool, options: dict[str, Any]
) -> Iterator[tuple[Grader, Executor, int]]:
    """Yield the grader, what runs its notebooks, and how many may wait or run at once."""
    if options["scheduler"] is None:
        if any(options.values()):
            raise UsageError("--tls-… and --insecure-scheduler belong to --scheduler")
        number = workers or grader.settings.workers
        with ThreadPoolExecutor(number) as executor:
            yield grader, executor, 2 * number
        return
    place = Place(
        options["scheduler"],
        options["tls_ca"],
        options["tls_cert"],
        options["tls_key"],
        insecure=options["insecure_scheduler"],
    )
    with connect(place, grader.settings, unsafe=unsafe) as fleet:
        for worker, (_, why) in fleet.workers.items():
            if why:
                click.echo(f"dalil: {worker} runs nothing: {why}", err=True)
        yield replace(grader, runner=fleet.runner), fleet, workers or 2 * fleet.threads
