"""Feedback pages made again after a person changed a mark or a comment."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from dalil.curriculum import load_module
from dalil.errors import DalilError
from dalil.ledger import Ledger
from dalil.models import module_id, trainee_id
from dalil.nbgrader.course import Course
from dalil.settings import Settings

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds without another change before a page is made again


class Refresher:
    """Makes pages again that trainees already have, a while after the last change, one at a time.

    A page that was never made is left to whoever releases feedback. What was still waiting when
    the program ends is made again by ``dalil feedback``.
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

    def _make(self, module: str, trainee: str) -> None:
        page = self._settings.feedback / trainee / module / f"{module}.html"
        if not page.is_file():
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
