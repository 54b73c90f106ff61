"""The command that holds the firearms method to its bounds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from dalil.errors import UsageError
from dalil.validate import __main__ as command
from dalil.validate import firearms
from dalil.validate.reporting import Report


def pair(first: str, second: str, score: float) -> firearms.Pair:
    return firearms.Pair(
        first=first + ".x3p", second=second + "'.x3p", slide_first=first, slide_second=second,
        score=score, ccf=0.5, area_mm2=2.0, cmc=5, cells=9, rotation_deg=0.0, dx_um=0.0, dy_um=0.0,
    )  # fmt: skip


@pytest.fixture
def pairs() -> list[firearms.Pair]:
    """Six slides, two shots each."""
    rng = np.random.Generator(np.random.PCG64(1))
    slides = "ABCDEF"
    same = [pair(s, s, float(rng.normal(0.4, 0.2))) for s in slides]
    other = [(a, b) for a in slides for b in slides if a < b]
    return same + [pair(a, b, float(rng.normal(-1.5, 0.15))) for a, b in other]


def test_the_pairs_are_chosen_evenly():
    slides = ["1", "1", "2", "2", "3", "3"]
    everything = firearms.choose(slides, None)
    assert len(everything) == len(set(everything)) == 15
    few = firearms.choose(slides, 6)
    assert len(few) == len(set(few)) == 6
    assert sum(slides[i] == slides[j] for i, j in few) == 3
    assert firearms.choose(slides, 99) == everything


def test_a_ratio_never_rests_on_its_own_slides(pairs):
    usual = firearms.left_out(pairs)
    assert (usual[:6] > 0).all()
    assert (usual[6:] < 0).all()
    moved = [pair("A", "A", -1.0), *pairs[1:]]
    changed = np.flatnonzero(firearms.left_out(moved) != usual)
    touched = {k for k, p in enumerate(moved) if "A" in (p.slide_first, p.slide_second)}
    assert 0 in changed
    assert touched.isdisjoint(set(changed.tolist()) - {0})


def test_too_few_slides_to_leave_out_are_refused(pairs):
    with pytest.raises(UsageError, match="too few"):
        firearms.left_out([p for p in pairs if {p.slide_first, p.slide_second} <= {"A", "B"}])


def test_a_missed_bound_is_named(pairs, tmp_path):
    ratios = np.array([2.5 if p.same else -1.8 for p in pairs])
    good, bad = Report("firearms", tmp_path), Report("firearms", tmp_path)
    firearms.tell(good, pairs, ratios, timed=True)
    assert good.missed == []
    assert [f.name for f in good.figures if f.met] == ["AUC", "Cllr, slides left out", "all pairs"]
    firearms.tell(bad, pairs, -ratios, timed=False)
    assert [sentence.split(",")[0] for sentence in bad.missed] == ["Cllr"]
    assert "all pairs" not in [figure.name for figure in bad.figures]


@pytest.mark.acceptance  # which measures the module itself, too
def test_the_whole_chain_on_forged_slides(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    status = command.main(
        ["firearms", "--forged", "5", "--pairs", "40", "--json", "--output", str(tmp_path / "out")]
    )
    found = json.loads(capsys.readouterr().out)
    values = {figure["name"]: figure["value"] for figure in found["figures"]}
    assert (values["pairs"], values["of the same slide"]) == (40, 20)
    assert values["AUC"] > 0.99
    assert status == bool(found["missed"])
    with (tmp_path / "out" / "firearms-pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert sum(row["same"] == "1" for row in rows) == 20
    assert (tmp_path / "out" / "firearms.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(found["files"]) == sorted(str(path) for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["firearms", "--data", "nowhere"], "no nowhere/truth.csv"),
        (["firearms", "--workers", "0"], "--workers must be"),
        (["firearms", "--forged", "2"], "--forged needs"),
        (["astrology"], "usage: "),
        ([], "usage: "),
    ],
)
def test_wrong_usage_is_one_line(arguments, message, capsys):
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_data_are_looked_for_where_the_variable_says(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DALIL_DATA", str(tmp_path))
    assert command.main(["firearms"]) == 2
    assert f"{tmp_path}/firearms/truth.csv" in capsys.readouterr().err
