"""A FAT volume in memory, written as a driver writes it: in the order of what happened.

FAT12 or FAT16 by its number of clusters, long names after VFAT (Microsoft's FAT specification,
1.03). What forensics looks for comes of itself: a deleted entry keeps its first cluster, size and
times and loses its first letter and its chain; clusters are taken from where the last search ended,
so that deleted content stays for a while; the sectors behind the end of a file keep what lay there
before. Times on disk are local times, which is why each call takes them naive.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from dalil.errors import ForgingError

SECTOR = 512
ENTRY = 32
_ROOT_ENTRIES = 512
_FREE, _DELETED = 0x00, 0xE5
_VOLUME, _DIRECTORY, _ARCHIVE, _LONG = 0x08, 0x10, 0x20, 0x0F
_SHORT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()-@^_`{}~")
_LAST_FAT12 = 4085  # fewer clusters than this are FAT12
_LAST_FAT16 = 65525


def words(when: datetime) -> tuple[int, int, int]:
    """Date word, time word and hundredths (0 to 199) of the local time *when* as FAT keeps it."""
    if when.tzinfo is not None or not 1980 <= when.year <= 2107:
        raise ForgingError(f"{when}: FAT keeps local times without a zone, from 1980 to 2107")
    day = (when.year - 1980) << 9 | when.month << 5 | when.day
    clock = when.hour << 11 | when.minute << 5 | when.second // 2
    return day, clock, when.second % 2 * 100 + when.microsecond // 10_000


@dataclass
class _Node:
    """A file or folder: where its short entry lies in the image, and its clusters in order."""

    entry: int
    slots: int
    clusters: list[int]
    size: int
    folder: bool


@dataclass(frozen=True)
class _Dates:
    """Local times of an entry; what is not given is the time of creation."""

    created: datetime
    modified: datetime | None = None
    accessed: datetime | None = None


class FatVolume:
    """A formatted, empty volume of *sectors* sectors of 512 bytes.

    ``image`` is its content; free space may be filled with older content before the first call.
    *cluster* is the number of sectors in a cluster (a power of 2). Paths are written ``/a/b.txt``.
    """

    def __init__(
        self,
        sectors: int,
        *,
        cluster: int,
        serial: int,
        label: str,
        when: datetime,
        hidden: int = 0,
    ) -> None:
        self.image = bytearray(sectors * SECTOR)
        self._cluster = cluster
        root = _ROOT_ENTRIES * ENTRY // SECTOR
        self._bits = 12 if (sectors - root) // cluster < _LAST_FAT12 else 16
        table = -(-((sectors // cluster + 2) * self._bits // 8 + 1) // SECTOR)
        self._table = SECTOR
        self._tables = table
        self._root = (1 + 2 * table) * SECTOR
        self._data = self._root + _ROOT_ENTRIES * ENTRY
        self.clusters = (sectors * SECTOR - self._data) // (cluster * SECTOR)
        if (self.clusters < _LAST_FAT12) != (self._bits == 12) or self.clusters >= _LAST_FAT16:
            raise ForgingError(f"{sectors} sectors in clusters of {cluster}: take another size")
        self._chain = [0] * (self.clusters + 2)
        self._chain[0:2] = [0xFFFF_FFF8, 0xFFFF_FFFF]
        self._next = 2
        self._nodes: dict[str, _Node] = {"/": _Node(-1, 0, [], 0, True)}
        self._boot(sectors, table, serial, label, hidden)
        day, clock, _ = words(when)
        name = label.upper().ljust(11)[:11].encode("ascii")
        self._put(self._slots("/", 1), struct.pack("<11sB10xHH6x", name, _VOLUME, clock, day))

    # ---------------------------------------------------------------------------- what happens

    def mkdir(self, path: str, when: datetime) -> None:
        """Make a folder at *when*."""
        clusters = self._allocate(1)
        at = self._offset(clusters[0])
        self.image[at : at + self.cluster_bytes] = bytes(self.cluster_bytes)
        parent = self._nodes[_parent(path)]
        for number, name, first in (
            (0, b".", clusters[0]),
            (1, b"..", parent.clusters[0] if parent.clusters else 0),
        ):
            record = self._record(name.ljust(11), _DIRECTORY, _Dates(when), first, 0)
            self._put(at + number * ENTRY, record)
        self._enter(path, _DIRECTORY, _Dates(when), clusters, 0)

    def write(
        self,
        path: str,
        data: bytes,
        created: datetime,
        modified: datetime | None = None,
        accessed: datetime | None = None,
    ) -> None:
        """Make the file *path*; *modified* and *accessed* are *created* if not given."""
        clusters = self._allocate(-(-len(data) // self.cluster_bytes))
        self._fill(clusters, data)
        dates = _Dates(created, modified, accessed)
        self._enter(path, _ARCHIVE, dates, clusters, len(data))

    def rewrite(self, path: str, data: bytes, when: datetime) -> None:
        """Write other content over the file, in the clusters that it has."""
        node = self._nodes[path]
        if -(-len(data) // self.cluster_bytes) != len(node.clusters):
            raise ForgingError(f"{path}: the new content needs another number of clusters")
        self._fill(node.clusters, data)
        day, clock, _ = words(when)
        node.size = len(data)
        struct.pack_into("<H", self.image, node.entry + 18, day)
        struct.pack_into("<HH", self.image, node.entry + 22, clock, day)
        struct.pack_into("<I", self.image, node.entry + 28, len(data))

    def read_at(self, path: str, when: datetime) -> None:
        """Note that the file was read: FAT keeps the day alone."""
        struct.pack_into("<H", self.image, self._nodes[path].entry + 18, words(when)[0])

    def delete(self, path: str) -> None:
        """Delete a file: entries lose the first letter, clusters are free, all else stays."""
        node = self._nodes.pop(path)
        for slot in range(node.slots):
            self.image[node.entry - slot * ENTRY] = _DELETED
        for cluster in node.clusters:
            self._link(cluster, 0)

    def place_at(self, sector: int) -> None:
        """Note in the boot sector where on its disk the volume begins."""
        struct.pack_into("<I", self.image, 28, sector)

    def rewind(self) -> None:
        """Look for free clusters from the start again, as a driver does after a restart."""
        self._next = 2

    # ------------------------------------------------------------------------- where things lie

    @property
    def cluster_bytes(self) -> int:
        return self._cluster * SECTOR

    @property
    def data_start(self) -> int:
        """Byte offset of cluster 2."""
        return self._data

    def clusters_of(self, path: str) -> list[int]:
        """The clusters of a file or folder, in order."""
        return list(self._nodes[path].clusters)

    def free(self, cluster: int) -> bool:
        """Tell whether a cluster (from 2) belongs to nothing."""
        return self._chain[cluster] == 0

    # --------------------------------------------------------------------------------- the bytes

    def _boot(self, sectors: int, table: int, serial: int, label: str, hidden: int) -> None:
        kind = f"FAT{self._bits}".ljust(8).encode()
        struct.pack_into(
            "<3s8sHBHBHHBHHHIIBBBI11s8s",
            self.image,
            0,
            *(b"\xeb\x3c\x90", b"MSDOS5.0", SECTOR, self._cluster, 1, 2, _ROOT_ENTRIES),
            *(sectors if sectors < 65_536 else 0, 0xF8, table, 63, 255, hidden),
            *(0 if sectors < 65_536 else sectors, 0x80, 0, 0x29, serial),
            *(label.upper().ljust(11)[:11].encode("ascii"), kind),
        )
        self.image[510:512] = b"\x55\xaa"
        for number in (0, 1):
            self._link(number, self._chain[number])

    def _link(self, cluster: int, value: int) -> None:
        """Set a cluster's entry in both tables."""
        self._chain[cluster] = value
        for copy in (0, 1):
            start = self._table + copy * self._tables * SECTOR
            if self._bits == 16:
                struct.pack_into("<H", self.image, start + 2 * cluster, value & 0xFFFF)
                continue
            at = start + cluster * 3 // 2
            (pair,) = struct.unpack_from("<H", self.image, at)
            odd = cluster & 1
            pair = pair & 0x000F | (value & 0xFFF) << 4 if odd else pair & 0xF000 | value & 0xFFF
            struct.pack_into("<H", self.image, at, pair)

    def _allocate(self, count: int) -> list[int]:
        found: list[int] = []
        for step in range(self.clusters):
            cluster = 2 + (self._next - 2 + step) % self.clusters
            if len(found) == count:
                break
            if self._chain[cluster] == 0:
                found.append(cluster)
        if len(found) < count:
            raise ForgingError(f"the FAT volume is full: {count} clusters are not free")
        for here, there in zip(found, [*found[1:], 0xFFFF_FFFF][: len(found)], strict=True):
            self._link(here, there)
        if found:
            self._next = found[-1] + 1 if found[-1] < self.clusters + 1 else 2
        return found

    def _offset(self, cluster: int) -> int:
        return self._data + (cluster - 2) * self.cluster_bytes

    def _fill(self, clusters: list[int], data: bytes) -> None:
        """Write whole sectors: the last one is filled up with zeros, those behind it stay."""
        padded = data + bytes(-len(data) % SECTOR)
        for number, cluster in enumerate(clusters):
            piece = padded[number * self.cluster_bytes : (number + 1) * self.cluster_bytes]
            self.image[self._offset(cluster) : self._offset(cluster) + len(piece)] = piece

    def _enter(
        self, path: str, attributes: int, dates: _Dates, clusters: list[int], size: int
    ) -> None:
        if path in self._nodes:
            raise ForgingError(f"{path} exists")
        name = path.rsplit("/", 1)[1]
        taken = {self._short(node) for node in self._nodes.values() if node.entry >= 0}
        short, long = _short_name(name, taken)
        entries = _long_entries(name, short) if long else []
        at = self._slots(_parent(path), len(entries) + 1)
        for number, entry in enumerate(entries):
            self._put(at + number * ENTRY, entry)
        first = clusters[0] if clusters else 0
        at += len(entries) * ENTRY
        self._put(at, self._record(short, attributes, dates, first, size))
        self._nodes[path] = _Node(at, len(entries) + 1, clusters, size, attributes == _DIRECTORY)

    def _short(self, node: _Node) -> bytes:
        return bytes(self.image[node.entry : node.entry + 11])

    def _record(self, name: bytes, attributes: int, dates: _Dates, first: int, size: int) -> bytes:
        born = words(dates.created)
        wrote, read = words(dates.modified or dates.created), words(dates.accessed or dates.created)
        return struct.pack(
            "<11sBxBHHHxxHHHI",
            *(name, attributes, born[2], born[1], born[0], read[0]),
            *(wrote[1], wrote[0], first, size),
        )

    def _put(self, at: int, entry: bytes) -> None:
        self.image[at : at + ENTRY] = entry

    def _slots(self, folder: str, count: int) -> int:
        """Where *count* free entries lie one after another: after the last used one, or deleted."""
        node = self._nodes[folder]
        while True:
            places = [self._root + n * ENTRY for n in range(_ROOT_ENTRIES)]
            if folder != "/":
                each = range(0, self.cluster_bytes, ENTRY)
                places = [
                    self._offset(cluster) + step for cluster in node.clusters for step in each
                ]
            run: list[int] = []
            for place in places:
                if self.image[place] != _FREE or (run and place != run[-1] + ENTRY):
                    run = []
                if self.image[place] == _FREE:
                    run.append(place)
                if len(run) == count:
                    return run[0]
            if folder == "/":
                raise ForgingError("the root folder of the FAT volume is full")
            self._grow(node)

    def _grow(self, node: _Node) -> None:
        (more,) = self._allocate(1)
        at = self._offset(more)
        self.image[at : at + self.cluster_bytes] = bytes(self.cluster_bytes)
        self._link(node.clusters[-1], more)
        node.clusters.append(more)


def _parent(path: str) -> str:
    return path.rsplit("/", 1)[0] or "/"


def _short_name(name: str, taken: set[bytes]) -> tuple[bytes, bool]:
    """The 8.3 name, padded to 11 bytes, and whether a long name must stand beside it."""
    stem, dot, extension = name.rpartition(".")
    stem, extension = (stem, extension) if dot and stem else (name, "")
    plain = [_plain(part) for part in (stem, extension)]
    exact = plain == [stem.encode("utf-8"), extension.encode("utf-8")]
    if exact and len(stem) <= 8 and len(extension) <= 3:
        short = plain[0].ljust(8) + plain[1].ljust(3)
        if short not in taken:
            return short, False
    for number in range(1, 1000):
        tail = f"~{number}".encode()
        short = (plain[0][: 8 - len(tail)] + tail).ljust(8) + plain[1][:3].ljust(3)
        if short not in taken:
            return short, True
    raise ForgingError(f"no short name is left for {name!r}")


def _plain(text: str) -> bytes:
    """Capital ASCII letters; blanks and dots are left out, what FAT cannot hold becomes ``_``."""
    kept = text.upper().replace(" ", "").replace(".", "")
    letters = kept.encode("ascii", "replace")
    return bytes(letter if letter in _SHORT else ord("_") for letter in letters)


def checksum(short: bytes) -> int:
    """What ties long entries to their short one (FAT specification, section 7.2)."""
    total = 0
    for letter in short:
        total = ((total & 1) << 7) + (total >> 1) + letter & 0xFF
    return total


def _long_entries(name: str, short: bytes) -> list[bytes]:
    """The entries of a long name as they stand on disk: the last part first."""
    units = name.encode("utf-16-le")
    if len(units) > 2 * 255:
        raise ForgingError(f"{name[:20]!r}…: longer than 255 UTF-16 units")
    if len(units) % 26:
        units += b"\0\0"
    units += b"\xff" * (-len(units) % 26)
    parts = [units[at : at + 26] for at in range(0, len(units), 26)]
    entries = []
    for number, part in enumerate(parts, 1):
        order = number | (0x40 if number == len(parts) else 0)
        pieces = part[:10], part[10:22], part[22:]
        fields = (order, pieces[0], _LONG, 0, checksum(short), pieces[1], 0, pieces[2])
        entries.append(struct.pack("<B10sBBB12sH4s", *fields))
    return entries[::-1]
