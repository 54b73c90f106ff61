"""One rule broken at a time, in the cells of notebooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import nbformat
import pytest

Change: TypeAlias = Callable[[Any, dict[str, Any]], None]
LESSON = "courses/lesson.ipynb"
EXERCISE = "exercises/sample.ipynb"
CHECK = 'ui = None\nif ui:\n    ui.self_check(["yes", "no"], 0, "it is")'


# --- notebooks that are not clean, exercises whose cells are not right


def leave_output(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].outputs = [nbformat.v4.new_output("stream", text="(95.7, 95.1)")]


def leave_count(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].execution_count = 3


def random_id(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].id = "a1b2c3d4"


def absolute_path(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].source = 'open("/home/amina/log.csv")'


def read_graders(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].source = 'open("../../graders/sample/checks.py")'


def import_graders(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].source = "from graders.sample import checks"


def self_check_without_question(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.insert(0, nbformat.v4.new_code_cell(CHECK, id="first"))


def shell(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].source = "%pip install requests\nimport requests"


def not_python(notebook: Any, cells: dict[str, Any]) -> None:
    cells["compare"].source = "let it = be"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (leave_output, "clean-notebooks"),
        (leave_count, "clean-notebooks"),
        (random_id, "clean-notebooks"),
        (absolute_path, "clean-notebooks"),
        (read_graders, "imports"),
        (import_graders, "imports"),
        (self_check_without_question, "self-checks"),
        (shell, "imports"),
        (not_python, "imports"),
    ],
)
def test_an_unclean_lesson(sample: Any, change: Change, rule: str) -> None:
    sample.notebook("courses/lesson.ipynb", change)
    assert sample.breaches() == {(rule, "courses/lesson.ipynb")}


@pytest.mark.parametrize("text", ["Is it?", "Is it?\n", "It is …", "It is ..."])
def test_a_self_check_below_its_question(sample: Any, text: str) -> None:
    def ask(notebook: Any, cells: dict[str, Any]) -> None:
        question = nbformat.v4.new_markdown_cell(text, id="question")
        notebook.cells += [question, nbformat.v4.new_code_cell(CHECK, id="answer")]

    sample.notebook(LESSON, ask)
    assert sample.check("self-checks") == []


@pytest.mark.parametrize("text", ["Is it? Nobody knows.", "", None])
def test_a_self_check_that_nothing_asks(sample: Any, text: str | None) -> None:
    def tell(notebook: Any, cells: dict[str, Any]) -> None:
        kind = nbformat.v4.new_code_cell if text is None else nbformat.v4.new_markdown_cell
        before = kind(text or "", id="before")
        notebook.cells[:] = [before, nbformat.v4.new_code_cell(CHECK, id="answer")]

    sample.notebook("courses/app.ipynb", tell)
    (finding,) = sample.check("self-checks")
    assert finding.cell == "courses/sample/app.ipynb#answer"


def no_points(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].metadata.nbgrader.points = 0


def unlocked(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].metadata.nbgrader.locked = False


def also_solution(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].metadata.nbgrader.solution = True


def locked_solution(notebook: Any, cells: dict[str, Any]) -> None:
    cells["solve_middle"].metadata.nbgrader.locked = True


def old_schema(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].metadata.nbgrader.schema_version = 2


def other_question(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].source = 'case.answer("deviating", middle)'


def two_statements(notebook: Any, cells: dict[str, Any]) -> None:
    cells["middle"].source = 'middle = 3\ncase.answer("middle", middle)'


def no_answer_cell(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.remove(cells["middle"])


def no_rubric(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.remove(cells["rubric_conclusion"])


def no_workspace(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.remove(cells["solve_workspace"])


def late_workspace(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.remove(cells["solve_workspace"])
    notebook.cells.append(cells["solve_workspace"])


def answer_above(notebook: Any, cells: dict[str, Any]) -> None:
    notebook.cells.remove(cells["middle"])
    notebook.cells.insert(3, cells["middle"])


def unmarked_solution(notebook: Any, cells: dict[str, Any]) -> None:
    cells["solve_middle"].source = "middle = median(lengths)"


def written_as_code(notebook: Any, cells: dict[str, Any]) -> None:
    at = notebook.cells.index(cells["conclusion"])
    cell = nbformat.v4.new_code_cell("pass", id="conclusion", metadata=cells["conclusion"].metadata)
    notebook.cells[at] = cell


def unknown_graded(notebook: Any, cells: dict[str, Any]) -> None:
    cells["about_middle"].metadata.nbgrader |= {"grade": True, "points": 5}


def twice(notebook: Any, cells: dict[str, Any]) -> None:
    copied = nbformat.from_dict({**cells["middle"], "id": "middle2"})
    notebook.cells.append(copied)


@pytest.mark.parametrize(
    "change",
    [
        no_points,
        unlocked,
        also_solution,
        locked_solution,
        old_schema,
        other_question,
        two_statements,
        no_answer_cell,
        no_rubric,
        no_workspace,
        late_workspace,
        answer_above,
        unmarked_solution,
        written_as_code,
        unknown_graded,
        twice,
    ],
)
def test_a_wrong_cell_of_the_exercise(sample: Any, change: Change) -> None:
    sample.notebook(EXERCISE, change)
    assert sample.breaches("exercise-cells") == {("exercise-cells", EXERCISE)}


def test_a_classic_test_is_warned_about(sample: Any) -> None:
    def classic(notebook: Any, cells: dict[str, Any]) -> None:
        marks = {**cells["middle"].metadata.nbgrader, "grade_id": "test_middle", "points": 1}
        cell = nbformat.v4.new_code_cell("assert middle > 0", id="test_middle")
        cell.metadata.nbgrader = marks
        notebook.cells.insert(6, cell)

    sample.notebook(EXERCISE, classic)
    (finding,) = sample.check("exercise-cells")
    assert finding.severity == "warning"
    assert str(finding).startswith("exercises/sample/sample.ipynb: exercise-cells: warning: cell ")


# --- the cell that a finding concerns, for whoever shows it beside that cell


@pytest.mark.parametrize(
    ("place", "change", "rule", "cell"),
    [
        (LESSON, leave_output, "clean-notebooks", "courses/sample/lesson.ipynb#compare"),
        (LESSON, import_graders, "imports", "courses/sample/lesson.ipynb#compare"),
        (LESSON, not_python, "imports", "courses/sample/lesson.ipynb#compare"),
        (EXERCISE, no_points, "exercise-cells", "exercises/sample/sample.ipynb#middle"),
        (EXERCISE, no_rubric, "exercise-cells", "exercises/sample/sample.ipynb#rubric_conclusion"),
        (EXERCISE, unknown_graded, "exercise-cells", "exercises/sample/sample.ipynb#about_middle"),
    ],
)
def test_a_finding_names_its_cell(
    sample: Any, place: str, change: Change, rule: str, cell: str
) -> None:
    sample.notebook(place, change)
    assert cell in {finding.cell for finding in sample.check(rule)}


def test_a_text_that_is_not_translated_names_the_cell_where_it_stands(sample: Any) -> None:
    def said_otherwise(notebook: Any, cells: dict[str, Any]) -> None:
        cells["about_middle"].source = "Tell the middle of all lengths, in words of your own."

    sample.notebook(EXERCISE, said_otherwise)
    told = {(finding.file, finding.cell) for finding in sample.check("translated")}
    cell = "exercises/sample/sample.ipynb#about_middle"
    for language in ("ar", "fr"):
        assert (f"exercises/sample/locale/{language}.po", cell) in told


def test_a_finding_about_a_file_names_no_cell(sample: Any) -> None:
    sample.edit("courses/module.toml", "hours = 1", 'hours = 1\nteacher = "nobody"')
    assert {finding.cell for finding in sample.check("schema")} == {""}
