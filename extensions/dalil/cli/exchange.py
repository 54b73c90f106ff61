"""``dalil release``, ``fetch`` and ``submit``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dalil.cli.common import as_json, modules_of, open_academy, print_json, trainee_option
from dalil.models import LANGUAGES, language, trainee_id
from dalil.nbgrader.course import Course
from dalil.settings import Settings

desk_option = click.option(
    "--desk",
    type=click.Path(file_okay=False, path_type=Path),
    help="The trainee's folder; default: desks/ID of the academy.",
)


def _desk(settings: Settings, trainee: str, desk: Path | None) -> Path:
    return (desk or settings.desks / trainee).resolve()


@click.command()
@click.argument("modules", nargs=-1)
@as_json
def release(modules: tuple[str, ...], as_json: bool) -> None:
    """Generate the trainees' version of MODULES (default: all) and release it."""
    settings = open_academy()
    course = Course(settings)
    done = []
    for module in modules_of(settings, modules):
        course.release(module)
        done.append({"module": module.id, "release": str(settings.release / module.id)})
        if not as_json:
            click.echo(f"{module.id}: released")
    if as_json:
        print_json(done)


@click.command()
@click.argument("module")
@trainee_option
@click.option("--language", "speaks", type=click.Choice(LANGUAGES), default="en", show_default=True)
@desk_option
@as_json
def fetch(module: str, trainee: str, speaks: str, desk: Path | None, as_json: bool) -> None:
    """Issue MODULE to a trainee: own exhibits, and the notebook in the trainee's language.

    Again: missing or altered exhibits are restored, the trainee's work is never touched.
    """
    settings = open_academy()
    who = trainee_id(trainee)
    found = modules_of(settings, [module])[0]
    folder = Course(settings).fetch(found, who, language(speaks), _desk(settings, who, desk))
    if as_json:
        print_json({"module": module, "trainee": who, "folder": str(folder)})
    else:
        click.echo(f"{module}: issued to {who} in {folder}")


@click.command()
@click.argument("module")
@trainee_option
@desk_option
@as_json
def submit(module: str, trainee: str, desk: Path | None, as_json: bool) -> None:
    """Submit a trainee's work on MODULE and print the signed receipt."""
    settings = open_academy()
    who = trainee_id(trainee)
    found = modules_of(settings, [module])[0]
    receipt = Course(settings).submit(found, who, _desk(settings, who, desk))
    if as_json:
        print_json(asdict(receipt))
    else:
        click.echo(f"{module}: received at {receipt.received}, SHA-256 {receipt.sha256}")
