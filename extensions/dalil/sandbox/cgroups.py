"""One control group per submission: what all its processes use together, counted by the kernel.

A limit of a process (``setrlimit``) is no limit of a tree: six children may each use all of it. A
control group counts them together, files in ``tmpfs`` and the kernel's own memory included. Of
version 2 a folder is needed that was delegated to us (``systemd-run --user --scope -p
Delegate=yes``, or root); of version 1 the controllers "memory" and "pids", where we may make a
folder. Nothing is assumed: ``find`` makes a group and puts a process in before it says that it can.

Measured on Linux 6.18, version 1: ``find`` 10–30 ms once; a group made, entered, read and removed
0.3 ms. The first entry after a pause waits up to 20 ms for the kernel, without using a processor.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_TRIAL_BYTES = 64 * 1024**2
_PATIENCE = 2.0  # seconds
_NAME = re.compile(r"dalil-(?P<space>\d+)-(?P<pid>\d+)-(?P<start>\d+)-")
_LEAF = "dalil-grader"  # where this process goes on version 2


@dataclass(frozen=True)
class Group:
    """The processes of one submission."""

    version: int
    memory: str  # a folder
    processes: str  # the same one on version 2

    def add(self, pid: int) -> None:
        """Put a process, and all that it starts from now on, under the limits; 0: this one."""
        for folder in self._folders():
            _write(f"{folder}/cgroup.procs", str(pid))

    def events(self) -> dict[str, int]:
        """Return how often a limit was hit: "memory" (processes killed), "processes" (refused)."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        return {
            "memory": _count(f"{self.memory}/{name}", "oom_kill"),
            "processes": _count(f"{self.processes}/pids.events", "max"),
        }

    def pids(self) -> list[int]:
        """Return the processes in it; 0 stands for one that this process cannot see."""
        with suppress(OSError):
            return [int(line) for line in _read(f"{self.memory}/cgroup.procs").split()]
        return []

    def kill(self) -> bool:
        """Kill all its processes; say whether none is left. Never raises."""
        with suppress(OSError):
            _write(f"{self.processes}/pids.max", "0")  # what dies starts nothing in its place
        if self.version == 2:
            with suppress(OSError):
                _write(f"{self.memory}/cgroup.kill", "1")  # Linux 5.14
        for _ in _trying():
            left = self.pids()
            if not left:
                return True
            for pid in filter(None, left):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        return False

    def remove(self) -> bool:
        """Kill what is left and remove the group; say whether it is gone. Never raises."""
        self.kill()
        for _ in _trying():
            for folder in self._folders():
                with suppress(OSError):
                    os.rmdir(folder)
            if not any(map(os.path.isdir, self._folders())):
                return True
        return False

    def _folders(self) -> list[str]:
        return [self.memory] if self.version == 2 else [self.memory, self.processes]


@dataclass(frozen=True)
class Delegated:
    """Folders in which this process may make groups."""

    version: int
    memory: str
    processes: str
    _serial: Iterator[int] = field(default_factory=itertools.count, repr=False, compare=False)

    def make(self, name: str, memory_bytes: int, processes: int) -> Group:
        """Make a group for a submission. Raises OSError, leaving nothing behind.

        *memory_bytes* covers memory and files in ``tmpfs`` together; nothing goes to swap.
        *processes* counts threads too.
        """
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)[:60]
        full = f"{_prefix(os.getpid())}{next(self._serial)}-{plain}"
        group = Group(self.version, f"{self.memory}/{full}", f"{self.processes}/{full}")
        try:
            for folder in group._folders():
                os.mkdir(folder)
            limit = _limit_1 if self.version == 1 else _limit_2
            limit(group.memory, memory_bytes)
            _write(f"{group.processes}/pids.max", str(processes))
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> int:
        """Remove the groups of graders that were killed; return how many are gone."""
        gone = 0
        for name in sorted({*_entries(self.memory), *_entries(self.processes)}):
            match = _NAME.match(name)
            if match and _is_dead(match):
                group = Group(self.version, f"{self.memory}/{name}", f"{self.processes}/{name}")
                gone += group.remove()
        return gone


def find(state: Path = Path("/proc/self")) -> Delegated | None:
    """Return where groups can be made, tried with one, or None; sweep what the dead left there.

    *state* is the folder of ``/proc`` that tells this process's groups and mounts. On version 2
    this process and its descendants may be moved one folder down, because a group above others
    that have limits must hold no process itself.
    """
    with suppress(OSError, ValueError):  # not Linux, or no /proc
        for candidate in _candidates(state):
            with suppress(OSError):
                _try(candidate)
                candidate.sweep()
                return candidate
    return None


def _candidates(state: Path) -> Iterator[Delegated]:
    """Yield what may do: this process's own groups first, then those above them."""
    own: dict[str, str] = {}
    for line in _read(str(state / "cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    mounts = _mounts(_read(str(state / "mountinfo")))
    if "memory" in own:
        memory = next(filter(_can_make, _upwards(mounts, own, "memory")), None)
        processes = next(filter(_can_make, _upwards(mounts, own, "pids")), None)
        if memory and processes:
            yield Delegated(1, memory, processes)
        return
    for place, folder in enumerate(_upwards(mounts, own, "")):
        with suppress(OSError):
            if _enabled(folder) or (place == 0 and _enable(folder)):
                yield Delegated(2, folder, folder)


def _mounts(mountinfo: str) -> dict[str, tuple[str, str]]:
    """Return controller → (root, mount point); the controller of version 2 is ""."""
    found: dict[str, tuple[str, str]] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        root, point = (
            re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), text)
            for text in before.split()[3:5]
        )
        kind, _, options = after.split()[:3]
        if kind == "cgroup2":
            found.setdefault("", (root, point))
        elif kind == "cgroup":
            for option in options.split(","):
                found.setdefault(option, (root, point))
    return found


def _upwards(
    mounts: dict[str, tuple[str, str]], own: dict[str, str], controller: str
) -> Iterator[str]:
    """Yield the folder of this process's own group, then each above it up to the mount point."""
    if controller not in mounts or controller not in own:
        return
    root, point = mounts[controller]
    path = os.path.relpath(own[controller], root)
    if ".." in (*own[controller].split("/"), *path.split("/")):
        return  # the mount shows only others' groups
    while True:
        yield os.path.normpath(f"{point}/{path}")
        if path in {"", "."}:
            return
        path = os.path.dirname(path)


def _can_make(folder: str) -> bool:
    trial = f"{folder}/{_prefix(os.getpid())}trial"
    with suppress(OSError):
        os.mkdir(trial)
        os.rmdir(trial)
        return True
    return False


def _enabled(folder: str) -> bool:
    """Say whether groups made in *folder*, of version 2, get limits."""
    return {"memory", "pids"} <= set(_read(f"{folder}/cgroup.subtree_control").split())


def _enable(folder: str) -> bool:
    """Give the groups below *folder*, our own, limits; step out of it if the kernel wants that."""
    for _ in range(2):
        try:
            _write(f"{folder}/cgroup.subtree_control", "+memory +pids")
        except OSError:
            if not _step_down(folder):
                return False
        else:
            return _enabled(folder)
    return False


def _step_down(folder: str) -> bool:
    """Move all processes of *folder* one down, provided that each is ours; say whether done."""
    pids = [int(line) for line in _read(f"{folder}/cgroup.procs").split()]
    if not pids or not all(map(_is_ours, pids)):
        return False
    os.makedirs(f"{folder}/{_LEAF}", exist_ok=True)
    for pid in pids:
        with suppress(ProcessLookupError):
            _write(f"{folder}/{_LEAF}/cgroup.procs", str(pid))
    return True


def _is_ours(pid: int) -> bool:
    """Say whether *pid* is this process or one below it."""
    with suppress(OSError):
        while pid > 0:
            if pid == os.getpid():
                return True
            pid = int(_stat(pid)[1])
    return False


def _try(candidate: Delegated) -> None:
    """Make a group, put a process in and look. Raises OSError where any of it fails."""
    group = candidate.make("trial", _TRIAL_BYTES, 8)
    try:
        with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as process:
            try:
                group.add(process.pid)
                if process.pid not in group.pids():
                    raise OSError(f"{group.memory}: the process is not in its group")
                group.events()
            finally:
                process.kill()
    finally:
        group.remove()


def _limit_1(folder: str, memory_bytes: int) -> None:
    _write(f"{folder}/memory.limit_in_bytes", str(memory_bytes))
    with suppress(FileNotFoundError):  # the kernel does not count swap
        _write(f"{folder}/memory.memsw.limit_in_bytes", str(memory_bytes))
    with suppress(OSError):
        _write(f"{folder}/memory.swappiness", "0")


def _limit_2(folder: str, memory_bytes: int) -> None:
    _write(f"{folder}/memory.max", str(memory_bytes))
    with suppress(FileNotFoundError):  # the kernel does not count swap
        _write(f"{folder}/memory.swap.max", "0")
    with suppress(OSError):
        _write(f"{folder}/memory.oom.group", "1")  # all die together, not whoever is largest


@functools.lru_cache(maxsize=1)
def _prefix(pid: int) -> str:
    """Return how names of this process's groups begin; a number used again is not taken for it."""
    return f"dalil-{_space()}-{pid}-{_stat(pid)[19]}-"


def _is_dead(match: re.Match[str]) -> bool:
    """Say whether the grader that made a group is gone; one of another PID namespace may live."""
    if int(match["space"]) != _space():
        return False
    try:
        return _stat(int(match["pid"]))[19] != match["start"]
    except OSError:
        return True


def _space() -> int:
    return os.stat("/proc/self/ns/pid").st_ino


def _stat(pid: int) -> list[str]:
    """Return ``/proc/<pid>/stat`` after the name: [0] state, [1] parent, [19] start time."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _entries(folder: str) -> list[str]:
    with suppress(OSError):
        return os.listdir(folder)
    return []


def _count(path: str, name: str) -> int:
    """Return the number beside *name* in a file of lines "name number"; 0 if it is not there."""
    with suppress(OSError, ValueError):
        for line in _read(path).splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0


def _trying() -> Iterator[None]:
    """Yield at once, then after growing pauses until patience ends."""
    pause, deadline = 0.0005, time.monotonic() + _PATIENCE
    while True:
        yield
        if time.monotonic() >= deadline:
            return
        time.sleep(pause)
        pause = min(2 * pause, 0.05)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as handle:
        return handle.read()


def _write(path: str, text: str) -> None:
    """Write in one call, as these files want it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)
