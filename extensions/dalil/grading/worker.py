"""The process that runs one submission: ``python -P -s -m dalil.grading.worker``.

Reads a job as JSON on standard input and writes the result as JSON to the descriptor that the job
names. It forks at once. The parent, the *keeper*, stays: first process of the namespaces (or, on
machines without, the adopter of orphans), it waits for the child and ends whatever the child left
behind, or everything as soon as the runner is gone. The child gives up all privileges, starts
kernels and feeds them the cells; it never runs a cell itself.

A cell that ends the kernel, or that only a kill could stop, *died*: the notebook starts again
without the cells that died, so that the questions of the others still count.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.grading import isolation, processes
from dalil.limits import Limits

if TYPE_CHECKING:
    from dalil.grading.outputs import Record

RESTARTS = 5
KILLED = 128  # exit status of the keeper: this plus the signal that ended the child
_SPARE_MEMORY = 2 * 1024**3  # address space that is reserved but not used


@dataclass
class Task:
    """A job as it arrives. ``cells`` are [index in the notebook, source] of the code cells."""

    cells: list[tuple[int, str]]
    case: dict[str, Any]
    probes: dict[str, Any]
    exhibits: str
    limits: Limits
    deadline: float  # on the machine's monotonic clock: the runner ends everything then
    mime: str
    folder: str  # where passes make their folders
    result: int  # descriptors
    lifeline: int
    file_bytes: int
    processes: int | None  # RLIMIT_NPROC
    view: isolation.View | None


@dataclass
class Pass:
    """One run of the notebook from its start; ``died`` is the cell that ended it, if one did."""

    records: dict[int, Record] = field(default_factory=dict)
    died: int | None = None


def main() -> None:
    """Be the keeper, and in a child the worker."""
    task = read_task(json.load(sys.stdin.buffer))
    for descriptor in (task.result, task.lifeline):
        os.set_inheritable(descriptor, False)
    processes.adopt_orphans()
    if task.view is not None:
        isolation.enter(task.view)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    child = os.fork()
    if child:
        os.close(task.result)
        os._exit(keep(child, task.lifeline, woken, alone=task.view is not None))
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor in (woken, wake, task.lifeline):
        os.close(descriptor)
    work(task)


def read_task(fields: dict[str, Any]) -> Task:
    """Return the task that the runner sent."""
    view = fields.pop("view")
    shown = isolation.View(**view) if view else None
    return Task(**{**fields, "limits": Limits(**fields["limits"]), "view": shown})


def keep(child: int, lifeline: int, woken: int, *, alone: bool) -> int:
    """Wait for *child* or the end of the runner, end all others, return the exit status.

    ``alone``: this is the first process of a PID namespace, so that everybody else is the job's.
    """
    status: int | None = None
    while status is None:
        ready, _, _ = select.select([lifeline, woken], [], [])
        if lifeline in ready:  # the runner never writes: it is gone
            break
        os.read(woken, 4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    status = ended[1]
    sweep(alone=alone)
    if status is None:
        return 1
    return KILLED + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def sweep(*, alone: bool) -> None:
    """End every process of the job but this one and, in a PID namespace, its first."""
    if alone:
        with suppress(ProcessLookupError):  # Linux spares the caller and the namespace's first
            os.kill(-1, signal.SIGKILL)
    processes.end(lambda: processes.descendants(os.getpid()), seconds=10)


def work(task: Task) -> None:
    """Run the cells and write the result."""
    if task.view is not None:
        isolation.drop(task.view.uid)
    processes.adopt_orphans()
    restrict(task)
    processes.close_memory()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    result = run(task)
    text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    with os.fdopen(task.result, "wb") as stream:
        stream.write(text.encode("utf-8", "replace"))


def restrict(task: Task) -> None:
    """Set the limits of each process; of all together see ``fault``."""
    limits = task.limits
    seconds = int(limits.submission_seconds) + 1
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds,
        "RLIMIT_DATA": limits.memory_bytes,
        "RLIMIT_AS": limits.memory_bytes + _SPARE_MEMORY,
        "RLIMIT_FSIZE": task.file_bytes,
        "RLIMIT_NOFILE": 512,
        "RLIMIT_NPROC": task.processes,
    }
    for name, value in wanted.items():
        if value is not None and hasattr(resource, name):
            number = getattr(resource, name)
            before = resource.getrlimit(number)[1]
            hard = value if before == resource.RLIM_INFINITY else min(value, before)
            # The soft limit of processor time comes a second earlier, as a signal of its own.
            soft = hard - 1 if name == "RLIMIT_CPU" else hard
            with suppress(ValueError, OSError):  # macOS refuses some
                resource.setrlimit(number, (soft, hard))


def run(task: Task) -> dict[str, Any]:
    """Run the notebook, again without the cells that died, and return the result.

    ``{"cells": {index: {"outputs": […], "count": n, "bundles": […]}}, "died": {index: reason}}``
    with indices as text. An ``error`` instead: no kernel would start.
    """
    seconds = task.limits.submission_seconds
    deadline = task.deadline - min(5.0, seconds / 4)  # leaves time to tell what was done
    died: dict[int, str] = {}
    last = Pass()
    for number in range(RESTARTS + 1):
        folder = Path(task.folder, str(number))
        if died and time.monotonic() > deadline:
            _give_up(task, last, died, _late(task))
            break
        try:
            last = run_once(task, folder, died, deadline)
        except Exception as error:
            if not died:
                return {"error": f"{type(error).__name__}: {error}"}
            _give_up(task, Pass(), died, "the kernel could not be started again")
            break
        remove(folder)
        if last.died is None:
            break
    else:
        _give_up(task, last, died, f"skipped: other cells ended the kernel {RESTARTS + 1} times")
    cells = {
        str(index): {
            "outputs": record.finished(),
            "count": record.count,
            "bundles": [] if index in died else record.bundles,
        }
        for index, record in last.records.items()
    }
    return {"cells": cells, "died": {str(index): reason for index, reason in died.items()}}


def run_once(task: Task, folder: Path, died: dict[int, str], deadline: float) -> Pass:
    """Run the cells that did not die so far in a fresh folder and kernel; add to *died*."""
    from dalil.grading.kernel import Kernel
    from dalil.grading.outputs import Displays, Record

    environment = furnish(task, folder)
    this, displays, limits = Pass(), Displays(), task.limits

    def watch() -> str:
        return fault(limits)

    def end() -> None:
        sweep(alone=task.view is not None)

    left = deadline - time.monotonic()
    kernel = Kernel(folder, environment, limits, watch=watch, sweep=end, start_seconds=left)
    with kernel:
        for index, source in task.cells:
            if index in died or not source.strip():
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                died[index] = _late(task)
                continue
            record = Record(task.mime, limits.output_bytes, limits.answer_bytes, displays)
            this.records[index] = record
            seconds, late = limits.cell_seconds, f"ran for more than {limits.cell_seconds:.0f} s"
            if left < seconds:
                all_seconds = f"{limits.submission_seconds:.0f} s for all cells"
                seconds, late = (
                    left,
                    f"ran for more than {left:.0f} s, until the {all_seconds} were up",
                )
            if reason := kernel.execute(source, record, seconds, late):
                died[index] = reason
            if not kernel.alive:
                this.died = index
                break
    return this


def furnish(task: Task, folder: Path) -> dict[str, str]:
    """Make the folder of one pass and return the environment of its kernel."""
    for name in ("desk", "home", "tmp", "run"):
        (folder / name).mkdir(parents=True)
    desk, home = folder / "desk", folder / "home"
    if task.exhibits:
        shutil.copytree(task.exhibits, desk / "exhibits", copy_function=shutil.copyfile)
    case = {**task.case, "grading": True}
    for name, content in (("case.json", case), ("probes.json", task.probes)):
        (desk / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    places = {
        "HOME": home,
        "TMPDIR": folder / "tmp",
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "jupyter",
        "JUPYTER_DATA_DIR": home / "jupyter",
        "JUPYTER_RUNTIME_DIR": folder / "run",
        "MPLCONFIGDIR": home / "matplotlib",
    }
    return {**os.environ, **{name: str(path) for name, path in places.items()}}


def fault(limits: Limits) -> str:
    """Return which limit all processes of the submission together break; "" if none."""
    found = processes.descendants(os.getpid())
    if len(found) > limits.processes:
        return f"started more than {limits.processes} processes"
    if processes.memory(found, limits.memory_bytes) > limits.memory_bytes:
        return f"used more than {limits.memory_bytes // 1024**2} MiB of memory"
    return ""


def remove(folder: Path) -> None:
    """Remove *folder*, even without permissions in it or nested beyond what Python can follow."""
    for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run(
            [*command, "--", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def _late(task: Task) -> str:
    return f"not run: the {task.limits.submission_seconds:.0f} s for all cells are up"


def _give_up(task: Task, last: Pass, died: dict[int, str], reason: str) -> None:
    for index, source in task.cells:
        if index not in last.records and index not in died and source.strip():
            died[index] = reason


if __name__ == "__main__":
    main()
