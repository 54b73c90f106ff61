"""The command line: help, statuses, one line per error, JSON for machines."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from dalil.cli import COMMANDS, dalil, main
from dalil.settings import Dalil

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]) -> Run:
    """Run ``dalil`` in a curriculum with one module and one trainee's submission, graded."""
    root = make_curriculum(tmp_path_factory.mktemp("commands"), "custody")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DALIL_")}

    def run(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "dalil", *words],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "Warning" not in done.stderr
        return done

    run("release", "custody")
    run("fetch", "custody", "--trainee", "سعاد", "--language", "ar")
    run("submit", "custody", "--trainee", "سعاد")
    run("grade")
    return run


def records(run: Run) -> Path:
    return Path(json.loads(run("settings", "--json").stdout)["academy"]) / "records"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(dalil, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_what_nbgrader_does_with_its_gradebook_is_no_warning_for_people() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(SystemExit):
            main(["--no-such-option"])
        for line in ("Object of type <SubmittedNotebook> not in session", "Something else"):
            warnings.warn_explicit(line, RuntimeWarning, "api.py", 1, "nbgrader.api")
    assert [str(one.message) for one in said] == ["Something else"]


def test_the_help_names_every_command() -> None:
    output = CliRunner().invoke(dalil, ["--help"]).output
    assert all(f"  {name} " in output for name in COMMANDS)


def test_wrong_usage_is_status_2(run: Run) -> None:
    run("nothing", status=2)
    run("fetch", "custody", status=2)
    run("fetch", "custody", "--trainee", "../../x", status=2)
    run("module", "show", "NOT A MODULE", status=2)


def test_a_failure_is_one_line_and_status_1(run: Run) -> None:
    done = run("submit", "custody", "--trainee", "nobody", status=1)
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("dalil: nobody: submit custody: ")


def test_grading_again_leaves_it_as_it_is(run: Run) -> None:
    results = json.loads(run("grade", "--json").stdout)
    assert [(r["trainee"], r["already"], r["error"]) for r in results] == [("سعاد", True, "")]


def test_progress_for_people_machines_and_spreadsheets(run: Run, tmp_path: Path) -> None:
    found = json.loads(run("progress", "--json").stdout)
    assert [(row["trainee"], row["graded"], row["share"]) for row in found["rows"]] == [
        ("سعاد", 1, 0.0)
    ]
    for view in ("module", "sex", "queue"):
        path = tmp_path / f"{view}.csv"
        run("progress", "--by", view, "--csv", str(path), "--xlsx", str(tmp_path / f"{view}.xlsx"))
        with path.open(encoding="utf-8-sig", newline="") as stream:
            assert len(list(csv.reader(stream))) > 1 or view == "queue"
        assert (tmp_path / f"{view}.xlsx").read_bytes().startswith(b"PK")
    run("progress", "--plot", str(tmp_path / "p.png"))
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    one = json.loads(run("progress", "--trainee", "سعاد", "--json").stdout)
    assert [row["module"] for row in one["modules"]] == ["custody"]
    wrong = run("progress", "--cohort", "nowhere", status=2)
    assert "there is no such cohort; known: none" in wrong.stderr


def test_feedback_is_written_in_the_trainees_language(run: Run) -> None:
    pages = json.loads(run("feedback", "--json").stdout)["pages"]
    page = Path(pages["سعاد/custody"]).read_text(encoding="utf-8")
    assert '<html dir="rtl" lang="ar"' in page


def test_the_ledger_names_a_row_that_was_changed(run: Run) -> None:
    report = json.loads(run("ledger", "verify", "--json").stdout)
    assert report["ok"] is True
    database = records(run) / "dalil.db"
    kept = database.read_bytes()
    place = kept.rindex(b'"points"')
    database.write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
    try:
        done = run("ledger", "verify", status=1)
    finally:
        database.write_bytes(kept)
    assert "row " in done.stderr
    assert "unbroken" in run("ledger", "verify").stdout


def test_the_ledger_lists_events(run: Run) -> None:
    kinds = [event["kind"] for event in json.loads(run("ledger", "show", "--json").stdout)]
    assert kinds[:3] == ["issued", "submitted", "graded"]
    assert "سعاد" in run("ledger", "show", "--trainee", "سعاد").stdout


def test_every_setting_is_shown(run: Run) -> None:
    shown = json.loads(run("settings", "--json").stdout)
    assert set(Dalil.class_traits(config=True)) == set(shown)
    limits = {"memory_mib": "2048", "processes": "64", "file_mib": "64", "answer_kib": "4096"}
    assert limits.items() <= shown.items()
    table = run("settings").stdout
    for name in limits:
        assert f"c.Dalil.{name}" in table


def test_a_fetched_notebook_states_the_limits(run: Run) -> None:
    desk = records(run).parent / "desks" / "سعاد" / "custody" / "custody.ipynb"
    cells = json.loads(desk.read_text(encoding="utf-8"))["cells"]
    assert cells[1]["id"] == "limits"
    assert "غيبيبايت" in "".join(cells[1]["source"])


def test_another_academy_can_be_named(run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    named = json.loads(run("--academy", str(elsewhere), "settings", "--json").stdout)
    assert named["academy"] == str(elsewhere)
    assert "unbroken" in run("ledger", "verify", "--dir", str(records(run).parent)).stdout
    run("ledger", "verify", "--dir", str(tmp_path / "absent"), status=2)


def test_untidy_notebooks_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "untidy.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "execution_count": 3}
    notebook = {"cells": [{**cell, "outputs": []}], "metadata": {}, "nbformat": 4}
    path.write_text(json.dumps({**notebook, "nbformat_minor": 5}), encoding="utf-8")
    done = run("notebooks", "check", str(path), status=1)
    assert str(path) in done.stdout


@pytest.mark.parametrize("word", ["seal", "Seals", "scellés", "أختام", "وبختمه"])
def test_the_glossary_is_searched_in_any_language(word: str) -> None:
    found = CliRunner().invoke(dalil, ["glossary", word, "--json"])
    assert found.exit_code == 0
    assert "seal" in [term["term"] for term in json.loads(found.output)]
    assert len(json.loads(found.output)) < 5


def test_the_glossary_explains_in_the_language_asked_for() -> None:
    everything = CliRunner().invoke(dalil, ["glossary", "--language", "fr"]).output
    assert "La fermeture numérotée" in everything
    assert "chain of custody" in everything
    assert json.loads(CliRunner().invoke(dalil, ["glossary", "rhubarb", "--json"]).output) == []
