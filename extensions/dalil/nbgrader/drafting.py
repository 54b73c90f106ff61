"""What a release would hand out, made from the source as it is now, and put nowhere."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells

from dalil.curriculum import Module
from dalil.errors import DalilError, NotebookError
from dalil.models import Language
from dalil.nbgrader.course import configuration
from dalil.nbgrader.release import FORBIDDEN
from dalil.notebooks import read_notebook
from dalil.settings import Settings
from dalil.translation import find_catalogue, localise


def draft(settings: Settings, module: Module, language: Language) -> NotebookNode:
    """The exercise of *module* as a trainee would get it, in *language*.

    nbgrader's own steps of a release, without the one that writes to the gradebook; nothing is
    released and nothing recorded. Raises NotebookError for what nbgrader refuses, or when a
    solution would go out.
    """
    config = configuration(settings)
    notebook = read_notebook(module.notebook)
    names = {"assignment": module.id, "notebook": module.id, "student": "."}
    resources: dict[str, Any] = {"nbgrader": names, "metadata": {"path": str(module.exercise)}}
    try:
        for step in GenerateAssignment(config=config).preprocessors:
            if not issubclass(step, SaveCells):
                notebook, resources = step(config=config).preprocess(notebook, resources)
    except DalilError:
        raise
    except Exception as error:  # nbgrader raises its own, and whatever an odd cell makes of it
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NotebookError(f"{module.notebook.name}: {reason}; check the module") from error
    text = "\n".join(cell.source for cell in notebook.cells)
    if found := [mark for mark in FORBIDDEN if mark in text]:
        raise NotebookError(f"{module.notebook.name}: still holds {found[0]!r}; check the module")
    return localise(notebook, language, find_catalogue(module.exercise, language))
