"""The validation of the module detection: its bounds on real logs, where there are any."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dalil.errors import UsageError
from dalil.validate import detection
from dalil.validate.reporting import Report, data_folder


def test_every_real_rule_fires_on_its_own_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        data_folder("detection", None, "file_event_win_creation_new_shim_database/rule.yml")
    except UsageError as error:
        pytest.skip(f"NOT MEASURED: {error}")
    monkeypatch.setattr(detection, "DAYS", 4)
    report = Report("detection", tmp_path)
    detection.validate(report, argparse.Namespace())
    assert report.missed == []
    assert {path.name for path in report.files} >= {"detection.png", "detection-forged.png"}


def test_a_folder_without_logs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_DATA", str(tmp_path))
    with pytest.raises(UsageError, match="detection"):
        detection.validate(Report("detection", tmp_path), argparse.Namespace())
