"""The command ``dalil``: one line per error, details in the log, ``--json`` for machines.

Exit status: 0 done; 1 something asked for failed (named); 2 wrong usage.
"""

from __future__ import annotations

import sys

import click

from dalil import __version__
from dalil.cli.academy import academy
from dalil.cli.bench import bench
from dalil.cli.demo import demo
from dalil.cli.exchange import fetch, release, submit
from dalil.cli.grading import feedback, grade, regrade
from dalil.cli.modules import module
from dalil.cli.notebooks import notebooks
from dalil.cli.records import ledger, progress
from dalil.cli.settings import settings
from dalil.errors import DalilError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dalil")
def dalil() -> None:
    """Dalil: forensic and cyber courses with evidence of one's own and sealed grading."""


for command in (
    academy,
    bench,
    demo,
    module,
    release,
    fetch,
    submit,
    grade,
    regrade,
    feedback,
    progress,
    ledger,
    notebooks,
    settings,
):
    dalil.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    try:
        dalil.main(args=arguments, prog_name="dalil", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; run the same command again to go on", err=True)
        sys.exit(1)
    except DalilError as error:
        click.echo(f"dalil: {error}", err=True)
        sys.exit(error.exit_status)
