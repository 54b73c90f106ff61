"""What the instructors' routes share: checks, releases, who may do what at the same time."""

from __future__ import annotations

import asyncio

from dalil.service.state import State
from dalil.service.teaching_checks import Checks
from dalil.service.teaching_queue import AtWork, serial
from dalil.service.teaching_release import Releases

PREVIEWS = 2  # at once


class Teaching:
    """One for the whole service; for use in the event loop's thread.

    ``making`` is held by whoever writes to the curriculum, so that of two who want the same new
    module one is told that it is there already.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.checks = Checks(state.settings)
        self.releases = Releases(state.settings, state.exchange.ledger)
        self.making = asyncio.Lock()
        self.previewing = asyncio.Semaphore(PREVIEWS)

    def at_work(self) -> AtWork:
        """What grading is busy with now."""
        grading = self._state.grading
        failed = {whose: reason for whose, (_, reason) in grading.failures.items()}
        return AtWork(frozenset(grading.waiting), failed)

    async def news(self, after: str, seconds: float, pause: float) -> str:
        """The serial of the queue as soon as it is not *after*, at the latest after *seconds*.

        Formgrader writes marks from another process, so the ledger is looked at every *pause*.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        changes = self._state.changes
        while True:
            newest = await self._state.off(serial, self._state.exchange.ledger)
            now = f"{newest}-{changes.count}"
            left = deadline - loop.time()
            if now != after or left <= 0 or changes.closed:
                return now
            await changes.after(changes.count, min(pause, left))
