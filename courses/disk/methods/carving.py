"""What files are by their content, and files without a name: carving by signature and structure.

A JPEG file is followed marker by marker (ITU-T T.81, annex B), so that the thumbnail inside of it
does not end it. Carving takes files as lying in one piece; what was fragmented comes out broken.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from dalil.courses.disk.methods.image import SECTOR
from dalil.courses.disk.methods.volumes import Volume
from dalil.errors import ExhibitError

_SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("jpeg", b"\xff\xd8\xff"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("pdf", b"%PDF-"),
    ("zip", b"PK\x03\x04"),
    ("gzip", b"\x1f\x8b\x08"),
    ("sqlite", b"SQLite format 3\0"),
    ("exe", b"MZ"),
)
# What a name's last part says about the content. Office documents are zip archives.
_EXTENSIONS = {
    **dict.fromkeys(("jpg", "jpeg"), "jpeg"),
    **dict.fromkeys(("zip", "docx", "xlsx", "odt", "ods"), "zip"),
    **dict.fromkeys(("exe", "scr", "dll"), "exe"),
    **dict.fromkeys(("txt", "csv", "log", "conf"), "text"),
    "png": "png",
    "pdf": "pdf",
    "gz": "gzip",
}


@dataclass(frozen=True)
class Carved:
    """A carved file: byte offset in the image, kind, content, and whether it has an end."""

    offset: int
    kind: str
    data: bytes
    complete: bool


def identify(data: bytes) -> str:
    """What *data* is by its content: a signature's name, ``text``, ``empty``, ``uniform`` or
    ``unknown``."""
    if not data:
        return "empty"
    if is_uniform(data):
        return "uniform"
    for kind, signature in _SIGNATURES:
        if data.startswith(signature):
            return kind
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "unknown"
    return (
        "text" if all(c.isprintable() or c in "\r\n\t" or ord(c) > 127 for c in text) else "unknown"
    )


def declared(name: str) -> str:
    """What a name's extension says the content is; empty when it says nothing."""
    return _EXTENSIONS.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def is_uniform(data: bytes) -> bool:
    """Tell whether *data* is one byte over and over: what a wiping program leaves."""
    return len(data) > 1 and data.count(data[:1]) == len(data)


def jpeg_end(data: bytes, start: int = 0) -> int | None:
    """Where the JPEG file that begins at *start* ends; None when its structure breaks off.

    Segments are skipped by their length, so a thumbnail inside of one is not looked at; within the
    scan, ``FF 00`` and restart markers belong to it.
    """
    at = start + 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == 0xD9:
            return at + 2
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            return None
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2:
            return None
        at += 2 + length
        if marker == 0xDA:
            at = _scan_end(data, at)
    return at + 2 if data[at : at + 2] == b"\xff\xd9" else None


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker after a scan's data stands."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1 : at + 2]
        if following != b"\0" and not (following and 0xD0 <= following[0] <= 0xD7):
            return at
        at += 2
    return len(data)


def carve_jpegs(data: bytes, runs: Sequence[tuple[int, int]], step: int = SECTOR) -> list[Carved]:
    """JPEG files in *runs* (byte offset, length) of *data*, looked for at every *step* bytes.

    File systems begin files at the start of a sector, so that a thumbnail inside of a file is not
    taken for one. A file without an end is reported as not complete, with the rest of its run.
    """
    found = []
    for start, length in runs:
        piece, at = data[start : start + length], 0
        while at < len(piece):
            if not piece.startswith(b"\xff\xd8\xff", at):
                at += step
                continue
            end = jpeg_end(piece, at)
            found.append(Carved(start + at, "jpeg", piece[at:end], end is not None))
            at += step if end is None else -(-(end - at) // step) * step
    return found


# ------------------------------------------------------------------------------------ free space


def free_runs(volume: Volume) -> list[tuple[int, int]]:
    """(byte offset in the image, length) of each stretch that belongs to no file.

    From the block bitmaps of ext2 to ext4, or the table of FAT. Raises ExhibitError when they point
    out of the image.
    """
    try:
        start, size, free = (_ext_free if volume.kind == "ext" else _fat_free)(volume)
    except (struct.error, IndexError, ZeroDivisionError):
        raise ExhibitError(f"{volume.name}: its map of free space cannot be read") from None
    runs: list[tuple[int, int]] = []
    for number, is_free in enumerate(free):
        if not is_free:
            continue
        at = start + number * size
        if runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + size)
        else:
            runs.append((at, size))
    return runs


def _ext_free(volume: Volume) -> tuple[int, int, list[bool]]:
    data, start = volume.image.data, volume.start
    top = data[start + 1024 : start + 2048]
    _, blocks, _, _, _, first, log = struct.unpack_from("<7I", top)
    (per_group,) = struct.unpack_from("<I", top, 32)
    (per_table,) = struct.unpack_from("<I", top, 40)
    (inode,) = struct.unpack_from("<H", top, 88)
    (features,) = struct.unpack_from("<I", top, 96)
    wide = struct.unpack_from("<H", top, 254)[0] if features & 0x80 else 32
    size = 1024 << log
    free = [False] * blocks
    groups = -(-(blocks - first) // per_group)
    meta: set[int] = set()
    for group in range(groups):
        at = start + (first + 1) * size + group * wide
        bitmap, inodes, table = struct.unpack_from("<III", data, at)
        (flags,) = struct.unpack_from("<H", data, at + 18)
        meta |= {bitmap, inodes, *range(table, table + -(-per_table * inode // size))}
        bits = data[start + bitmap * size : start + (bitmap + 1) * size]
        base = first + group * per_group
        for number in range(base, min(base + per_group, blocks)):
            index = number - base
            # BLOCK_UNINIT: the bitmap was never written, nothing but metadata is in use
            free[number] = bool(flags & 2) or not bits[index // 8] >> index % 8 & 1
    for number in meta:
        if number < blocks:
            free[number] = False
    return start, size, free


def _fat_free(volume: Volume) -> tuple[int, int, list[bool]]:
    data, start = volume.image.data, volume.start
    boot = data[start : start + SECTOR]
    size, cluster, reserved, copies, roots, small = struct.unpack_from("<HBHBHH", boot, 11)
    (table,) = struct.unpack_from("<H", boot, 22)
    table = table or struct.unpack_from("<I", boot, 36)[0]
    sectors = small or struct.unpack_from("<I", boot, 32)[0]
    first = reserved + copies * table + -(-roots * 32 // size)
    count = (sectors - first) // cluster
    at = start + reserved * size
    if count < 4085:
        pairs = (
            struct.unpack_from("<H", data, at + n * 3 // 2)[0] >> (4 if n & 1 else 0) & 0xFFF
            for n in range(2, count + 2)
        )
        links = list(pairs)
    elif count < 65525:
        links = list(struct.unpack_from(f"<{count}H", data, at + 4))
    else:
        links = [link & 0x0FFF_FFFF for link in struct.unpack_from(f"<{count}I", data, at + 8)]
    return start + first * size, cluster * size, [link == 0 for link in links]
