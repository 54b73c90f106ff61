"""What a trainee is told of the limits at fetch, in three languages."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.exchange.notice import notice, with_notice
from dalil.limits import Limits
from dalil.models import Language
from dalil.notebooks import rebuild, untidy

TIGHT: dict[str, Any] = {
    "cell_seconds": 1.5,
    "submission_seconds": 60,
    "memory_bytes": 768 * 1024**2,
    "processes": 12,
    "file_bytes": 3 * 1024**2,
    "output_bytes": 5 * 1024,
    "answer_bytes": 7 * 1024,
}
# Values are isolated in Arabic, so that digits stay where they belong.
_ISOLATES = str.maketrans("", "", "\u2068\u2069")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("2 GiB of memory", "30 s per cell", "180 s in all", "64 processes", "no network")),
        ("fr", ("2 Gio de mémoire", "30 s par cellule", "180 s en tout", "pas de réseau")),
        ("ar", ("2 غيبيبايت من الذاكرة", "30 ثانية لكل خلية", "180 ثانية للدفتر كله", "لا شبكة")),
    ],
)
def test_the_usual_limits_are_one_line(language: Language, expected: tuple[str, ...]) -> None:
    text = notice(Limits(), language).translate(_ISOLATES)
    for part in expected:
        assert part in text
    assert "\n" not in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("768 MiB", "1.5 s", "60 s", "12 processes", "3 MiB", "5 KiB", "7 KiB")),
        ("fr", ("768 Mio", "1,5 s", "60 s", "12 processus", "3 Mio", "5 Kio", "7 Kio")),
        ("ar", ("768 ميبيبايت", "1,5 ثانية", "60 ثانية", "12 من", "5 كيبيبايت", "7 كيبيبايت")),
    ],
)
def test_every_limit_that_was_set_is_told(language: Language, expected: tuple[str, ...]) -> None:
    text = notice(Limits(**TIGHT), language).translate(_ISOLATES)
    for part in expected:
        assert part in text


def release() -> nbformat.NotebookNode:
    answer = new_code_cell("x = 1", id="solve_x")
    answer.metadata["nbgrader"] = {"grade_id": "solve_x", "solution": True, "grade": False}
    notebook = new_notebook(cells=[new_markdown_cell("# Title", id="title"), answer])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    return notebook


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_second_cell_tells_and_is_no_part_of_what_is_graded(language: Language) -> None:
    notebook = release()
    before = nbformat.writes(notebook)
    told = with_notice(notebook, Limits(), language)
    assert nbformat.writes(notebook) == before
    assert [cell.id for cell in told.cells] == ["title", "limits", "solve_x"]
    nbformat.validate(told)
    assert untidy(told) == []
    cell = told.cells[1]
    assert cell.cell_type == "markdown"
    assert "nbgrader" not in cell.metadata
    assert cell.source.startswith('<div dir="rtl">') == (language == "ar")
    told.cells[1].source = "1 TiB of memory"
    told.cells[2].source = "x = 2"
    rebuilt = rebuild(notebook, told)
    assert [cell.source for cell in rebuilt.notebook.cells] == ["# Title", "x = 2"]
    assert rebuilt.notes == ()


def test_a_module_may_have_a_cell_of_that_name() -> None:
    notebook = release()
    notebook.cells[0].id = "limits"
    told = with_notice(notebook, Limits(), "en")
    assert [cell.id for cell in told.cells] == ["limits", "limits-here", "solve_x"]
    assert with_notice(new_notebook(), Limits(), "en").cells[0].id == "limits"
