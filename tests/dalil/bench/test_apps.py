"""The promise for apps, measured beside Voila's own server: quick, small, twenty at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalil.bench.parts import PARTS, Plan


@pytest.mark.acceptance
@pytest.mark.timeout(1800)
def test_apps_reach_their_figures(tmp_path: Path) -> None:
    measure, judge = PARTS["apps"]
    figures = judge(measure(Plan(tmp_path, workers=2, progress=lambda *_: None)))
    for figure in figures:
        print(f"{figure.title}: {figure.ours:.3g} {figure.unit}", figure.other, figure.met)
    assert [figure.title for figure in figures if figure.met is False] == []
