"""Submissions graded as they arrive: ask, and get a future of the result."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from dalil.curriculum import Module
from dalil.errors import UsageError
from dalil.grading.pipeline import Gradebook, Pipeline, Result, failed
from dalil.grading.runner import Run
from dalil.grading.service import Grader, Prepared
from dalil.models import TraineeId

# Puts the newest submission where it is graded and returns its notebook's path.
Collect: TypeAlias = Callable[[Module, TraineeId], Path]


@dataclass(frozen=True)
class _Waiting:
    """Who asked for what, and who waits for the result."""

    module: Module
    trainee: TraineeId
    result: Future[Result]

    @property
    def whose(self) -> tuple[str, str]:
        return self.module.id, self.trainee


class Arrivals:
    """Grades the newest submission of whoever is named; of one trainee, one after the other.

    Notebooks run on *executor*, at most *at_once*; one thread prepares, marks and writes. Many
    threads may ask. Use as a context manager, or ``close``.
    """

    def __init__(
        self,
        grader: Grader,
        gradebook: Gradebook,
        executor: Executor,
        *,
        collect: Collect,
        at_once: int | None = None,
    ) -> None:
        self.grader, self.executor, self.collect = grader, executor, collect
        self.at_once = at_once or 2 * grader.settings.workers
        self._pipeline = Pipeline(grader, gradebook)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="dalil-writer")
        self._change = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._running: set[tuple[str, str]] = set()
        self._closed = False

    def __enter__(self) -> Arrivals:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def grade(self, module: Module, trainee: TraineeId) -> Future[Result]:
        """Grade the newest submission of *trainee*; the future never raises, its result may tell.

        Raises UsageError once closed.
        """
        waiting = _Waiting(module, trainee, Future())
        with self._change:
            if self._closed:
                raise UsageError("grading has ended; start the server again")
            self._waiting.append(waiting)
        self._writer.submit(self._begin)
        return waiting.result

    def close(self) -> None:
        """Wait until everything that was asked for is graded, and take no more."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: not self._waiting and not self._running)
        self._writer.shutdown()

    # --- in the writer's thread

    def _begin(self) -> None:
        """Start what waits, as far as there is room."""
        while (asked := self._next()) is not None:
            try:
                self._start(asked)
            except Exception as error:  # one submission never ends the others
                self._end(asked, failed(asked[0].module, asked[0].trainee, error))

    def _next(self) -> list[_Waiting] | None:
        """Everybody who waits for the same submission: it is graded once for all of them."""
        with self._change:
            free = (w.whose for w in self._waiting if w.whose not in self._running)
            whose = next(free, None)
            if whose is None or len(self._running) >= self.at_once:
                return None
            same = [waiting for waiting in self._waiting if waiting.whose == whose]
            self._waiting = deque(w for w in self._waiting if w.whose != whose)
            self._running.add(whose)
            return same

    def _start(self, asked: list[_Waiting]) -> None:
        module, trainee = asked[0].module, asked[0].trainee
        path = self.collect(module, trainee)
        prepared = self.grader.prepare(module, trainee, path)
        run = self.grader.recorded(prepared)
        if run is not None or not prepared.runnable:
            self._end(asked, self._pipeline.finish(prepared, run))
            return
        future = self.executor.submit(self.grader.runner.run, self.grader.job(prepared))
        future.add_done_callback(
            lambda done: self._writer.submit(self._finish, asked, prepared, done)
        )

    def _finish(self, asked: list[_Waiting], prepared: Prepared, done: Future[Run]) -> None:
        failure = CancelledError() if done.cancelled() else done.exception()
        run = None if failure else done.result()
        self._end(asked, self._pipeline.finish(prepared, run, failure, fresh=True))
        self._begin()

    def _end(self, asked: list[_Waiting], result: Result) -> None:
        for waiting in asked:
            waiting.result.set_result(result)
        with self._change:
            self._running.discard(asked[0].whose)
            self._change.notify_all()
