"""What an exercise's notebook imports: ``from dalil import case``.

``case.exhibit("log")`` is the path of an exhibit, ``case.answer("breaks", value)`` hands a value
over, ``case.questions()`` lists what is asked; ``case.language`` and ``case.attempt`` say whose
case this is. All of them read ``case.json`` beside the notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dalil.case.exhibits import open_exhibit
from dalil.case.files import read_case
from dalil.case.handover import hand_over

__all__ = ["answer", "exhibit", "questions"]


def exhibit(name: str) -> Path:
    """Return the path of the exhibit *name*; shows a warning when the file was altered.

    Raises ExhibitError when there is no such exhibit, its file is missing, or there is no case.
    """
    return open_exhibit(read_case(), name)


def answer(question: str, value: Any) -> None:
    """Hand *value* over as the answer to *question*; shows whether it has the form asked for.

    Never raises: what is wrong is shown, and the cells below still run. While grading, the value
    goes to the grading side instead, and nothing is shown.
    """
    hand_over(question, value)


def questions() -> dict[str, str]:
    """Return the titles of the questions of this case by id."""
    return {name: question.title for name, question in read_case().questions.items()}


def __getattr__(name: str) -> Any:
    if name in ("attempt", "language", "module"):
        return getattr(read_case(), name)
    raise AttributeError(f"module 'dalil.case' has no attribute {name!r}")
