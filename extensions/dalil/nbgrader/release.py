"""Releases: what nbgrader generated, in each language, and proof that nothing sealed is in it."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_solution

from dalil.curriculum import Module
from dalil.curriculum.memo import Memo
from dalil.errors import ExchangeError
from dalil.models import Language
from dalil.notebooks import read_notebook
from dalil.settings import Settings
from dalil.translation import find_catalogue, localise

FORBIDDEN = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME")


def release_path(settings: Settings, module: Module) -> Path:
    """Where nbgrader writes the released notebook of *module*."""
    return settings.release / module.id / f"{module.id}.ipynb"


def released(settings: Settings, module: Module, language: Language) -> NotebookNode:
    """Return the released notebook in *language*, its checksums recomputed for the new text.

    Raises ExchangeError when the module was not released.
    """
    path = release_path(settings, module)
    if not path.is_file():
        raise ExchangeError(f"{module.id} is not released yet; run: dalil release {module.id}")
    catalogue = find_catalogue(module.exercise, language)
    notebook = localise(read_notebook(path), language, catalogue)
    for cell in notebook.cells:
        # nbgrader takes a written answer with the released checksum for "no response"
        if is_solution(cell) and "checksum" in cell.metadata.nbgrader:
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return notebook


def shared_release(settings: Settings, module: Module, language: Language) -> NotebookNode:
    """As ``released``; the same notebook for everybody until a file changes: not to be changed."""
    path = release_path(settings, module)
    files = [path, module.exercise / "locale" / f"{language}.po"]
    return _RELEASES.get((path, language), files, lambda: released(settings, module, language))


_RELEASES: Memo[NotebookNode] = Memo()


def check_release(settings: Settings, module: Module) -> None:
    """Prove that the release of *module* holds its notebook alone, and no solution.

    Raises ExchangeError naming the file.
    """
    folder = settings.release / module.id
    expected = release_path(settings, module)
    files = [path for path in folder.rglob("*") if path.is_file()]
    if extra := [str(path.relative_to(folder)) for path in files if path != expected]:
        raise ExchangeError(
            f"{folder}: {', '.join(extra)} would be released too; only {expected.name} may be: "
            f"move them out of {module.exercise}"
        )
    text = "\n".join(cell.source for cell in read_notebook(expected).cells)
    if found := [mark for mark in FORBIDDEN if mark in text]:
        raise ExchangeError(f"{expected}: still holds {found[0]!r}; check the marks in the source")
