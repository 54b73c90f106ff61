"""Photographs that no camera took: JPEG files with EXIF times and the thumbnail inside."""

from __future__ import annotations

import io
import struct
from datetime import datetime

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
_ASCII, _SHORT, _LONG = 2, 3, 4


def scene(rng: np.random.Generator, width: int = 320, height: int = 240) -> Pixels:
    """A (height, width, 3) picture of a room: a wall, a table, sheets of paper, sensor noise."""
    y, x = np.mgrid[0:height, 0:width]
    light = 90 + 80 * np.exp(-((x - rng.uniform(0, width)) ** 2) / (width * 60))
    tint = rng.uniform(0.8, 1.15, 3)
    picture: npt.NDArray[np.float64] = light[..., None] * tint + (y / height * 30)[..., None]
    edge = int(height * rng.uniform(0.5, 0.7))
    picture[edge:] = picture[edge:] * 0.4 + np.array([60, 40, 25]) * rng.uniform(0.6, 1.3)
    for _ in range(int(rng.integers(2, 5))):
        top, left = int(rng.integers(edge - 30, height - 50)), int(rng.integers(10, width - 90))
        high, wide = int(rng.integers(30, 46)), int(rng.integers(50, 80))
        picture[top : top + high, left : left + wide] = 215 + rng.uniform(-15, 15)
        for line in range(top + 5, top + high - 4, 6):
            picture[line, left + 5 : left + 5 + int(rng.integers(20, wide - 8))] -= 110
    picture += rng.normal(0, 3, picture.shape)
    pixels: Pixels = np.clip(picture, 0, 255).astype(np.uint8)
    return pixels


def jpeg(
    pixels: Pixels, taken: datetime | None = None, *, model: str = "DL-20", quality: int = 80
) -> bytes:
    """*pixels* as a JPEG file; with *taken* (the camera's local time) in its EXIF and a thumbnail.

    The thumbnail is a whole JPEG file within the file, as cameras write it (EXIF 2.3, 4.5.6).
    """
    plain = _encode(pixels, quality)
    if taken is None:
        return plain
    small = Image.fromarray(pixels).resize((96, 96 * pixels.shape[0] // pixels.shape[1]))
    body = b"Exif\0\0" + _exif(taken, model, _encode(np.asarray(small), 60))
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]


def _encode(pixels: Pixels, quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _exif(taken: datetime, model: str, thumbnail: bytes) -> bytes:
    """A TIFF structure with model, moment and thumbnail; offsets count from its first byte."""
    moment = taken.strftime("%Y:%m:%d %H:%M:%S\0").encode()
    words = model.encode("ascii") + b"\0"
    first, second, third = 8, 8 + 2 + 4 * 12 + 4, 8 + 2 * (2 + 4) + 5 * 12
    texts = third + 2 + 3 * 12 + 4
    picture = texts + len(words) + 2 * len(moment)
    main = [
        (0x0110, _ASCII, len(words), texts),
        (0x0112, _SHORT, 1, 1),
        (0x0132, _ASCII, len(moment), texts + len(words)),
        (0x8769, _LONG, 1, second),
    ]
    detail = [(0x9003, _ASCII, len(moment), texts + len(words) + len(moment))]
    inner = [
        (0x0103, _SHORT, 1, 6),
        (0x0201, _LONG, 1, picture),
        (0x0202, _LONG, 1, len(thumbnail)),
    ]
    folders = _folder(main, third) + _folder(detail, 0) + _folder(inner, 0)
    return struct.pack("<2sHI", b"II", 42, first) + folders + words + 2 * moment + thumbnail


def _folder(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)
