"""``dalil bench``: what is asked for is measured, in one run, and a part that fails is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dalil.bench.figures import Figure
from dalil.bench.parts import Plan
from dalil.cli import bench as command
from dalil.cli import main
from dalil.errors import DalilError


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Replace the parts by two that measure nothing: one works, one fails; returns their plans."""
    plans: list[Plan] = []

    def works(plan: Plan) -> dict[str, Any]:
        plans.append(plan)
        assert plan.folder.is_dir()
        return {"n": 3}

    def fails(plan: Plan) -> dict[str, Any]:
        raise DalilError("no kernelspec 'dalil' here")

    def judge(raw: Any) -> list[Figure]:
        return [Figure("works", "Three", "s", raw["n"], 5)]

    monkeypatch.setattr(command, "PARTS", {"works": (works, judge), "fails": (fails, judge)})
    return plans


def run(*words: str) -> int:
    """The command's exit status."""
    try:
        main(["bench", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_json_has_figures_runs_and_machine(
    parts: list[Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--only", "works", "--json", "--quick", "--repeat", "4", "--workers", "3") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["figures"][0]["met"] is True
    assert said["raw"] == {"works": {"n": 3}}
    assert said["machine"]["cores"] >= 1
    (plan,) = parts
    assert (plan.quick, plan.times(1, 2), plan.workers, plan.nbgrader) == (True, 4, 3, True)
    assert not plan.folder.exists()


def test_a_part_that_fails_is_named_and_the_others_are_shown(
    parts: list[Plan], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plot = tmp_path / "bench.svg"
    assert run("--plot", str(plot)) == 1
    out, err = capsys.readouterr()
    assert "Three" in out
    assert "not measured: fails: no kernelspec 'dalil' here" in err
    assert plot.is_file()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--only", "nonsense"], "no part 'nonsense'; known: works, fails"),
        (["--plot", "bench.txt"], "ends in none of .png, .svg"),
        (["--keep", "."], "is there already"),
        (["--repeat", "0"], "--repeat"),
    ],
)
def test_wrong_requests_are_refused(
    parts: list[Plan], capsys: pytest.CaptureFixture[str], words: list[str], reason: str
) -> None:
    assert run(*words) == 2
    assert reason in capsys.readouterr().err
    assert parts == []


def test_what_is_kept_stays(parts: list[Plan], tmp_path: Path) -> None:
    assert run("--only", "works", "--keep", str(tmp_path / "kept")) == 0
    assert (tmp_path / "kept").is_dir()
