"""Graded notebooks: rebuilt sources, harmless outputs, scores as nbgrader reads them, explanations.

The score of a question stands in its graded cell as an ``execute_result``, which is how nbgrader
takes partial credit; the explanation follows it as a display.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

import dalil
from dalil.curriculum import Module
from dalil.curriculum.memo import Memo
from dalil.grading.service import Prepared
from dalil.models import Language, Outcome, Score
from dalil.nbgrader.sanitising import sanitise_cell
from dalil.notebooks import cell_name
from dalil.translation import Catalogue, find_catalogue, translate

_CATALOGUES: Memo[Catalogue] = Memo()


def marked(
    prepared: Prepared, outputs: Mapping[str, list[dict[str, Any]]], outcome: Outcome
) -> NotebookNode:
    """Return the notebook to keep of a submission; ``outputs`` are those of a run, by cell name."""
    notebook: NotebookNode = nbformat.from_dict(prepared.notebook)  # a copy
    # Without a language, formgrader looks for IPython's magics: minutes for a hundred KB of "*".
    notebook.metadata.setdefault("language_info", NotebookNode(name="python"))
    for cell in notebook.cells:
        if cell.cell_type != "code":
            if is_solution(cell):
                sanitise_cell(cell, keep_if_unchanged=True)
        elif not is_grade(cell):
            cell.outputs = nbformat.from_dict(outputs.get(cell_name(cell), []))
            sanitise_cell(cell)
    language: Language = prepared.issued.language if prepared.issued else "en"
    put_scores(notebook, outcome, explanations(prepared.module, language))
    return notebook


def put_scores(notebook: NotebookNode, outcome: Outcome, catalogue: Catalogue) -> None:
    """Write *outcome* into the graded cells of *notebook*, instead of what they hold."""
    scores = {score.question: score for score in outcome.scores}
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_grade(cell):
            score = scores.get(cell.metadata["nbgrader"].get("grade_id", ""))
            cell.outputs = _score_outputs(score, catalogue) if score else [_unsealed()]
    notebook.metadata["dalil"] = NotebookNode(
        {
            **notebook.metadata.get("dalil", {}),
            "notes": list(outcome.notes),
            "flags": {s.question: s.flag for s in outcome.scores if s.flag},
        }
    )


def explanations(module: Module, language: Language) -> Catalogue:
    """Return the catalogue of a module's explanations, over Dalil's own messages."""
    folders = (Path(dalil.__file__).parent, module.exercise)
    files = [folder / "locale" / f"{language}.po" for folder in folders]

    def read() -> Catalogue:
        own, theirs = (find_catalogue(folder, language) for folder in folders)
        return Catalogue(language, {**own.messages, **theirs.messages})

    return _CATALOGUES.get((module.exercise, language), files, read)


def _unsealed() -> NotebookNode:
    """The output of a graded cell that no sealed check marks: 0 by nbgrader's rule for errors.

    nbgrader would award full marks to a cell without output, whatever the trainee's code did.
    """
    reason = "module.toml has no question for this cell: a person must mark it"
    return NotebookNode(
        output_type="error", ename="NotSealed", evalue=reason, traceback=[f"NotSealed: {reason}"]
    )


def _score_outputs(score: Score, catalogue: Catalogue) -> list[NotebookNode]:
    """The points as nbgrader reads them, and the explanation as people do."""
    text = translate(score.verdict.message, score.verdict.values, catalogue)
    html = (
        f'<div class="dalil-verdict" dir="{catalogue.direction}" lang="{catalogue.language}">'
        f"<p>{escape(text)}</p></div>"
    )
    points = NotebookNode({"text/plain": f"{score.points:.12g}"})
    shown = NotebookNode({"text/plain": text, "text/html": html})
    return [
        NotebookNode(
            output_type="execute_result", data=points, metadata=NotebookNode(), execution_count=None
        ),
        NotebookNode(output_type="display_data", data=shown, metadata=NotebookNode()),
    ]
