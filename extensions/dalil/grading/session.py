"""One child that runs foreign cells: asked, heard with care, interrupted, killed, capped."""

from __future__ import annotations

import codecs
import json
import os
import select
import selectors
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from dalil.errors import LostError, RunnerError
from dalil.grading import reasons, watch
from dalil.grading.outputs import FLOOD, Record
from dalil.limits import MIB, Limits
from dalil.sandbox import channel as frames
from dalil.sandbox.cgroups import Delegated, Group
from dalil.sandbox.parent import Child, Parent
from dalil.sandbox.plan import Allowance

START_SECONDS = 60.0
GRACE_SECONDS = 2.0  # between an interrupt and the kill
WATCH_SECONDS = 0.15
_OWN_MEMORY = 64 * MIB  # of the child before the first cell, counted proportionally
_CHUNK = 1 << 18
_MAX_SIGNS = 2_500_000  # lists, tables and commas of one frame; the largest answer has fewer


@dataclass(frozen=True)
class Furniture:
    """What lies in the folder of a submission, and where that is."""

    folder: str
    case: dict[str, Any]
    probes: dict[str, Any]
    exhibits: Mapping[str, bytes]

    @property
    def size(self) -> int:
        return sum(len(content) + 8192 for content in self.exhibits.values())


class Session:
    """A running child; use as a context manager.

    After ``execute`` returned, ``alive`` tells whether it can go on, and ``killed`` whether it was
    killed, or its zygote, by somebody else and not for a limit.
    """

    def __init__(
        self,
        parent: Parent,
        limits: Limits,
        furniture: Furniture,
        delegated: Delegated | None = None,
    ) -> None:
        self.limits, self.alive, self.killed = limits, False, False
        self._parent, self._furniture, self._delegated = parent, furniture, delegated
        self._group: Group | None = None
        self._child: Child
        self._record: Record | None = None
        self._frames = frames.Frames(max(FLOOD * limits.output_bytes, 2 * limits.answer_bytes))
        self._decoders = {name: _decoder() for name in ("stdout", "stderr")}
        self._done = False

    def __enter__(self) -> Session:
        """Start the child and wait until it is confined and furnished.

        Raises RunnerError; LostError if somebody killed it meanwhile.
        """
        self._child = self._parent.child()
        try:
            self._join_group()
            self._furnish()
        except BaseException:
            self.__exit__()
            raise
        self._selector = selectors.DefaultSelector()
        for source, name in (
            (self._child.channel, "channel"),
            (self._child.out, "stdout"),
            (self._child.err, "stderr"),
            (self._child.lifeline, "lifeline"),
        ):
            self._selector.register(source, selectors.EVENT_READ, name)
        self._child.channel.setblocking(False)
        os.set_blocking(self._child.out, False)
        os.set_blocking(self._child.err, False)
        self.alive = True
        return self

    def __exit__(self, *exception: object) -> None:
        self.alive = False
        if hasattr(self, "_selector"):
            self._selector.close()
        gone = self._child.end()
        if self._group is not None:
            self._group.kill()
            gone = self._group.remove() or gone
        if not gone:
            raise RunnerError("processes of a submission cannot be ended; restart the machine")

    def execute(self, source: str, record: Record, seconds: float, late: str) -> str:
        """Run *source* and return why it had to be stopped, in one line; "" if it ended by itself.

        ``late`` is the reason once *seconds* are over. An exception is an end by itself.
        """
        self._record, self._done, self._frames.lost = record, False, 0
        begun = watched = time.monotonic()
        reason, interrupted = "", 0.0
        if not self._send(source):
            return self._dead(reason)
        while True:
            self._hear(WATCH_SECONDS)
            now = time.monotonic()
            if self._done:
                break
            if self._child.gone:
                return self._dead(reason)
            if now - watched > WATCH_SECONDS:
                watched = now
                if fault := self._fault():
                    return self._kill(fault)
            flooded = record.flooded or self._frames.lost > 0
            if not reason and (flooded or now - begun > seconds):
                reason = self._flood() if flooded else late
                interrupted = now
                self._child.interrupt()
            if interrupted and now - interrupted > GRACE_SECONDS:
                return self._kill(reason + reasons.STUBBORN)
        self._drain()
        # What was lost may have been an answer.
        reason = reason or (self._flood() if record.flooded or self._frames.lost else "")
        if reason and self._left_over():
            return self._kill(reason)
        return reason

    def _left_over(self) -> bool:
        """Whether threads or processes of a stopped cell go on, at the cost of the next ones."""
        return self._child.pid > 0 and watch.tasks(watch.family(self._child.pid)) > 1

    def _join_group(self) -> None:
        """Put the child into a control group of its own, before it starts anything."""
        if self._delegated is None or not self._child.pid:
            return
        # Pages that the child shares with the zygote are not charged to it.
        room = self.limits.memory_bytes + _OWN_MEMORY + self._furniture.size
        try:
            name = f"{self._child.pid}"
            self._group = self._delegated.make(name, room, self.limits.processes + 2)
            self._group.add(self._child.pid)
        except OSError:  # removed by the machine's keeper meanwhile: the watch is still there
            if self._group is not None:
                self._group.remove()
                self._group = None

    def _furnish(self) -> None:
        """Send what lies in the folder and wait for the child's word that it is ready."""
        channel, furniture, limits = self._child.channel, self._furniture, self.limits
        exhibits = furniture.exhibits
        allowance = Allowance(
            memory=limits.memory_bytes,
            cpu_seconds=2 * int(limits.submission_seconds) + 1,  # the watch is earlier
            processes=limits.processes,
            file=max([limits.file_bytes, *map(len, exhibits.values())]),
            scratch=furniture.size + limits.files_bytes,
        )
        head = {
            "allowance": asdict(allowance),
            "folder": furniture.folder,
            "case": furniture.case,
            "probes": furniture.probes,
            "exhibits": list(exhibits),
        }
        channel.settimeout(START_SECONDS)
        try:
            frames.send_json(channel, head)
            for content in exhibits.values():
                frames.send(channel, content)
            said = json.loads(frames.receive(channel, 65536))
        except (OSError, EOFError, ValueError) as error:
            lost = self._ended_by() == -signal.SIGKILL
            why = f"the sandbox cannot be entered: {error}"
            raise (LostError if lost else RunnerError)(why) from error
        if said[0] != "ready":
            raise RunnerError(f"the sandbox cannot be entered: {said[1]}")

    def _send(self, source: str) -> bool:
        """Hand the cell over; false if nobody reads it."""
        data = source.encode("utf-8", "replace")
        channel = self._child.channel
        channel.settimeout(GRACE_SECONDS)
        try:
            frames.send(channel, data)
        except OSError:
            return False
        finally:
            with suppress(OSError):
                channel.setblocking(False)
        return True

    def _hear(self, seconds: float) -> None:
        """Wait at most *seconds* for something and take it in."""
        for key, _ in self._selector.select(seconds):
            if key.data == "lifeline":
                self._drain()
                self._child.hear()
            else:
                self._take(key.data)

    def _drain(self) -> None:
        """Take in what is there already: it belongs to the cell that is over."""
        for name in ("channel", "stdout", "stderr"):
            while self._take(name):
                if self._record is not None and self._record.flooded:
                    break

    def _take(self, name: str) -> bool:
        """Read once; false when there is nothing more to read now."""
        child = self._child
        source = {"channel": child.channel.fileno(), "stdout": child.out, "stderr": child.err}[name]
        try:
            data = os.read(source, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            with suppress(KeyError, ValueError):
                self._selector.unregister(child.channel if name == "channel" else source)
            return False
        if name == "channel":
            for frame in self._frames.feed(data):
                self._frame(frame)
        elif self._record is not None:
            text = self._decoders[name].decode(data)
            self._record.add("stream", {"name": name, "text": text}, len(data))
        return len(data) == _CHUNK

    def _frame(self, frame: bytes) -> None:
        said = _parsed(frame)
        if said == ["done"]:
            self._done = True
        elif self._record is not None:
            # Nobody vouches for what a child sends: what is no message counts as output, too, or it
            # could keep this process busy for as long as a cell may run.
            message = (
                isinstance(said, list)
                and len(said) == 2
                and isinstance(said[0], str)
                and isinstance(said[1], dict)
            )
            kind, content = said if message else ("", {})
            with suppress(Exception):
                self._record.add(kind, content, len(frame))

    def _fault(self) -> str:
        """Return which limit all processes of the submission together break; "" if none."""
        if not self._child.pid:
            return ""
        pids, limits = watch.family(self._child.pid), self.limits
        if watch.tasks(pids) > limits.processes + 2:
            return reasons.PROCESSES(n=limits.processes)
        if max(map(watch.processor_seconds, pids)) > limits.submission_seconds:
            return self._processor()
        room = limits.memory_bytes + _OWN_MEMORY
        if watch.memory(pids, room) > room:
            return self._memory()
        if self._group is not None and self._group.events()["memory"]:
            return self._memory()
        return ""

    def _kill(self, reason: str) -> str:
        self.alive = False
        return reason

    def _dead(self, reason: str) -> str:
        self.alive = False
        self._drain()
        if reason:
            return reason
        if self._group is not None and self._group.events()["memory"]:
            return self._memory()
        code = self._ended_by()
        self.killed = code == -signal.SIGKILL
        if code == -signal.SIGXCPU:
            return self._processor()
        if code < 0:
            return reasons.SIGNAL(signal=_signal_name(-code))
        return reasons.STATUS(n=code)

    def _ended_by(self) -> int:
        """How the child ended, which the zygote tells a moment after its channel is closed."""
        deadline = time.monotonic() + GRACE_SECONDS
        while not self._child.gone and (left := deadline - time.monotonic()) > 0:
            if select.select([self._child.lifeline], [], [], left)[0]:
                self._child.hear()
        return self._child.status or 0

    def _processor(self) -> str:
        return reasons.PROCESSOR(n=self.limits.submission_seconds)

    def _memory(self) -> str:
        return reasons.MEMORY(n=self.limits.memory_bytes // MIB)

    def _flood(self) -> str:
        return reasons.OUTPUT(n=FLOOD * self.limits.output_bytes // 1024)


def _parsed(frame: bytes) -> Any:
    """What *frame* says as JSON; None for what is none, or would take much more room than it."""
    signs = sum(map(frame.count, (b"[", b"{", b","))) if len(frame) > _MAX_SIGNS else 0
    if signs > _MAX_SIGNS:
        return None
    try:
        said = json.loads(frame)
        if b"\\u" in frame:  # half a character could not be written anywhere
            said = json.loads(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return said


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
