"""What goes back into nbgrader's pipeline: scores as it reads them, and nothing by default."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from dalil.curriculum import load_module
from dalil.grading.service import Prepared
from dalil.models import Outcome, Score, Verdict, module_id, trainee_id
from dalil.nbgrader.marked import marked
from dalil.settings import load_settings


@pytest.fixture
def prepared(checkout: Path) -> Prepared:
    def graded(name: str) -> object:
        locked = {"grade": True, "solution": False, "locked": True, "points": 4, "grade_id": name}
        return new_code_cell(
            "pass", id=name, metadata={"nbgrader": {**locked, "schema_version": 3}}
        )

    module = load_module(load_settings(checkout), module_id("custody"))
    notebook = new_notebook(cells=[graded("breaks"), graded("classic")])
    return Prepared(module, trainee_id("someone"), "0" * 64, notebook, None)


@pytest.mark.parametrize("points", [0.0, 1.5, 4.0])
def test_nbgrader_reads_the_score_that_the_check_gave(prepared: Prepared, points: float) -> None:
    score = Score("breaks", points, 4.0, Verdict(points / 4, "Why."))
    notebook = marked(prepared, {}, Outcome([score]))
    assert determine_grade(notebook.cells[0]) == (points, 4.0)
    assert "Why." in str(notebook.cells[0].outputs)


def test_a_graded_cell_that_nothing_marks_earns_nothing(prepared: Prepared) -> None:
    notebook = marked(prepared, {}, Outcome([]))
    assert [determine_grade(cell) for cell in notebook.cells] == [(0, 4.0), (0, 4.0)]


def test_formgrader_is_told_the_language_which_costs_it_least(prepared: Prepared) -> None:
    assert marked(prepared, {}, Outcome([])).metadata.language_info == {"name": "python"}
