"""The pictures of the DNA course: real ratios stand beside forged ones."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dalil.errors import UsageError
from dalil.validate import dna
from dalil.validate.reporting import Report


def test_opinions_need_the_whole_range() -> None:
    assert dna.opinion(1.0, 9.0) == "for Hp"
    assert dna.opinion(0.9, 9.0) == "inconclusive"
    assert dna.opinion(-9.0, -1.0) == "for Hd"
    assert dna.opinion(-9.0, 9.0) == "inconclusive"


def test_every_stain_is_in_the_picture() -> None:
    groups = {"real": [9.0, 11.6], "contributors": dna.middles([(1.0, 3.0)]), "strangers": [-4.0]}
    axes = dna.draw_ratios(groups).axes[0]
    counted = [sum(bar.get_height() for bar in bars) for bars in axes.containers]
    assert counted == [2, 1, 1]


def test_real_ratios_are_told_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dna, "POLICY_STAINS", 4)
    monkeypatch.setattr(dna, "STAINS", 20)
    report = Report("dna", tmp_path)
    try:
        report.folder("expected.csv")
    except UsageError as missing:
        pytest.skip(f"REAL DATA ABSENT, the published ratios were not drawn: {missing}")
    dna.validate(report, argparse.Namespace())
    told = {figure.name: figure.value for figure in report.figures}
    least, middle, most = map(float, str(told["log10 LR, real"]).split(" / "))
    assert least < 0 < middle < most  # one published configuration is below 1
    assert {path.name for path in report.files} == {"dna.png", "dna-ratios.png", "dna-rows.csv"}
