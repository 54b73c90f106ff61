"""Where real data with published answers lie; they are never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

from dalil.errors import UsageError
from dalil.settings import find_root

DATA_VARIABLE = "DALIL_DATA"


def data_root() -> Path | None:
    """$DALIL_DATA, else ``shared/data`` beside the project; None without a project to start at."""
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    root = find_root()
    return root.parent / "shared" / "data" if root else None


def data_folder(course: str, given: Path | None = None, file: str = "truth.csv") -> Path:
    """The folder of the course's real data, in which there is *file*.

    Raises UsageError that says where it was looked for.
    """
    root = data_root()
    folder = given or (root / course if root else Path(course))
    if not (folder / file).exists():
        raise UsageError(
            f"no {folder}/{file}: name the folder of the {course} data with --data, "
            f"or the folder above it with ${DATA_VARIABLE}"
        )
    return folder
