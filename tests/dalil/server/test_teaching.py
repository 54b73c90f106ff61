"""The curriculum's files in an instructor's server, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dalil.notebooks import read_notebook, untidy
from dalil.server.teaching import CURRICULUM, PARTS, save_clean, show_curriculum


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instructor's home, and a curriculum beside it."""
    for part in PARTS:
        (tmp_path / "root" / part).mkdir(parents=True)
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("DALIL_ROOT", str(tmp_path / "root"))
    monkeypatch.setenv("DALIL_ROLE", "instructor")
    return place


def test_an_instructor_reaches_the_curriculum(home: Path) -> None:
    show_curriculum()
    show_curriculum()
    for part in PARTS:
        assert (home / CURRICULUM / part).resolve() == home.parent / "root" / part


@pytest.mark.parametrize("role", ["trainee", "admin", ""])
def test_nobody_else_does(home: Path, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_ROLE", role)
    show_curriculum()
    assert list(home.iterdir()) == []


def test_links_follow_an_academy_that_moved_and_own_files_stay(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = home / CURRICULUM / "courses"
    own.mkdir(parents=True)
    (home / CURRICULUM / "graders").symlink_to("/gone")
    show_curriculum()
    assert own.is_dir()
    assert not own.is_symlink()
    assert os.readlink(home / CURRICULUM / "graders") == str(home.parent / "root" / "graders")


def test_a_home_that_cannot_be_written_stops_nobody(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / CURRICULUM).write_text("in the way", encoding="utf-8")
    show_curriculum()
    assert "curriculum" in caplog.text


@pytest.mark.parametrize(("folder", "kept"), [(CURRICULUM, 0), ("exercises", 1)])
def test_notebooks_of_the_curriculum_are_saved_clean_and_no_others(
    tmp_path: Path, folder: str, kept: int
) -> None:
    (tmp_path / folder).mkdir()
    outputs = [new_output("stream", text="ran")]
    cell = new_code_cell("1", id="one", outputs=outputs, execution_count=3)
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "version": "3.9"},
    }
    contents = FileContentsManager(root_dir=str(tmp_path))
    save_clean(contents)
    notebook = new_notebook(cells=[cell], metadata=metadata)
    path = f"{folder}/a.ipynb"
    contents.save({"type": "notebook", "format": "json", "content": notebook}, path)
    saved = read_notebook(tmp_path / path)
    assert len(saved.cells[0].outputs) == kept
    assert (untidy(saved) == []) is (kept == 0)
