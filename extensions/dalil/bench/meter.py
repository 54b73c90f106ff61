"""Wall clock, CPU and memory of a process and of all that it started."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from dalil.bench.control import group_cpu, join_group


@dataclass
class Spent:
    """Seconds; ``cpu`` is user and system time of the whole tree of processes.

    ``others`` is the share of all processors that went to other work meanwhile, 0 to 1.
    """

    wall: float = 0.0
    cpu: float = 0.0
    others: float = 0.0

    def took(self, wall: float, cpu: float, machine: float) -> None:
        """Fill in what was measured; *machine* is the CPU seconds of everything on it."""
        cores = psutil.cpu_count() or 1
        self.wall, self.cpu = wall, cpu
        self.others = max(0.0, machine - cpu) / (wall * cores)


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure what this process and its tree spend within the block.

    Two counts are kept, because each can only miss something: the tree's own (a process that
    nobody waited for is lost) and, where one may be made, a control group's (a process that moved
    to another group is lost). The larger one counts.
    """
    join_group()
    result = Spent()
    machine, tree, group = machine_cpu(), tree_cpu(), group_cpu()
    begun = time.perf_counter()
    yield result
    wall = time.perf_counter() - begun
    cpu = max(tree_cpu() - tree, group_cpu() - group)
    result.took(wall, cpu, machine_cpu() - machine)


def machine_cpu() -> float:
    """CPU seconds of everything on this machine so far."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Linux counts a guest's time as the user's, too
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)


def tree_cpu(pid: int | None = None) -> float:
    """CPU seconds so far of a process (this one), its descendants and those they waited for."""
    total = 0.0
    for one in _alive(pid):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended just now, and was waited for
            total += sum(one.cpu_times()[:4])
    return total


def tree_pss(pid: int | None = None, *, itself: bool = True) -> int:
    """Proportional memory of a process (this one) and its descendants, in bytes.

    PSS counts a page that n processes share as 1/n in each. Raises PermissionError for a process
    that may not be looked at.
    """
    return sum(pss(one.pid) for one in _alive(pid)[0 if itself else 1 :])


def pss(pid: int) -> int:
    """PSS of one process in bytes; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
    return 1024 * int(found[0]) if found else 0


def _alive(pid: int | None) -> list[psutil.Process]:
    """The process and its descendants, those that end meanwhile left out."""
    try:
        root = psutil.Process(pid)
        found = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    return [one for one in found if one.is_running()]
