"""``dalil academy``: set up a demonstration and open it in JupyterLab."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import click

from dalil.academy import DESKS, command, environment, prepare_desk, url
from dalil.academy.desks import first_lesson
from dalil.cli.common import modules_of, open_academy, progress_bar
from dalil.demo import cohort, run_demonstration
from dalil.errors import DalilError, UsageError
from dalil.models import LANGUAGES, language
from dalil.nbgrader.course import Course


@click.command()
@click.option("--trainees", default=6, show_default=True, type=click.IntRange(0, 100))
@click.option("--language", "speaks", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), help="Default: c.Dalil.port.")
@click.option("--no-browser", is_flag=True, help="Only print the addresses.")
@click.option("--prepare-only", is_flag=True, help="Set everything up, do not serve.")
def academy(
    trainees: int, speaks: str, port: int | None, no_browser: bool, prepare_only: bool
) -> None:
    """Set up a small demonstration cohort and open the academy on 127.0.0.1.

    Lessons, exercises and apps lie in academy/desk, in three languages; formgrader shows the
    cohort's work. For one person on this machine: everybody who can log in here shares its rights.
    """
    settings = open_academy()
    if not settings.academy.is_relative_to(settings.root):
        raise UsageError(f"{settings.academy}: must lie below {settings.root} to be served")
    modules = modules_of(settings, ())
    with progress_bar() as step:
        if trainees:
            # for one person's own machine, and the cohort is ours: no reason to refuse
            result = run_demonstration(settings, modules, cohort(trainees), step, unsafe=True)
            for failed in (c for c in result.comparisons if not c.agrees):
                click.echo(f"dalil: {failed.trainee}: {failed.module}: {failed.error}", err=True)
        course = Course(settings)
        for n, speech in enumerate(DESKS, 1):
            prepare_desk(settings, course, modules, speech)
            step("desks", n, len(DESKS))
    if prepare_only:
        click.echo(f"ready: {settings.academy / 'desk'}")
        return
    chosen = _free(port or settings.port)
    desk = os.path.relpath(settings.academy / "desk" / DESKS[language(speaks)], settings.root)
    click.echo(f"\nJupyterLab   {url(chosen)}")
    click.echo(f"formgrader   {url(chosen, 'formgrader')}")
    for module in modules:
        click.echo(f"app          {url(chosen, f'voila/render/{desk}/apps/{module.id}.ipynb')}")
    click.echo("Jupyter prints the address with its token below; stop with Ctrl-C.\n")
    first = first_lesson(settings, modules, language(speaks))
    line = command(settings, port=chosen, browser=not no_browser, first=first)
    sys.stdout.flush()
    try:
        status = subprocess.run(line, env=environment(settings), cwd=settings.root, check=False)
    except KeyboardInterrupt:
        return
    if status.returncode not in (0, -2):
        raise DalilError(f"JupyterLab ended with status {status.returncode}; see its messages")


def _free(port: int) -> int:
    """Return *port*, or the next free one of the ten after it. Raises DalilError."""
    for candidate in range(port, min(port + 10, 65536)):
        with socket.socket() as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise DalilError(f"ports {port} to {port + 9} are taken; choose another with --port")
