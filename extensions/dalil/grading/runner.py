"""The runner: executes a rebuilt notebook, which is foreign code, and returns what it handed over.

``ColdRunner`` starts everything anew for each submission: namespaces where the machine allows
them (``isolation``), a worker (``launch``, ``worker``) and kernels (``kernel``). What comes back
is JSON that nobody vouches for: only outputs, answers and reasons are taken from it, after a look.
"""

from __future__ import annotations

import copy
import functools
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import nbformat
from nbformat import NotebookNode

from dalil.answers import load_json
from dalil.errors import AnswerError, RunnerError
from dalil.grading.isolation import Kind
from dalil.grading.launch import Attempt, code_cells
from dalil.grading.worker import remove
from dalil.limits import Limits
from dalil.notebooks import cell_name
from dalil.settings import Settings

log = logging.getLogger(__name__)

_TRIAL: NotebookNode = nbformat.from_dict(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "id": "trial",
                "cell_type": "code",
                "metadata": {},
                "source": "1 + 1",
                "execution_count": None,
                "outputs": [],
            }
        ],
    }
)


@dataclass(frozen=True)
class Job:
    """What to run: never the truth.

    ``case`` and ``probes`` become ``case.json`` (with ``grading`` true) and ``probes.json`` beside
    the notebook; ``exhibits``, content by relative file name, its ``exhibits/``.
    """

    notebook: NotebookNode
    case: dict[str, Any]
    exhibits: Mapping[str, bytes]
    probes: dict[str, Any]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Run:
    """What came of it. Cells go by grade_id, those without one by cell id.

    ``outputs``: cell → outputs as nbformat 4 has them, each text in one piece. ``bundles``:
    ``{"cell": …, "bundle": …}`` in the order they were handed over, of cells that did not die.
    ``died``: cell → why, in one line. ``seconds``: wall clock.
    """

    outputs: dict[str, list[dict[str, Any]]]
    bundles: list[dict[str, Any]]
    died: dict[str, str]
    seconds: float


class Runner(Protocol):
    """Executes notebooks, several at once if asked from several threads."""

    def run(self, job: Job) -> Run:
        """Run *job*; on return, no process of it is left. Raises RunnerError."""

    def close(self) -> None:
        """End whatever is kept ready, which the next job would start anew; again is fine."""


def runner_of(settings: Settings, *, unsafe: bool = False) -> Runner:
    """Return the runner of an academy; whoever asks for it closes it.

    Without a sandbox it refuses to run anything, unless *unsafe* work is allowed.
    """
    isolation = settings.isolation
    if isolation == "auto" and not unsafe:
        isolation = "required"
    return ColdRunner(isolation, root=settings.root, hidden=settings.sealed)


@dataclass(frozen=True)
class ColdRunner:
    """Runs each job in processes of its own, with nothing prepared before and nothing left after.

    ``isolation``: "auto" uses namespaces where the machine allows them and warns where it does not;
    "required" refuses to run without; "off" never uses them. Without them a notebook can read what
    its user can read, and reach the network. ``root`` is the curriculum, of which a notebook sees
    nothing that is ``hidden``. Safe to call from several threads.
    """

    isolation: str = "auto"
    root: Path | None = None
    hidden: tuple[Path, ...] = ()

    def run(self, job: Job) -> Run:
        """Run *job*. Raises RunnerError when nothing is known about its answers."""
        begun = time.monotonic()
        kind = self._kind()
        with _folder() as folder, _folder() as exhibits:
            _furnish(exhibits, job.exhibits)
            attempt = Attempt(job, kind, folder, exhibits, root=self.root, hidden=self.hidden)
            text, reason = attempt.run()
        if reason:
            cells = [index for index, _ in code_cells(job.notebook)]
            result: dict[str, Any] = {"cells": {}, "died": {str(index): reason for index in cells}}
        else:
            result = _read(text)
        return _as_run(job.notebook, result, time.monotonic() - begun)

    def close(self) -> None:
        """Nothing is kept between jobs."""

    def _kind(self) -> Kind | None:
        if self.isolation == "off":
            return None
        kind, why = _available()
        if kind is None and self.isolation == "required":
            raise RunnerError(
                f"submissions are run in a sandbox only, and this machine does not allow one "
                f"({why}); see `dalil doctor`, or grade work that you trust with --unsafe"
            )
        if kind is None:
            _warn(why)
        return kind


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a new private folder; remove it whatever it then holds."""
    folder = Path(tempfile.mkdtemp(prefix="dalil-")).resolve()
    try:
        yield folder
    finally:
        remove(folder)
        if folder.exists():
            log.error("%s: cannot be removed; remove it by hand", folder)


def _furnish(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _read(text: bytes) -> dict[str, Any]:
    try:
        result = load_json(text)
    except AnswerError:
        raise RunnerError("the worker's result is not JSON; grade the submission again") from None
    if isinstance(result, dict) and isinstance(result.get("error"), str):
        raise RunnerError(f"no kernel could be started: {result['error'][:300]}")
    return result if isinstance(result, dict) else {}


def _as_run(notebook: NotebookNode, result: dict[str, Any], seconds: float) -> Run:
    """Return what *result* says came out of *notebook*. Raises RunnerError if malformed."""
    done = copy.deepcopy(notebook)
    outputs: dict[str, list[dict[str, Any]]] = {}
    bundles: list[dict[str, Any]] = []
    died: dict[str, str] = {}
    try:
        cells, reasons = dict(result["cells"]), dict(result["died"])
        for index, cell in code_cells(done):
            name = cell_name(cell)
            said = cells.pop(str(index), {"outputs": [], "count": None, "bundles": []})
            cell.execution_count = said["count"]
            outputs[name] = list(said["outputs"])
            cell.outputs = nbformat.from_dict(outputs[name])
            bundles += [{"cell": name, "bundle": bundle} for bundle in list(said["bundles"])]
            if (reason := reasons.pop(str(index), None)) is not None:
                died[name] = " ".join(str(reason).split())[:300]
        if cells or reasons:
            raise ValueError("unknown cells")
        nbformat.validate(done)
    except (KeyError, TypeError, ValueError, AttributeError, nbformat.ValidationError) as error:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise RunnerError(f"the worker's result is malformed ({what})") from error
    return Run(outputs, bundles, died, seconds)


_trying = threading.Lock()


def _available() -> tuple[Kind | None, str]:
    """Return the kind of isolation that was found to work on this machine, or why none does."""
    with _trying:
        return _try_kinds()


@functools.cache
def _try_kinds() -> tuple[Kind | None, str]:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return None, "it needs Linux and util-linux's unshare"
    kinds: tuple[Kind, ...] = ("root", "user") if os.geteuid() == 0 else ("user",)
    why = ""
    for kind in kinds:
        try:
            with _folder() as folder, _folder() as exhibits:
                text, why = Attempt(Job(_TRIAL, {}, {}, {}), kind, folder, exhibits).run()
            if not why and _as_run(_TRIAL, _read(text), 0.0).outputs["trial"]:
                return kind, ""
        except RunnerError as error:
            why = str(error)
    return None, why


@functools.cache
def _warn(why: str) -> None:
    log.warning(
        "Notebooks are graded without isolation: they can read what this user can read, and reach "
        "the network (%s). Set c.Dalil.isolation = 'required' to refuse instead.",
        why,
    )
