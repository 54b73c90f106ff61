"""A notebook of the person's, read, put into another language and written back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dalil.models import Language
from dalil.server import folders, localising
from dalil.server.bundle import CASE


@dataclass(frozen=True)
class Reworded:
    """What was changed in the file at *path*, or, if not *written*, is to be changed in Lab."""

    path: str
    written: bool
    cells: dict[str, dict[str, Any]]
    metadata: dict[str, str]
    kept: list[str]


def reword(
    home: Path,
    path: str,
    releases: Mapping[Language, localising.Notebook],
    wished: Language,
    *,
    keep: bool,
) -> Reworded:
    """Put the notebook at *path* below *home* into *wished*; without *keep* it is only looked at.

    Its case.json, if it has one, speaks that language too: so do the messages of ``case``.
    Raises Refusal.
    """
    place = PurePosixPath(path)
    with folders.desk(home, *place.parts[:-1]) as desk, folders.in_words():
        notebook = localising.parsed(desk.read(place.name, folders.MAX_NOTEBOOK_BYTES), path)
        found = localising.changes(notebook, releases, wished)
        if keep:
            localising.apply(notebook, found)
            desk.write(place.name, localising.written(notebook))
        case = folders.case_in(desk)
        if case is not None and case.get("language") != wished:
            case["language"] = wished
            desk.write(CASE, f"{json.dumps(case, ensure_ascii=False, indent=1)}\n".encode())
    return Reworded(path, keep, found.cells, found.metadata, found.kept)
