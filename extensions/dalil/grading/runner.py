"""The runner: executes a rebuilt notebook, which is foreign code, and returns what it handed over.

``ColdRunner`` starts everything anew for each submission: namespaces where the machine allows
them (``isolation``), a worker (``worker``) and kernels (``kernel``). What comes back is JSON that
nobody vouches for: only outputs, answers and reasons are taken from it, after a look at each.
"""

from __future__ import annotations

import copy
import functools
import itertools
import json
import logging
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import nbformat
import psutil
from nbformat import NotebookNode

import dalil
from dalil.answers import MIME, load_json
from dalil.errors import AnswerError, RunnerError
from dalil.grading import isolation, processes
from dalil.grading.isolation import Kind
from dalil.grading.worker import KILLED, remove
from dalil.limits import MIB, Limits

log = logging.getLogger(__name__)

_PACKAGE = Path(dalil.__file__).resolve().parent
_FIRST_UID = 0x70000000  # far above any user's; one for each submission at a time
_MARK = "DALIL_SUBMISSION"
_OWN_MEMORY = 256 * MIB  # of the keeper and the worker
_WATCH_SECONDS = 0.5
_END_SECONDS = 20.0
_STDERR_BYTES = 8192
_numbers = itertools.count()
_TRIAL: NotebookNode = nbformat.from_dict(  # type: ignore[no-untyped-call]
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
    the notebook, and the files of ``exhibits`` its ``exhibits/``. ``hidden`` are folders that the
    notebook must not see; ``environment`` is added to the little that its processes get.
    """

    notebook: NotebookNode
    case: dict[str, Any]
    exhibits: Path
    probes: dict[str, Any]
    limits: Limits = field(default_factory=Limits)
    hidden: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What came of it. Cells go by grade_id, those without one by cell id.

    ``notebook``: the job's with outputs. ``bundles``: ``{"cell": …, "bundle": …}`` in the order
    they were handed over, of cells that did not die. ``died``: cell → why, in one line.
    ``seconds``: wall clock.
    """

    notebook: NotebookNode
    bundles: list[dict[str, Any]]
    died: dict[str, str]
    seconds: float


class Runner(Protocol):
    """Executes notebooks; on return, no process of the job is left."""

    def run(self, job: Job) -> Run: ...


@dataclass(frozen=True)
class ColdRunner:
    """Runs each job in processes of its own, with nothing prepared before and nothing left after.

    ``isolation``: "auto" uses namespaces where the machine allows them and warns where it does not;
    "required" refuses to run without; "off" never uses them. Without them a notebook can read what
    its user can read, and reach the network. Safe to call from several threads.
    """

    isolation: str = "auto"

    def run(self, job: Job) -> Run:
        """Run *job*. Raises RunnerError when nothing is known about its answers."""
        begun = time.monotonic()
        kind = self._kind()
        if not job.exhibits.is_dir():
            raise RunnerError(f"{job.exhibits}: the exhibits are missing; issue the case again")
        with _folder() as folder:
            text, reason = _Attempt(job, kind, folder).run()
        if reason:
            cells = [index for index, _ in _code(job.notebook)]
            result: dict[str, Any] = {"cells": {}, "died": {str(index): reason for index in cells}}
        else:
            result = _read(text)
        return _as_run(job.notebook, result, time.monotonic() - begun)

    def _kind(self) -> Kind | None:
        if self.isolation == "off":
            return None
        kind, why = _available()
        if kind is None and self.isolation == "required":
            raise RunnerError(
                f"isolation is required but this machine does not allow it ({why}); "
                'allow user namespaces, or set c.Dalil.isolation = "auto"'
            )
        if kind is None:
            _warn(why)
        return kind


class _Attempt:
    """One worker process, from its start to the certain end of all it started."""

    def __init__(self, job: Job, kind: Kind | None, folder: Path) -> None:
        self.job, self.kind, self.folder = job, kind, folder
        self.mark = f"{_MARK}={secrets.token_hex(16)}"
        self.result, self.stderr = bytearray(), bytearray()
        # Outputs and answers are capped by the worker; JSON escapes and names add a little.
        cells = len(list(_code(job.notebook)))
        self.largest = cells * 2 * job.limits.output_bytes + 16 * job.limits.answer_bytes + MIB

    def run(self) -> tuple[bytes, str]:
        """Return the worker's result, and why there is none ("" if there is)."""
        result, result_in = os.pipe()
        lifeline, lifeline_in = os.pipe()  # closes when this process dies
        try:
            try:
                process = self._start(result_in, lifeline)
            finally:
                os.close(result_in)
                os.close(lifeline)
            try:
                reason = self._supervise(process, result)
            finally:
                self._end(process)
        finally:
            os.close(result)
            os.close(lifeline_in)
        return bytes(self.result), reason

    def _start(self, result: int, lifeline: int) -> subprocess.Popen[bytes]:
        prefix = isolation.command(self.kind) if self.kind else []
        command = [sys.executable, "-P", "-s", "-m", "dalil.grading.worker"]
        with tempfile.TemporaryFile() as stdin:
            stdin.write(json.dumps(self._task(result, lifeline)).encode())
            stdin.seek(0)
            try:
                return subprocess.Popen(
                    [*prefix, *command],
                    stdin=stdin,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    cwd=self.folder,
                    env=self._environment(),
                    pass_fds=(result, lifeline),
                    start_new_session=True,
                )
            except OSError as error:
                raise RunnerError(f"the worker cannot be started: {error}") from error

    def _task(self, result: int, lifeline: int) -> dict[str, Any]:
        """Return the fields of ``worker.Task``."""
        limits, exhibits = self.job.limits, str(self.job.exhibits.resolve())
        sizes = [path.stat().st_size for path in self.job.exhibits.rglob("*") if path.is_file()]
        return {
            "cells": [(index, cell.source) for index, cell in _code(self.job.notebook)],
            "case": self.job.case,
            "probes": self.job.probes,
            "exhibits": isolation.EXHIBITS if self.kind else exhibits,
            "limits": asdict(limits),
            "mime": MIME,
            "folder": isolation.TMP if self.kind else str(self.folder),
            "result": result,
            "lifeline": lifeline,
            "file_bytes": max([limits.file_bytes, *sizes]),
            "processes": limits.processes + (0 if self.kind else _threads_of_user()),
            "view": asdict(self._view(exhibits, sum(sizes))) if self.kind else None,
        }

    def _view(self, exhibits: str, exhibit_bytes: int) -> isolation.View:
        root = self.job.environment.get("DALIL_ROOT")
        return isolation.View(
            mountpoint=str(self.folder),
            visible=isolation.visible(_PACKAGE, Path(root) if root else None),
            hidden=tuple(str(path) for path in self.job.hidden),
            exhibits=exhibits,
            exhibit_bytes=exhibit_bytes,
            tmp_bytes=exhibit_bytes + 4 * self.job.limits.file_bytes,
            uid=_new_uid() if self.kind == "root" else None,
        )

    def _environment(self) -> dict[str, str]:
        """Return the whole environment: nothing of this process's own gets in."""
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        name, _, value = self.mark.partition("=")
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "USER": "trainee",
            "LOGNAME": "trainee",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            "PYTHONSAFEPATH": "1",
            "PYTHONPATH": str(_PACKAGE.parent),
            **dict.fromkeys(threads, "1"),
            **self.job.environment,
            name: value,
        }

    def _supervise(self, process: subprocess.Popen[bytes], result: int) -> str:
        """Read the result until the worker ends or must be ended; return why there is none."""
        seconds = self.job.limits.submission_seconds
        end = time.monotonic() + seconds
        watched = time.monotonic()
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(result, selectors.EVENT_READ, self.result)
            selector.register(process.stderr.fileno(), selectors.EVENT_READ, self.stderr)
            while selector.get_map():
                self._read_ready(selector)
                now = time.monotonic()
                if now > end:
                    return f"ran for more than {seconds:.0f} s"
                if len(self.result) > self.largest:
                    raise RunnerError("the worker's result is larger than a result can be")
                if now - watched > _WATCH_SECONDS:
                    watched = now
                    if self._memory(process) > self.job.limits.memory_bytes + _OWN_MEMORY:
                        return f"used more than {self.job.limits.memory_bytes // MIB} MiB of memory"
        try:
            return self._explain(process.wait(max(1.0, end - time.monotonic())))
        except subprocess.TimeoutExpired:  # it hung after its last word
            return "" if self.result else f"ran for more than {seconds:.0f} s"

    def _read_ready(self, selector: selectors.BaseSelector) -> None:
        for key, _ in selector.select(0.2):
            data = os.read(key.fd, 1 << 16)
            if not data:
                selector.unregister(key.fd)
            key.data.extend(data)
        del self.stderr[:-_STDERR_BYTES]

    def _explain(self, status: int) -> str:
        if self.result and status == 0:
            return ""
        number = -status if status < 0 else status - KILLED  # Popen's way, and the keeper's
        if number > 0:
            return f"the process that runs the cells was ended by signal {number}"
        text = self.stderr.decode("utf-8", "replace").strip()
        log.error("the worker ended with status %s:\n%s", status, text)
        last = text.splitlines()[-1][:300] if text else f"status {status}"
        raise RunnerError(f"the worker ended without a result ({last}); see the log")

    def _memory(self, process: subprocess.Popen[bytes]) -> int:
        enough = self.job.limits.memory_bytes + _OWN_MEMORY
        return processes.memory(processes.descendants(process.pid), enough)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """End every process of the job. Raises RunnerError if one outlives 20 s of trying."""
        if self.kind:
            # The end of a PID namespace's first process is the end of all; only then `unshare`,
            # which waits for it, ends.
            with suppress(psutil.Error):
                for first in psutil.Process(process.pid).children():
                    first.kill()
        gone = processes.end(lambda: self._left(process), _END_SECONDS)
        if process.stderr is not None:
            process.stderr.close()
        if not gone:
            raise RunnerError("processes of a submission cannot be ended; restart the machine")

    def _left(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        if process.poll() is None:
            with suppress(psutil.Error):
                return [*processes.descendants(process.pid), psutil.Process(process.pid)]
        # A killed keeper (without a namespace) leaves orphans, which only their mark betrays.
        return [] if self.kind else processes.carrying(self.mark)


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


def _code(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield index, cell


def _read(text: bytes) -> dict[str, Any]:
    try:
        result = load_json(text)
    except AnswerError:
        raise RunnerError("the worker's result is not JSON; grade the submission again") from None
    if isinstance(result, dict) and isinstance(result.get("error"), str):
        raise RunnerError(f"no kernel could be started: {result['error'][:300]}")
    return result if isinstance(result, dict) else {}


def _as_run(notebook: NotebookNode, result: dict[str, Any], seconds: float) -> Run:
    """Return *notebook* with what *result* says came out of it. Raises RunnerError if malformed."""
    done = copy.deepcopy(notebook)
    bundles: list[dict[str, Any]] = []
    died: dict[str, str] = {}
    try:
        cells, reasons = dict(result["cells"]), dict(result["died"])
        for index, cell in _code(done):
            name = _name(cell, index)
            said = cells.pop(str(index), {"outputs": [], "count": None, "bundles": []})
            cell.execution_count = said["count"]
            cell.outputs = nbformat.from_dict(said["outputs"])
            bundles += [{"cell": name, "bundle": bundle} for bundle in list(said["bundles"])]
            if (reason := reasons.pop(str(index), None)) is not None:
                died[name] = " ".join(str(reason).split())[:300]
        if cells or reasons:
            raise ValueError("unknown cells")
        nbformat.validate(done)
    except (KeyError, TypeError, ValueError, AttributeError, nbformat.ValidationError) as error:
        what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise RunnerError(f"the worker's result is malformed ({what})") from error
    return Run(done, bundles, died, seconds)


def _name(cell: NotebookNode, index: int) -> str:
    marked = cell.metadata.get("nbgrader", {})
    return str(marked.get("grade_id") or cell.get("id") or index)


def _new_uid() -> int:
    """Return a user number that no other submission on this machine has now."""
    return _FIRST_UID + os.getpid() * 64 + next(_numbers) % 64


def _threads_of_user() -> int:
    """Count the threads that this user already has: without namespaces RLIMIT_NPROC counts them."""
    user, total = os.getuid(), 0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.uids().real == user:
                total += process.num_threads()
    return total


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
            with _folder() as folder, tempfile.TemporaryDirectory() as exhibits:
                job = Job(_TRIAL, {}, Path(exhibits), {})
                text, why = _Attempt(job, kind, folder).run()
            if not why and _as_run(_TRIAL, _read(text), 0.0).notebook.cells[0].outputs:
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
