"""The command that holds the custody method to what was planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dalil.courses.custody import methods
from dalil.validate import __main__ as command


def test_the_method_meets_its_bounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    line = ["custody", "--cases", "40", "--json", "--output", str(tmp_path)]
    assert command.main(line) == 0
    found = json.loads(capsys.readouterr().out)
    values = {figure["name"]: figure["value"] for figure in found["figures"]}
    assert values["of them retouched after they were chained"] == 4
    assert all(figure["met"] is not False for figure in found["figures"])
    assert (tmp_path / "custody.png").read_bytes().startswith(b"\x89PNG")


def test_a_method_that_overlooks_gaps_misses_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    proper = methods.find_gaps
    monkeypatch.setattr(methods, "find_gaps", lambda log: proper(log, 300))
    assert command.main(["custody", "--cases", "20", "--output", str(tmp_path)]) == 1
    assert "planted breaks found" in capsys.readouterr().err
