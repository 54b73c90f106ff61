"""Partition tables and the file systems in a disk: what is declared, and what lies between.

The tables are read by The Sleuth Kit. Gaps are searched for file systems that no table declares:
by the boot sector of FAT, and by the magic number of ext (kernel documentation, ext4 superblock).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import pytsk3

from dalil.courses.disk.methods.image import SECTOR, Image
from dalil.errors import ExhibitError

_SCHEMES = {pytsk3.TSK_VS_TYPE_DOS: "mbr", pytsk3.TSK_VS_TYPE_GPT: "gpt"}
_EXT_MAGIC = 0xEF53


@dataclass(frozen=True)
class Area:
    """A stretch of the disk: ``kind`` is ``partition``, ``gap`` or ``table``; sectors of 512."""

    kind: str
    first: int
    sectors: int
    description: str

    @property
    def end(self) -> int:
        return self.first + self.sectors


@dataclass(frozen=True)
class Table:
    """A partition table: ``scheme`` is ``mbr`` or ``gpt``; ``areas`` in the order of the disk."""

    scheme: str
    areas: tuple[Area, ...]

    @property
    def partitions(self) -> list[Area]:
        return [area for area in self.areas if area.kind == "partition"]

    @property
    def gaps(self) -> list[Area]:
        return [area for area in self.areas if area.kind == "gap"]


@dataclass(frozen=True, eq=False)
class Volume:
    """A file system of the image: where it begins (sector), its ``kind``, our name for it."""

    name: str
    first: int
    kind: str
    image: Image
    system: pytsk3.FS_Info

    @property
    def start(self) -> int:
        """Byte offset in the image."""
        return int(self.first * SECTOR)


def read_table_of(image: Image) -> Table:
    """The partition table of the disk. Raises ExhibitError when there is none of the two kinds."""
    try:
        table = pytsk3.Volume_Info(image)
        scheme = _SCHEMES[table.info.vstype]
        found = [(p.flags, p.start, p.len, p.desc.decode("utf-8", "replace")) for p in table]
    except (OSError, KeyError) as error:
        raise ExhibitError(f"no partition table of the kinds MBR or GPT ({error})") from None
    kinds = {
        pytsk3.TSK_VS_PART_FLAG_ALLOC: "partition",
        pytsk3.TSK_VS_PART_FLAG_UNALLOC: "gap",
        pytsk3.TSK_VS_PART_FLAG_META: "table",
    }
    areas = [Area(kinds[flag], first, count, text) for flag, first, count, text in found]
    return Table(scheme, tuple(sorted(areas, key=lambda area: (area.first, area.kind))))


def file_systems_in(image: Image, area: Area) -> list[tuple[int, str]]:
    """(sector, ``fat`` or ``ext``) of what looks like the start of a file system in *area*.

    What lies inside of one that was found is not searched. A look-alike is possible: open it.
    """
    found: list[tuple[int, str]] = []
    sector = area.first
    while sector < area.end:
        kind, count = _starts(image, sector)
        if kind and 0 < count <= area.end - sector:
            found.append((sector, kind))
            sector += count
        else:
            sector += 1
    return found


def _starts(image: Image, sector: int) -> tuple[str, int]:
    """What starts at *sector*, and how many sectors it says it has."""
    boot = image.sectors(sector, 1)
    if boot[510:512] == b"\x55\xaa" and boot[:1] in (b"\xeb", b"\xe9"):
        size, cluster, _, copies, _, small = struct.unpack_from("<HBHBHH", boot, 11)
        (large,) = struct.unpack_from("<I", boot, 32)
        if size == SECTOR and cluster and copies in (1, 2):
            return "fat", small or large
    top = image.data[sector * SECTOR + 1024 : sector * SECTOR + 1024 + 64]
    if len(top) == 64 and struct.unpack_from("<H", top, 56)[0] == _EXT_MAGIC:
        _, blocks = struct.unpack_from("<II", top)
        (size,) = struct.unpack_from("<I", top, 24)
        if size <= 6:
            return "ext", blocks * (1024 << size) // SECTOR
    return "", 0


def open_volume(image: Image, first: int, name: str) -> Volume:
    """The file system that begins at sector *first*; *name* stands before its paths.

    Raises ExhibitError when there is none, or none that is read here (ext2 to ext4, FAT12 to 32).
    """
    try:
        system = pytsk3.FS_Info(image, offset=first * SECTOR)
    except OSError as error:
        raise ExhibitError(f"no file system at sector {first} ({error})") from None
    kind = system.info.ftype
    known = {
        pytsk3.TSK_FS_TYPE_EXT2: "ext",
        pytsk3.TSK_FS_TYPE_EXT3: "ext",
        pytsk3.TSK_FS_TYPE_EXT4: "ext",
        pytsk3.TSK_FS_TYPE_FAT12: "fat",
        pytsk3.TSK_FS_TYPE_FAT16: "fat",
        pytsk3.TSK_FS_TYPE_FAT32: "fat",
    }
    if kind not in known:
        raise ExhibitError(f"the file system at sector {first} is of another kind")
    return Volume(name, first, known[kind], image, system)


def open_partitions(image: Image, table: Table, names: Mapping[str, str]) -> dict[str, Volume]:
    """The file systems of the partitions by our names for their kinds, such as ``ext`` → ``linux``.

    Partitions without a file system that is read here are left out; of two of one kind the first.
    """
    volumes: dict[str, Volume] = {}
    for area in table.partitions:
        for _, kind in file_systems_in(image, area)[:1]:
            if kind in names and names[kind] not in volumes:
                volumes[names[kind]] = open_volume(image, area.first, names[kind])
    return volumes


def hidden_file_systems(image: Image, table: Table) -> list[tuple[int, str]]:
    """(sector, kind) of each file system outside of every partition."""
    return [found for gap in table.gaps for found in file_systems_in(image, gap)]
