"""A curriculum and an academy to try a module in, made of copies and removed afterwards.

Nothing that a check does (a release, a gradebook, forged exhibits) touches the academy's own
records, whatever its configuration says.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from dalil.limits import MIB
from dalil.settings import ACADEMY_VARIABLE, CONFIG_NAME, ROOT_VARIABLE, Settings, load_settings

_CONFIG = """\
from dalil.configuration import apply

c = get_config()
c.Dalil.isolation = {settings.isolation!r}
c.Dalil.cell_seconds = {settings.limits.cell_seconds!r}
c.Dalil.submission_seconds = {settings.limits.submission_seconds!r}
c.Dalil.memory_mib = {memory_mib!r}
apply(c, __file__)
"""
_COURSES = "dalil.courses"


@contextmanager
def scratch(settings: Settings, module: str) -> Iterator[Settings]:
    """Yield the settings of a copy of the curriculum that holds *module* and an empty academy.

    All of ``courses/`` is copied, because methods may build on those of other courses. Sets
    DALIL_ROOT and DALIL_ACADEMY meanwhile, so it must not be entered twice in one process.
    """
    with TemporaryDirectory(prefix="dalil-check-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        root, academy = folder / "curriculum", folder / "academy"
        _copy(settings.courses, root / "courses")
        for part in ("exercises", "graders"):
            _copy(settings.root / part / module, root / part / module)
        memory_mib = settings.limits.memory_bytes // MIB
        text = _CONFIG.format(settings=settings, memory_mib=memory_mib)
        (root / CONFIG_NAME).write_text(text, encoding="utf-8")
        variables = {ROOT_VARIABLE: str(root), ACADEMY_VARIABLE: str(academy)}
        with _environment(variables), _fresh_courses():
            yield load_settings(root, academy)


def _copy(source: Path, target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(source, target, ignore=ignored)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _fresh_courses() -> Iterator[None]:
    """Let ``dalil.courses`` be found anew: an earlier import may know another curriculum."""
    before = _forget_courses()
    try:
        yield
    finally:
        _forget_courses()
        sys.modules.update(before)
        if _COURSES in before:
            sys.modules["dalil"].courses = before[_COURSES]  # type: ignore[attr-defined]


def _forget_courses() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if f"{name}.".startswith(f"{_COURSES}.")]
    sys.modules["dalil"].__dict__.pop("courses", None)
    return {name: sys.modules.pop(name) for name in names}
