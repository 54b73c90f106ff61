"""Wall clock, CPU and memory of a process and of all that it started."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

GROUP_VARIABLE = "BENCH_CONTROL_GROUP"
_V1, _V2 = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")


@dataclass
class Spent:
    """Seconds; ``cpu`` is user and system time of the whole tree of processes."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure what this process and its tree spend within the block.

    Two counts are kept, because each can only miss something: the tree's own (a process that
    nobody waited for is lost) and, where one may be made, a control group's (a process that moved
    to another group is lost). The larger one counts.
    """
    join_group()
    result = Spent()
    tree, group, begun = tree_cpu(), _group_cpu(), time.perf_counter()
    yield result
    result.wall = time.perf_counter() - begun
    result.cpu = max(tree_cpu() - tree, _group_cpu() - group)


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


@contextmanager
def control_group() -> Iterator[dict[str, str]]:
    """Yield variables that let a program account for itself in a control group, where allowed."""
    place = _make_group()
    try:
        yield {GROUP_VARIABLE: str(place)} if place else {}
    finally:
        if place:
            with contextlib.suppress(OSError):  # something in it still runs: the system keeps it
                place.rmdir()


def join_group() -> None:
    """Put this process, and all that it starts from now on, into the group made for it."""
    if place := os.environ.get(GROUP_VARIABLE):
        (Path(place) / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")


def _make_group() -> Path | None:
    """A new control group beside which nothing is accounted; None where that is not allowed."""
    for top, usage in ((_V1, "cpuacct.usage"), (_V2, "cpu.stat")):
        place = top / f"bench-{os.getpid()}"
        try:
            place.mkdir(exist_ok=True)
            if (place / usage).is_file():
                return place
            place.rmdir()
        except OSError:
            continue
    return None


def _group_cpu() -> float:
    """CPU seconds of the group's processes so far; 0 without a group."""
    if not (place := os.environ.get(GROUP_VARIABLE)):
        return 0.0
    first, second = Path(place) / "cpuacct.usage", Path(place) / "cpu.stat"
    if first.is_file():
        return int(first.read_text(encoding="ascii")) / 1e9
    return int(second.read_text(encoding="ascii").split()[1]) / 1e6
