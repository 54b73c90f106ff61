"""Files of a volume, deleted ones too: names and content by The Sleuth Kit, times as on disk.

The Sleuth Kit turns FAT's local times into moments by the time zone of the process that runs it,
so they would change with the analyst's computer. Here they are read from the folder's entry itself
(Microsoft's FAT specification 1.03, section 6) and turned by the zone that is asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytsk3

from dalil.courses.disk.methods.image import SECTOR
from dalil.courses.disk.methods.times import ZONE, fat_local, instants
from dalil.courses.disk.methods.volumes import Volume
from dalil.errors import ExhibitError

_MAX_CONTENT = 64 * 1024 * 1024
_MAX_ENTRIES = 100_000
_MAX_DEPTH = 40
STAMPS = ("modified", "accessed", "changed", "created")


@dataclass(frozen=True)
class Entry:
    """A name in a folder and what its inode or entry says.

    ``place`` is ``volume:/path``. Times are moments in UTC or None; on FAT they come from
    ``local``, the local times as they stand on disk. ``reused``: the inode belongs to another
    file by now. ``removed`` is ext4's time of deletion.
    """

    place: str
    inode: int
    kind: str
    deleted: bool
    reused: bool
    size: int
    mode: str
    owner: tuple[int, int] = (0, 0)
    modified: datetime | None = None
    accessed: datetime | None = None
    changed: datetime | None = None
    created: datetime | None = None
    removed: datetime | None = None
    local: tuple[tuple[str, datetime], ...] = ()

    @property
    def name(self) -> str:
        return self.place.rsplit("/", 1)[-1]

    @property
    def shown(self) -> str:
        """The place with invisible direction marks spelled out: ``‹U+202E›``."""
        return spelled(self.place)


def spelled(text: str) -> str:
    """*text* with controls and direction marks spelled out."""
    return "".join(f"‹U+{ord(c):04X}›" if not c.isprintable() and c != " " else c for c in text)


def list_files(volume: Volume, zone: ZoneInfo = ZONE) -> list[Entry]:
    """Every name in *volume*, folder by folder, deleted ones and nameless inodes too.

    FAT's local times are taken as legal time of *zone*; where an hour happened twice the first one
    is taken. Raises ExhibitError when the file system cannot be walked.
    """
    try:
        return [_dated(volume, entry, zone) for entry in _walk(volume)]
    except OSError as error:
        raise ExhibitError(f"{volume.name}: cannot be walked ({error})") from None


def find(entries: list[Entry], place: str) -> Entry:
    """The entry at *place*; a deleted one only if there is no other. Raises KeyError."""
    found = [entry for entry in entries if entry.place == place]
    if not found:
        raise KeyError(f"nothing lies at {spelled(place)}")
    return min(found, key=lambda entry: (entry.deleted, entry.reused))


def content(volume: Volume, entry: Entry) -> bytes:
    """The bytes of a file. Of a deleted one on FAT: its clusters from the first on, in a row.

    On ext4 a deleted file has no size and no blocks any more: nothing comes back, carve instead.
    Raises ExhibitError for what is no file, is larger than 64 MiB, or cannot be read.
    """
    if entry.kind != "file" or entry.size > _MAX_CONTENT:
        raise ExhibitError(f"{entry.shown}: no file of up to 64 MiB")
    if not entry.size:
        return b""
    try:
        return bytes(volume.system.open_meta(entry.inode).read_random(0, entry.size))
    except OSError as error:
        raise ExhibitError(f"{entry.shown}: cannot be read ({error})") from None


def file_runs(volume: Volume, entry: Entry) -> list[tuple[int, int]]:
    """(byte offset in the image, length) of each run of a file's blocks."""
    size = volume.system.info.block_size
    return [
        (volume.start + run.addr * size, run.len * size)
        for attribute in volume.system.open_meta(entry.inode)
        for run in attribute
        if not run.flags & pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE
    ]


def _walk(volume: Volume) -> Iterator[Entry]:
    waiting: list[tuple[Any, str, frozenset[int]]] = [
        (volume.system.open_dir("/"), f"{volume.name}:", frozenset({volume.system.info.root_inum}))
    ]
    count = 0
    while waiting:
        folder, path, seen = waiting.pop()
        for item in folder:
            name = (item.info.name.name or b"").decode("utf-8", "replace")
            if name in (".", ".."):
                continue
            if (count := count + 1) > _MAX_ENTRIES:
                raise ExhibitError(f"{volume.name}: more than {_MAX_ENTRIES} names")
            entry = _entry(item, f"{path}/{name}")
            yield entry
            if entry.kind == "folder" and not entry.reused and entry.inode not in seen:
                if len(seen) > _MAX_DEPTH:
                    continue
                try:
                    inside = item.as_directory()
                except OSError:
                    continue  # a deleted folder whose blocks are another's by now
                waiting.append((inside, entry.place, seen | {entry.inode}))


def _entry(item: Any, place: str) -> Entry:
    meta = item.info.meta
    named_deleted = bool(int(item.info.name.flags) & int(pytsk3.TSK_FS_NAME_FLAG_UNALLOC))
    inode = int(item.info.name.meta_addr)
    if meta is None:
        return Entry(place, inode, "other", named_deleted, False, 0, "-/----------")
    kinds = {
        int(pytsk3.TSK_FS_META_TYPE_REG): "file",
        int(pytsk3.TSK_FS_META_TYPE_DIR): "folder",
        int(pytsk3.TSK_FS_META_TYPE_VIRT_DIR): "folder",
    }
    in_use = bool(int(meta.flags) & int(pytsk3.TSK_FS_META_FLAG_ALLOC))
    return Entry(
        place=place,
        inode=inode,
        kind=kinds.get(int(meta.type), "other"),
        deleted=named_deleted or not in_use,
        reused=named_deleted and in_use,
        size=int(meta.size),
        mode=f"{_letter(item.info.name.type, _NAME_TYPES)}/{_letter(meta.type, _META_TYPES)}"
        + _permissions(int(meta.mode)),
        owner=(int(meta.uid), int(meta.gid)),
        modified=_moment(meta.mtime, meta.mtime_nano),
        accessed=_moment(meta.atime, meta.atime_nano),
        changed=_moment(meta.ctime, meta.ctime_nano),
        created=_moment(meta.crtime, meta.crtime_nano),
    )


_NAME_TYPES = "-pcdbrlshwvV"
_META_TYPES = "-rdpcblshwvV"


def _letter(number: Any, letters: str) -> str:
    """The Sleuth Kit's letter for a kind of file (``tsk_fs_name_type_str``)."""
    return letters[int(number)] if 0 <= int(number) < len(letters) else "-"


def _permissions(mode: int) -> str:
    """``rwxr-xr-x`` with the set-id and sticky letters, as ``ls`` writes it."""
    text = "".join(letter if mode & 1 << 8 - at else "-" for at, letter in enumerate("rwxrwxrwx"))
    for bit, at, letter in ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")):
        if mode & bit:
            own = letter if text[at] == "x" else letter.upper()
            text = text[:at] + own + text[at + 1 :]
    return text


def _moment(seconds: int, nano: int) -> datetime | None:
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=nano // 1000)


# ------------------------------------------------------------------ what The Sleuth Kit leaves out


def _dated(volume: Volume, entry: Entry, zone: ZoneInfo) -> Entry:
    if volume.kind == "ext":
        return _with_removal(volume, entry) if entry.deleted else entry
    nothing: dict[str, Any] = dict.fromkeys(STAMPS)
    raw = fat_entry(volume, entry.inode)
    if raw is None:
        return replace(entry, **nothing)
    local = fat_times(raw)
    moments = {
        stamp: (instants(when, zone) or [None])[0] if when else None
        for stamp, when in local.items()
    }
    kept = tuple((stamp, when) for stamp, when in local.items() if when)
    return replace(entry, **{**nothing, **moments}, local=kept)


def fat_entry(volume: Volume, inode: int) -> bytes | None:
    """The 32 bytes of a folder's entry on FAT by The Sleuth Kit's number; None for virtual files.

    The root folder has number 2; entries are counted from 3 through all sectors from the root
    folder (FAT12, FAT16) or the first cluster (FAT32) on.
    """
    boot = volume.image.sectors(volume.first, 1)
    reserved, copies, _roots, _small = struct.unpack_from("<HBHH", boot, 14)
    (table,) = struct.unpack_from("<H", boot, 22)
    if not table:
        (table,) = struct.unpack_from("<I", boot, 36)
    last = int(volume.system.info.last_inum) - 4  # the last four are the tables and orphans
    if not 3 <= inode <= last:
        return None
    at = volume.start + (reserved + copies * table) * SECTOR + (inode - 3) * 32
    return volume.image.data[at : at + 32]


def fat_times(raw: bytes) -> dict[str, datetime | None]:
    """The local times in a folder's entry of FAT; the time of access is a day alone."""
    hundredths, made_clock, made_day, read_day = struct.unpack_from("<BHHH", raw, 13)
    wrote_clock, wrote_day = struct.unpack_from("<HH", raw, 22)
    return {
        "modified": fat_local(wrote_day, wrote_clock),
        "accessed": fat_local(read_day, 0),
        "created": fat_local(made_day, made_clock, min(hundredths, 199)),
    }


def _with_removal(volume: Volume, entry: Entry) -> Entry:
    """The time of deletion from the inode itself (ext4 documentation: i_dtime at byte 20)."""
    raw = ext_inode(volume, entry.inode)
    removed = struct.unpack_from("<I", raw, 20)[0] if len(raw) >= 24 else 0
    return replace(entry, removed=None if entry.reused else _moment(removed, 0))


def ext_inode(volume: Volume, number: int) -> bytes:
    """The bytes of an inode of ext2 to ext4; empty for a number out of range."""
    top = volume.image.data[volume.start + 1024 : volume.start + 2048]
    inodes, _, _, _, _, first, size = struct.unpack_from("<7I", top)
    (per_group,) = struct.unpack_from("<I", top, 40)
    (length,) = struct.unpack_from("<H", top, 88)
    (features,) = struct.unpack_from("<I", top, 96)
    if not 1 <= number <= inodes or not per_group or size > 6:
        return b""
    block = 1024 << size
    wide = struct.unpack_from("<H", top, 254)[0] if features & 0x80 else 32
    group, index = divmod(number - 1, per_group)
    at = volume.start + (first + 1) * block + group * wide
    (table,) = struct.unpack_from("<I", volume.image.data, at + 8)
    at = volume.start + table * block + index * length
    return volume.image.data[at : at + length]
