"""``dalil serve`` and ``dalil academy``: the hub, for an academy of one's own or to look around."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace

import click
from traitlets.config import Config

from dalil.cli.common import modules_of, open_academy, progress_bar
from dalil.errors import DalilError, UsageError
from dalil.hub import demonstration
from dalil.hub.configuration import apply, guard, one_origin
from dalil.hub.places import open_curriculum
from dalil.hub.single import Keeping, keep
from dalil.hub.spawner import why_not_separate
from dalil.hub.starting import command, environment
from dalil.settings import Settings

port_option = click.option("--port", type=click.IntRange(1, 65535), help="Default: c.Dalil.port.")
unsafe_option = click.option(
    "--without-separation",
    "together",
    is_flag=True,
    help="For a demonstration on a machine that allows no namespaces: all servers share one user.",
)


@click.command()
@port_option
@unsafe_option
def academy(port: int | None, together: bool) -> None:
    """Open a demonstration academy on 127.0.0.1, with made-up people and some work done."""
    settings = replace(open_academy(), accounts="demonstration")
    settings = _separated(settings, together)
    keeping = keep(settings)
    demonstration.refuse_real(settings)
    demonstration.enrol(settings)
    demonstration.password(settings)
    with progress_bar() as step:
        # the work is our own: no reason to refuse it where there is no sandbox
        said = demonstration.prepare(settings, modules_of(settings, ()), step, unsafe=True)
    for line in said:
        click.echo(f"dalil: {line}", err=True)
    settings = replace(settings, port=_free(port or settings.port))
    _announce(settings)
    _become_hub(settings, keeping)


@click.command()
@port_option
def serve(port: int | None) -> None:
    """Start the academy's hub."""
    settings = open_academy()
    settings = _separated(settings, together=False)
    if line := one_origin(settings):
        click.echo(f"dalil: {line}", err=True)
    _become_hub(replace(settings, port=port or settings.port), keep(settings))


@click.command()
@click.argument("name", metavar="ID")
def account(name: str) -> None:
    """Give somebody on the roster a password, for c.Dalil.accounts = "native"."""
    try:
        from dalil.hub.native import give_password
    except ImportError as error:
        raise UsageError(f"{error.name} is missing; install dalil[accounts]") from error
    click.echo(f"{name}: {give_password(open_academy(), name)}")


def _separated(settings: Settings, together: bool) -> Settings:
    """The settings with people kept apart, or not if that was asked for. Raises UsageError."""
    if together:
        return replace(settings, separation="none")
    if settings.separation == "namespaces" and (why := why_not_separate(settings)):
        raise UsageError(
            f"{why}; people's servers cannot be kept apart here (see `dalil doctor`); "
            "for a demonstration all the same: dalil academy --without-separation"
        )
    return settings


def _announce(settings: Settings) -> None:
    click.echo(f"\nThe academy   http://127.0.0.1:{settings.port}/")
    click.echo(f"password      {demonstration.password(settings)}   (of all these people)")
    for person in demonstration.people(settings):
        where = person.cohort or person.role
        click.echo(f"  {person.id:<10}  {person.role:<10}  {person.language}  {where}")
    if settings.separation == "none":
        click.echo("Nothing keeps these people's servers apart: for a demonstration only.")
    click.echo("Stop with Ctrl-C; everything is kept for the next time.\n")


def _become_hub(settings: Settings, keeping: Keeping) -> None:
    """Replace this process by the hub, so that signals reach it whoever sends them."""
    (settings.records / "hub").mkdir(parents=True, exist_ok=True, mode=0o700)
    config = Config()
    apply(config, settings)
    guard(config, settings)
    if os.geteuid() == 0 and settings.separation == "namespaces":
        open_curriculum(settings)
    sys.stdout.flush()
    keeping.open_at(f"http://{settings.address}:{settings.port}/")
    os.chdir(settings.root)
    line = command(settings)
    os.execve(line[0], line, environment(settings))


def _free(port: int) -> int:
    """Return *port*, or the next free one of the ten after it. Raises DalilError."""
    for candidate in range(port, min(port + 10, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise DalilError(f"ports {port} to {port + 9} are taken; choose another with --port")
