"""Grading many submissions: runs in parallel, commits one by one, and no failure stops the rest.

What is graded is known from the ledger, so that a killed grader loses nothing and a second run
finishes the work without grading anything twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path

from dalil.curriculum import Module
from dalil.errors import DalilError, UsageError
from dalil.grading.runner import Run
from dalil.grading.service import Grader, Prepared
from dalil.models import Outcome, TraineeId, trainee_id

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What became of one submission: an outcome, or the one-line reason why there is none."""

    module: str
    trainee: str
    outcome: Outcome | None = None
    error: str = ""
    already: bool = False


def grade_batch(
    grader: Grader,
    modules: Sequence[Module],
    commit: Callable[[Module, TraineeId], None],
    executor: Executor,
    *,
    again: bool = False,
    whose: TraineeId | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Result]:
    """Grade every collected submission of *modules* that is not graded yet (*again*: all).

    Notebooks run on *executor*; ``commit(module, trainee)`` then writes the marks, from the run on
    record, in this thread. ``progress(done, total)`` is called after each submission.
    """
    found = list(_collected(grader, modules, whose))
    results = [Result(m.id, name, error=reason) for m, name, reason, _ in found if reason]
    work = [(m, TraineeId(name), path) for m, name, reason, path in found if not reason]
    futures: dict[Future[Run], Prepared] = {}
    ready: list[Prepared] = []
    for module, trainee, path in work:
        try:
            prepared = grader.prepare(module, trainee, path)
            if not again and is_graded(grader, prepared):
                results.append(Result(module.id, trainee, already=True))
            elif prepared.issued is None or grader.ready(prepared):
                ready.append(prepared)
            else:
                job = grader.job(prepared, prepared.issued)
                futures[executor.submit(grader.runner.run, job)] = prepared
        except DalilError as error:
            results.append(Result(module.id, trainee, error=str(error)))
    total = len(found)
    progress(len(results), total)
    for prepared, run, failure in _finished(ready, futures):
        results.append(_commit(grader, prepared, run, failure, commit))
        progress(len(results), total)
    return results


def is_graded(grader: Grader, prepared: Prepared) -> bool:
    """Tell whether the ledger and the graded notebook both know this very submission."""
    name = f"{prepared.module.id}.ipynb"
    if not (grader.settings.autograded / prepared.trainee / prepared.module.id / name).is_file():
        return False
    events = grader.exchange.ledger.events(trainee=prepared.trainee, module=prepared.module.id)
    return any(
        event.kind in ("graded", "regraded") and event.what.get("submission") == prepared.digest
        for event in events
    )


def _collected(
    grader: Grader, modules: Iterable[Module], whose: TraineeId | None
) -> Iterator[tuple[Module, str, str, Path]]:
    """Yield (module, folder name, reason to refuse it or "", notebook) of what was collected."""
    for module in modules:
        for folder in sorted(grader.settings.submitted.glob(f"*/{module.id}")):
            name = folder.parent.name
            if whose is not None and name != whose:
                continue
            path = folder / f"{module.id}.ipynb"
            try:
                reason = "" if trainee_id(name) == name else f"{name!r} is not a trainee id"
            except UsageError as error:
                reason = str(error)
            if not reason and not path.exists() and not path.is_symlink():
                there = ", ".join(sorted(p.name for p in folder.iterdir())[:5]) or "nothing"
                reason = f"{name}: {path.name} is missing ({there} is there); ask for it again"
            yield module, name, reason, path


def _finished(
    ready: Iterable[Prepared], futures: dict[Future[Run], Prepared]
) -> Iterator[tuple[Prepared, Run | None, BaseException | None]]:
    for prepared in ready:
        yield prepared, None, None
    for future in as_completed(list(futures)):
        failure = future.exception()
        # popped, so that a large batch does not keep every run in memory
        yield futures.pop(future), None if failure else future.result(), failure


def _commit(
    grader: Grader,
    prepared: Prepared,
    run: Run | None,
    failure: BaseException | None,
    commit: Callable[[Module, TraineeId], None],
) -> Result:
    module, trainee = prepared.module, prepared.trainee
    try:
        if failure is not None:
            raise failure
        if run is not None:
            grader.remember(prepared, run)
        commit(module, trainee)
        outcome = grader.outcome(prepared, grader.run(prepared))
        return Result(module.id, trainee, outcome)
    except DalilError as error:
        return Result(module.id, trainee, error=str(error))
    except Exception as error:  # one submission never ends the batch
        log.exception("%s: %s", trainee, module.id)
        reason = f"{trainee}: {module.id}: {type(error).__name__}: {error}; see the log, run again"
        return Result(module.id, trainee, error=reason)
    finally:
        grader.forget(prepared)
