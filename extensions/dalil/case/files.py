"""``case.json``: which case this folder holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalil.answers import load_json
from dalil.errors import AnswerError, ExhibitError, UsageError
from dalil.models import LANGUAGES, N_, Language, language

CASE_NAME = "case.json"
CASE_VARIABLE = "DALIL_CASE"
MAX_CASE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Exhibit:
    """One file of evidence as it was issued; ``sha256`` in lower-case hexadecimal digits."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Question:
    """One question; ``form`` is None for one that is answered in writing."""

    title: str
    form: Mapping[str, Any] | None


@dataclass(frozen=True)
class Case:
    """The case of one trainee, for one module, at one attempt; ``folder`` holds its files."""

    folder: Path
    module: str
    attempt: int
    language: Language
    exhibits: Mapping[str, Exhibit]
    questions: Mapping[str, Question]
    grading: bool


class NoCaseError(ExhibitError):
    """There is no readable ``case.json``; ``msgid`` says so, in a notebook's message."""

    def __init__(self, msgid: str) -> None:
        super().__init__(msgid)
        self.msgid = msgid

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: without a case nobody knows the language, so in all of them."""
        from dalil.case.voice import own_catalogue

        return [own_catalogue(name).get(self.msgid) for name in LANGUAGES]


NO_CASE = N_("There is no case in this folder. Open the notebook in the folder of your exercise.")
DAMAGED = N_("The file case.json is damaged. Fetch the exercise again.")


_last_read: list[Path] = []  # where this process found its case; at most one


def read_case() -> Case:
    """Return the case in the working folder, or the one that DALIL_CASE names.

    A notebook that went to a folder without a case keeps the one that it had. Read anew at each
    call, so that it is always the folder's. Raises NoCaseError.
    """
    named = os.environ.get(CASE_VARIABLE)
    path = Path(named or CASE_NAME)
    path = path / CASE_NAME if path.is_dir() else path
    if not named and _last_read and not path.exists():
        path = _last_read[0]
    try:
        with path.open("rb") as stream:
            raw = load_json(stream.read(MAX_CASE_BYTES))
    except FileNotFoundError:
        raise NoCaseError(NO_CASE) from None
    except (AnswerError, OSError):
        raise NoCaseError(DAMAGED) from None
    try:
        case = _case(path.resolve().parent, raw)
    except (KeyError, TypeError, ValueError, AttributeError, UsageError):
        raise NoCaseError(DAMAGED) from None
    _last_read[:] = [path.resolve()]
    return case


def _case(folder: Path, raw: Any) -> Case:
    return Case(
        folder=folder,
        module=str(raw["module"]),
        attempt=int(raw.get("attempt", 1)),
        language=language(raw.get("language", "en")),
        exhibits={
            name: Exhibit(_plain_name(item["file"]), str(item["sha256"]).lower())
            for name, item in raw["exhibits"].items()
        },
        questions={
            name: Question(str(item.get("title", name)), item.get("form"))
            for name, item in raw["questions"].items()
        },
        grading=raw.get("grading") is True,
    )


def _plain_name(name: str) -> str:
    """*name* if it cannot leave the folder of exhibits; raises ValueError."""
    if name != Path(name).name or name in ("", ".", "..") or "\0" in name:
        raise ValueError(name)
    return name
