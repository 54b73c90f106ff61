"""``dalil doctor``: what this machine enforces around untrusted work, tried rather than assumed."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from dalil.cli.common import as_json, console, print_json
from dalil.sandbox.doctor import can_grade, examine

_COLOURS = {"ok": "green", "weaker": "yellow", "missing": "red"}
_YES = "Untrusted work can be graded on this machine."
_NO = "Untrusted work cannot be graded on this machine: "


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Try each layer of the sandbox, and one confined submission; say what is missing.

    Exit status 0 if untrusted work can be graded here, 1 if not.
    """
    findings = examine()
    able = can_grade(findings)
    lacking = [finding.name for finding in findings if finding.needed and finding.state != "ok"]
    verdict = _YES if able else _NO + ", ".join(lacking)
    if as_json:
        print_json({"can_grade": able, "verdict": verdict, "layers": list(map(asdict, findings))})
        sys.exit(not able)
    table = Table("", "Layer", "Guards against", "Tried here", "To do")
    for finding in findings:
        state = f"[{_COLOURS[finding.state]}]{finding.state}"
        words = (finding.name, finding.means, finding.found, finding.advice)
        table.add_row(state, *map(escape, words))
    console().print(table)
    click.echo(verdict)
    sys.exit(not able)
