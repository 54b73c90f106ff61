"""Forges two numbers."""

from __future__ import annotations

from pathlib import Path

from dalil.forging import Seed, write_text
from dalil.models import Evidence


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``numbers.txt`` into *folder*; the truth is their sum."""
    first, second = (int(n) for n in seed.rng("numbers").integers(1, 1_000, size=2))
    write_text(folder / "numbers.txt", f"{first} {second}\n")
    return Evidence(truth={"total": first + second})
