"""What the commands share: settings, the log, options and ways of printing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dalil.curriculum import Module, find_modules, load_module
from dalil.errors import UsageError
from dalil.models import module_id
from dalil.settings import Settings, load_settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
trainee_option = click.option("--trainee", required=True, metavar="ID", help="Whose work.")


def open_academy(academy: Path | None = None) -> Settings:
    """Read the settings, make the folders and send details to the academy's log file."""
    settings = load_settings(academy=academy)
    settings.prepare()
    log = logging.getLogger()
    if not any(isinstance(handler, RotatingFileHandler) for handler in log.handlers):
        handler = RotatingFileHandler(
            settings.logs / "dalil.log", maxBytes=5_000_000, backupCount=3, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        logging.captureWarnings(True)
        logging.raiseExceptions = False  # a log that cannot be written (full disk) is no news
    return settings


def modules_of(settings: Settings, names: Sequence[str]) -> list[Module]:
    """Return the named modules, or all of them for no names."""
    if names:
        return [load_module(settings, module_id(name)) for name in names]
    found = find_modules(settings)
    if not found:
        raise UsageError(f"{settings.courses}: no module yet; run: dalil module new ID")
    return found


def print_json(value: Any) -> None:
    """Print *value* as JSON, Arabic as Arabic."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def console() -> Console:
    """A console on standard output, 150 columns wide where that is not a terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=150)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error; yields ``step(name, done, total)``."""
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield step
