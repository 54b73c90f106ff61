"""The reference solution of an exercise, and released notebooks filled in with answers."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from nbformat import NotebookNode

from dalil.notebooks.rebuild import answer_cells

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def reference(source: NotebookNode) -> dict[str, str]:
    """Return the reference solution by grade_id: the source's cells without nbgrader's marks."""
    return {
        name: "\n".join(
            line for line in cell.source.splitlines() if BEGIN not in line and END not in line
        )
        for name, cell in answer_cells(source).items()
    }


def solve(
    released: NotebookNode, cells: Mapping[str, str], simulation: Mapping[str, str | None]
) -> NotebookNode:
    """Return *released* filled with the reference *cells*, or what *simulation* puts for them."""
    notebook = copy.deepcopy(released)
    for name, cell in answer_cells(notebook).items():
        source = simulation.get(name, cells.get(name))
        if source is not None:
            cell.source = source
    return notebook
