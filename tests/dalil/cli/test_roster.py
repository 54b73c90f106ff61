"""``dalil roster``: the same as the admin's pages, for scripts."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dalil.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path,
    make_curriculum: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("DALIL_ROOT", str(make_curriculum(tmp_path / "root", "custody")))
    monkeypatch.setenv("DALIL_ACADEMY", str(tmp_path / "academy"))

    def run(*line: str) -> tuple[int, str, str]:
        status = 0
        try:
            main(["roster", *line])
        except SystemExit as end:
            status = int(end.code or 0)
        return (status, *capsys.readouterr())

    return run


def test_people_come_in_and_out(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("id;nom;cohorte\namina;أمينة;2027-A\nyoussef;Youssef;2027-A\n", "utf-8")
    status, out, _ = run("import", str(sheet), "--dry-run")
    assert (status, "would import: 2 added" in out) == (0, True)
    assert json.loads(run("list", "--json")[1]) == []
    status, out, _ = run("import", str(sheet), "--json")
    assert (status, json.loads(out)["added"]) == (0, ["amina", "youssef"])
    people = json.loads(run("list", "--cohort", "2027-A", "--json")[1])
    assert [(p["id"], p["name"]) for p in people] == [("amina", "أمينة"), ("youssef", "Youssef")]
    file = tmp_path / "out.csv"
    assert run("export", str(file))[0] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(run("import", str(file), "--complete", "--json")[1])["unchanged"] == 2
    assert run("export", "-")[1].startswith("id,name")


def test_a_wrong_line_is_named_and_nothing_is_done(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("id,name\ngood,x\nBAD,=1+1\n", "utf-8")
    status, out, err = run("import", str(sheet))
    assert (status, out.count("line 3"), err.count("\n")) == (2, 2, 1)
    assert json.loads(run("list", "--json")[1]) == []


def test_dates_and_extensions(run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("id\namina\n", "utf-8")
    run("import", str(sheet))
    assert run("dates", "custody", "--due", "2027-01-31", "--attempts", "2")[0] == 0
    assert run("dates", "custody", "--closes", "2027-02-05")[0] == 0  # the rest stays
    [told] = json.loads(run("dates", "--json")[1])["dates"]
    assert (told["attempts"], told["due"][:10]) == (2, "2027-01-31")
    line = ("extend", "custody", "--trainee", "amina", "--why", "ill")
    assert json.loads(run(*line, "--attempts", "1", "--json")[1])["attempts"] == 3
    status, out, _ = run("dates")
    assert (status, "amina" in out, "everyone" in out) == (0, True, True)
    assert run("dates", "custody", "--attempts", "")[0] == 0
    assert json.loads(run("dates", "--json")[1])["dates"][0]["attempts"] is None
    for wrong in (
        ("dates", "--due", "2027-01-31"),
        ("dates", "custody", "--due", "soon"),
        ("dates", "custody", "--attempts", "many"),
        ("dates", "custody", "--opens", "2028-01-01"),
        ("dates", "nothing", "--attempts", "1"),
        ("extend", "custody", "--trainee", "nobody", "--why", "x", "--due", "2027-03-01"),
        ("extend", "custody", "--why", "x", "--due", "2027-03-01"),
    ):
        status, _, err = run(*wrong)
        assert (status in (1, 2), err.count("\n")) == (True, 1), wrong
