"""A forked process and an event loop: what it prints goes to the log, its end is told."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress

from dalil.sandbox.parent import Child

log = logging.getLogger(__name__)
_TOLD = 4000  # characters of what one process prints


class Watched:
    """Watches *child* until it ends by itself or by ``end``; *ended* is called once, either way.

    Made within a running loop.
    """

    def __init__(self, child: Child, name: str, ended: Callable[[], None]) -> None:
        self.child, self._name, self._ended = child, name, ended
        self._loop = asyncio.get_running_loop()
        self._left = _TOLD
        self._watching = True
        for descriptor in (child.out, child.err):
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, self._read, descriptor)
        self._loop.add_reader(child.lifeline, self._hear)

    def end(self) -> None:
        """Kill it, and let go; its last words are not waited for."""
        if self._watching:
            self._watching = False
            for source in (self.child.out, self.child.err, self.child.lifeline):
                self._loop.remove_reader(source)
            self._loop.run_in_executor(None, self._finish)
            self._ended()

    def _finish(self) -> None:
        if not self.child.end():
            log.error("%s: its process does not end", self._name)

    def _hear(self) -> None:
        self.child.hear()
        if self.child.gone:
            for descriptor in (self.child.out, self.child.err):
                self._read(descriptor)
            self.end()

    def _read(self, descriptor: int) -> None:
        data = b""
        with suppress(BlockingIOError):
            data = os.read(descriptor, 65536)
            if not data:
                self._loop.remove_reader(descriptor)
        text = data.decode("utf-8", "replace")[: self._left].rstrip()
        self._left -= len(text)
        if text:
            log.info("%s: %s", self._name, text)
