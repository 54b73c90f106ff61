"""News within the service: somebody waits for a change, somebody else tells of it."""

from __future__ import annotations

import asyncio
from collections import Counter


class Changes:
    """Counts what has changed, by topic, and wakes those who wait for the next change of one.

    A topic is any words (a module and a trainee); no words are the topic of everything. In the
    event loop's thread only.
    """

    def __init__(self) -> None:
        self.closed = False
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._next: dict[tuple[str, ...], asyncio.Event] = {}

    @property
    def count(self) -> int:
        """How many changes there were of anything."""
        return self._counts[()]

    def of(self, *topic: str) -> int:
        """How many changes there were of *topic*."""
        return self._counts[topic]

    def tell(self, *topic: str) -> None:
        """Something of *topic* has changed."""
        for about in {topic, ()}:
            self._counts[about] += 1
            if (event := self._next.pop(about, None)) is not None:
                event.set()

    async def after(self, count: int, seconds: float, *topic: str) -> int:
        """Wait until *topic* had more than *count* changes, at most *seconds*; returns how many."""
        if self._counts[topic] <= count and not self.closed:
            event = self._next.setdefault(topic, asyncio.Event())
            try:
                async with asyncio.timeout(seconds):
                    await event.wait()
            except TimeoutError:
                pass
        return self._counts[topic]

    def close(self) -> None:
        """Nobody waits any more."""
        self.closed = True
        for event in self._next.values():
            event.set()
        self._next.clear()
