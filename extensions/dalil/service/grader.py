"""``python -m dalil.service.grader``: grades what the service names, and what is on record besides.

A process of its own, at low priority, so that grading never slows those who hand in. The service
writes a line of JSON for each submission and reads one for each result; when it is gone, so is
this process. What was not graded then, the next one finds on record.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Queue
from typing import Any, TextIO

from dalil.curriculum import load_module
from dalil.errors import DalilError
from dalil.grading.arrivals import Arrivals
from dalil.grading.pending import Pending, pending
from dalil.grading.pipeline import Result
from dalil.grading.service import Grader
from dalil.grading.turns import Turn
from dalil.models import module_id, trainee_id
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.settings import load_settings

log = logging.getLogger("dalil.grader")
NICE = 10
LONGEST = 8000  # characters of an error: whoever asked reads lines of 64 KiB at most
LOOK_SECONDS = 300.0  # between two looks at the records, while nothing is asked


class Work:
    """What is asked for and not done yet; holds the turn of grading as long as there is any."""

    def __init__(self, grader: Grader, arrivals: Arrivals, answers: TextIO) -> None:
        self._grader, self._arrivals, self._answers = grader, arrivals, answers
        self._turn = Turn(grader.settings.records)
        self._open: set[Pending] = set()
        self._lock = threading.Lock()

    def ask(self, wanted: Pending) -> None:
        """Have *wanted* graded, unless that is under way."""
        with self._lock:
            if wanted in self._open:
                return
            self._open.add(wanted)
        # Only this thread takes the turn, and only what it counted above ends it.
        self._turn.take(lambda: log.info("waiting until another grader is done"))
        try:
            module = load_module(self._grader.settings, module_id(wanted.module))
            future = self._arrivals.grade(module, trainee_id(wanted.trainee))
        except DalilError as error:
            self._end(wanted, str(error))
            return
        future.add_done_callback(lambda done: self._done(wanted, done))

    def look(self) -> None:
        """Ask for all that is on record and not graded."""
        try:
            found = pending(self._grader.exchange.ledger)
        except DalilError as error:
            log.error("what waits for grading was not looked for: %s", error)
            return
        if found:
            log.info("%d submissions on record wait for grading", len(found))
        for wanted in found:
            self.ask(wanted)

    @property
    def idle(self) -> bool:
        """Whether everything that was asked for is done."""
        with self._lock:
            return not self._open

    def _done(self, wanted: Pending, done: Future[Result]) -> None:
        self._end(wanted, done.result().error)

    def _end(self, wanted: Pending, error: str) -> None:
        if error:
            log.error("%s: %s: %s", wanted.trainee, wanted.module, error)
        with self._lock:
            self._open.discard(wanted)
            if not self._open:
                self._turn.end()
            line = json.dumps({**vars(wanted), "error": error[:LONGEST]})
            self._answers.write(f"{line}\n")
            self._answers.flush()


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the hub, which ends all in order
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    settings = load_settings()
    asked: Queue[Pending] = Queue()
    threading.Thread(target=_listen, args=(sys.stdin, asked), daemon=True).start()
    course, grader = Course(settings), grader_of(settings)
    with (
        ThreadPoolExecutor(settings.workers) as executor,
        course.gradebook,
        course.arrivals(grader, executor) as arrivals,
    ):
        work = Work(grader, arrivals, answers)
        work.look()
        while True:
            try:
                work.ask(asked.get(timeout=LOOK_SECONDS))
            except Empty:
                if work.idle:
                    _checkpoint(grader)
                    work.look()


def _checkpoint(grader: Grader) -> None:
    try:
        grader.exchange.ledger.checkpoint()
    except DalilError as error:
        log.error("no checkpoint: %s", error)


def _listen(lines: TextIO, asked: Queue[Pending]) -> None:
    """Pass on what is asked; end with whoever asks."""
    for line in lines:
        value: dict[str, Any] = json.loads(line)
        asked.put(Pending(value["module"], value["trainee"], value["serial"]))
    # Notebooks that run end with us, and whatever is half done is done again by the next grader.
    os._exit(0)


if __name__ == "__main__":
    main()
