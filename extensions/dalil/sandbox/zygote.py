"""The zygote: one single-threaded process that forks a child per submission.

Started by ``parent`` with the control socket as descriptor 3, on which a Plan comes first. It
enters the sandbox, imports, then waits. A request is one byte with four
descriptors: the child's channel, its output and error, and a lifeline. The zygote answers on the
lifeline with the child's pid and a pidfd, later with how it ended; a byte on it interrupts ("i")
or ends ("k") the child, and hanging up ends it, too. Nothing of a submission passes through this
process's memory, where a later child could read it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.sandbox import channel as frames
from dalil.sandbox import confine, linux, preload, root
from dalil.sandbox.plan import Plan

if TYPE_CHECKING:
    from dalil.sandbox.shell import Cells

CONTROL = 3
DESCRIPTORS = 4
_SWEEP_SECONDS = 10.0


@dataclass
class Zygote:
    """The state between forks."""

    plan: Plan
    control: socket.socket
    own_pids: int | None  # descriptor of the PID namespace to come back to
    cells: Cells | None
    present: tuple[int, int]

    def __post_init__(self) -> None:
        self.children: dict[int, socket.socket] = {}
        self.woken, wake = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(wake, False)
        self._wake = wake
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def loop(self) -> None:
        """Serve requests until the grading side hangs up."""
        while True:
            sources: list[Any] = [self.control, self.woken, *self.children.values()]
            ready, _, _ = select.select(sources, [], [])
            if self.woken in ready:
                with suppress(BlockingIOError):
                    os.read(self.woken, 4096)
                self._reap()
            for pid, lifeline in list(self.children.items()):
                if lifeline in ready:
                    self._obey(pid, lifeline)
            if self.control in ready and not self._accept():
                self._end_all()
                return

    def _accept(self) -> bool:
        """Fork a child for one request; false when there will be no more."""
        data, descriptors, _, _ = socket.recv_fds(self.control, 1, DESCRIPTORS)
        if not data:
            return False
        channel, out, err, line = descriptors
        lifeline = socket.socket(fileno=line)
        uid = confine.next_uid(self.plan)
        preload.check_single()
        if self.own_pids is not None:
            linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._become_child(channel, out, err, uid)
        if self.own_pids is not None:
            linux.setns(self.own_pids, linux.CLONE_NEWPID)
        for descriptor in (channel, out, err):
            os.close(descriptor)
        self.children[pid] = lifeline
        self._introduce(pid, lifeline)
        return True

    def _introduce(self, pid: int, lifeline: socket.socket) -> None:
        with suppress(OSError):
            text = json.dumps({"pid": pid}).encode()
            if not hasattr(os, "pidfd_open"):
                lifeline.sendall(text + b"\n")
                return
            handle = os.pidfd_open(pid)
            try:
                socket.send_fds(lifeline, [text + b"\n"], [handle])
            finally:
                os.close(handle)

    def _become_child(self, channel: int, out: int, err: int, uid: int) -> None:
        """In the child: let go of everything of the zygote's, then serve. Never returns."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.control.detach()
            for lifeline in self.children.values():
                lifeline.detach()
            nothing = os.open(os.devnull, os.O_RDONLY)
            for descriptor, place in ((nothing, 0), (out, 1), (err, 2), (channel, CONTROL)):
                os.dup2(descriptor, place)
            os.closerange(CONTROL + 1, 1 << 20)
            os.setsid()
            if self.own_pids is None and sys.platform == "linux":
                linux.set_parent_death_signal(signal.SIGKILL)
            connection = socket.socket(fileno=CONTROL)
            connection.set_inheritable(False)
            if self.plan.purpose == "kernel":
                from dalil.sandbox import teaching

                teaching.serve(connection)
            elif self.plan.purpose == "app":
                from dalil.sandbox import stage

                stage.serve(self.plan, connection, self.cells)
            elif self.plan.purpose == "visit":
                from dalil.sandbox import visit

                assert self.cells is not None
                visit.serve(self.plan, connection, uid, self.present, self.cells)
            else:
                from dalil.sandbox import cells

                cells.serve(self.plan, connection, uid, self.present, self.cells)
        finally:
            os._exit(70)

    def _obey(self, pid: int, lifeline: socket.socket) -> None:
        try:
            order = lifeline.recv(1)
        except OSError:
            order = b""
        number = signal.SIGINT if order == b"i" else signal.SIGKILL
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if not order:
            self.children.pop(pid).close()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            lifeline = self.children.pop(pid, None)
            if lifeline is not None:
                self._sweep()
                with suppress(OSError):
                    code = os.waitstatus_to_exitcode(status)
                    lifeline.sendall(json.dumps({"exit": code}).encode() + b"\n")
                lifeline.close()

    def _sweep(self) -> None:
        """Without a PID namespace: end what the child that just ended left to this process."""
        if self.own_pids is not None or self.plan.purpose == "kernel":
            return
        deadline = time.monotonic() + _SWEEP_SECONDS
        while (strays := self._strays()) and time.monotonic() < deadline:
            for pid in strays:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            for pid in strays:
                with suppress(OSError):
                    os.waitpid(pid, 0)

    def _strays(self) -> list[int]:
        own = f"/proc/self/task/{os.getpid()}/children"
        try:
            found = Path(own).read_bytes().split()
        except OSError:
            return []
        return [int(pid) for pid in found if int(pid) not in self.children]

    def _end_all(self) -> None:
        for pid, lifeline in list(self.children.items()):
            lifeline.close()
            del self.children[pid]
            if self.own_pids is not None or self.plan.purpose == "kernel":
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self._sweep()


def main() -> None:
    """Enter the sandbox if the plan has one, prepare, tell that, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the grading side's
    sys.argv[:] = ["ipykernel_launcher.py"]  # what notebooks find there
    control = socket.socket(fileno=CONTROL)
    control.set_inheritable(False)
    plan = Plan.from_json(json.loads(frames.receive(control)))
    try:
        zygote = prepare(plan, control)
    except Exception as error:
        with suppress(OSError):
            _tell(control, {"failed": f"{type(error).__name__}: {error}"})
        raise SystemExit(1) from error
    _tell(control, {"ready": True, "pid": os.getpid()})
    zygote.loop()


def prepare(plan: Plan, control: socket.socket) -> Zygote:
    """Return a zygote that is ready to fork. Raises OSError where the sandbox cannot be had."""
    own_pids = None
    if plan.kind is not None:
        root.enter_namespaces(plan)
        leave_a_stub(control)
        root.build(plan)
        own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    elif sys.platform == "linux":
        linux.set_subreaper()
    cells = None
    if plan.warm:
        preload.load(plan.preload)
        if plan.purpose != "kernel":
            from dalil.sandbox.shell import Cells

            cells = Cells()
            cells.rehearse()
        else:
            from dalil.sandbox import teaching

            teaching.preload()
        preload.settle()
    if sys.platform == "linux":
        linux.set_dumpable(False)  # no child of the same user reads this memory
    return Zygote(plan, control, own_pids, cells, present())


def leave_a_stub(control: socket.socket) -> None:
    """Fork: the child goes on as first process of the PID namespace, this one waits for it."""
    child = os.fork()
    if child == 0:
        linux.set_parent_death_signal(signal.SIGKILL)
        return
    control.close()
    os.close(0)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def present() -> tuple[int, int]:
    """Bytes of data and of addresses that this process has: its children begin with them."""
    if sys.platform != "linux":
        return 0, 0
    found = {}
    for line in (
        Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    ):
        name, _, value = line.partition(":")
        if name in ("VmData", "VmSize"):
            found[name] = int(value.split()[0]) * 1024
    return found.get("VmData", 0), found.get("VmSize", 0)


def _tell(control: socket.socket, what: dict[str, Any]) -> None:
    control.sendall(json.dumps(what).encode() + b"\n")
