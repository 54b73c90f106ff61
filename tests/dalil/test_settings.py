"""One configuration: what jupyter_config.py says is what every application gets."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from traitlets.config import Config

from dalil.configuration import apply
from dalil.errors import RecordsError, UsageError
from dalil.limits import Limits
from dalil.settings import find_root, load_settings, settings_from

CONFIG = "from dalil.configuration import apply\nc = get_config()\n{}\napply(c, __file__)\n"


def curriculum(folder: Path, line: str = "") -> Path:
    (folder / "courses").mkdir()
    (folder / "jupyter_config.py").write_text(CONFIG.format(line), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DALIL_ROOT", raising=False)
    monkeypatch.delenv("DALIL_ACADEMY", raising=False)


def test_the_file_decides(tmp_path: Path) -> None:
    root = curriculum(tmp_path, "c.Dalil.cell_seconds = 7\nc.Dalil.academy = 'elsewhere'")
    settings = load_settings(root)
    assert settings.limits.cell_seconds == 7
    assert settings.records == root / "elsewhere" / "records"
    assert settings.gradebook_url == f"sqlite:///{root / 'elsewhere' / 'records' / 'gradebook.db'}"


def test_the_variable_beats_the_file_and_the_argument_beats_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = curriculum(tmp_path)
    monkeypatch.setenv("DALIL_ACADEMY", "from-variable")
    assert load_settings(root).academy == root / "from-variable"
    assert load_settings(root, tmp_path / "given").academy == tmp_path / "given"


def test_root_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = curriculum(tmp_path)
    below = root / "courses" / "custody" / "locale"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert find_root() == root
    monkeypatch.setenv("DALIL_ROOT", str(tmp_path / "named"))
    assert find_root() == tmp_path / "named"


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"jupyter_config.py: missing"):
        load_settings(tmp_path)
    with pytest.raises(UsageError, match="NameError"):
        load_settings(curriculum(tmp_path, "c.Dalil.workers = undefined"))


def test_applications_agree(tmp_path: Path) -> None:
    root = curriculum(tmp_path)
    config = Config()
    apply(config, str(root / "jupyter_config.py"))
    settings = settings_from(config, root)
    assert config.CourseDirectory.db_url == settings.gradebook_url
    assert config.Exchange.root == str(settings.exchange)
    assert config.ServerApp.ip == "127.0.0.1"
    assert "SealedGrade" in str(config.Autograde.autograde_preprocessors)


def test_private_folders_are_private(tmp_path: Path) -> None:
    settings = load_settings(curriculum(tmp_path))
    settings.prepare()
    settings.prepare()
    assert settings.records.stat().st_mode & 0o077 == 0
    assert settings.keys.stat().st_mode & 0o077 == 0


def test_an_academy_that_stands_open_is_closed(tmp_path: Path) -> None:
    settings = load_settings(curriculum(tmp_path))
    settings.prepare()
    for folder in settings.closed:
        folder.chmod(0o2775)
    settings.prepare()
    found = {folder: folder.stat().st_mode & 0o7777 for folder in settings.closed}
    assert found == {folder: 0o2000 | mode for folder, mode in settings.closed.items()}
    assert {folder for folder, mode in found.items() if mode & 0o077} == {
        settings.academy,
        settings.homes,
    }


def test_an_academy_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    root = curriculum(tmp_path, "c.Dalil.academy = 'taken'")
    (root / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(RecordsError, match="cannot make the academy's folders"):
        load_settings(root).prepare()


def test_sealed_folders_are_all_that_a_trainee_must_not_see(tmp_path: Path) -> None:
    settings = load_settings(curriculum(tmp_path))
    for folder in (settings.records, settings.graders, settings.exercises, settings.submitted):
        assert folder in settings.sealed
    assert settings.courses not in settings.sealed


def test_every_limit_is_a_setting(tmp_path: Path) -> None:
    lines = {
        "cell_seconds": 7.5,
        "submission_seconds": 70,
        "memory_mib": 300,
        "processes": 9,
        "file_mib": 5,
        "output_kib": 6,
        "answer_kib": 8,
    }
    text = "\n".join(f"c.Dalil.{name} = {value}" for name, value in lines.items())
    mib = 1024**2
    wanted = Limits(7.5, 70, 300 * mib, 9, 5 * mib, 6 * 1024, 8 * 1024)
    assert load_settings(curriculum(tmp_path, text)).limits == wanted
    assert len(lines) == len(dataclasses.fields(Limits))


def test_without_a_word_the_usual_limits_are_in_force(tmp_path: Path) -> None:
    assert load_settings(curriculum(tmp_path)).limits == Limits()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("cell_seconds", ("0", "-1", "float('inf')", "'long'", "None")),
        ("submission_seconds", ("0", "10**9")),
        ("memory_mib", ("0", "255", "2.5", "10**12")),
        ("processes", ("0", "7", "10**6")),
        ("file_mib", ("0", "-64", "10**9")),
        ("output_kib", ("0", "10**9")),
        ("answer_kib", ("0", "4097")),  # more than an answer can ever have
    ],
)
def test_limits_out_of_bounds_are_refused_by_name(
    tmp_path: Path, name: str, values: tuple[str, ...]
) -> None:
    for number, value in enumerate(values):
        (folder := tmp_path / str(number)).mkdir()
        with pytest.raises(UsageError, match=name):
            load_settings(curriculum(folder, f"c.Dalil.{name} = {value}"))


@pytest.mark.parametrize(
    "domain",
    [
        "academy.example",
        "https://localhost",
        "http://192.0.2.7",
        "https://a.example/x",
        "ftp://a.b",
    ],
)
def test_a_domain_is_an_address_that_others_can_stand_below(tmp_path: Path, domain: str) -> None:
    with pytest.raises(UsageError, match=r"c\.Dalil\.domain: an address such as"):
        load_settings(curriculum(tmp_path, f"c.Dalil.domain = {domain!r}"))


def test_a_domain_is_kept_without_its_last_slash(tmp_path: Path) -> None:
    found = load_settings(curriculum(tmp_path, "c.Dalil.domain = 'https://academy.example:8443/'"))
    assert found.domain == "https://academy.example:8443"
