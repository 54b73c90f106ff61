"""The files seized in a fictive case, and what an unknown hand changes in them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import numpy as np
from PIL import Image

from dalil.forging import Seed, officers, towns


def seized_files(seed: Seed) -> dict[str, bytes]:
    """Eight fictive files: three photographs (PNG) and five texts in UTF-8 with ``\\r\\n``."""
    first, second = officers(seed.rng("people"), 2)
    (town,) = towns(seed.rng("town"), 1)
    rng = seed.rng("moments")
    clock = [
        f"{h:02d}:{m:02d}"
        for h, m in zip(rng.integers(19, 23, 12), rng.integers(0, 50, 12), strict=True)
    ]
    texts = {
        "journal_accès.log": [f"{at} badge {rng.integers(1000, 9999)} porte B" for at in clock[:6]],
        "mémo_équipe.txt": [f"Équipe de {town.french}", f"Passage de {first.french} à {clock[6]}."],
        "محضر_المعاينة.txt": [
            f"محضر معاينة، {town.arabic}",
            f"عاين {second.arabic} الباب على الساعة {clock[7]}.",
        ],
        "inventaire_clés.csv": ["objet,heure", f"clé USB,{clock[8]}", f"disque,{clock[9]}"],
        "رسائل.json": ["[", f'  {{"من": "{first.arabic}", "الوقت": "{clock[10]}"}}', "]"],
    }
    files = {name: ("\r\n".join(lines) + "\r\n").encode("utf-8") for name, lines in texts.items()}
    for name in ("photo_01_façade.png", "photo_02_entrée.png", "صورة_03_المكتب.png"):
        files[name] = _photograph(seed.rng(name))
    return files


def _photograph(rng: np.random.Generator) -> bytes:
    """A grey picture of 96 x 64 pixels: a lit wall, a door and sensor noise."""
    wall = np.add.outer(np.linspace(90, 170, 64), np.linspace(-20, 20, 96))
    left = int(rng.integers(10, 60))
    wall[20:, left : left + 22] -= 60
    return _png(np.clip(wall + rng.normal(0, 4, wall.shape), 0, 255).astype(np.uint8))


def _png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def choose_altered(rng: np.random.Generator, files: Mapping[str, bytes]) -> tuple[str, ...]:
    count = int(rng.integers(1, 3))
    return tuple(sorted(str(name) for name in rng.choice(sorted(files), size=count, replace=False)))


def alter(data: bytes) -> bytes:
    """The file with something painted over, or an hour put back, in as many bytes as before."""
    if data.startswith(b"\x89PNG"):
        pixels = np.array(Image.open(io.BytesIO(data)))
        # Mirrored: a plain copy would compress better than what was there, and tell of itself.
        pixels[40:52, 30:50] = pixels[13:1:-1, 49:29:-1]
        return _png(pixels)
    match = list(re.finditer(rb"\d\d:(\d)\d", data))[-1]
    tens = b"%d" % ((int(match[1]) + 1) % 5)
    return data[: match.start(1)] + tens + data[match.end(1) :]
