"""Nothing but answers' text crosses from a submission into the notebook that is run."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dalil.errors import NotebookError
from dalil.notebooks import MAX_SOURCE_BYTES, answer_cells, grade_points, rebuild


def marked(grade_id: str, **flags: Any) -> dict[str, Any]:
    base = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
    return {"nbgrader": {**base, "grade_id": grade_id, **flags}}


def solution(name: str, source: str = "# YOUR CODE HERE") -> NotebookNode:
    metadata = marked(name, solution=True, locked=False)
    return new_code_cell(source, id=name, metadata=metadata)


@pytest.fixture
def release() -> NotebookNode:
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# Custody", id="title"),
            solution("solve_breaks"),
            new_code_cell(
                'case.answer("breaks", breaks)',
                id="breaks",
                metadata=marked("breaks", grade=True, points=4),
            ),
            new_markdown_cell(
                "YOUR ANSWER HERE",
                id="conclusion",
                metadata=marked("conclusion", grade=True, solution=True, locked=False, points=2.5),
            ),
        ],
    )


def sources(nb: NotebookNode) -> list[str]:
    return [cell.source for cell in nb.cells]


def test_cells_and_points(release: NotebookNode) -> None:
    assert list(answer_cells(release)) == ["solve_breaks", "conclusion"]
    assert grade_points(release) == {"breaks": 4.0, "conclusion": 2.5}


@pytest.mark.parametrize("points", [None, -1, "4", True, float("nan"), float("inf")])
def test_points_must_be_numbers(release: NotebookNode, points: Any) -> None:
    release.cells[2].metadata.nbgrader.points = points
    with pytest.raises(NotebookError, match="points"):
        grade_points(release)


def test_a_grade_id_used_twice_is_refused(release: NotebookNode) -> None:
    release.cells += copy.deepcopy(release.cells[1:3])
    with pytest.raises(NotebookError, match="solve_breaks"):
        answer_cells(release)
    with pytest.raises(NotebookError, match="breaks"):
        grade_points(release)


def test_only_answers_cross(release: NotebookNode) -> None:
    before = copy.deepcopy(release)
    work = copy.deepcopy(release)
    work.metadata.kernelspec.name = "bash"
    work.cells[0].source = "changed"
    work.cells[1].source = "breaks = []"
    work.cells[1].metadata.tags = ["raises-exception"]
    work.cells[1].outputs = [new_output("stream", text="100 %")]
    work.cells[2].source = 'print("marks")'
    work.cells[2].metadata.nbgrader.update(points=100, solution=True)
    work.cells[3].source = "The chain is broken."
    work.cells.insert(0, new_code_cell("import os", id="mine"))
    rebuilt = rebuild(release, work)
    expected = copy.deepcopy(before)
    expected.cells[1].source = "breaks = []"
    expected.cells[3].source = "The chain is broken."
    assert rebuilt.notebook == expected
    assert rebuilt.notes == ()
    assert release == before
    nbformat.validate(rebuilt.notebook)


def test_copied_cells_are_joined_in_order(release: NotebookNode) -> None:
    work = copy.deepcopy(release)
    work.cells = [solution("solve_breaks", "b = 2"), solution("solve_breaks", "a = 1")]
    rebuilt = rebuild(release, work)
    assert rebuilt.notebook.cells[1].source == "b = 2\na = 1"
    assert any("joined" in note for note in rebuilt.notes)
    assert any("conclusion" in note and "missing" in note for note in rebuilt.notes)
    assert rebuilt.notebook.cells[3].source == "YOUR ANSWER HERE"


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_untouched_copy_does_not_spoil_the_answer(
    release: NotebookNode, answer_first: bool
) -> None:
    work = copy.deepcopy(release)
    answer = solution("solve_breaks", "breaks = []")
    work.cells.insert(1 if answer_first else 2, answer)
    assert rebuild(release, work).notebook.cells[1].source == "breaks = []"
    answer.source = "# YOUR CODE HERE\n"
    assert rebuild(release, work).notebook.cells[1].source.strip() == "# YOUR CODE HERE"


def test_another_cell_type_is_ignored(release: NotebookNode) -> None:
    work = copy.deepcopy(release)
    work.cells[1] = new_markdown_cell(
        "breaks = []", id="solve_breaks", metadata=marked("solve_breaks", solution=True)
    )
    rebuilt = rebuild(release, work)
    assert sources(rebuilt.notebook) == sources(release)
    assert any("not of type code" in note for note in rebuilt.notes)


def test_a_cell_without_metadata_is_found_by_its_id(release: NotebookNode) -> None:
    work = new_notebook(
        cells=[
            new_code_cell("breaks = [3]", id="solve_breaks"),
            new_code_cell("case.answer('breaks', 0)", id="breaks"),
        ]
    )
    rebuilt = rebuild(release, work)
    assert rebuilt.notebook.cells[1].source == "breaks = [3]"
    assert rebuilt.notebook.cells[2].source == release.cells[2].source
    assert any("found by its id" in note for note in rebuilt.notes)


@pytest.mark.parametrize("nbgrader", [None, 7, "x", [], {"grade_id": 7}, {"grade_id": None}])
def test_odd_metadata_of_a_submission_is_survived(release: NotebookNode, nbgrader: Any) -> None:
    work = copy.deepcopy(release)
    work.cells[1].metadata["nbgrader"] = nbgrader
    work.cells[3].source = "kept"
    assert rebuild(release, work).notebook.cells[3].source == "kept"


def test_control_characters_are_dropped(release: NotebookNode) -> None:
    work = copy.deepcopy(release)
    work.cells[1].source = "a = 1\r\n\tb\x00\x1b[31m = 2\x85\rأ = 3"
    assert rebuild(release, work).notebook.cells[1].source == "a = 1\n\tb[31m = 2\nأ = 3"


def test_long_sources_are_refused(release: NotebookNode) -> None:
    work = copy.deepcopy(release)
    work.cells[1].source = "#" * MAX_SOURCE_BYTES
    assert rebuild(release, work).notebook.cells[1].source == work.cells[1].source
    work.cells[1].source += "ا"
    rebuilt = rebuild(release, work)
    assert rebuilt.notebook.cells[1].source == "# YOUR CODE HERE"
    assert len(rebuilt.notes) == 1
