"""Forged photographs: Pillow reads them, with their moment and the picture inside."""

from __future__ import annotations

import io
from datetime import datetime

import numpy as np
from PIL import Image

from dalil.forging import photographs

TAKEN = datetime(2026, 2, 11, 10, 42, 7)


def picture(taken: datetime | None) -> bytes:
    rng = np.random.Generator(np.random.PCG64(3))
    return photographs.jpeg(photographs.scene(rng), taken, model="KX-3")


def test_the_moment_is_in_the_exif_and_a_thumbnail_inside() -> None:
    data = picture(TAKEN)
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.size == (320, 240)
    exif = image.getexif()
    assert exif[0x0110] == "KX-3"
    assert exif.get_ifd(0x8769)[0x9003] == "2026:02:11 10:42:07"
    inner = data.index(b"\xff\xd8", 2)
    small = Image.open(io.BytesIO(data[inner:]))
    assert small.size == (96, 72)
    end = data.index(b"\xff\xd9") + 2
    Image.open(io.BytesIO(data[inner:end])).load()  # whole, and ends before the file does
    assert end < len(data) / 2


def test_the_picture_is_the_same_with_and_without_exif() -> None:
    plain, dated = (Image.open(io.BytesIO(picture(when))) for when in (None, TAKEN))
    assert np.array_equal(np.asarray(plain), np.asarray(dated))
    assert picture(TAKEN) == picture(TAKEN)
