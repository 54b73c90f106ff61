"""A localised notebook differs in its Markdown, and in nothing that is run or graded."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.notebooks import rebuild, untidy
from dalil.translation import ENGLISH, PLACEHOLDERS, Catalogue, localise

ARABIC = Catalogue(
    "ar", {"# Custody": "# سلسلة الحيازة", "The log is `log.csv`.": "السجل `log.csv`."}
)
FRENCH = Catalogue("fr", {"# Custody": "# Chaîne de possession"})


def nbgrader(name: str, **marks: Any) -> dict[str, Any]:
    return {"nbgrader": {"schema_version": 3, "grade_id": name, **marks}}


@pytest.fixture
def release() -> NotebookNode:
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# Custody\n", id="title"),
            new_markdown_cell(
                "The log is `log.csv`.",
                id="rubric_end",
                metadata=nbgrader("rubric_end", locked=True, checksum="ab"),
            ),
            new_markdown_cell("Not translated.", id="rest"),
            new_markdown_cell(
                "YOUR ANSWER HERE",
                id="end",
                metadata=nbgrader("end", solution=True, grade=True, points=2),
            ),
            new_code_cell("x = 1  # Custody", id="code"),
        ],
    )


def test_english_stays_as_it_is(release: NotebookNode) -> None:
    localised = localise(release, "en", ENGLISH)
    assert localised.cells == release.cells
    assert localised.metadata.dalil == {"language": "en", "direction": "ltr"}


def test_arabic_cells_carry_their_direction(release: NotebookNode) -> None:
    before = copy.deepcopy(release)
    localised = localise(release, "ar", ARABIC)
    assert release == before
    nbformat.validate(localised)
    title, rubric, rest, end, code = localised.cells
    assert title.source.startswith('<div dir="rtl">\n\n# سلسلة الحيازة')
    assert title.metadata.dalil == rubric.metadata.dalil == {"direction": "rtl"}
    assert "\u2066`log.csv`\u2069" in rubric.source
    assert rubric.metadata.nbgrader == {
        "schema_version": 3,
        "grade_id": "rubric_end",
        "locked": True,
    }
    assert (rest.source, rest.metadata) == ("Not translated.", {})
    assert end.source == PLACEHOLDERS["ar"]
    assert end.metadata.nbgrader == release.cells[3].metadata.nbgrader
    assert code == release.cells[4]
    assert [cell.id for cell in localised.cells] == [cell.id for cell in release.cells]
    assert localised.metadata.dalil == {"language": "ar", "direction": "rtl"}
    assert untidy(localised) == []


def test_french_is_text_alone(release: NotebookNode) -> None:
    localised = localise(release, "fr", FRENCH)
    assert localised.cells[0].source == "# Chaîne de possession"
    assert localised.cells[1] == release.cells[1]
    assert localised.cells[3].source == PLACEHOLDERS["fr"]


def test_what_is_written_already_is_left_alone(release: NotebookNode) -> None:
    release.cells[3].source = "# Custody"
    assert localise(release, "ar", ARABIC).cells[3].source == "# Custody"


def test_a_localised_notebook_is_graded_like_the_english_one(release: NotebookNode) -> None:
    work = localise(release, "ar", ARABIC)
    work.cells[3].source = "جوابي"
    rebuilt = rebuild(release, work)
    assert rebuilt.notes == ()
    expected = copy.deepcopy(release)
    expected.cells[3].source = "جوابي"
    assert rebuilt.notebook == expected
