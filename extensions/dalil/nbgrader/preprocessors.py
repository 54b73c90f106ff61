"""The steps of nbgrader's autograde, with our rebuild, runner and sealed checks in them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

import dalil
from dalil.curriculum import Module
from dalil.grading.service import Grader, Prepared
from dalil.ledger import Ledger
from dalil.models import Language, Outcome, Score, TraineeId
from dalil.nbgrader.context import exchange_of, grader_of, module_of, settings_of
from dalil.nbgrader.sanitising import sanitise_cell
from dalil.notebooks import cell_name
from dalil.translation import Catalogue, find_catalogue, translate

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
    """Second pass: run (or take the run on record), check, and write each question's score.

    The score stands in the grade cell as an ``execute_result``, which is how nbgrader takes
    partial credit; the explanation follows it as a display.
    """

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
        record(exchange_of(settings).ledger, prepared, outcome)
        return nb, resources


def record(ledger: Ledger, prepared: Prepared, outcome: Outcome) -> None:
    """Append *outcome* to the ledger unless it says what the last entry says."""
    what = {
        "submission": prepared.digest,
        "points": round(outcome.points, 4),
        "max_points": outcome.max_points,
        "questions": {
            s.question: {"points": s.points, "max_points": s.max_points, "flag": s.flag}
            for s in outcome.scores
        },
        "notes": list(outcome.notes),
    }
    earlier = [
        event
        for event in ledger.events(trainee=prepared.trainee, module=prepared.module.id)
        if event.kind in ("graded", "regraded") and event.what.get("submission") == prepared.digest
    ]
    if earlier and earlier[-1].what == what:
        return
    ledger.append(
        "regraded" if earlier else "graded",
        who="grader",
        trainee=prepared.trainee,
        module=prepared.module.id,
        attempt=prepared.issued.key.attempt if prepared.issued else None,
        what=what,
    )


def marked(
    prepared: Prepared, outputs: Mapping[str, list[dict[str, Any]]], outcome: Outcome
) -> NotebookNode:
    """Return the notebook to keep: rebuilt sources, sanitised outputs, scores and explanations.

    ``outputs`` are those of a run, by cell name.
    """
    language: Language = prepared.issued.language if prepared.issued else "en"
    catalogue = explanations(prepared.module, language)
    scores = {score.question: score for score in outcome.scores}
    notebook = nbformat.from_dict(prepared.notebook)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            if is_solution(cell):
                sanitise_cell(cell, keep_if_unchanged=True)
            continue
        score = scores.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if is_grade(cell):
            cell.outputs = _score_outputs(score, catalogue) if score else [_unsealed()]
        else:
            cell.outputs = nbformat.from_dict(outputs.get(cell_name(cell), []))
            sanitise_cell(cell)
    notebook.metadata["dalil"] = {
        **notebook.metadata.get("dalil", {}),
        "notes": list(outcome.notes),
        "flags": {s.question: s.flag for s in outcome.scores if s.flag},
    }
    return notebook


def explanations(module: Module, language: Language) -> Catalogue:
    """Return the catalogue of a module's explanations, over Dalil's own messages."""
    own = find_catalogue(Path(dalil.__file__).parent, language)
    theirs = find_catalogue(module.exercise, language)
    return Catalogue(language, {**own.messages, **theirs.messages})


def _unsealed() -> NotebookNode:
    """The output of a graded cell that no sealed check marks: 0 by nbgrader's rule for errors.

    nbgrader would award full marks to a cell without output, whatever the trainee's code did.
    """
    reason = "module.toml has no question for this cell: a person must mark it"
    return new_output("error", ename="NotSealed", evalue=reason, traceback=[f"NotSealed: {reason}"])


def _score_outputs(score: Score, catalogue: Catalogue) -> list[NotebookNode]:
    """The points as nbgrader reads them, and the explanation as people do."""
    text = translate(score.verdict.message, score.verdict.values, catalogue)
    html = (
        f'<div class="dalil-verdict" dir="{catalogue.direction}" lang="{catalogue.language}">'
        f"<p>{escape(text)}</p></div>"
    )
    return [
        new_output("execute_result", {"text/plain": f"{score.points:g}"}, execution_count=None),
        new_output("display_data", {"text/plain": text, "text/html": html}),
    ]
