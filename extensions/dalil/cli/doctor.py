"""``dalil doctor``: what this machine enforces around untrusted work, tried rather than assumed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import nbformat
from rich.markup import escape
from rich.table import Table

from dalil.cli.common import as_json, console, print_json
from dalil.errors import DalilError, UsageError
from dalil.grading.runner import Job, runner_of
from dalil.sandbox.doctor import Finding, can_grade, examine
from dalil.settings import load_settings

_COLOURS = {"ok": "green", "weaker": "yellow", "missing": "red"}
_YES = "Untrusted work can be graded on this machine."
_NO = "Untrusted work cannot be graded on this machine: "

# What a submission tries here; PLACE is replaced by a folder of the machine with a file "secret",
# PORT by one where something listens, MARK by what stands on the command line of a process.
_MISCHIEF = """
import glob, json, os, socket
def let_through(function, *arguments):
    try:
        return function(*arguments) is not None
    except OSError:
        return False
def made(path):
    with open(path, "x"):
        os.remove(path)
    return True
def others():
    return any("MARK" in open(path).read() for path in glob.glob("/proc/[0-9]*/cmdline")) or None
tried = {
    "read a file of the machine": let_through(open, "PLACE/secret"),
    "write beside it": let_through(made, "PLACE/new"),
    "write to /usr": let_through(made, "/usr/MARK"),
    "reach a port of the machine": let_through(socket.create_connection, ("127.0.0.1", PORT), 2),
    "see a process of the machine": let_through(others),
}
print(json.dumps(tried))
"""


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Try each layer of the sandbox, and one confined submission; say what is missing.

    Exit status 0 if untrusted work can be graded here, 1 if not.
    """
    findings = [*examine(), try_submission()]
    able = can_grade(findings)
    lacking = [line.name for line in findings if line.needed and line.state == "missing"]
    verdict = _YES if able else _NO + ", ".join(lacking)
    if as_json:
        print_json({"can_grade": able, "verdict": verdict, "layers": list(map(asdict, findings))})
        sys.exit(not able)
    table = Table("", "Layer", "Guards against", "Tried here", "To do")
    for line in findings:
        words = (line.name, line.means, line.found, line.advice)
        table.add_row(f"[{_COLOURS[line.state]}]{line.state}", *map(escape, words))
    console().print(table)
    click.echo(verdict)
    sys.exit(not able)


def try_submission() -> Finding:
    """Run a small hostile notebook as ``dalil grade`` would."""

    def line(state: Any, found: str, advice: str = "", needed: bool = True) -> Finding:
        return Finding("a submission", state, found, "all of it together", advice, needed)

    try:
        settings = load_settings()
    except UsageError as error:
        text = f"not tried: {error}"
        return line("weaker", text, "call dalil doctor in the folder of a curriculum", False)
    try:
        with _surroundings() as source:
            runner = runner_of(settings)
            try:
                run = runner.run(Job(_notebook(source), {}, {}, {}, settings.limits))
            finally:
                runner.close()
        if run.died:
            return line("missing", "; ".join(run.died.values()), "mend the layers above")
        tried = json.loads(run.outputs["trial"][0]["text"])
    except DalilError as error:
        return line("missing", str(error), "mend the layers above")
    except (KeyError, IndexError, TypeError, ValueError):
        return line("missing", "it ran, but said nothing that could be read", "look at the log")
    done = [name for name, let_through in tried.items() if let_through]
    if done:
        return line("missing", f"it could {', '.join(done)}", "set c.Dalil.isolation, see settings")
    return line("ok", f"ran in {run.seconds:.1f} s and could not {', nor '.join(tried)}")


@contextmanager
def _surroundings() -> Iterator[str]:
    """Give the source of mischief, while all that it is after is there."""
    mark = f"dalil-doctor-{uuid.uuid4().hex}"
    waits = [sys.executable, "-S", "-c", "input()", mark]
    with (
        tempfile.TemporaryDirectory(prefix="dalil-doctor-") as place,
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen(waits, stdin=-1, stderr=subprocess.DEVNULL) as process,
    ):
        Path(place).chmod(0o777)  # what keeps a submission out is to be the sandbox
        Path(place, "secret").write_text("secret", encoding="utf-8")
        values = {"PLACE": place, "PORT": str(server.getsockname()[1]), "MARK": mark}
        source = _MISCHIEF
        for name, value in values.items():
            source = source.replace(name, value)
        try:
            yield source
        finally:
            process.kill()


def _notebook(source: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, id="trial")
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=[cell])
    return notebook
