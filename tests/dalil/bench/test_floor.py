"""The floor shows what a notebook shows, and one broken cell does not end the others."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.bench.floor import run_cells
from dalil.bench.programs import run_program
from dalil.errors import DalilError
from dalil.notebooks import write_notebook

PNG = b"\x89PNG\r\n\x1a\n"
FIGURE = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(1, 1))\naxes"


def run(folder: Path, *sources: str) -> list[list[str]]:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    cells.insert(0, new_markdown_cell("no code", id="text"))
    write_notebook(new_notebook(cells=cells), folder / "work.ipynb")
    return run_cells(folder / "work.ipynb")


def test_printed_text_and_last_values_are_kept(tmp_path: Path) -> None:
    assert run(tmp_path, "print('one'); n = 1", "n + 1", "n + 1;\nNone", "") == [
        ["one\n"],
        ["", "2"],
        [""],
        [""],
    ]


def test_a_table_is_shown_as_html_too(tmp_path: Path) -> None:
    ((_, text, html),) = run(tmp_path, "import pandas as pd\npd.DataFrame({'n': [7]})")
    assert "7" in text
    assert "<table" in html


def test_a_figure_is_drawn_and_closed(tmp_path: Path) -> None:
    first, second = run(tmp_path, FIGURE, "plt.get_fignums()")
    assert base64.b64decode(first[-1]).startswith(PNG)
    assert second == ["", "[]"]


def test_errors_stay_in_their_cells(tmp_path: Path) -> None:
    first, second, third = run(tmp_path, "1 / 0", "def broken(:", "'still here'")
    assert "ZeroDivisionError" in first[1]
    assert "SyntaxError" in second[1]
    assert third == ["", "'still here'"]


def request(folder: Path, *sources: str) -> dict[str, object]:
    """A request for one submission of *sources*."""
    (folder / "out").mkdir()
    run(folder, "'warm'")
    (folder / "work.ipynb").rename(folder / "warm.ipynb")
    (folder / "exhibits").mkdir()
    (folder / "exhibits" / "log.txt").write_text("7", encoding="utf-8")
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    write_notebook(new_notebook(cells=cells), folder / "amina.ipynb")
    return {
        "submissions": {"amina": str(folder / "amina.ipynb")},
        "exhibits": str(folder / "exhibits"),
        "files": {"log": "log.txt"},
        "warm": str(folder / "warm.ipynb"),
        "workers": 2,
        "out": str(folder / "out"),
    }


def test_answers_and_seconds_are_reported(tmp_path: Path) -> None:
    asked = request(
        tmp_path,
        "from dalil import case\nimport numpy as np",
        "case.answer('number', np.int64(case.exhibit('log').read_text()))",
        "case.answer('array', np.ones((1, 2)))",
    )
    found = run_program("floor", asked, tmp_path)
    assert found["answers"] == {"amina": {"number": 7, "array": [[1.0, 1.0]]}}
    assert found["wall"] > 0
    assert found["cpu"] > 0


def test_a_child_that_dies_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(DalilError, match="ended with status"):
        run_program("floor", request(tmp_path, "import os; os._exit(3)"), tmp_path)
