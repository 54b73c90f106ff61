"""The search for leaks finds those that are planted, and no others."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.courses.leaks import features_of, name_features, told_by

CASES = 150


def rows(seed: int) -> tuple[list[dict[str, float]], np.random.Generator]:
    rng = np.random.Generator(np.random.PCG64(seed))
    return [
        {"size": int(rng.integers(900, 1100)), "lines": 17, "place": int(rng.integers(4))}
        for _ in range(CASES)
    ], rng


@pytest.mark.parametrize("seed", range(4))
def test_chance_is_no_leak(seed: int) -> None:
    features, rng = rows(seed)
    assert told_by(features, rng.choice(["gap", "seal", "none"], CASES).tolist()) == []
    assert told_by(features, (rng.random(CASES) < 0.1).tolist()) == []
    assert told_by(features, rng.normal(size=CASES).tolist()) == []


def test_a_size_that_follows_the_truth_is_named() -> None:
    features, rng = rows(1)
    labels = (rng.random(CASES) < 0.5).tolist()
    for row, label in zip(features, labels, strict=True):
        row["size"] += 80 * label
    found = told_by(features, labels)
    assert found[0].startswith("size (p = ")
    assert found[-1].startswith("all features together: ")


def test_a_number_that_follows_the_size_is_named() -> None:
    features, rng = rows(2)
    labels = [row["size"] / 100 + float(rng.normal(0, 0.5)) for row in features]
    assert told_by(features, labels)[0].startswith("size (p = ")


def test_features_that_tell_only_together_are_found() -> None:
    """Neither place tells alone; that they are equal does."""
    rng = np.random.Generator(np.random.PCG64(3))
    features = [{"first": int(rng.integers(2)), "second": int(rng.integers(2))} for _ in range(300)]
    labels = ["same" if row["first"] == row["second"] else "other" for row in features]
    (found,) = told_by(features, labels)
    assert found.startswith("all features together: ")


def test_a_feature_that_is_there_in_some_cases_only_is_found() -> None:
    features, rng = rows(4)
    labels = (rng.random(CASES) < 0.5).tolist()
    for row, label in zip(features, labels, strict=True):
        if label:
            row["extra.csv: size"] = 10
    assert "extra.csv: size" in told_by(features, labels)[0]


def test_what_a_folder_shows(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(b"a,b\n1,2\n")
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("é.txt", (2025, 4, 6, 3, 0, 0)), b"x" * 500)
    found = features_of(tmp_path)
    assert found["files"] == 2
    assert found["log.csv: size"] == 8
    assert found["log.csv: lines"] == 2
    assert found["pack.zip/é.txt: size"] == 500
    assert found["pack.zip/é.txt: time"] == 20250406030000
    assert found["pack.zip: size compressed"] < found["pack.zip: size"]


def test_names_as_numbers() -> None:
    assert name_features("scan_12.png")["digits"] == 12
    assert name_features("")["length"] == 0
    assert name_features("a") != name_features("b")
