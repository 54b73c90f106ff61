"""A warm kernel's process: asked of this server's one zygote, then handled like a ``Popen``."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from dalil.errors import RunnerError
from dalil.limits import ONE_THREAD
from dalil.sandbox import channel as frames
from dalil.sandbox.parent import Child, Parent
from dalil.sandbox.plan import Plan

START_SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    """What ``python -m ipykernel_launcher`` would be started with.

    ``out`` and ``err`` are descriptors that the kernel's own output goes to.
    """

    argv: list[str]
    env: dict[str, str]
    cwd: str
    out: int = 1
    err: int = 2


class WarmProcess:
    """A forked kernel. Attributes and methods are those of ``subprocess.Popen`` that Jupyter uses.

    It ends with this object, and with the process that asked for it.
    """

    stdin = stdout = stderr = None

    def __init__(self, child: Child) -> None:
        self.pid = child.pid
        self.returncode: int | None = None
        self._child = child

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            child = self._child
            while not child.gone and select.select([child.lifeline], [], [], 0)[0]:
                child.hear()
            if child.gone:
                self.returncode = child.status
                child.end()  # closes what is open; the process is gone
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            select.select([self._child.lifeline], [], [], left)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone; nothing happens once it is gone."""
        if self.poll() is None:
            if self._child.pidfd >= 0:
                signal.pidfd_send_signal(self._child.pidfd, number)
            else:
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Keeper:
    """Keeps the zygote, and asks it for kernels, from one thread that lives as long as we do.

    The zygote is killed when the thread that started it ends, and threads of event loops come and
    go.
    """

    def __init__(self, preload: tuple[str, ...]) -> None:
        self._preload = preload
        self._parent: Parent | None = None
        self._asked: queue.SimpleQueue[tuple[Request, Future[WarmProcess]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="dalil-zygote", daemon=True).start()

    def ask(self, request: Request) -> Future[WarmProcess]:
        """Return the coming kernel, or RunnerError where no warm one can be had."""
        future: Future[WarmProcess] = Future()
        self._asked.put((request, future))
        return future

    def _serve(self) -> None:
        while True:
            request, future = self._asked.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._start(request))
            except Exception as error:
                future.set_exception(error)

    def _start(self, request: Request) -> WarmProcess:
        if self._parent is None:
            plan = Plan(kind=None, warm=True, purpose="kernel", preload=self._preload)
            self._parent = Parent(plan, zygote_environment())
        for last in (False, True):
            child = self._parent.child()
            try:
                hand_over(child, request)
                return WarmProcess(child)
            except (OSError, EOFError, ValueError) as error:
                child.end()
                if last:
                    raise RunnerError(f"the kernel did not start: {error}") from error
        raise AssertionError("unreachable")


def zygote_environment() -> dict[str, str]:
    """Return this process's own environment, which every kernel then gets anew from its request."""
    return {
        **os.environ,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel sets it
        **ONE_THREAD,  # a forked process has no other threads
        "MALLOC_ARENA_MAX": "5",  # fewer write into the zygote's, more take room each
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger's notice about frozen modules
    }


def hand_over(child: Child, request: Request) -> None:
    """Give the child its streams and its request; wait until it has taken on both."""
    for name in ("out", "err"):  # the kernel gets our own instead
        os.close(getattr(child, name))
        setattr(child, name, -1)
    channel = child.channel
    channel.settimeout(START_SECONDS)
    socket.send_fds(channel, [b"k"], [request.out, request.err])
    said: dict[str, Any] = {"argv": request.argv, "env": request.env, "cwd": request.cwd}
    frames.send(channel, json.dumps(said).encode("ascii"))
    answer = json.loads(frames.receive(channel, 65536))
    if answer[0] != "ready":
        raise ValueError(answer[1])
    channel.close()


_keepers: dict[int, Keeper] = {}  # by process: neither thread nor zygote outlives a fork
_making = threading.Lock()


def keeper(preload: Callable[[], tuple[str, ...]]) -> Keeper:
    """Return this process's keeper; the first call asks what to *preload*."""
    with _making:
        if os.getpid() not in _keepers:
            _keepers[os.getpid()] = Keeper(preload())
        return _keepers[os.getpid()]


def possible() -> str:
    """Return why warm kernels cannot be had on this system; "" if they can."""
    return "" if sys.platform == "linux" else "they need Linux"
