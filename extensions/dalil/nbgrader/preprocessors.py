"""The steps of nbgrader's autograde, with our rebuild, runner and sealed checks in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from dalil.curriculum import Module
from dalil.grading.recording import record
from dalil.grading.service import Grader, Prepared
from dalil.models import Outcome, TraineeId
from dalil.nbgrader.context import exchange_of, grader_of, module_of, settings_of
from dalil.nbgrader.marked import marked

Resources: TypeAlias = dict[str, Any]
Result: TypeAlias = tuple[NotebookNode, Resources]


class SealedPreprocessor(NbGraderPreprocessor):  # type: ignore[misc]
    """Shared by the steps below: who, what, and the academy's grader."""

    def grader(self) -> Grader:
        return grader_of(settings_of(self.config))

    def whose(self, resources: Resources) -> tuple[Module, TraineeId]:
        names = resources["nbgrader"]
        module = module_of(self.grader().settings, names["assignment"])
        return module, TraineeId(names["student"])


class RebuildSubmission(SealedPreprocessor):
    """First pass: the released notebook plus only the text of the trainee's answer cells."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Result:
        module, trainee = self.whose(resources)
        path = resources["dalil"]["path"]
        return self.grader().prepare(module, trainee, path).notebook, resources


class SealedGrade(SealedPreprocessor):
    """Second pass: run (or take the run on record), check, and write each question's score."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Result:
        module, trainee = self.whose(resources)
        grader = self.grader()
        prepared = grader.prepare(module, trainee, self._submitted(grader, resources))
        run = grader.run(prepared)
        outcome = grader.outcome(prepared, run)
        notebook = marked(prepared, run.outputs if run else {}, outcome)
        resources["dalil"] = {"prepared": prepared, "outcome": outcome}
        return notebook, resources

    def _submitted(self, grader: Grader, resources: Resources) -> Path:
        names = resources["nbgrader"]
        folder = grader.settings.submitted / names["student"] / names["assignment"]
        return folder / f"{names['notebook']}.ipynb"


class RecordGrade(SealedPreprocessor):
    """Last: the outcome goes into the ledger, once per submission and result."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Result:
        prepared: Prepared = resources["dalil"]["prepared"]
        outcome: Outcome = resources["dalil"]["outcome"]
        settings = self.grader().settings
        record(exchange_of(settings), prepared, outcome)
        return nb, resources
