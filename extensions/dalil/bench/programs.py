"""Contenders run in processes of their own: nothing that one leaves behind helps or slows another.

A program reads one JSON request on standard input and writes lines of JSON on standard output:
``[done, total]`` while it works, then its result.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from dalil.bench.control import control_group
from dalil.errors import DalilError
from dalil.limits import ONE_THREAD

Step: TypeAlias = Callable[[int, int], None]
Handler: TypeAlias = Callable[[dict[str, Any], Step], Mapping[str, Any]]

# One thread each: all contenders share the cores by processes alone.
_FOREIGN = ("JUPYTER", "IPYTHON", "DALIL", "PYTHON", "MPL", "NBGRADER")


def environment(folder: Path) -> dict[str, str]:
    """This process's variables without any that change Python, Jupyter or Dalil.

    Caches and settings of those lie in *folder*.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    tools = str(Path(sys.executable).parent)
    return {
        **kept,
        **ONE_THREAD,
        "PATH": os.pathsep.join((tools, kept.get("PATH", os.defpath))),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "MPLBACKEND": "agg",
        "PYTHONNOUSERSITE": "1",
    }


def run_program(
    name: str,
    request: Mapping[str, Any],
    folder: Path,
    step: Step = lambda done, total: None,
    *,
    watch: Callable[[int], None] = lambda pid: None,
) -> dict[str, Any]:
    """Run ``dalil.bench.<name>`` on *request*, its log in *folder*; returns its result.

    ``watch(pid)`` is told of the process. Raises DalilError with the last line of its log.
    """
    log = folder / f"{name}.log"
    said: Any = None
    variables = environment(folder)
    variables.pop("MPLBACKEND")
    with control_group() as group, log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", f"dalil.bench.{name}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**variables, **group},
            cwd=folder,
            text=True,
        )
        with process, _ended(process):
            watch(process.pid)
            assert process.stdin is not None
            assert process.stdout is not None
            with process.stdin as stream:
                json.dump(request, stream)
            for line in process.stdout:
                said = json.loads(line)
                if isinstance(said, list):
                    step(*said)
    if process.returncode or not isinstance(said, dict):
        raise DalilError(f"dalil.bench.{name}: {last_line(log)} (more with --keep)")
    if "error" in said:
        raise DalilError(said["error"])
    return said


def serve(handler: Handler) -> None:
    """Answer the request on standard input; what others print goes to standard error."""
    request = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", buffering=1) as answer:
        os.dup2(2, 1)
        try:
            result = handler(request, lambda done, total: print(f"[{done}, {total}]", file=answer))
        except DalilError as error:
            result = {"error": str(error)}
        print(json.dumps(result), file=answer)


def last_line(log: Path) -> str:
    """The last line of *log*, at most 300 characters of it."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "no reason given")


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End *process* if we are interrupted."""
    try:
        yield
    except BaseException:
        process.terminate()
        raise
