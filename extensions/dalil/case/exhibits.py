"""Opening an exhibit: where it is, and whether it is still what was issued."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from dalil.case.files import Case
from dalil.errors import ExhibitError
from dalil.models import N_

EXHIBITS_FOLDER = "exhibits"
NO_EXHIBIT = N_("There is no exhibit {name}. The exhibits of this case: {known}.")
MISSING = N_("The exhibit {file} is missing. Fetch the exercise again.")
ALTERED = N_("The exhibit {file} is not as it was issued: its SHA-256 digest has changed.")
WORK_ON_A_COPY = N_("Fetch the exercise again, and write to copies only.")


class NoExhibitError(ExhibitError):
    """An exhibit that cannot be opened; a notebook shows the message without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def open_exhibit(case: Case, name: str) -> Path:
    """Return the absolute path of the exhibit *name*; see ``dalil.case.exhibit``."""
    from dalil.case.voice import Voice, tell

    exhibit = case.exhibits.get(str(name))
    if exhibit is None:
        voice = Voice(case.language)
        known = voice.data(*case.exhibits)
        raise NoExhibitError(voice.say(NO_EXHIBIT, name=str(name)[:60], known=known).text)
    path = case.folder / EXHIBITS_FOLDER / exhibit.file
    try:
        status = path.stat()
        digest = _digest(path, status.st_mtime_ns, status.st_size)
    except OSError:
        said = Voice(case.language).say(MISSING, file=exhibit.file)
        raise NoExhibitError(said.text) from None
    if digest != exhibit.sha256 and not case.grading:
        voice = Voice(case.language)
        tell(
            case.language, "note", voice.say(ALTERED, file=exhibit.file), voice.say(WORK_ON_A_COPY)
        )
    return path


@lru_cache(maxsize=64)
def _digest(path: Path, modified: int, size: int) -> str:
    """SHA-256 (FIPS 180-4) of a file; time and size are there to notice a change."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
