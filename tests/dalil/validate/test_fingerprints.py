"""Files of the fingerprint course: one that does not come back as it was sent is counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dalil.courses.fingerprints import methods
from dalil.validate import fingerprints
from dalil.validate.reporting import Report

PIXELS = np.tile(np.array([28, 29, 30, 31], np.uint8), (40, 20))  # all four separators
FOUND = [methods.Minutia(10.4, 20.6, 90.0, methods.ENDING, 50)]


def test_a_file_comes_back() -> None:
    assert fingerprints.comes_back(PIXELS, FOUND, latent=True)
    assert fingerprints.comes_back(PIXELS, [], latent=False)


@pytest.mark.parametrize("broken", ["write", "read", "pixels"])
def test_a_file_that_does_not_is_noticed(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    records = methods.records
    read, write = records.read, records.write
    if broken == "write":  # tidies what it does not understand
        monkeypatch.setattr(records, "write", lambda made: write(made).replace(b"TRAINING", b"T"))
    elif broken == "read":  # splits at the first separator
        monkeypatch.setattr(records, "read", lambda data: read(data[: data.index(records.FS) + 1]))
    else:
        made = records.image_record
        monkeypatch.setattr(
            records, "image_record", lambda idc, pixels, **how: made(idc, pixels[::-1] + 1, **how)
        )
    assert not fingerprints.comes_back(PIXELS, FOUND, latent=True)


def test_one_unlike_file_misses_the_bound(tmp_path: Path) -> None:
    empty = methods.Template.__new__(methods.Template)
    good = fingerprints.Person(empty, (), empty, empty, True, {}, (True, True))
    report = Report("fingerprints", tmp_path)
    fingerprints.tell_files(report, [good, good])
    assert report.missed == []
    fingerprints.tell_files(report, [good, replace(good, returned=(True, False))])
    assert len(report.missed) == 1
    assert "unlike" in report.missed[0]
