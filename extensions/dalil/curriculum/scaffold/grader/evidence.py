"""Forges a series of readings of one length, four of which lie far above the rest."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from dalil.forging import Seed, write_csv
from dalil.models import Evidence

COUNT, FAR = 24, 4


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``readings.csv`` into *folder*. Truth: ``middle`` (mm) and ``deviating`` (numbers)."""
    rng = seed.rng("readings")
    # Half a millimetre of noise, cut at two: no reading lies near the limit of three by chance.
    lengths = rng.uniform(80.0, 120.0) + rng.normal(0.0, 0.5, COUNT).clip(-2.0, 2.0)
    far = sorted(int(n) for n in rng.choice(COUNT, size=FAR, replace=False))
    lengths[far] += rng.uniform(7.0, 9.0, FAR)
    shown = [f"{length:.2f}" for length in lengths]
    write_csv(folder / "readings.csv", ["reading", "length_mm"], list(enumerate(shown, 1)))
    middle = median(float(length) for length in shown)
    return Evidence(truth={"middle": middle, "deviating": [n + 1 for n in far]})
