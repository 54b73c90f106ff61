"""Feedback pages made again after a person changed a mark or a comment."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from dalil.curriculum import load_module
from dalil.errors import DalilError
from dalil.ledger import Ledger
from dalil.ledger.tables import EVENTS
from dalil.models import module_id, trainee_id
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import COMMENTED, MARKED
from dalil.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds without another change before a page is made again


class Refresher:
    """Makes pages again that trainees already have, a while after the last change, one at a time.

    A page that was never made is left to whoever releases feedback. What was still waiting when
    the program was killed, the next one finds with ``catch_up``.
    """

    def __init__(self, settings: Settings, ledger: Ledger, pause: float = PAUSE) -> None:
        self._settings, self._ledger, self._pause = settings, ledger, pause
        self._timers: dict[tuple[str, str], threading.Timer] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="feedback")
        self._course: Course | None = None

    def soon(self, module: str, trainee: str) -> None:
        """Make the page of *trainee* again when marks have not changed for a while."""
        key = (module, trainee)
        with self._lock:
            if (waiting := self._timers.pop(key, None)) is not None:
                waiting.cancel()
            timer = threading.Timer(self._pause, self._due, key)
            timer.daemon = True
            self._timers[key] = timer
            timer.start()

    def catch_up(self) -> None:
        """Make again, in the background, the pages that are older than a change by hand."""
        self._worker.submit(self._find)

    def close(self) -> None:
        """Make what is waiting at once, and end."""
        with self._lock:
            waiting = list(self._timers.items())
        for key, timer in waiting:
            timer.cancel()
            self._due(*key)
        self._worker.shutdown()

    def _due(self, module: str, trainee: str) -> None:
        with self._lock:
            if self._timers.pop((module, trainee), None) is None:
                return
        try:
            self._worker.submit(self._make, module, trainee)
        except RuntimeError:  # closed meanwhile
            log.warning("feedback of %s for %s: run `dalil feedback`", module, trainee)

    def _find(self) -> None:
        query = (
            select(EVENTS.c.module, EVENTS.c.trainee, func.max(EVENTS.c.at))
            .where(EVENTS.c.kind.in_((MARKED, COMMENTED)))
            .group_by(EVENTS.c.module, EVENTS.c.trainee)
        )
        try:
            with self._ledger.database.reading() as connection:
                changed = connection.execute(query).all()
        except DalilError as error:
            log.error("feedback that is out of date was not looked for: %s", error)
            return
        for module, trainee, at in changed:
            page = self._page(module, trainee)
            if page.is_file() and page.stat().st_mtime < datetime.fromisoformat(at).timestamp():
                self._make(module, trainee)

    def _page(self, module: str, trainee: str) -> Path:
        return self._settings.feedback / trainee / module / f"{module}.html"

    def _make(self, module: str, trainee: str) -> None:
        if not self._page(module, trainee).is_file():
            return
        try:
            if self._course is None:
                self._course = Course(self._settings)
            found = load_module(self._settings, module_id(module))
            self._course.feedback(found, trainee_id(trainee))
            self._ledger.append(
                "feedback-released", who="grader", trainee=trainee, module=module, what={}
            )
        except DalilError as error:
            log.error("feedback of %s for %s was not made again: %s", module, trainee, error)
