"""The demonstration cohort: everybody gets what was stated beforehand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dalil.curriculum.find import module_ids
from dalil.demo import SKILLS, cohort
from dalil.models import LANGUAGES
from dalil.settings import load_settings


def test_a_cohort_has_every_skill_language_and_different_names() -> None:
    trainees = cohort(21)
    assert {t.skill for t in trainees} == set(SKILLS)
    assert {t.language for t in trainees} == set(LANGUAGES)
    assert len({t.name for t in trainees}) == 21


def test_every_skill_earns_what_was_stated(checkout: Path, tmp_path: Path) -> None:
    """The whole loop; the demonstration's own exit status says whether all agree."""
    assert_agrees(checkout, tmp_path, "custody")


@pytest.mark.acceptance
@pytest.mark.timeout(1800)
def test_every_skill_earns_what_was_stated_in_every_module(checkout: Path, tmp_path: Path) -> None:
    names = module_ids(load_settings(checkout))
    assert_agrees(checkout, tmp_path, *names)


def assert_agrees(checkout: Path, tmp_path: Path, *modules: str) -> None:
    line = [sys.executable, "-m", "dalil", "demo", "--trainees", "7", "--json"]
    done = subprocess.run(
        [*line, "--modules", ",".join(modules), "--dir", str(tmp_path / "academy")],
        cwd=checkout,
        env={k: v for k, v in os.environ.items() if not k.startswith("DALIL_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    rows = result["submissions"]
    assert len(rows) == 7 * len(modules)
    assert {row["module"] for row in rows} == set(modules)
    assert result["exhibits_differ"] is True
    for row in rows:
        assert row["agrees"] is True, row
        assert row["awarded"] == row["expected"]
    by_skill = {(row["skill"], row["module"]): row for row in rows}
    for module in modules:
        perfect = by_skill["perfect", module]
        assert perfect["awarded"] == perfect["max_points"]
        assert by_skill["cheating", module]["awarded"] == 0
        assert by_skill["empty", module]["awarded"] == 0
        assert "died" in by_skill["crashing", module]["flags"].values()
        assert 0 < by_skill["wrong", module]["awarded"] < by_skill["half", module]["max_points"]
    assert len(result["feedback"]) == len(rows)
    assert all(Path(page).is_file() for page in result["feedback"])


def test_a_folder_with_other_things_in_it_is_left_alone(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    line = [sys.executable, "-m", "dalil", "demo", "--trainees", "1", "--dir", str(tmp_path)]
    done = subprocess.run(line, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not an academy" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
