"""The clean-notebook check names each blemish and passes a clean notebook."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dalil.notebooks import untidy


def clean() -> NotebookNode:
    return new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        cells=[
            new_markdown_cell(
                "# Custody: \u2066`ab`\u2069 (see [the log](exhibits/log))", id="title"
            ),
            new_code_cell("log = open(case.exhibit('log'))", id="log"),
            new_code_cell(
                "case.answer('breaks', b)",
                id="breaks",
                metadata={"nbgrader": {"grade_id": "breaks"}, "tags": ["a"]},
            ),
        ],
    )


def test_a_clean_notebook_has_no_blemish() -> None:
    assert untidy(clean()) == []


def source(text: str, cell: int = 1) -> Callable[[NotebookNode], None]:
    return lambda nb: nb.cells[cell].update(source=text)


BLEMISHES: dict[str, tuple[Callable[[NotebookNode], None], str]] = {
    "outputs": (lambda nb: nb.cells[1].outputs.append(new_output("stream")), "outputs"),
    "count": (lambda nb: nb.cells[1].update(execution_count=1), "count"),
    "hex id": (lambda nb: nb.cells[1].update(id="3fa85f64"), "random"),
    "uuid": (lambda nb: nb.cells[1].update(id="3fa85f64-5717-4562-b3fc-2c963f66afa6"), "random"),
    "colab id": (lambda nb: nb.cells[1].update(id="Xy7uQpL0aB1c"), "random"),
    "capitals": (lambda nb: nb.cells[1].update(id="Log"), "short lower-case word"),
    "repeated id": (lambda nb: nb.cells[1].update(id="title"), "twice"),
    "repaired id": (lambda nb: nb.cells[1].update(id="repaired-2"), "missing"),
    "grade_id": (lambda nb: nb.cells[2].update(id="other"), "grade_id 'breaks'"),
    "home": (source("p = '/home/sara/log.csv'"), "absolute path"),
    "opened": (source("open('/srv/log.csv')"), "absolute path"),
    "windows": (source("pd.read_csv(r'C:\\logs\\a.csv')"), "absolute path"),
    "user": (source("open('~/log.csv')"), "absolute path"),
    "linked": (source("![](/files/a.png)", 0), "absolute path"),
    "override": (source("abc \u202e def", 0), "embedding"),
    "open isolate": (source("abc \u2067 def\n\u2069", 0), "not closed"),
    "closed first": (source("abc \u2069 def \u2067", 0), "not closed"),
    "trojan": (source("x = 'a\u2066b\u2069'"), "bidi control in code"),
    "timing": (lambda nb: nb.cells[1].metadata.update(execution={}), "execution"),
    "vscode": (lambda nb: nb.cells[1].metadata.update(vscode={}), "vscode"),
    "colab": (lambda nb: nb.metadata.update(colab={}), "colab"),
    "version": (lambda nb: nb.metadata.language_info.update(version="3.11"), "version"),
    "kernel": (lambda nb: nb.metadata.kernelspec.update(name="conda-env"), "kernelspec"),
    "no kernel": (lambda nb: nb.metadata.pop("kernelspec"), "kernelspec"),
}


@pytest.mark.parametrize("name", BLEMISHES)
def test_each_blemish_is_named_once(name: str) -> None:
    spoil, expected = BLEMISHES[name]
    nb = clean()
    spoil(nb)
    lines = untidy(nb)
    if name == "repeated id":
        assert len(lines) == 2
    else:
        assert len(lines) == 1
    assert expected in lines[0]


def test_arabic_prose_may_carry_marks_and_evidence_paths() -> None:
    nb = clean()
    nb.cells[0].source = "العربية\u200f (2024)، `/home/sara/notes.txt` في الصورة"
    nb.cells[1].source = "suspect = 'C:\\\\Windows\\\\Temp\\\\a.exe'"
    assert untidy(nb) == []
