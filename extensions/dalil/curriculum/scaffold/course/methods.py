"""The reference method: readings of one length, their median, and what lies far from it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import median

LIMIT = 3.0  # mm from the median


def read(path: Path) -> list[float]:
    """Return the lengths of ``readings.csv`` in mm, in their order."""
    with path.open(newline="", encoding="utf-8") as stream:
        return [float(row["length_mm"]) for row in csv.DictReader(stream)]


def deviating(lengths: Sequence[float], limit: float = LIMIT) -> list[int]:
    """Return the numbers, from 1, of the readings more than *limit* mm from the median of all."""
    middle = median(lengths)
    return [n for n, length in enumerate(lengths, 1) if abs(length - middle) > limit]
