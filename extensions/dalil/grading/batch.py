"""Grading many submissions: runs in parallel, written one by one, and no failure stops the rest.

What is graded is known from the ledger, so that a killed grader loses nothing and a second run
finishes the work without grading anything twice. Whatever the size of the cohort, few submissions
are in memory at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path

from dalil.curriculum import Module
from dalil.errors import UsageError
from dalil.grading.pipeline import Gradebook, Pipeline, Result, failed
from dalil.grading.recording import Register
from dalil.grading.runner import Run
from dalil.grading.service import Grader, Prepared, submission_bytes
from dalil.models import TraineeId, trainee_id

STAMP = "timestamp.txt"  # nbgrader's: when a submission was received


@dataclass(frozen=True)
class Progress:
    """How far a batch is, in submissions: those that failed and those that stayed are done, too."""

    total: int
    done: int = 0
    failed: int = 0
    stayed: int = 0

    def after(self, result: Result) -> Progress:
        """The next step: *result* is there."""
        return Progress(
            self.total,
            self.done + 1,
            self.failed + bool(result.error),
            self.stayed + result.already,
        )


@dataclass(frozen=True)
class _Collected:
    """A submission's notebook where it is graded, or why it is refused."""

    module: Module
    trainee: str
    path: Path
    reason: str
    received: str


def grade_batch(
    grader: Grader,
    modules: Sequence[Module],
    gradebook: Gradebook,
    executor: Executor,
    *,
    whose: TraineeId | None = None,
    at_once: int | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> list[Result]:
    """Grade every collected submission of *modules* that is not graded yet, the newest first.

    Notebooks run on *executor*, at most *at_once* of them waiting or running (default: two for each
    worker of the settings); marks are written in this thread. ``progress`` is called after each.
    """
    found = sorted(_collected(grader, modules, whose), key=lambda c: c.received, reverse=True)
    so_far = Progress(len(found))
    progress(so_far)
    results = []
    with grader.exchange.ledger.database.kept():
        batch = _Batch(grader, gradebook, executor, at_once or 2 * grader.settings.workers)
        for result in batch.run(found):
            results.append(result)
            so_far = so_far.after(result)
            progress(so_far)
    return results


class _Batch:
    """One batch; few of its submissions are prepared, and fewer run, at any moment."""

    def __init__(
        self, grader: Grader, gradebook: Gradebook, executor: Executor, at_once: int
    ) -> None:
        self.grader, self.executor, self.at_once = grader, executor, at_once
        self.pipeline = Pipeline(grader, gradebook)
        self._running: dict[Future[Run], Prepared] = {}
        self._gradebook = gradebook

    def run(self, found: Sequence[_Collected]) -> Iterator[Result]:
        """Yield the result of each, in the order in which they are done."""
        modules = {item.module.id: item.module for item in found}
        self._register = Register.of(self.grader.exchange.ledger, modules)
        self._graded = {name: set(self._gradebook.graded(m)) for name, m in modules.items()}
        try:
            for item in found:
                while len(self._running) >= self.at_once:
                    yield from self._done()
                yield from self._begin(item)
            while self._running:
                yield from self._done()
        finally:  # the caller stopped, or a limit of ours was hit: leave nothing behind
            for future in self._running:
                future.cancel()

    def _begin(self, item: _Collected) -> Iterator[Result]:
        """Start *item*; yield its result if there is nothing to wait for."""
        module, trainee = item.module, TraineeId(item.trainee)
        try:
            if item.reason:
                yield Result(module.id, trainee, error=item.reason)
            elif self._is_graded(item):
                yield Result(module.id, trainee, already=True)
            else:
                prepared = self.grader.prepare(module, trainee, item.path)
                run = self.grader.recorded(prepared)
                if run is not None or not prepared.runnable:
                    yield self.pipeline.finish(prepared, run)
                    return
                job = self.grader.job(prepared)
                self._running[self.executor.submit(self.grader.runner.run, job)] = prepared
        except Exception as error:  # one submission never ends the batch
            yield failed(module, trainee, error)

    def _is_graded(self, item: _Collected) -> bool:
        """Whether ledger, gradebook and graded notebook all know this very submission."""
        if item.trainee not in self._graded[item.module.id]:
            return False
        digest = hashlib.sha256(submission_bytes(item.path)[0]).hexdigest()
        return self._register.knows(item.module.id, item.trainee, digest)

    def _done(self) -> Iterator[Result]:
        """Wait until a run ends, and finish each that has."""
        ended, _ = wait(self._running, return_when=FIRST_COMPLETED)
        for future in ended:
            prepared = self._running.pop(future)
            failure = CancelledError() if future.cancelled() else future.exception()
            run = None if failure else future.result()
            yield self.pipeline.finish(prepared, run, failure, fresh=True)


def _collected(
    grader: Grader, modules: Iterable[Module], whose: TraineeId | None
) -> Iterator[_Collected]:
    """Yield what was collected."""
    for module in modules:
        for folder in sorted(grader.settings.submitted.glob(f"*/{module.id}")):
            name = folder.parent.name
            if whose is not None and name != whose:
                continue
            path = folder / f"{module.id}.ipynb"
            yield _Collected(module, name, path, _refusal(name, path), _received(folder))


def _refusal(name: str, path: Path) -> str:
    """Why the submission at *path* cannot be graded; "" if it can."""
    try:
        if trainee_id(name) != name:
            return f"{name!r} is not a trainee id"
    except UsageError as error:
        return str(error)
    if not path.exists() and not path.is_symlink():
        there = ", ".join(sorted(p.name for p in path.parent.iterdir())[:5]) or "nothing"
        return f"{name}: {path.name} is missing ({there} is there); ask for it again"
    return ""


def _received(folder: Path) -> str:
    """When a submission was received, as text that can be ordered; "" if nobody knows."""
    try:
        return (folder / STAMP).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
