"""What the notebooks of a curriculum really import: worth importing before the first fork."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dalil.curriculum import methods_of
from dalil.sandbox.preload import imports_of
from dalil.settings import Settings


def curriculum_imports(settings: Settings) -> tuple[str, ...]:
    """Return the modules that lessons, apps, exercises and reference methods import.

    Never looks into ``graders/``. A file that cannot be read counts as empty.
    """
    return imports_of(_sources(settings))


def _sources(settings: Settings) -> Iterator[str]:
    for folder in (settings.courses, settings.exercises):
        for path in sorted(folder.glob("*/*.ipynb")):
            yield from _cells(path)
    for course in sorted(settings.courses.glob("*")):
        for path in methods_of(course):
            with suppress(OSError, ValueError):
                yield path.read_text(encoding="utf-8")


def _cells(path: Path) -> Iterator[str]:
    with suppress(OSError, ValueError, KeyError, TypeError):
        for cell in json.loads(path.read_bytes())["cells"]:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"])
