"""What the service's handlers share: the academy, threads for what blocks, news of changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from dalil.errors import DalilError
from dalil.exchange import Exchange
from dalil.nbgrader.context import exchange_of
from dalil.roster import Roster
from dalil.service.changes import Changes
from dalil.service.grading import Grading
from dalil.service.learner import Learner
from dalil.service.overview import Overview
from dalil.service.results import Results
from dalil.settings import Settings

__all__ = ["BusyError", "Changes", "State", "Value"]

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
        self.uploads: Counter[str] = Counter()  # by person
        self.grading = Grading(self.changes)
        self.learner = Learner(settings, self.exchange, self.roster)
        self.results = Results(self.learner)
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

    async def close(self) -> None:
        """End the waiting of everybody, the grader and the threads."""
        self.changes.close()
        await self.grading.close()
        self.overview.close()
        self._quick.shutdown()
        self._slow.shutdown()
