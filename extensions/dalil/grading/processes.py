"""Trees of processes: who belongs, how much memory, and their certain end."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

_SET_DUMPABLE, _SET_CHILD_SUBREAPER = 4, 36


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def close_memory() -> None:
    """Keep other processes of the same user out of this one's memory and descriptors (Linux)."""
    _prctl(_SET_DUMPABLE, 0)


def descendants(pid: int) -> list[psutil.Process]:
    """Return every living process below *pid*, without zombies."""
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [process for process in found if _alive(process)]


def carrying(variable: str) -> list[psutil.Process]:
    """Return every living process of ours that was started with *variable* ("NAME=value").

    Finds even those that slipped out of the tree; a process that runs no command of its own after
    a fork still shows what its parent was started with.
    """
    name, _, value = variable.partition("=")
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(name) == value and _alive(process):
                found.append(process)
    return found


def memory(processes: list[psutil.Process], enough: int) -> int:
    """Return the bytes that *processes* hold together.

    Resident sizes count shared pages once for each process, so only when they exceed *enough* is
    the dearer proportional size asked for.
    """
    total = sum(_resident(process) for process in processes)
    return total if total <= enough else sum(_proportional(process) for process in processes)


def end(find: Callable[[], list[psutil.Process]], seconds: float) -> bool:
    """Kill what *find* finds until it finds nothing; return whether that took under *seconds*."""
    deadline = time.monotonic() + seconds
    while found := find():
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=0.05)
        if time.monotonic() > deadline:
            return False
    return True


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        information = process.memory_full_info()
    except psutil.Error:  # not ours to read, or it closed its memory: count all of it
        return _resident(process)
    return int(getattr(information, "pss", information.uss))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
