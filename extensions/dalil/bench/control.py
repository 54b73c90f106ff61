"""A control group in which a program and all that it starts are accounted, where one may be made.

Only the account is used, no limit. Without it (an ordinary user, another system) the tree of
processes is counted alone. Imports the standard library only: the floor starts with this.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GROUP_VARIABLE = "BENCH_CONTROL_GROUP"
_V1, _V2 = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")


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
    """A new control group at the top of its hierarchy; None where that is not allowed."""
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


def group_cpu() -> float:
    """CPU seconds of the group's processes so far; 0 without a group."""
    if not (place := os.environ.get(GROUP_VARIABLE)):
        return 0.0
    first, second = Path(place) / "cpuacct.usage", Path(place) / "cpu.stat"
    if first.is_file():
        return int(first.read_text(encoding="ascii")) / 1e9
    return int(second.read_text(encoding="ascii").split()[1]) / 1e6
