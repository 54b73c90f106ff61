"""One program in a root of its own, from start to certain end: a person's Jupyter server.

``python -m dalil.sandbox.enclosure SEAT COMMAND…`` takes a Seat as JSON. Three processes: this one,
which whoever started it knows, passes signals on and dies with that parent; the first of the new
PID namespace, which keeps its rights, runs nothing foreign and gathers orphans; and the command,
whose user has none. When any of the first two ends, by whatever signal, the kernel ends all.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Any, NoReturn

from dalil.sandbox import linux
from dalil.sandbox.plan import TMP, Plan
from dalil.sandbox.root import build, enter_namespaces, map_user, own_proc, own_terminals

_INSIDE = 1000  # the user that an ordinary user's servers see themselves as
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class Seat:
    """Whose the program is and what it may do.

    ``parent``: the process it must not outlive. ``plan.first_uid`` is its user where root starts
    it; ``groups`` that user's further groups. ``processes``: of that user at a time, threads too.
    """

    plan: Plan
    parent: int
    folder: str
    groups: tuple[int, ...] = ()
    umask: int = 0o022
    processes: int = field(default=1024)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Seat:
        fields = json.loads(text)
        return cls(
            **{
                **fields,
                "plan": Plan.from_json(fields["plan"]),
                "groups": tuple(fields["groups"]),
            }
        )


def command(seat: Seat, line: list[str]) -> list[str]:
    """Return the command line that runs *line* on *seat*."""
    return [sys.executable, "-P", "-s", "-m", __name__, seat.to_json(), *line]


def main(arguments: list[str]) -> NoReturn:
    """Never returns: becomes the keeper of the command, or says in one line why it cannot."""
    seat, line = Seat.from_json(arguments[0]), arguments[1:]
    try:
        _tether(seat.parent)
        os.umask(0o022)  # folders on the way to what is bound
        if seat.plan.kind is None:
            for number in _PASSED_ON:  # a shell that starts the hub with "&" has SIGINT ignored
                signal.signal(number, signal.SIG_DFL)
            os.umask(seat.umask)
            os.chdir(seat.folder)
            os.execvp(line[0], line)
        enter_namespaces(seat.plan)
        alive, hold = os.pipe()
        first = os.fork()
        if first:
            os.close(alive)
            _keep(first)
        os.close(hold)
        _first(seat, line, alive)
    except OSError as error:
        print(f"dalil: no place of one's own can be had: {error}", file=sys.stderr)
        os._exit(71)


def _tether(parent: int) -> None:
    """Die with *parent*. Without Linux, nothing but the parent itself sees to the end."""
    if sys.platform == "linux":
        linux.set_parent_death_signal(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(70)


def _keep(child: int) -> NoReturn:
    """Pass signals on to *child* as a request to end, gather what ends, and end as it does."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)  # SIGINT asks a server's owner first

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    linux.set_dumpable(False)  # as first process: of the same user as the command, in some cases
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _first(seat: Seat, line: list[str], alive: int) -> NoReturn:
    """Be the first process of the new namespace: make the root, then start the command in it."""
    linux.set_parent_death_signal(signal.SIGKILL)
    os.set_blocking(alive, False)
    with suppress(BlockingIOError):
        if not os.read(alive, 1):  # the parent ended before it was listened for
            os._exit(70)
    build(seat.plan)
    os.chmod(TMP, 0o1777)
    size = f"mode=1777,size={seat.plan.scratch // 4}"
    linux.mount("tmpfs", "/dev/shm", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, size)
    writable_proc = own_proc()
    own_terminals()
    child = os.fork()
    if child:
        os.close(writable_proc)
        _keep(child)
    for number in _PASSED_ON:
        signal.signal(number, signal.SIG_DFL)
    _become(seat, writable_proc)
    os.chdir(seat.folder)
    os.umask(seat.umask)
    os.execvp(line[0], line)


def _become(seat: Seat, writable_proc: int) -> None:
    """Be the seat's user, without any way back to more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    processes: Any = (seat.processes, seat.processes)
    resource.setrlimit(resource.RLIMIT_NPROC, processes)
    if seat.plan.kind == "root":
        user = seat.plan.first_uid
        linux.empty_bounding_set()  # while it is still allowed to
        os.setgroups(seat.groups)
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    else:
        linux.unshare(linux.CLONE_NEWUSER)
        map_user(_INSIDE, 0, 0, f"/proc/self/fd/{writable_proc}")
    os.close(writable_proc)
    linux.drop_capabilities()
    linux.set_dumpable(True)  # its own /proc/self is its own again
    linux.no_new_privileges()


if __name__ == "__main__":
    main(sys.argv[1:])
