"""What the processes of one submission hold together, read from /proc a few times a second.

A control group, where one can be had, enforces the same in the kernel; this works everywhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


def family(pid: int) -> list[int]:
    """Return *pid* and all processes below it."""
    found, new = [pid], [pid]
    while new:
        new = [child for parent in new for child in _children(parent)]
        found += new
    return found


def memory(pids: list[int], enough: int) -> int:
    """Return the bytes that *pids* hold together.

    Resident sizes count shared pages once for each process, so only when they exceed *enough* is
    the dearer proportional size asked for.
    """
    total = sum(_resident(pid) for pid in pids)
    return total if total <= enough else sum(_proportional(pid) for pid in pids)


def tasks(pids: list[int]) -> int:
    """Return how many processes and threads *pids* are."""
    return sum(len(_listed(f"/proc/{pid}/task")) for pid in pids)


def processor_seconds(pid: int) -> float:
    """Return the processor time that *pid* used by itself, all its threads together."""
    # The name, in brackets, may hold anything; utime and stime are fields 14 and 15 of the line.
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if len(fields) > 12 else 0.0


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for task in _listed(f"/proc/{pid}/task"):
        children += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return children


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _proportional(pid: int) -> int:
    found = _PSS.search(_read(f"/proc/{pid}/smaps_rollup"))
    return int(found[1]) * 1024 if found else _resident(pid)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        return b""
