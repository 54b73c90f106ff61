"""One ipykernel that runs foreign cells: interrupted, killed, capped; heard with care.

Talks to the kernel through jupyter_client alone. nbclient would read messages of any size, waits
fixed times and costs over a second of imports for every submission.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.launcher import launch_kernel

from dalil.errors import RunnerError
from dalil.grading.outputs import FLOOD, Record
from dalil.limits import Limits

START_SECONDS = 30.0
GRACE_SECONDS = 2.0  # between an interrupt and the kill
LOST_SECONDS = 2.0  # between the two messages that end a cell, of which a huge output may cost one
WATCH_SECONDS = 0.15
MAX_SOCKET_PATH = 100  # sun_path has 108 bytes, ours end in "-5"

# The debugger would cost 0.3 s of each start.
_LAUNCH = (
    "import sys; sys.modules['debugpy'] = None; "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)
_COMMAND = (
    *(sys.executable, "-P", "-s", "-c", _LAUNCH),
    *("--HistoryManager.enabled=False", "--InteractiveShellApp.ignore_cwd=True"),
    *("--Application.log_level=50", "-f"),
)


class Kernel:
    """A running kernel; use as a context manager.

    ``watch`` is asked every 0.15 s why the processes must be ended now ("" if not); ``sweep`` ends
    all of them. After ``execute`` returned, ``alive`` tells whether the kernel can go on.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        limits: Limits,
        *,
        watch: Callable[[], str],
        sweep: Callable[[], None],
        start_seconds: float = START_SECONDS,
    ) -> None:
        self.limits, self.alive = limits, False
        self._start_seconds = min(start_seconds, START_SECONDS)
        self._folder, self._environment = folder, dict(environment)
        self._watch, self._sweep = watch, sweep
        self._records: dict[str, Record] = {}
        self._request = ""  # the one that is waited for
        self._replied = self._idle = False  # what was heard of it
        self._broken = 0.0  # when a message was too large to be read

    def __enter__(self) -> Kernel:
        """Start the kernel and wait until both its channels work. Raises RunnerError."""
        address = str(self._folder / "run" / "k")
        if len(os.fsencode(address)) > MAX_SOCKET_PATH:
            raise RunnerError(f"{address}: too long for a socket; set TMPDIR to a shorter path")
        key = os.urandom(32).hex().encode()
        name, _ = write_connection_file(f"{address}.json", ip=address, transport="ipc", key=key)
        nowhere = os.open(os.devnull, os.O_RDWR)
        self._process = launch_kernel(
            [*_COMMAND, name],
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            env=self._environment,
            cwd=str(self._folder / "desk"),
        )
        os.close(nowhere)
        self.alive = True
        self._connect(name)
        if not self._synchronise(self._start_seconds):
            self.__exit__()
            raise RunnerError("the kernel did not start; is ipykernel installed?")
        return self

    def __exit__(self, *exception: object) -> None:
        self.alive = False
        self._sweep()
        self._process.wait()
        for channel in self._monitors.values():
            channel.disable_monitor()
        self._client.stop_channels()
        self._context.destroy(linger=0)

    def execute(self, source: str, record: Record, seconds: float, late: str) -> str:
        """Run *source* and return why it had to be stopped, in one line; "" if it ended by itself.

        ``late`` is the reason once *seconds* are over. An exception is an end by itself. ``alive``
        is false afterwards if the kernel is gone.
        """
        self._ask(self._client.execute(source, allow_stdin=False, stop_on_error=False))
        self._records[self._request] = record
        begun = time.monotonic()
        reason, interrupted, half, watched = "", 0.0, 0.0, begun
        while not (self._replied and self._idle):
            self._hear(0.05)
            now = time.monotonic()
            if self._process.poll() is not None:
                return self._dead(reason)
            if now - watched > WATCH_SECONDS:
                watched = now
                if fault := self._watch():
                    return self._kill(fault)
            # A kernel that ends breaks the connection, too: give its end a moment to show.
            flooded = record.flooded or (self._broken and now - self._broken > 0.2)
            if not reason and (flooded or now - begun > seconds):
                reason = self._flood() if flooded else late
                interrupted = now
                self._interrupt()
            if interrupted and now - interrupted > GRACE_SECONDS:
                return self._kill(f"{reason} and could not be interrupted")
            if not half and (self._replied or self._idle):
                half = now
            if half and now - half > LOST_SECONDS:
                return self._recover(reason)
        # What was lost may have been an answer.
        return reason or (self._flood() if self._broken else "")

    def _connect(self, connection_file: str) -> None:
        """Open the channels. Messages beyond the flood limit break the connection unread."""
        self._context = zmq.Context()
        largest = max(FLOOD * self.limits.output_bytes, 2 * self.limits.answer_bytes)
        self._context.setsockopt(zmq.MAXMSGSIZE, largest)
        self._context.setsockopt(zmq.RCVHWM, 64)
        self._context.setsockopt(zmq.RECONNECT_IVL, 10)
        self._client = BlockingKernelClient(context=self._context, connection_file=connection_file)
        self._client.load_connection_file()
        self._client.start_channels(stdin=False, hb=False, control=False)
        self._shell = self._client.shell_channel.socket
        self._iopub = self._client.iopub_channel.socket
        self._poller = zmq.Poller()
        self._addresses = {
            channel: bytes(channel.get(zmq.LAST_ENDPOINT)).rstrip(b"\0").decode()
            for channel in (self._shell, self._iopub)
        }
        self._monitors = {
            channel.get_monitor_socket(zmq.EVENT_DISCONNECTED): channel
            for channel in (self._shell, self._iopub)
        }
        for channel in (self._shell, self._iopub, *self._monitors):
            self._poller.register(channel, zmq.POLLIN)

    def _synchronise(self, seconds: float) -> bool:
        """Wait until the kernel answers on both channels; false if it does not."""
        deadline = time.monotonic() + seconds
        self._ask(self._client.kernel_info())
        asked = time.monotonic()
        while time.monotonic() < deadline and self._process.poll() is None:
            self._hear(0.02)
            if self._replied and self._idle:
                return True
            # The kernel answered before it knew that we listen: ask again.
            if self._replied and time.monotonic() - asked > 0.1:
                self._ask(self._client.kernel_info())
                asked = time.monotonic()
        return False

    def _ask(self, request: str) -> None:
        self._request, self._replied, self._idle, self._broken = request, False, False, 0.0

    def _hear(self, seconds: float) -> None:
        """Wait at most *seconds* for messages and take in a few of each channel."""
        for channel, _ in self._poller.poll(int(seconds * 1000)):
            for _ in range(50):
                try:
                    frames = channel.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                if channel in self._monitors:
                    self._mend(self._monitors[channel])
                    continue
                with suppress(Exception):  # nobody vouches for what a kernel sends
                    self._take(channel is self._shell, frames)

    def _mend(self, channel: zmq.Socket[bytes]) -> None:
        """Connect *channel* again: after a message of forbidden size ZMQ does not."""
        self._broken = self._broken or time.monotonic()
        if self._process.poll() is None:
            address = self._addresses[channel]
            channel.disconnect(address)
            channel.connect(address)

    def _take(self, shell: bool, frames: list[bytes]) -> None:
        session = self._client.session
        message: dict[str, Any] = session.deserialize(session.feed_identities(frames)[1])
        request, kind = message["parent_header"]["msg_id"], message["header"]["msg_type"]
        content = message["content"]
        current = request == self._request
        if shell:
            self._replied = self._replied or current
            return
        if current and kind == "status" and content["execution_state"] == "idle":
            self._idle = True
        if request in self._records:
            self._records[request].add(kind, content, sum(map(len, frames)))

    def _interrupt(self) -> None:
        with suppress(OSError):  # it has a session of its own, so its children hear it too
            os.killpg(self._process.pid, signal.SIGINT)

    def _kill(self, reason: str) -> str:
        self.alive = False
        self._sweep()
        return reason

    def _dead(self, reason: str) -> str:
        self.alive = False
        if reason:
            return reason
        code = self._process.returncode
        if code == -signal.SIGXCPU:
            return f"ran for more than {self.limits.submission_seconds:.0f} s of processor time"
        if code < 0:
            return f"the process was ended by {_signal_name(-code)}"
        return f"the process ended itself with status {code}"

    def _recover(self, reason: str) -> str:
        """Go on after a message was too large to be read, if the kernel still answers."""
        reason = reason or self._flood()
        return reason if self._synchronise(5) else self._kill(reason)

    def _flood(self) -> str:
        return f"put out more than {FLOOD * self.limits.output_bytes // 1024} KiB"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
