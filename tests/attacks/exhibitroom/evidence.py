"""Forges the register of an exhibit room. No answer can be guessed: each hangs on the seed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dalil.forging import Seed, write_csv
from dalil.models import Evidence

ITEMS, ROOMS, SHELVES, ABSENT, PROBES = 14, 4, 3, 4, 4
MODULUS = 999_983


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``register.csv`` and ``photo.bin`` into *folder*."""
    rng = seed.rng("register")
    grams = [int(n) for n in rng.choice(90_000, size=ITEMS, replace=False) + 1]
    absent = set(rng.choice(ITEMS, size=ABSENT, replace=False).tolist())
    counts = [[0] * SHELVES for _ in range(ROOMS)]
    rows, missing = [], []
    for n, weight in enumerate(grams):
        item, label = f"E-{seed.token(f'item {n}', 6)}", seed.token(f"label {n}", 10)
        room, shelf = int(rng.integers(ROOMS)), int(rng.integers(SHELVES))
        if n in absent:
            missing.append(item)
        else:
            counts[room][shelf] += 1
        rows.append([item, weight, room, "" if n in absent else shelf, label])
    write_csv(folder / "register.csv", ["item", "grams", "room", "shelf", "label"], rows)
    photo = seed.noise("photo", 2_000)
    (folder / "photo.bin").write_bytes(photo)
    serials = [seed.token(f"serial {n}", 12) for n in range(PROBES)]
    heaviest = max(rows, key=lambda row: row[1])
    return Evidence(
        truth={
            "mean": sum(grams) / ITEMS,
            "label": heaviest[4],
            "missing": missing,
            "heaviest": {"item": heaviest[0], "grams": heaviest[1]},
            "counts": counts,
            "serial": [int.from_bytes(s.encode(), "big") % MODULUS for s in serials],
            "digest": hashlib.sha256(photo).hexdigest(),
        },
        probes={"serial": [[serial] for serial in serials]},
    )
