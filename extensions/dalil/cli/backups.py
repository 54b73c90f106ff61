"""``dalil backup`` and ``dalil restore``."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path

import click

from dalil import backup as backups
from dalil.backup import Manifest
from dalil.cli.common import as_json, open_academy, print_json, progress_bar
from dalil.errors import UsageError
from dalil.hub.single import keep


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@as_json
def backup(file: Path | None, as_json: bool) -> None:
    """Write records, keys, work, releases and feedback into FILE, while the academy runs.

    Default: a new file in the academy's folder backups. FILE holds every secret of the academy
    (keys, truth, everybody's work): keep it as you keep those. People's own folders are not in it.
    """
    settings = open_academy()
    path = _place(file)
    with progress_bar() as step:
        made = backups.make_backup(settings, path, who=getpass.getuser(), step=step)
    if as_json:
        print_json({**asdict(made), "made": made.made.isoformat()})
    else:
        click.echo(f"{made.path}: {made.files} files, {made.bytes / 2**20:.1f} MiB")
        click.echo(f"SHA-256 {made.sha256}")
        click.echo("It holds the academy's keys and everybody's work: keep it safe, elsewhere.")
    if not made.sound:
        click.echo(
            "dalil: the ledger in it does not verify, so it cannot be restored; "
            "run: dalil ledger verify",
            err=True,
        )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the academy that is there; it is kept aside.")
@click.option("--check", is_flag=True, help="Only verify FILE, replace nothing.")
@as_json
def restore(file: Path, force: bool, check: bool, as_json: bool) -> None:
    """Put the academy in FILE back, once every digest and its ledger are verified.

    Stop the academy first: one that is open is not replaced.
    """
    if check and force:
        raise UsageError("--check replaces nothing: leave --force out")
    settings = open_academy()
    if force:
        keep(settings)  # until this command ends
    aside: Path | None = None
    with progress_bar() as step:
        if check:
            manifest = backups.inspect(settings, file, step)
        else:
            done = backups.restore(settings, file, force=force, who=getpass.getuser(), step=step)
            manifest, aside = done.manifest, done.aside
    if as_json:
        print_json({**_facts(manifest), "restored": not check, "aside": aside})
        return
    click.echo(f"backup of {manifest.made}: {len(manifest.files)} files, {manifest.rows} events")
    click.echo(f"last event {manifest.head or '–'}, signing key {manifest.key or '–'}")
    click.echo("whole, and its ledger verifies" if check else f"restored to {settings.academy}")
    if aside:
        click.echo(f"the academy that was there: {aside}")


def _place(file: Path | None) -> Path | None:
    if file is None:
        return None
    path = file.resolve()
    if path.is_dir():
        raise UsageError(f"{file}: a folder; name the file to be written in it")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: no such folder; make it first")
    return path


def _facts(manifest: Manifest) -> dict[str, object]:
    facts = asdict(manifest)
    return {**facts, "files": len(manifest.files)}
