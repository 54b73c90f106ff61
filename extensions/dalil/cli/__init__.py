"""The command ``dalil``: one line per error, details in the log, ``--json`` for machines.

Exit status: 0 done; 1 something asked for failed (named); 2 wrong usage.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings

import click

from dalil import __version__
from dalil.errors import DalilError

# Command → its one line; the module of the same name is imported when the command is called, so
# that `dalil --help` does not wait for nbgrader.
COMMANDS = {
    "academy": ("hub", "Open a demonstration academy with made-up people."),
    "account": ("hub", "Give somebody on the roster a password."),
    "serve": ("hub", "Start the hub of an academy of your own."),
    "demo": ("demo", "The whole life of a simulated cohort, compared with what was stated."),
    "module": ("modules", "List, show, make and check the modules of the curriculum."),
    "glossary": ("glossary", "The terms that all modules share, in three languages."),
    "release": ("exchange", "Generate the trainees' version of modules and release it."),
    "fetch": ("exchange", "Issue a module to a trainee: own exhibits, own language."),
    "submit": ("exchange", "Submit a trainee's work and print the signed receipt."),
    "grade": ("grading", "Collect and grade what is not graded yet."),
    "regrade": ("grading", "Mark again by today's checks; no notebook runs twice."),
    "feedback": ("grading", "Write the feedback pages of graded submissions."),
    "progress": ("progress", "Who has got how far, who is stuck, which question fails."),
    "ledger": ("records", "The record of every event: verify, show."),
    "roster": ("roster", "People, dates and extensions: import, list, export, dates, extend."),
    "backup": ("backups", "Write the whole academy into one file, while it runs."),
    "restore": ("backups", "Put an academy back from a backup, verified first."),
    "notebooks": ("notebooks", "Look after the notebooks of the curriculum."),
    "doctor": ("doctor", "What this machine enforces around untrusted work, tried."),
    "settings": ("settings", "The settings in force, and what each means."),
    "bench": ("bench", "Measure the grading engine against what it must reach."),
}


class Commands(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"dalil.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="dalil")
@click.option(
    "--academy",
    "place",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Work on this academy instead of c.Dalil.academy, such as the --dir of a demonstration.",
)
def dalil(place: str | None) -> None:
    """Dalil: forensic and cyber courses with evidence of one's own and sealed grading."""
    if place is not None:
        # The variable, so that the processes that a command starts agree.
        os.environ["DALIL_ACADEMY"] = os.path.abspath(place)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    # How nbgrader fills its gradebook; nothing that a person at the command line could mend.
    warnings.filterwarnings("ignore", "Object of type <Submitted", module=r"nbgrader\.")
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
