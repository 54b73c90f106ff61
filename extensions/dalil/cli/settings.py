"""``dalil settings``: every name that an academy may set, its meaning and present value."""

from __future__ import annotations

import click
from rich.table import Table

from dalil.cli.common import as_json, console, print_json
from dalil.limits import KIB, MIB
from dalil.settings import CONFIG_NAME, Dalil, load_settings


@click.command()
@as_json
def settings(as_json: bool) -> None:
    """Show the settings in force and where they come from."""
    here = load_settings()
    values = {
        "root": here.root,
        "academy": here.academy,
        "course_id": here.course_id,
        "database_url": here.database_url,
        "gradebook_url": here.gradebook_url,
        "workers": here.workers,
        "isolation": here.isolation,
        "cell_seconds": here.limits.cell_seconds,
        "submission_seconds": here.limits.submission_seconds,
        "memory_mib": here.limits.memory_bytes // MIB,
        "processes": here.limits.processes,
        "file_mib": here.limits.file_bytes // MIB,
        "output_kib": here.limits.output_bytes // KIB,
        "answer_kib": here.limits.answer_bytes // KIB,
        "preload": ", ".join(here.preload),
        "address": here.address,
        "port": here.port,
        "accounts": here.accounts,
        "separation": here.separation,
        "hub_database_url": here.hub_database_url,
        "idle_minutes": here.idle_minutes,
        "behind_proxy": here.behind_proxy,
        "domain": here.domain,
    }
    if as_json:
        print_json({name: str(value) for name, value in values.items()})
        return
    traits = Dalil.class_traits(config=True)
    table = Table("Name", "Value", "Meaning", title=str(here.root / CONFIG_NAME))
    for name, value in values.items():
        meaning = traits[name].help if name in traits else "the curriculum's root"
        table.add_row(f"c.Dalil.{name}" if name in traits else name, str(value), meaning)
    console().print(table)
