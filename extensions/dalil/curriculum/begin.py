"""A new module: a small one that works and passes its contract, for an author to change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from dalil.curriculum.find import load_module
from dalil.curriculum.module import Folders, Module
from dalil.curriculum.reader import line_problem
from dalil.errors import CurriculumError, UsageError
from dalil.models import ModuleId

SCAFFOLD = Path(__file__).with_name("scaffold")
# What the scaffold's files say in place of the id and the title.
ID, TITLE = "newmodule", "A new module"
MAX_TITLE = 120


def new_module(folders: Folders, name: ModuleId, title: str) -> Module:
    """Write all files of a new module *name* called *title*, translations included.

    Raises UsageError for a title that is no line of text, and CurriculumError when one of the
    module's folders is there already or cannot be written; then nothing is left behind.
    """
    if (problem := line_problem(title)) or len(title) > MAX_TITLE:
        problem = problem or f"longer than {MAX_TITLE} characters"
        raise UsageError(f"title {title[:20]!r}: {problem}; give one short line")
    targets = {
        "course": folders.courses / name,
        "exercise": folders.exercises / name,
        "grader": folders.graders / name,
    }
    for target in targets.values():
        if target.exists() or target.is_symlink():
            place = f"{target.parent.name}/{target.name}"
            raise CurriculumError(f"{place}: is there already; choose another id")
    try:
        for part, target in targets.items():
            _copy(SCAFFOLD / part, target, name, title)
    except OSError as error:
        for target in targets.values():
            shutil.rmtree(target, ignore_errors=True)
        raise CurriculumError(f"{name}: cannot be written ({error.strerror})") from None
    return load_module(folders, name)


def _copy(source: Path, target: Path, name: ModuleId, title: str) -> None:
    """Copy the files of *source*, with their own names and texts, to the folder *target*."""
    quoted = json.dumps(title, ensure_ascii=False)[1:-1]  # as TOML, JSON and .po files need it
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        if "__pycache__" in path.parts:
            continue
        place = target / path.relative_to(source)
        place = place.with_name(place.name.replace(ID, name))
        text = path.read_text(encoding="utf-8").replace(ID, name).replace(TITLE, quoted)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
