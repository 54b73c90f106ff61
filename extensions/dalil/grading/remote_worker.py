"""What a Dask worker does for the grading side: keep one runner, run what is sent, hand it back.

A worker needs Python with the same packages, and a curriculum with ``jupyter_config.py`` and
``courses/``; exercises, graders and records stay where they are. It is the only module that a
worker imports of its own accord, and needs the extra ``scale``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import platform
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from distributed import Worker, WorkerPlugin, get_worker
from nbformat.v4 import new_notebook

from dalil.errors import RunnerError, UsageError
from dalil.grading.runner import Job, Run, SandboxRunner
from dalil.grading.wire import Parcel, sent, unpacked
from dalil.settings import ROOT_VARIABLE, find_root, load_settings

log = logging.getLogger(__name__)

IDLE_SECONDS = 600.0  # without a job the zygote ends; the next job starts it again
_PACKAGES = ("dalil", "numpy", "scipy", "pandas", "scikit-image", "matplotlib")
_NO_CODE = {".ipynb", ".po", ".pyc"}


def facts(root: Path) -> dict[str, str]:
    """Return what has to be the same here and on a worker, or marks could differ."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return {**found, "courses/": _digest(root / "courses")}


def _digest(folder: Path) -> str:
    """SHA-256 over what notebooks can import from *folder*, shortened."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _NO_CODE and path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()[:12]


class Bench(WorkerPlugin):
    """Keeps one ``SandboxRunner`` in each worker.

    A worker that can run notebooks offers ``name`` as a resource, once for each thread, and each
    job asks for one: so the others, which say ``why``, get no job. Equal benches share a name.
    """

    idempotent = True

    def __init__(self, expected: Mapping[str, str], preload: Sequence[str], unsafe: bool) -> None:
        self.expected, self.preload, self.unsafe = dict(expected), tuple(preload), unsafe
        whole = json.dumps([self.expected, self.preload, unsafe], sort_keys=True)
        self.name = f"dalil-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
        self.why = "not ready yet"

    async def setup(self, worker: Worker) -> None:
        """Start the zygote; it is a program of its own, never forked out of this process."""
        self._lock, self._busy, self._last = threading.Lock(), 0, time.monotonic()
        self._runner: SandboxRunner | None = None
        self._resting: asyncio.Task[None] | None = None
        try:
            self._runner = await asyncio.to_thread(self._ready)
        except Exception as error:  # whatever it is: this worker takes no job, and says why
            self.why = " ".join(f"{error}".split())[:300] or type(error).__name__
            log.error("this worker runs no notebook: %s", self.why)
            return
        self.why = ""
        self._resting = asyncio.create_task(self._rest())
        await worker.set_resources(**{self.name: worker.state.nthreads})

    async def teardown(self, worker: Worker) -> None:
        """End the zygote and what it runs."""
        if self._resting is not None:
            self._resting.cancel()
        if self._runner is not None:
            await asyncio.to_thread(self._runner.close)

    def run(self, job: Job) -> Run:
        """Run *job*. Raises RunnerError."""
        if self._runner is None:
            raise RunnerError(f"a worker cannot run notebooks: {self.why}")
        with self._lock:
            self._busy += 1
        try:
            return self._runner.run(job)
        finally:
            with self._lock:
                self._busy -= 1
                self._last = time.monotonic()

    def _ready(self) -> SandboxRunner:
        """Return a runner that has proved on an empty notebook that it works."""
        root = find_root()
        if root is None:
            raise UsageError(f"no curriculum there; set {ROOT_VARIABLE} to a folder with courses/")
        here = facts(root)
        other = [
            f"{name} is {here.get(name, 'missing')} instead of {wanted}"
            for name, wanted in self.expected.items()
            if here.get(name) != wanted
        ]
        if other:
            raise UsageError(f"other software than where it is graded: {', '.join(other)}")
        isolation = "auto" if self.unsafe else "required"
        runner = SandboxRunner(isolation, root, load_settings(root).sealed, self.preload)
        runner.run(Job(new_notebook(), {}, {}, {}))
        return runner

    async def _rest(self) -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS / 10)
            with self._lock:
                idle = not self._busy and time.monotonic() - self._last > IDLE_SECONDS
            if idle and self._runner is not None:
                await asyncio.to_thread(self._runner.close)


@dataclass(frozen=True)
class BenchRunner:
    """The runner of whatever worker it is called in: the one that the bench *name* keeps."""

    name: str

    def run(self, job: Job) -> Run:
        bench = get_worker().plugins.get(self.name)
        if not isinstance(bench, Bench):
            raise RunnerError("a worker has lost its runner; run again")
        return bench.run(job)

    def close(self) -> None:
        """The bench rests by itself."""


def travel(function: Callable[[Job], Run], parcel: Parcel) -> bytes:
    """In a worker: what *function* gives for the job in *parcel*, as it travels back."""
    return sent(function(unpacked(parcel)))


def fitness(name: str, dask_worker: Worker) -> tuple[int, str]:
    """In a worker: threads that run jobs of the bench *name*, and why there is none."""
    bench = dask_worker.plugins.get(name)
    why = bench.why if isinstance(bench, Bench) else "not ready yet"
    return (0 if why else dask_worker.state.nthreads), why
