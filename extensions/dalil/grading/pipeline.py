"""The way of one submission: prepared, run elsewhere, marked, written and recorded.

Order of writing, so that a grader that is killed anywhere loses nothing and the next one does
nothing twice: gradebook, graded notebook, and last the ledger's entry together with the run. Until
that entry is there the submission counts as not graded and everything is done again, with the same
result.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from dalil.curriculum import Module
from dalil.errors import DalilError
from dalil.grading.recording import record
from dalil.grading.runner import Run
from dalil.grading.service import Grader, Prepared
from dalil.models import Language, Outcome, TraineeId

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What became of one submission: an outcome, or the one-line reason why there is none.

    ``already``: it was graded before and stays as it is. ``changed``: marking again gave it other
    marks than the ``before`` points. ``seconds``: wall clock of the run.
    """

    module: str
    trainee: str
    outcome: Outcome | None = None
    error: str = ""
    already: bool = False
    changed: bool = False
    before: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Remarked:
    """A graded submission whose answers earn something else by today's checks."""

    module: Module
    trainee: TraineeId
    language: Language
    outcome: Outcome


class Gradebook(Protocol):
    """Where marks are written for people to see, besides the ledger. One thread at a time."""

    def write(self, prepared: Prepared, run: Run | None, outcome: Outcome) -> None:
        """Write one submission's marks and its graded notebook."""

    def rewrite(self, changes: Sequence[Remarked]) -> dict[TraineeId, str]:
        """Change marks and explanations, of one module; says why where that was not possible."""

    def graded(self, module: Module) -> Collection[str]:
        """Trainees whose marks and graded notebook are there."""


@dataclass
class Pipeline:
    """Takes submissions through both ends of the way; what lies between may run anywhere."""

    grader: Grader
    gradebook: Gradebook

    def finish(
        self,
        prepared: Prepared,
        run: Run | None,
        failure: BaseException | None = None,
        *,
        fresh: bool = False,
    ) -> Result:
        """Mark *prepared* from its *run* and write everything; never raises.

        ``fresh``: the run is not on record yet.
        """
        if failure is not None:
            return failed(prepared.module, prepared.trainee, failure)
        try:
            outcome = self.grader.outcome(prepared, run)
            self.gradebook.write(prepared, run, outcome)
            record(self.grader.exchange, prepared, outcome, fresh=run if fresh else None)
            seconds = run.seconds if run else 0.0
            return Result(prepared.module.id, prepared.trainee, outcome, seconds=seconds)
        except Exception as error:  # one submission never ends the batch
            return failed(prepared.module, prepared.trainee, error)


def failed(module: Module, trainee: str, error: BaseException) -> Result:
    """The result of a submission that *error* kept from being graded."""
    if isinstance(error, DalilError):
        return Result(module.id, trainee, error=str(error))
    log.error("%s: %s", trainee, module.id, exc_info=error)
    reason = f"{trainee}: {module.id}: {type(error).__name__}: {error}; see the log, run again"
    return Result(module.id, trainee, error=" ".join(reason.split()))
