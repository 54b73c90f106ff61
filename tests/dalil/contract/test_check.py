"""Checking as a whole: a sound module, the order of things, and what stays untouched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dalil.contract.check import check_module
from dalil.contract.findings import RULES
from dalil.errors import UsageError
from dalil.settings import load_settings


def test_a_new_module_keeps_the_whole_contract(sample: Any) -> None:
    """With the real runner, through nbgrader's own steps."""
    assert sample.check() == []


def test_looking_changes_nothing(sample: Any, quick: None) -> None:
    before = {path: path.read_bytes() for path in sample.root.rglob("*") if path.is_file()}
    assert sample.check() == []
    assert {p: p.read_bytes() for p in sample.root.rglob("*") if p.is_file()} == before


def test_broken_files_keep_the_rest_from_being_tried(sample: Any) -> None:
    sample.edit("courses/module.toml", "hours = 1", 'hours = 1\nteacher = "nobody"')
    sample.edit("courses/lesson.ipynb", "mean(lengths)", "mean([])")
    assert sample.breaches() == {("schema", "courses/module.toml")}


def test_without_notebooks_nothing_runs(sample: Any) -> None:
    sample.edit("courses/lesson.ipynb", "mean(lengths)", "mean([])")
    assert sample.check(run_notebooks=False) == []


def test_progress_follows_every_rule(sample: Any) -> None:
    steps: list[tuple[str, int, int]] = []
    sample.check("files", "schema", progress=lambda *step: steps.append(step))
    assert steps == [("files", 1, 2), ("schema", 2, 2)]


def test_findings_are_one_line(sample: Any, quick: None) -> None:
    sample.edit("courses/lesson.ipynb", "mean(lengths)", "int('a\\\\nb\\\\nc')")
    (finding,) = sample.check("lesson-runs")
    assert "\n" not in str(finding)


@pytest.mark.parametrize("name", ["nothing", "Sample", "../sample"])
def test_an_unknown_module_is_refused(sample: Any, name: str) -> None:
    with pytest.raises(UsageError):
        check_module(load_settings(sample.root), name)


def test_an_unknown_rule_is_refused(sample: Any) -> None:
    with pytest.raises(UsageError, match="no rule taste"):
        sample.check("taste")


def test_every_rule_is_broken_by_some_test() -> None:
    tests = Path(__file__).parent.glob("test_mutations*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    assert [name for name in RULES if f'"{name}"' not in text] == []


def test_the_academy_itself_stays_untouched(sample: Any, quick: None, tmp_path: Path) -> None:
    """Even where the configuration names a database of its own."""
    config = sample.root / "jupyter_config.py"
    line = f'c.Dalil.database_url = "sqlite:///{tmp_path}/a.db"\napply('
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("apply(c", f"{line}c"), encoding="utf-8")
    assert sample.check("reference-full") == []
    assert not (tmp_path / "a.db").exists()
    assert not (sample.root / ".academy").exists()
