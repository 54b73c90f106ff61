"""Visits: one open app of one person each, with its kernel and the pages that listen to it.

Messages are bytes in the layout of Jupyter's websocket protocol v1. What comes from a browser is
looked at (a few kinds of message, of a size); what comes from a kernel goes to its own visitor as
it is, and nobody here reads it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import struct
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from dalil.apps.children import Watched
from dalil.apps.stages import Outputs, Stage, Stages
from dalil.errors import UsageError
from dalil.limits import KIB, MIB
from dalil.sandbox.messages import KNOWN, unpack

log = logging.getLogger(__name__)

LARGEST_ASKED = 8 * MIB  # message of a browser
LARGEST_SAID = 64 * MIB  # message of a kernel
_LARGEST_HEADER = 64 * KIB
_KEPT_BYTES = 8 * MIB  # for a page that has lost its connection
_LENGTH = struct.Struct(">I")


class Listener(Protocol):
    """A page's connection."""

    def hear(self, message: bytes) -> Awaitable[None]: ...
    def part(self) -> None: ...


class BusyError(UsageError):
    """As many apps are open as there may be."""


@dataclass(frozen=True)
class Rules:
    """Seconds and numbers: how long and how many visits may be."""

    unseen: float = 120  # from the page to its first connection
    lost: float = 60  # from the last connection on
    idle: float = 3600  # without anything done in the page
    each: int = 8  # visits of one person; the oldest makes room
    all: int = 200


@dataclass(eq=False)
class Visit:
    """One person's kernel of one app. ``outputs``: what its cells show."""

    owner: str
    stage: Stage
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outputs: Outputs = field(default_factory=list)
    seen: float = field(default_factory=time.monotonic)  # last connected
    used: float = field(default_factory=time.monotonic)  # last asked for something
    met: bool = False
    ended: bool = False
    watched: Watched | None = None
    listeners: set[Listener] = field(default_factory=set)
    _writer: asyncio.StreamWriter | None = None
    _kept: deque[bytes] = field(default_factory=deque)
    _reading: asyncio.Task[None] | None = None

    async def begin(self, stages: Stages, ended: Callable[[], None]) -> None:
        """Fork the kernel. Raises RunnerError, LostError if its stage is gone."""
        child, self.outputs = await stages.kernel(self.stage)

        def over() -> None:
            self.ended = True
            self._let_go()
            for listener in list(self.listeners):
                listener.part()
            ended()

        # A copy: whoever closes one end does not pull the other from under the loop.
        reader, self._writer = await asyncio.open_connection(sock=child.channel.dup())
        self.watched = Watched(child, f"{self.stage.name}, {self.owner}", over)
        self._reading = asyncio.create_task(self._read(reader))

    async def ask(self, message: bytes) -> None:
        """Hand a browser's message to the kernel. Raises UsageError for one that none may send."""
        check(message)
        self.used = time.monotonic()
        if self._writer is not None and not self.ended:
            self._writer.write(_LENGTH.pack(len(message)) + message)
            with suppress(OSError):
                await self._writer.drain()

    async def meet(self, listener: Listener) -> None:
        """From now on *listener* hears; first what was said while nobody did."""
        self.met = True
        while self._kept:
            await listener.hear(self._kept.popleft())
        self.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        self.seen = time.monotonic()

    def overdue(self, rules: Rules, now: float) -> bool:
        """Whether nobody needs it any more."""
        if not self.listeners and now - self.seen > (rules.lost if self.met else rules.unseen):
            return True
        return now - self.used > rules.idle

    def end(self) -> None:
        """End the kernel."""
        if self.watched is not None:
            self.watched.end()

    def _let_go(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if length > LARGEST_SAID:
                    raise ValueError(f"a message of {length} bytes")
                await self._tell(await reader.readexactly(length))
        except (OSError, EOFError, ValueError) as error:
            log.info("%s, %s: its kernel is silent: %s", self.stage.name, self.owner, error)
            if self.watched is not None:
                self.watched.end()

    async def _tell(self, message: bytes) -> None:
        for listener in list(self.listeners):
            await listener.hear(message)
        if not self.listeners and self.met:
            self._kept.append(message)
            while sum(map(len, self._kept)) > _KEPT_BYTES:
                self._kept.popleft()


class Visits:
    """All visits of the service."""

    def __init__(self, stages: Stages, rules: Rules) -> None:
        self._stages, self._rules = stages, rules
        self._all: dict[str, Visit] = {}

    def __len__(self) -> int:
        return len(self._all)

    async def open(self, owner: str, stage: Stage) -> Visit:
        """Return a new visit of *stage*. Raises BusyError, RunnerError, LostError."""
        own = [visit for visit in self._all.values() if visit.owner == owner]
        for visit in own[: max(0, len(own) - self._rules.each + 1)]:
            visit.end()
        if len(self._all) >= self._rules.all:
            raise BusyError(f"{len(self._all)} apps are open")
        visit = Visit(owner, stage)
        self._all[visit.id] = visit
        stage.visits += 1
        try:
            await visit.begin(self._stages, lambda: self._forget(visit))
        except BaseException:
            if visit.watched is None:
                self._forget(visit)
            else:
                visit.end()
            raise
        return visit

    def find(self, name: str, owner: str) -> Visit | None:
        """The visit *name*, if it is that person's own."""
        visit = self._all.get(name)
        return visit if visit is not None and visit.owner == owner and not visit.ended else None

    def sweep(self) -> None:
        """End what nobody needs any more."""
        now = time.monotonic()
        for visit in list(self._all.values()):
            if visit.watched is not None and visit.overdue(self._rules, now):
                visit.end()

    def close(self) -> None:
        for visit in list(self._all.values()):
            visit.end()

    def _forget(self, visit: Visit) -> None:
        if self._all.pop(visit.id, None) is not None:
            visit.stage.visits -= 1
            visit.stage.used = time.monotonic()


def check(message: bytes) -> None:
    """Raises UsageError unless *message* is one that a page may send to its kernel."""
    if len(message) > LARGEST_ASKED:
        raise UsageError(f"a message of {len(message)} bytes")
    try:
        channel, head, *_ = unpack(message)
        if channel != b"shell" or len(head) > _LARGEST_HEADER:
            raise UsageError("not a message of a page")
        header: Any = json.loads(head)
        kind = header["msg_type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError("not a message") from None
    if kind not in KNOWN:
        raise UsageError(f"{str(kind)[:40]}: not a message of a page")
