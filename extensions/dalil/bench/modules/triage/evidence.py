"""Forges the exhibits of the exercise that ``dalil bench`` grades.

The same for everyone, whatever the seed: the benchmark compares ways of grading the same work, and
the tests of the classic course hold the expected values in their source.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage import io

from dalil.forging import Seed, iso, practice, utc, write_csv, write_json, write_text
from dalil.models import Evidence, Json

Image: TypeAlias = npt.NDArray[np.float64]

SIDE, BLOCK = 256, 16  # pixels
SPLICE = (4, 6, 9, 12)  # first and last (excluded) row of blocks, first and last column
USERS = ("amina", "driss", "hind", "omar", "root", "salma")
KINDS = {
    "jpeg": b"\xff\xd8\xff\xe0",
    "pdf": b"%PDF-1.7",
    "png": b"\x89PNG\r\n\x1a\n",
    "zip": b"PK\x03\x04",
}
MESSAGE = (
    "The van with the green door leaves from the old harbour at a quarter past four. "
    "Bring both keys."
)


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write the six exhibits into *folder*; the truth goes by question."""
    seed = practice("bench")
    truth: dict[str, Json] = {
        **_dump(seed, folder / "dump.bin"),
        **_logins(seed, folder / "logins.csv"),
        **_photo(seed, folder / "photo.png"),
        **_print(seed, folder / "print.png"),
        **_note(seed, folder / "note.txt"),
        **_custody(seed, folder / "custody.json"),
    }
    return Evidence(truth=truth)


def _dump(seed: Seed, path: Path) -> dict[str, Json]:
    """256 blocks of 4 KiB: text, noise in some, a file's first bytes at the start of others."""
    rng = seed.rng("dump")
    words = np.frombuffer(b"the log of this disk holds many plain words ", dtype=np.uint8)
    blocks = [rng.choice(words, size=4096).tobytes() for _ in range(256)]
    chosen = [int(n) for n in rng.choice(256, size=24, replace=False)]
    dense, begun = sorted(chosen[:12]), sorted(chosen[12:])
    for n in dense:
        blocks[n] = seed.noise(f"block {n}", 4096)
    kinds = [str(kind) for kind in rng.choice(sorted(KINDS), size=len(begun))]
    for n, kind in zip(begun, kinds, strict=True):
        blocks[n] = KINDS[kind] + blocks[n][len(KINDS[kind]) :]
    content = b"".join(blocks)
    path.write_bytes(content)
    return {
        "digest": hashlib.sha256(content).hexdigest(),
        "carved": list(kinds),
        "dense": list(dense),
    }


def _logins(seed: Seed, path: Path) -> dict[str, Json]:
    """6,000 lines of a login log with three bursts of failures against one account each."""
    rng = seed.rng("logins")
    start = utc("2026-03-02T00:00:00Z")
    seconds = np.sort(rng.choice(7 * 86_400, size=6_000, replace=False))
    users = rng.choice(USERS, size=6_000)
    failed = rng.random(6_000) < 0.05
    rows = [(int(s), str(u), bool(f)) for s, u, f in zip(seconds, users, failed, strict=True)]
    bursts: list[Json] = []
    for day, user in ((1, "root"), (3, "hind"), (5, "root")):
        first = day * 86_400 + int(rng.integers(3_600, 80_000))
        rows += [(first + 2 * n, user, True) for n in range(12)]
        bursts.append(user)
    rows.sort()
    failures: dict[str, Json] = {user: sum(f for _, u, f in rows if u == user) for user in USERS}
    lines = [
        (iso(start + timedelta(seconds=s)), user, "failed" if f else "ok") for s, user, f in rows
    ]
    write_csv(path, ["time", "user", "result"], lines)
    return {"failures": failures, "bursts": bursts}


def _photo(seed: Seed, path: Path) -> dict[str, Json]:
    """A smooth scene with fine sensor noise, and a rectangle of blocks with four times as much."""
    rng = seed.rng("photo")
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    scene = 120 + 50 * np.sin(5 * columns + 2 * rows) + 30 * np.cos(7 * rows)
    top, bottom, left, right = SPLICE
    sigma = np.full((SIDE, SIDE), 2.0)
    sigma[top * BLOCK : bottom * BLOCK, left * BLOCK : right * BLOCK] = 8.0
    _save(path, scene + rng.normal(0.0, 1.0, (SIDE, SIDE)) * sigma)
    return {
        "splice": {"top": top, "bottom": bottom, "left": left, "right": right},
    }


def _print(seed: Seed, path: Path) -> dict[str, Json]:
    """Curved ridges nine pixels apart, cut at twelve places: two endings each."""
    rng = seed.rng("print")
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    phase = (rows + 14 * np.sin(columns / 50)) / 9
    ridge = np.floor(phase)
    image = 0.5 - 0.5 * np.cos(2 * np.pi * phase)
    cuts = rng.choice(np.arange(4, 24), size=12, replace=False)
    for number in cuts:
        middle = int(rng.integers(50, SIDE - 50))
        image[(ridge == number) & (np.abs(columns - middle) < 9)] = 0.0
    image = ndimage.gaussian_filter(image, 1.0)
    _save(path, 40 + 180 * image + rng.normal(0.0, 6.0, image.shape))
    return {"endings": 2 * len(cuts)}


def _note(seed: Seed, path: Path) -> dict[str, Json]:
    """A note, each byte combined with one key byte, as base64."""
    key = 1 + seed.noise("key", 1)[0] % 255
    hidden = base64.b64encode(bytes(byte ^ key for byte in MESSAGE.encode())).decode()
    write_text(path, hidden + "\n")
    return {"message": MESSAGE}


def _custody(seed: Seed, path: Path) -> dict[str, Json]:
    """A log of 3,000 hand-overs, each with the digest of the one before; one is broken."""
    broken = int(seed.rng("custody").integers(1_500, 2_900))
    entries: list[Json] = []
    before = ""
    for number in range(3_000):
        entry: dict[str, Json] = {"number": number, "holder": USERS[number % 6], "before": before}
        if number == broken:
            entry["before"] = seed.token("broken", 64)
        entries.append(entry)
        before = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
    write_json(path, entries)
    return {"chain": broken}


def _save(path: Path, image: Image) -> None:
    io.imsave(path, np.clip(image, 0, 255).astype(np.uint8), check_contrast=False)
