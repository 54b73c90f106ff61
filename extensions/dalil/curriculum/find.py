"""Finding the modules of a curriculum."""

from __future__ import annotations

from collections.abc import Mapping

from dalil.curriculum.module import Folders, Module
from dalil.curriculum.table import TABLE_NAME, read_table
from dalil.errors import CurriculumError, UsageError
from dalil.models import ModuleId, module_id


def module_ids(folders: Folders) -> list[ModuleId]:
    """Return the ids of all folders of ``courses/`` with a ``module.toml``, sorted."""
    try:
        found = sorted(path.parent.name for path in folders.courses.glob(f"*/{TABLE_NAME}"))
    except OSError as error:
        raise CurriculumError(f"{folders.courses.name}/: cannot be read ({error})") from None
    try:
        return [module_id(name) for name in found]
    except UsageError as error:
        raise CurriculumError(f"{folders.courses.name}/: {error}; rename the folder") from None


def load_module(folders: Folders, name: ModuleId) -> Module:
    """Return the module *name*. Raises CurriculumError: "file: rule: message", one line each."""
    if not (folders.courses / name).is_dir():
        known = ", ".join(module_ids(folders)) or "none"
        raise CurriculumError(f"{name}: no such module in {folders.courses.name}/; known: {known}")
    return read_table(folders, name)


def find_modules(folders: Folders) -> list[Module]:
    """Return all modules of the curriculum, each after those that it needs, else by id.

    Raises CurriculumError with the problems of all modules, one a line.
    """
    modules: dict[ModuleId, Module] = {}
    problems: list[str] = []
    for name in module_ids(folders):
        try:
            modules[name] = read_table(folders, name)
        except CurriculumError as error:
            problems.append(str(error))
    if problems:
        raise CurriculumError("\n".join(problems))
    return _ordered(modules, folders.courses.name)


def _ordered(modules: Mapping[ModuleId, Module], courses: str) -> list[Module]:
    """*modules* in an order in which they can be taken."""
    done: dict[ModuleId, Module] = {}
    waiting = dict(modules)
    while waiting:
        ready = [m for m in waiting.values() if all(need in done for need in m.prerequisites)]
        if not ready:
            circle = ", ".join(waiting)
            raise CurriculumError(f"{courses}/: prerequisites go in a circle: {circle}; cut one")
        for module in ready:
            done[module.id] = waiting.pop(module.id)
    return list(done.values())
