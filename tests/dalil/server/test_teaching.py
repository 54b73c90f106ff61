"""The curriculum's files in an instructor's server, and only there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dalil.server.teaching import CURRICULUM, PARTS, show_curriculum


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
