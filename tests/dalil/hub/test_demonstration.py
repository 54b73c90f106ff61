"""A demonstration academy is prepared once, whatever modules its curriculum has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dalil.curriculum import find_modules, new_module
from dalil.hub import demonstration
from dalil.models import ModuleId
from dalil.settings import load_settings

NAMES = ("fibres", "glass", "paint")


def test_every_module_is_released_once(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    root = make_curriculum(tmp_path)
    for part in ("courses", "exercises", "graders"):
        (root / part).mkdir()
    settings = load_settings(root)
    settings.prepare()
    for name in NAMES:
        new_module(settings, ModuleId(name), name.title())
    demonstration.enrol(settings)
    told: list[tuple[str, int, int]] = []
    modules = find_modules(settings)
    for _ in range(2):
        found = demonstration.prepare(settings, modules, lambda *step: told.append(step))
        assert found == []
    assert told == [("modules", n, len(NAMES)) for n in range(len(NAMES) + 1)]
    assert sorted(path.name for path in settings.release.iterdir()) == list(NAMES)
