"""The caller's side of a zygote: starts it, asks for children, and sees to their end.

Safe to call from several threads. The zygote is started by exec, never forked out of a process
that has threads, and started anew when it was killed.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from dalil.errors import LostError, RunnerError
from dalil.limits import ONE_THREAD
from dalil.sandbox import channel as frames
from dalil.sandbox.plan import PACKAGE, TMP, Plan
from dalil.sandbox.zygote import CONTROL

START_SECONDS = 120.0  # imports on a busy machine; a warm start takes one or two
_END_SECONDS = 20.0
_KILLED = (-signal.SIGKILL, -signal.SIGKILL & 0xFF)  # the process; its zygote
_PID = re.compile(rb"^Pid:\s+(\d+)$", re.MULTILINE)


@dataclass
class Child:
    """A forked child: its channel, the reading ends of its output and error, and its lifeline.

    ``pid`` is the machine's number of it, 0 if it ended before it was asked for.
    """

    channel: socket.socket
    out: int
    err: int
    lifeline: socket.socket
    pid: int = 0
    pidfd: int = -1
    status: int | None = None  # as subprocess has it: negative for a signal
    _line: bytearray = field(default_factory=bytearray)

    def interrupt(self) -> None:
        """Send SIGINT to it."""
        with suppress(OSError):
            self.lifeline.send(b"i")

    def end(self, seconds: float = _END_SECONDS) -> bool:
        """Kill it and all that it started; return whether they are gone for certain."""
        with suppress(OSError):
            self.lifeline.send(b"k")
        deadline = time.monotonic() + seconds
        while not self.gone and time.monotonic() < deadline:
            select.select([self.lifeline], [], [], 0.5)
            self.hear()
        gone = self.gone and (self.pidfd < 0 or bool(select.select([self.pidfd], [], [], 5)[0]))
        for descriptor in (self.out, self.err, self.pidfd):
            if descriptor >= 0:
                os.close(descriptor)
        self.channel.close()
        self.lifeline.close()
        return gone

    @property
    def gone(self) -> bool:
        return self.status is not None

    def hear(self) -> None:
        """Take in what the zygote says on the lifeline, which is ready to be read."""
        try:
            data = self.lifeline.recv(4096)
        except OSError:
            data = b""
        if not data:  # without a word: the zygote itself was killed, and took its children along
            self.status = -signal.SIGKILL if self.status is None else self.status
            return
        self._line += data
        *lines, rest = self._line.split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            self.status = json.loads(line).get("exit", self.status)


class Parent:
    """Keeps one zygote for a plan; ``child()`` asks it for a child."""

    def __init__(self, plan: Plan, environment: Mapping[str, str]) -> None:
        self.plan, self._environment = plan, dict(environment)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._log: IO[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.pid = 0

    def child(self) -> Child:
        """Return a new child. Raises RunnerError when no zygote can be started, LostError."""
        with self._lock:
            for last in (False, True):
                self._start()
                try:
                    assert self._control is not None
                    return ask(self._control)
                except (OSError, EOFError) as error:  # killed meanwhile: once more with a new one
                    self._stop()
                    if last:
                        raise LostError(f"no process can be started: {error}") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the zygote and every child of it."""
        with self._lock:
            self._stop()

    def __del__(self) -> None:
        try:  # noqa: SIM105
            self._stop()
        except Exception:  # half made
            pass

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._stop()
        ours, theirs = socket.socketpair()
        plan = self.plan
        if plan.kind is None and plan.folder == TMP:
            self._folder = tempfile.TemporaryDirectory(prefix="dalil-", ignore_cleanup_errors=True)
            plan = replace(plan, folder=os.path.realpath(self._folder.name))
        command = [sys.executable, "-P", "-s", "-c", _BEGIN]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log.fileno(),
                cwd="/",
                env={**self._environment, **_homes(plan)},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise RunnerError(f"no process can be started: {error}") from error
        finally:
            theirs.close()
        self._control = ours
        with suppress(OSError):  # it ended at once: its last words tell
            frames.send_json(ours, plan.to_json())
        self._wait_ready(ours)

    def _wait_ready(self, control: socket.socket) -> None:
        """Raises RunnerError with the reason, LostError if there is none but a kill."""
        control.settimeout(START_SECONDS)
        said = bytearray()
        with suppress(OSError):
            while not said.endswith(b"\n") and (data := control.recv(4096)):
                said += data
        control.settimeout(None)
        answer = json.loads(said) if said.endswith(b"\n") else {}
        if answer.get("ready"):
            self.pid = int(answer["pid"])
            return
        why = answer.get("failed") or self._last_words()
        process = self._process
        self._stop()
        if not why and process is not None and process.returncode in _KILLED:
            raise LostError("the process that starts others was killed")
        raise RunnerError(str(why or "it did not answer"))

    def _last_words(self) -> str:
        assert self._log is not None
        self._log.seek(0)
        lines = self._log.read()[-8192:].decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def ask(control: socket.socket) -> Child:
    """Return a new child of whoever listens at *control*. Raises OSError, EOFError."""
    channel, theirs = socket.socketpair()
    lifeline, line = socket.socketpair()
    out, out_in = os.pipe()
    err, err_in = os.pipe()
    child = Child(channel, out, err, lifeline)
    try:
        try:
            passed = [theirs.fileno(), out_in, err_in, line.fileno()]
            socket.send_fds(control, [b"f"], passed)
        finally:
            theirs.close()
            line.close()
            os.close(out_in)
            os.close(err_in)
        data, handles, _, _ = socket.recv_fds(lifeline, 4096, 1)
        if not data:
            raise EOFError("the zygote is gone")
    except (OSError, EOFError):
        child.status = -signal.SIGKILL
        child.end(0)
        raise
    first, _, rest = data.partition(b"\n")
    child.pid = json.loads(first)["pid"]
    child._line += rest
    if handles:
        child.pidfd = handles[0]
        child.pid = _pid_of(child.pidfd)
    return child


# -m would import the package of the module first and warn; the descriptor moves to its place.
_BEGIN = (
    "import os, sys\n"
    f"os.dup2(int(sys.argv[1]), {CONTROL}, inheritable=False)\n"
    "from dalil.sandbox import zygote\n"
    "zygote.main()\n"
)


def _homes(plan: Plan) -> dict[str, str]:
    """Where a grader's IPython and matplotlib look for settings: nowhere that has any."""
    if plan.purpose == "kernel":
        return {}
    home = f"{plan.folder}/zygote"
    names = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR")
    return {**dict.fromkeys(names, home), "TMPDIR": plan.folder}


def environment(curriculum: Path | None) -> dict[str, str]:
    """Return the whole environment of a zygote: nothing of this process's own gets in."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "USER": "trainee",
        "LOGNAME": "trainee",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(PACKAGE.parent),
        **ONE_THREAD,
        **({"DALIL_ROOT": str(curriculum)} if curriculum is not None else {}),
    }


def _pid_of(pidfd: int) -> int:
    """The machine's number of the process behind *pidfd*; 0 if it is gone."""
    with suppress(OSError):
        found = _PID.search(Path(f"/proc/self/fdinfo/{pidfd}").read_bytes())
        return int(found[1]) if found else 0
    return 0
