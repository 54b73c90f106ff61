"""Forged partition tables, read by The Sleuth Kit; the copy of a GPT and its checksums."""

from __future__ import annotations

import struct
import zlib

import pytest
import pytsk3

from dalil.errors import ForgingError
from dalil.forging.disks import FAT16, LINUX, SECTOR, Part, gpt_disk, mbr_disk
from tests.dalil.forging.test_fat import Memory

PARTS = [
    Part(2048, 100, LINUX, b"L" * 100 * SECTOR, "linux"),
    Part(3000, 50, FAT16, b"F" * 50 * SECTOR, "exchange"),
]


def read(image: bytes) -> list[tuple[int, int]]:
    """(first sector, sectors) of each allocated partition."""
    table = pytsk3.Volume_Info(Memory(image))
    return [(p.start, p.len) for p in table if p.flags == pytsk3.TSK_VS_PART_FLAG_ALLOC]


def test_both_tables_say_where_the_partitions_lie() -> None:
    for image in (mbr_disk(4096, PARTS, 7), gpt_disk(4096, PARTS, bytes(range(48)))):
        assert read(image) == [(2048, 100), (3000, 50)]
        assert image[2048 * SECTOR : 2148 * SECTOR] == PARTS[0].content


def test_both_headers_of_a_gpt_are_sound_and_point_at_each_other() -> None:
    image = gpt_disk(4096, PARTS, bytes(range(48)))
    for own, other in ((1, 4095), (4095, 1)):
        head = bytes(image[own * SECTOR : own * SECTOR + 92])
        (sum_of_head,) = struct.unpack_from("<I", head, 16)
        assert zlib.crc32(head[:16] + bytes(4) + head[20:]) == sum_of_head
        assert struct.unpack_from("<QQ", head, 24) == (own, other)
        (table,) = struct.unpack_from("<Q", head, 72)
        entries = image[table * SECTOR : table * SECTOR + 128 * 128]
        assert struct.unpack_from("<I", head, 88) == (zlib.crc32(entries),)


def test_what_overlaps_or_does_not_fit_is_refused() -> None:
    wide = Part(2100, 100, LINUX, bytes(100 * SECTOR))
    with pytest.raises(ForgingError, match="overlaps"):
        mbr_disk(4096, [PARTS[0], wide], 7)
    with pytest.raises(ForgingError, match="end at sector"):
        mbr_disk(3010, PARTS, 7)
    with pytest.raises(ForgingError, match="four"):
        mbr_disk(4096, [PARTS[0]] * 5, 7)
