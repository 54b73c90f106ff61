"""A curriculum of one new module, for tests of what instructors do with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import new_module
from dalil.models import ModuleId
from dalil.notebooks import read_notebook, write_notebook
from dalil.settings import Settings, load_settings

GLASS = ModuleId("glass")
EXERCISE = "exercises/glass/glass.ipynb"


@pytest.fixture
def settings(tmp_path: Path, checkout: Path) -> Settings:
    """An academy whose curriculum holds the module ``glass``, as ``new_module`` makes it."""
    for part in ("courses", "exercises", "graders"):
        (tmp_path / part).mkdir()
    shutil.copy(checkout / "jupyter_config.py", tmp_path)
    made = load_settings(tmp_path)
    made.prepare()
    new_module(made, GLASS, "Glass comparison")
    return made


def edit(root: Path, place: str, old: str, new: str) -> None:
    """Replace *old*, which must be there, by *new*."""
    path = root / place
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def change_cells(root: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Call *change* with the exercise's cells by id, and write what became of them."""
    path = root / EXERCISE
    notebook = read_notebook(path)
    change({cell.id: cell for cell in notebook.cells})
    write_notebook(notebook, path)


def no_points(cells: dict[str, Any]) -> None:
    """A breach of the contract that is seen at once."""
    cells["middle"].metadata.nbgrader.points = 0


def two_points(cells: dict[str, Any]) -> None:
    """Mend it."""
    cells["middle"].metadata.nbgrader.points = 2
