"""Lab is set up for the person where they have not done so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dalil.server.lab import arrange

LANGUAGE = "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"
PLUGINS = "labconfig/page_config.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("DALIL_ROLE", "trainee")
    return tmp_path


@pytest.mark.parametrize(("speaks", "locale"), [("ar", "ar_SA"), ("fr", "fr_FR")])
def test_the_rosters_language(
    home: Path, monkeypatch: pytest.MonkeyPatch, speaks: str, locale: str
) -> None:
    monkeypatch.setenv("DALIL_LANGUAGE", speaks)
    arrange()
    assert json.loads((home / LANGUAGE).read_text()) == {"locale": locale}


def test_what_the_person_chose_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_LANGUAGE", "ar")
    arrange()
    (home / LANGUAGE).write_text("{}")
    (home / PLUGINS).write_text("{}")
    arrange()
    assert (home / LANGUAGE).read_text() == (home / PLUGINS).read_text() == "{}"


def test_instructors_keep_their_tools(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_ROLE", "instructor")
    monkeypatch.setenv("DALIL_LANGUAGE", "en")
    arrange()
    assert list(home.iterdir()) == []


def test_a_home_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("DALIL_LANGUAGE", "ar")
    monkeypatch.setenv("DALIL_ROLE", "trainee")
    arrange()
