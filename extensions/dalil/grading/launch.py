"""One worker process: its start with nothing of ours in it, the watch over it, its certain end."""

from __future__ import annotations

import itertools
import json
import logging
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from nbformat import NotebookNode

import dalil
from dalil.answers import MIME
from dalil.errors import RunnerError
from dalil.grading import isolation, processes
from dalil.grading.isolation import Kind
from dalil.grading.worker import KILLED
from dalil.limits import MIB
from dalil.settings import ROOT_VARIABLE

if TYPE_CHECKING:
    from dalil.grading.runner import Job

log = logging.getLogger(__name__)

_PACKAGE = Path(dalil.__file__).resolve().parent
_FIRST_UID = 0x70000000  # far above any user's; one for each submission at a time
_MARK = "DALIL_SUBMISSION"
_OWN_MEMORY = 256 * MIB  # of the keeper and the worker
_WATCH_SECONDS = 0.5
_END_SECONDS = 20.0
_STDERR_BYTES = 8192
_numbers = itertools.count()


class Attempt:
    """One worker process, from its start to the certain end of all it started."""

    def __init__(
        self,
        job: Job,
        kind: Kind | None,
        folder: Path,
        exhibits: Path,
        *,
        root: Path | None = None,
        hidden: tuple[Path, ...] = (),
    ) -> None:
        self.job, self.kind, self.folder = job, kind, folder
        self.exhibits, self.root, self.hidden = exhibits, root, hidden
        self.mark = f"{_MARK}={secrets.token_hex(16)}"
        self.deadline = time.monotonic() + job.limits.submission_seconds
        self.result, self.stderr = bytearray(), bytearray()
        # Outputs and answers are capped by the worker; JSON escapes and names add a little.
        cells = len(list(code_cells(job.notebook)))
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
        limits, exhibits = self.job.limits, str(self.exhibits)
        sizes = [len(content) for content in self.job.exhibits.values()]
        return {
            "cells": [(index, cell.source) for index, cell in code_cells(self.job.notebook)],
            "case": self.job.case,
            "probes": self.job.probes,
            "exhibits": isolation.EXHIBITS if self.kind else exhibits,
            "limits": asdict(limits),
            "deadline": self.deadline,
            "mime": MIME,
            "folder": isolation.TMP if self.kind else str(self.folder),
            "result": result,
            "lifeline": lifeline,
            "file_bytes": max([limits.file_bytes, *sizes]),
            "processes": limits.processes + (0 if self.kind else _threads_of_user()),
            "view": asdict(self._view(exhibits, sum(sizes) + 8192 * len(sizes)))
            if self.kind
            else None,
        }

    def _view(self, exhibits: str, exhibit_bytes: int) -> isolation.View:
        return isolation.View(
            mountpoint=str(self.folder),
            visible=isolation.visible(_PACKAGE, self.root),
            hidden=tuple(str(path) for path in self.hidden),
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
            **({ROOT_VARIABLE: str(self.root)} if self.root else {}),
            name: value,
        }

    def _supervise(self, process: subprocess.Popen[bytes], result: int) -> str:
        """Read the result until the worker ends or must be ended; return why there is none."""
        seconds = self.job.limits.submission_seconds
        watched = time.monotonic()
        assert process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(result, selectors.EVENT_READ, self.result)
            selector.register(process.stderr.fileno(), selectors.EVENT_READ, self.stderr)
            while selector.get_map():
                self._read_ready(selector)
                now = time.monotonic()
                if now > self.deadline:
                    return f"ran for more than {seconds:.0f} s"
                if len(self.result) > self.largest:
                    raise RunnerError("the worker's result is larger than a result can be")
                if now - watched > _WATCH_SECONDS:
                    watched = now
                    if self._memory(process) > self.job.limits.memory_bytes + _OWN_MEMORY:
                        return f"used more than {self.job.limits.memory_bytes // MIB} MiB of memory"
        try:
            return self._explain(process.wait(max(1.0, self.deadline - time.monotonic())))
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
        gone = self._end_namespace(process) if self.kind else False
        gone = gone or processes.end(lambda: self._left(process), _END_SECONDS)
        if process.stderr is not None:
            process.stderr.close()
        if not gone:
            raise RunnerError("processes of a submission cannot be ended; restart the machine")

    def _end_namespace(self, process: subprocess.Popen[bytes]) -> bool:
        """End the first process of the PID namespace, and with it all; tell whether that worked.

        ``unshare`` waits for the first process, which the kernel lets go after all others.
        """
        deadline = time.monotonic() + _END_SECONDS / 2
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(psutil.Error):
                for first in psutil.Process(process.pid).children():
                    first.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        return process.poll() is not None

    def _left(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        if process.poll() is None:
            with suppress(psutil.Error):
                return [*processes.descendants(process.pid), psutil.Process(process.pid)]
        # A killed keeper (without a namespace) leaves orphans, which only their mark betrays.
        return processes.carrying(self.mark)


def code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Yield (index in the notebook, cell) of the code cells."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield index, cell


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
