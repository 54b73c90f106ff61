"""Measure a course's reference method on real data with published answers.

``python -m dalil.validate firearms`` prints a table and ends with status 1 when the method misses
the bounds it promises. The data are never part of the project: ``data_folder`` says where they are
looked for. Each module here measures one course and offers ``main(arguments) -> int``.
"""

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


def data_folder(course: str, given: Path | None = None) -> Path:
    """The folder of the course's real data, with its ``truth.csv``.

    Raises UsageError that says where it was looked for.
    """
    root = data_root()
    folder = given or (root / course if root else Path(course))
    if not (folder / "truth.csv").is_file():
        raise UsageError(
            f"no {folder}/truth.csv: name the folder of the {course} data with --data, "
            f"or the folder above it with ${DATA_VARIABLE}"
        )
    return folder
