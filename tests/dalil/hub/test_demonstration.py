"""A demonstration academy is prepared once, whatever modules its curriculum has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from dalil.cli import dalil
from dalil.curriculum import find_modules, new_module
from dalil.hub import demonstration
from dalil.models import ModuleId
from dalil.roster import Person, Roster
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


@pytest.mark.parametrize(
    ("people", "made_up_before", "reason"),
    [
        (["fatima"], False, "fatima is on its roster"),
        (["fatima"], True, "fatima is on its roster"),
        (["karim"], False, "was in use before any demonstration"),
    ],
)
def test_an_academy_of_real_people_is_not_opened_with_everybodys_password(
    tmp_path: Path,
    make_curriculum: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    people: list[str],
    *,
    made_up_before: bool,
    reason: str,
) -> None:
    root = make_curriculum(tmp_path, lines='c.Dalil.separation = "none"')
    (root / "courses").mkdir()
    monkeypatch.setenv("DALIL_ROOT", str(root))
    settings = load_settings(root)
    settings.prepare()
    if made_up_before:
        demonstration.enrol(settings)
    Roster(settings).enrol([Person(name) for name in people], who="root")
    before = Roster(settings).people()
    done = CliRunner().invoke(dalil, ["academy", "--without-separation"])
    assert done.exit_code != 0
    assert reason in str(done.output) + str(done.exception)
    assert "dalil serve" in str(done.output) + str(done.exception)
    assert Roster(settings).people() == before
    assert not (settings.records / "hub" / "demonstration.json").exists()


def test_the_demonstration_opens_its_own_academy_again(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    settings = load_settings(make_curriculum(tmp_path))
    settings.prepare()
    demonstration.refuse_real(settings)
    demonstration.enrol(settings)
    Roster(settings).remove("omar", who="nadia")
    demonstration.refuse_real(settings)
