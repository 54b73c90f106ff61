"""The command that holds the disk method to its bounds."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dalil.errors import UsageError
from dalil.validate import disk
from dalil.validate.reporting import Report


def test_two_disks_meet_every_bound(tmp_path: Path) -> None:
    if any(disk.which(name) is None for name in disk.PROGRAMS):
        if os.environ.get("CI"):
            pytest.fail("CI needs The Sleuth Kit: apt-get install sleuthkit e2fsprogs")
        pytest.skip("NOT TESTED against The Sleuth Kit: apt-get install sleuthkit")
    report = Report("disk", tmp_path)
    disk.validate(report, argparse.Namespace(disks=2))
    assert report.missed == []
    assert (tmp_path / "disk.png").stat().st_size > 5000


def test_without_the_programs_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "which", lambda name: None)
    with pytest.raises(UsageError, match="apt-get install sleuthkit"):
        disk.validate(Report("disk", tmp_path), argparse.Namespace(disks=2))


def test_facts_agree_within_what_is_recorded() -> None:
    when = datetime(2026, 2, 16, 9, 46, 37, tzinfo=UTC)
    assert disk.same(when + timedelta(seconds=2), when)
    assert not disk.same(when + timedelta(hours=1), when)
    assert disk.same(-611.2, -612)
    assert not disk.same(-600.0, -612)
    assert not disk.same(["A"], ["B"])


def test_carving_brings_back_what_lies_in_one_piece_alone() -> None:
    assert disk.fragmented(12) == (1.0, 0.0)
