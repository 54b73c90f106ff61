"""What is there of a module, whatever state it is in."""

from __future__ import annotations

import os
import shutil
import stat

import pytest

from dalil.curriculum import load_module
from dalil.ledger import Ledger
from dalil.nbgrader.course import Course
from dalil.service.teaching_files import (
    known,
    names,
    open_to_group,
    release_of,
    stamp,
)
from dalil.service.teaching_modules import bring_up_to_date, survey, translations
from dalil.service.teaching_release import Releases
from dalil.settings import Settings
from tests.dalil.service.teaching_room import (
    EXERCISE,
    GLASS,
    change_cells,
    edit,
    settings,
    two_points,
)

__all__ = ["settings"]


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return Ledger(settings.database_url, settings.keys)


def test_the_stamp_changes_with_any_file_and_with_nothing_else(settings: Settings) -> None:
    first = stamp(settings, GLASS)
    cache = settings.graders / "glass" / "__pycache__"
    cache.mkdir()
    (cache / "checks.pyc").write_bytes(b"")
    assert stamp(settings, GLASS) == first
    edit(settings.root, "graders/glass/checks.py", "def ", "def  ")
    second = stamp(settings, GLASS)
    (settings.exercises / "glass" / "more.txt").write_text("", encoding="utf-8")
    (settings.exercises / "glass" / "link").symlink_to("/nowhere")
    assert len({first, second, stamp(settings, GLASS)}) == 3


def test_folders_that_are_no_modules_are_named(settings: Settings) -> None:
    (settings.graders / "Not a module").mkdir()
    (settings.courses / "half").mkdir()
    (settings.courses / ".hidden").mkdir()
    (settings.courses / "README.md").write_text("", encoding="utf-8")
    assert names(settings) == (["glass", "half"], ["graders/Not a module"])


@pytest.mark.parametrize(
    "name",
    ["", "..", "../glass", "glass/../glass", "GLASS", "glass\n", "nothing", "ɡlass", "a" * 99],
)
def test_other_names_are_no_modules(settings: Settings, name: str) -> None:
    assert known(settings, name) is None


def test_what_the_service_makes_is_open_to_the_group_of_the_curriculum(settings: Settings) -> None:
    made = settings.courses / "glass" / "module.toml"
    made.chmod(0o644)
    open_to_group(settings, GLASS)
    assert stat.S_IMODE(made.stat().st_mode) == 0o644  # no group works on this curriculum
    settings.courses.chmod(0o2775)
    (settings.courses / "glass" / "link").symlink_to("/etc/hostname")
    before = os.stat("/etc/hostname").st_mode
    open_to_group(settings, GLASS)
    assert stat.S_IMODE(made.stat().st_mode) == 0o664
    assert made.parent.stat().st_mode & stat.S_IWGRP
    assert os.stat("/etc/hostname").st_mode == before


def test_a_release_is_on_record_and_ages(settings: Settings, ledger: Ledger) -> None:
    module = load_module(settings, GLASS)
    assert release_of(settings, ledger, module) is None
    Releases(settings, ledger).release(GLASS, "samira", stamp(settings, GLASS))
    found = release_of(settings, ledger, module)
    assert found is not None
    assert (found.by, found.changed) == ("samira", False)
    (event,) = ledger.events(kind="released")
    assert (event.who, event.module) == ("samira", "glass")

    os.utime(module.notebook)  # saved without a change
    os.utime(module.notebook, (found.at.timestamp() + 9, found.at.timestamp() + 9))
    again = release_of(settings, ledger, module)
    assert again is not None
    assert not again.changed

    change_cells(settings.root, lambda cells: cells["about_middle"].update(source="Other words."))
    os.utime(module.notebook, (found.at.timestamp() + 9, found.at.timestamp() + 9))
    changed = release_of(settings, ledger, module)
    assert changed is not None
    assert changed.changed


def test_a_release_on_the_command_line_has_no_name(settings: Settings, ledger: Ledger) -> None:
    module = load_module(settings, GLASS)
    Course(settings).release(module)
    found = release_of(settings, ledger, module)
    assert found is not None
    assert (found.by, found.changed) == ("", False)


def test_every_module_is_listed_however_broken(settings: Settings, ledger: Ledger) -> None:
    shutil.copytree(settings.courses / "glass", settings.courses / "broken")
    (settings.courses / "broken" / "module.toml").write_text("id = ", encoding="utf-8")
    (settings.exercises / "lonely").mkdir()
    (settings.courses / "No Module").mkdir()
    (settings.exercises / "glass" / "locale" / "ar.po").write_text("broken", encoding="utf-8")
    rows = {row["id"]: row for row in survey(settings, ledger, "fr")}
    assert set(rows) == {"glass", "broken", "lonely", "courses/No Module"}
    assert "module.toml" in rows["broken"]["problem"]
    assert rows["lonely"]["problem"]
    assert "rename" in rows["courses/No Module"]["problem"]
    glass = rows["glass"]
    assert (glass["problem"], glass["released"], glass["submitted"]) == ("", None, 0)
    assert {t["language"]: t["missing"] for t in glass["translations"]} == {"fr": 0, "ar": 1}


def test_translations_name_the_cell_and_follow_its_text(settings: Settings) -> None:
    change_cells(settings.root, two_points)
    module = load_module(settings, GLASS)
    assert [found.lacks for found in translations(module)] == [(), ()]
    change_cells(settings.root, lambda cells: cells["about_middle"].update(source="Other words."))
    for found in translations(module):
        told = found.as_dict(messages=True)
        assert f"{EXERCISE}#about_middle" in {line["cell"] for line in told["messages"]}
        assert told["missing"] == 2  # the new text, and the one that is no longer used
    catalogues = {f"exercises/glass/locale/{name}.po" for name in ("ar", "fr")}
    assert set(bring_up_to_date(module)) == catalogues
    (french, _) = translations(module)
    assert [lack.problem.partition(":")[0] for lack, _ in french.lacks] == ["fuzzy"]
    assert bring_up_to_date(module) == []
