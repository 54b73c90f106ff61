"""What the service's handlers share: the academy, threads for what blocks, news of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from dalil.errors import DalilError
from dalil.exchange import Exchange
from dalil.nbgrader.context import exchange_of
from dalil.roster import Roster
from dalil.service.overview import Overview
from dalil.settings import Settings

Value = TypeVar("Value")
QUICK, SLOW = 8, 2  # threads
WAITING = 512  # requests that may wait for a thread


class BusyError(DalilError):
    """More is asked than can wait."""


class State:
    """One academy as the service holds it; for use in the event loop's thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.exchange: Exchange = exchange_of(settings)
        self.roster = Roster(settings)
        self.overview = Overview(settings)
        self.changes = Changes()
        self._quick = ThreadPoolExecutor(QUICK, thread_name_prefix="dalil-quick")
        self._slow = ThreadPoolExecutor(SLOW, thread_name_prefix="dalil-slow")
        self._asked = 0

    async def off(
        self, function: Callable[..., Value], *args: Any, slow: bool = False, **more: Any
    ) -> Value:
        """Run what blocks outside the event loop; *slow* is for what takes seconds.

        Raises BusyError when too much waits already.
        """
        if self._asked >= WAITING:
            raise BusyError("too much is asked at once; try again in a moment")
        self._asked += 1
        pool = self._slow if slow else self._quick
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, partial(function, *args, **more))
        finally:
            self._asked -= 1

    def close(self) -> None:
        """End the waiting of everybody and the threads."""
        self.changes.close()
        self.overview.close()
        self._quick.shutdown()
        self._slow.shutdown()


class Changes:
    """Counts what has changed, and wakes those who wait for the next change."""

    def __init__(self) -> None:
        self.count = 0
        self.closed = False
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something has changed. In the event loop's thread only."""
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, count: int, seconds: float) -> int:
        """Wait until there were more than *count* changes, at most *seconds*; returns how many."""
        if self.count <= count and not self.closed:
            try:
                async with asyncio.timeout(seconds):
                    await self._next.wait()
            except TimeoutError:
                pass
        return self.count

    def close(self) -> None:
        """Nobody waits any more."""
        self.closed = True
        self.tell()
