"""A notebook in the trainee's language."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from dalil.models import RIGHT_TO_LEFT, Language
from dalil.translation.catalogue import Catalogue
from dalil.translation.direction import right_to_left
from dalil.translation.messages import is_written, message_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

# What nbgrader puts in place of a written solution (ClearSolutions.text_stub), by language.
PLACEHOLDERS: dict[Language, str] = {
    "en": "YOUR ANSWER HERE",
    "fr": "ÉCRIVEZ VOTRE RÉPONSE ICI",
    "ar": "اكتب جوابك هنا",
}


def localise(notebook: NotebookNode, language: Language, catalogue: Catalogue) -> NotebookNode:
    """Return a copy of *notebook* whose Markdown is in *language*; code and ids stay the same.

    A message without a translation stays English. Arabic cells carry their direction, as metadata
    and in their text; ``metadata.dalil`` of the notebook says language and direction.
    """
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    localised = copy.deepcopy(notebook)
    localised.metadata["dalil"] = {"language": language, "direction": direction}
    if language == "en":
        return localised
    for cell in localised.cells:
        if cell.cell_type != "markdown":
            continue
        if is_written(cell):
            _prepare(cell, language, direction)
            continue
        message = message_of(cell)
        if message is None or message not in catalogue:
            continue
        text = catalogue.get(message)
        cell.source = right_to_left(text) if direction == "rtl" else text
        cell.metadata["dalil"] = {"direction": direction}
        # nbgrader's checksum is that of the English text; with it, its Validate button would say
        # that the trainee had changed the cell. The grading side never reads this copy of it.
        if isinstance(nbgrader := cell.metadata.get("nbgrader"), dict):
            nbgrader.pop("checksum", None)
    return localised


def _prepare(cell: NotebookNode, language: Language, direction: str) -> None:
    """Ready a cell for a written answer in *language*.

    Its text becomes the trainee's own: tags around it would be theirs to break, so the direction
    is metadata only. Text in Arabic letters runs from right to left by itself.
    """
    cell.metadata["dalil"] = {"direction": direction}
    if cell.source.strip() == PLACEHOLDERS["en"]:
        cell.source = PLACEHOLDERS[language]
