"""The command that holds the iblagh method to its bounds, on small corpora."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dalil.validate import iblagh
from dalil.validate.reporting import Report


@pytest.mark.acceptance  # which measures the module itself, too
def test_it_reports_every_figure_that_the_module_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ARCHIVE": 150, "TESTED": 120, "QUEUES": 1, "INCIDENTS": 40}.items():
        monkeypatch.setattr(iblagh, name, value)
    report = Report("iblagh", tmp_path)
    iblagh.validate(report, argparse.Namespace(seeds=1))
    bounded = {figure.name: figure.bound for figure in report.figures if figure.bound is not None}
    assert bounded["macro-F1, unseen wordings"] == 0.85
    assert bounded["recall of urgent reports"] == 0.97
    assert bounded["B-cubed F1, all reports"] == 0.9
    assert bounded["gap in macro-F1 between varieties"] == 0.05
    assert (tmp_path / "iblagh.png").stat().st_size < 150_000


@pytest.mark.acceptance
def test_the_bounds_are_met(tmp_path: Path) -> None:
    report = Report("iblagh", tmp_path)
    iblagh.validate(report, argparse.Namespace(seeds=3))
    assert report.missed == []
