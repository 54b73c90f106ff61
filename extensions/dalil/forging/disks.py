"""Partition tables: MBR (up to four primary entries) and GPT (UEFI specification, chapter 5)."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from dalil.errors import ForgingError

SECTOR = 512
LINUX, FAT16 = 0x83, 0x06
_GUIDS = {
    LINUX: uuid.UUID("0FC63DAF-8483-4772-8E79-3D69D8477DE4"),
    FAT16: uuid.UUID("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"),
}
_ENTRIES, _ENTRY = 128, 128
_TABLE = 2  # the sector where GPT's entries begin


@dataclass(frozen=True)
class Part:
    """A partition: first sector, number of sectors, kind (``LINUX`` or ``FAT16``), its content."""

    first: int
    sectors: int
    kind: int
    content: bytes
    name: str = ""


def mbr_disk(sectors: int, parts: Sequence[Part], signature: int) -> bytearray:
    """A disk of *sectors* sectors with *parts* (at most four) in an MBR."""
    if len(parts) > 4:
        raise ForgingError(f"an MBR has four entries, not {len(parts)}")
    image = _filled(sectors, parts)
    for number, part in enumerate(parts):
        _mbr_entry(image, number, part.kind, part.first, part.sectors)
    struct.pack_into("<I", image, 440, signature)
    return image


def gpt_disk(sectors: int, parts: Sequence[Part], identity: bytes) -> bytearray:
    """A disk with *parts* in a GPT, its copy at the end, and the protective MBR in front.

    *identity*: 16 bytes for the disk and 16 for each partition, from which GUIDs are made.
    """
    image = _filled(sectors, parts)
    _mbr_entry(image, 0, 0xEE, 1, sectors - 1)
    guids = [
        uuid.UUID(bytes=identity[at : at + 16], version=4)
        for at in range(0, 16 * len(parts) + 16, 16)
    ]
    entries = b""
    for part, guid in zip(parts, guids[1:], strict=True):
        last = part.first + part.sectors - 1
        name = part.name.encode("utf-16-le")[:70]
        kind = _GUIDS[part.kind].bytes_le
        entries += struct.pack("<16s16sQQQ72s", kind, guid.bytes_le, part.first, last, 0, name)
    entries = entries.ljust(_ENTRIES * _ENTRY, b"\0")
    length = len(entries) // SECTOR
    last = sectors - 1
    for own, other, table in ((1, last, _TABLE), (last, 1, last - length)):
        head = struct.pack(
            "<8sIIIIQQQQ16sQIII",
            *(b"EFI PART", 0x10000, 92, 0, 0, own, other, _TABLE + length, last - length - 1),
            *(guids[0].bytes_le, table, _ENTRIES, _ENTRY, zlib.crc32(entries)),
        )
        head = head[:16] + struct.pack("<I", zlib.crc32(head)) + head[20:]
        image[own * SECTOR : own * SECTOR + len(head)] = head
        image[table * SECTOR : table * SECTOR + len(entries)] = entries
    return image


def _filled(sectors: int, parts: Sequence[Part]) -> bytearray:
    image = bytearray(sectors * SECTOR)
    end = 1
    for part in sorted(parts, key=lambda part: part.first):
        if part.first < end or len(part.content) != part.sectors * SECTOR:
            raise ForgingError(
                f"the partition at {part.first} overlaps, or is not its content's size"
            )
        end = part.first + part.sectors
        image[part.first * SECTOR : end * SECTOR] = part.content
    if end > sectors:
        raise ForgingError(f"the partitions end at sector {end}, the disk at {sectors}")
    return image


def _mbr_entry(image: bytearray, number: int, kind: int, first: int, sectors: int) -> None:
    """Cylinders, heads and sectors are given as "too large for them", as usual today."""
    beyond = b"\xfe\xff\xff"
    entry = struct.pack("<B3sB3sII", 0, beyond, kind, beyond, first, sectors)
    image[446 + 16 * number : 462 + 16 * number] = entry
    image[510:512] = b"\x55\xaa"
