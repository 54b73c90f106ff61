"""What the service keeps: its stages, its visits, its pages, and who speaks what."""

from __future__ import annotations

import asyncio
import logging

from dalil.apps.pages import Pages
from dalil.apps.stages import Stages
from dalil.apps.visits import Rules, Visits
from dalil.errors import DalilError
from dalil.models import Language
from dalil.roster import Roster
from dalil.settings import Settings

log = logging.getLogger(__name__)
_SWEEP_SECONDS = 10.0


class State:
    """Made within a running loop; ``close`` ends every process."""

    def __init__(self, settings: Settings, base: str, hub: str, rules: Rules | None = None) -> None:
        self.settings = settings
        self.stages = Stages(settings)
        self.visits = Visits(self.stages, rules or Rules())
        self.pages = Pages(settings, base, hub)
        self._roster = Roster(settings)
        self._tasks = [asyncio.create_task(self._sweep())]

    def make_ahead(self) -> None:
        """Begin to make stages before anybody asks for them."""
        self._tasks.append(asyncio.create_task(self.stages.ahead()))

    async def language(self, who: str) -> Language | None:
        """The language that *who* has on the roster, if it can be read."""
        try:
            return await asyncio.to_thread(self._roster.language, who)
        except DalilError as error:
            log.warning("%s: not looked up: %s", who, error)
            return None

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.visits.close()
        self.stages.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self.visits.sweep()
            self.stages.sweep()
