"""A new module works as it is: it keeps the contract, in three languages, before any change."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from dalil.contract.check import check_module
from dalil.curriculum import find_modules, new_module
from dalil.errors import CurriculumError, UsageError
from dalil.grading.sealed import load_checks
from dalil.models import ModuleId
from dalil.settings import Settings, load_settings
from dalil.translation import extract, missing, update

ROOT = Path(__file__).resolve().parents[3]
GLASS = ModuleId("glass")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "courses").mkdir()
    shutil.copy(ROOT / "jupyter_config.py", tmp_path)
    monkeypatch.setenv("DALIL_ROOT", str(tmp_path))
    return load_settings(tmp_path)


def files(root: Path) -> dict[str, str]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_a_new_module_keeps_the_rules_that_run_nothing(settings: Settings) -> None:
    module = new_module(settings, GLASS, 'Glass, "traces" \\ and `code`')
    assert module.title == 'Glass, "traces" \\ and `code`'
    assert [found.id for found in find_modules(settings)] == ["glass"]
    assert check_module(settings, GLASS, run_notebooks=False) == []


def test_a_new_module_is_translated_and_its_catalogues_are_in_step(settings: Settings) -> None:
    module = new_module(settings, GLASS, "Glass")
    assert missing(module, "fr") == missing(module, "ar") == []
    assert update(module) == []
    texts = {entry.message for domain in extract(module) for entry in domain.entries}
    assert not any("newmodule" in text or "A new module" in text for text in texts)
    assert not any("newmodule" in path.read_text("utf-8") for path in module.course.rglob("*.*"))


def test_equal_ids_and_titles_give_equal_files(settings: Settings, tmp_path: Path) -> None:
    new_module(settings, GLASS, "Glass")
    before = files(tmp_path)
    for folder in (settings.courses, settings.exercises, settings.graders):
        shutil.rmtree(folder / "glass")
    new_module(settings, GLASS, "Glass")
    assert files(tmp_path) == before


def test_its_checks_judge(settings: Settings) -> None:
    checks = load_checks(new_module(settings, GLASS, "Glass").grader).checks
    truth = {"middle": 95.31, "deviating": [2, 3, 5, 8]}
    assert checks["middle"](95.32, truth).share == 1
    assert checks["middle"](96.5, truth).share == 0
    assert checks["deviating"]([8, 5, 3, 2], truth).share == 1
    assert checks["deviating"]([2, 3, 5], truth).share == 0.75
    assert checks["deviating"]([2, 3, 5, 7], truth).share == 0.5
    assert checks["deviating"]([], truth).share == 0
    assert checks["deviating"](list(range(1, 25)), truth).share == 0


@pytest.mark.parametrize("part", ["courses", "exercises", "graders"])
def test_what_is_there_already_is_left_alone(settings: Settings, tmp_path: Path, part: str) -> None:
    (tmp_path / part / "glass").mkdir(parents=True)
    (tmp_path / part / "glass" / "mine.txt").write_text("mine")
    before = files(tmp_path)
    with pytest.raises(CurriculumError, match=f"{part}/glass: is there already"):
        new_module(settings, GLASS, "Glass")
    assert files(tmp_path) == before


def test_nothing_is_left_behind_when_writing_fails(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "graders").write_text("a file where a folder should be")
    before = files(tmp_path)
    with pytest.raises(CurriculumError, match="cannot be written"):
        new_module(settings, GLASS, "Glass")
    assert files(tmp_path) == before


@pytest.mark.parametrize("title", ["", " ", "a\nb", "a\u202eb", "x" * 121])
def test_titles_are_one_line(settings: Settings, tmp_path: Path, title: str) -> None:
    with pytest.raises(UsageError, match="title"):
        new_module(settings, GLASS, title)
    assert set(files(tmp_path)) == {"jupyter_config.py"}
