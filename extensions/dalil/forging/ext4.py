"""An ext4 volume in memory, written as the kernel writes it: in the order of what happened.

One block group of 4 KiB blocks, extents, inodes of 256 bytes with nanoseconds and birth times, no
journal (kernel documentation, "ext4 Data Structures and Algorithms"). Deleting does what the kernel
does: the inode gets its time of deletion, links, size and extents become 0, and its number and its
blocks are free for the next file. The name stays behind in the folder's block, as with kernels
before 5.13; later ones wipe it. So a deleted file has times and sometimes a name, and no content:
that must be carved.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dalil.errors import ForgingError

BLOCK = 4096
INODE = 256
_ROOT, _LOST, _FIRST = 2, 11, 12
_FILE, _FOLDER = 0o100644, 0o040755
_EXTENTS = 0x80000
_MAX_EXTENTS = 4  # in the inode itself


@dataclass
class _Node:
    number: int
    mode: int
    owner: int
    created: int
    accessed: int = 0
    modified: int = 0
    changed: int = 0
    deleted: int = 0
    size: int = 0
    links: int = 1
    blocks: list[int] = field(default_factory=list)

    @property
    def folder(self) -> bool:
        return self.mode & 0o170000 == 0o040000


def nanoseconds(when: datetime) -> int:
    """Nanoseconds since 1970 of an aware moment."""
    if when.utcoffset() is None:
        raise ForgingError(f"{when}: ext4 keeps moments, so give one with a zone")
    past = when.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (past.days * 86_400 + past.seconds) * 10**9 + past.microseconds * 1000


class Ext4Volume:
    """A formatted, empty volume of *blocks* blocks of 4 KiB with *inodes* inodes.

    ``image`` is its content, complete after ``finish``; free blocks may be filled with older
    content before the first call. Paths are written ``/home/a.txt``, moments are aware.
    """

    def __init__(
        self, blocks: int, *, inodes: int, identity: bytes, label: str, when: datetime
    ) -> None:
        if not 64 <= blocks <= 8 * BLOCK or inodes % 16:
            raise ForgingError("one group of blocks is written here: 64 to 32768 blocks")
        self.image = bytearray(blocks * BLOCK)
        self._blocks, self._inodes = blocks, inodes
        self._identity, self._label = uuid.UUID(bytes=identity[:16], version=4), label
        self._table = 4
        self._used = bytearray(blocks)
        first = self._table + inodes * INODE // BLOCK
        self._used[:first] = b"\1" * first
        self._next = first
        self._first = first
        self._made = self._written = nanoseconds(when)
        self._nodes: dict[int, _Node] = {}
        self._paths: dict[str, int] = {"/": _ROOT, "/lost+found": _LOST}
        root = self._nodes[_ROOT] = _Node(_ROOT, _FOLDER, 0, self._made, links=3)
        lost = self._nodes[_LOST] = _Node(_LOST, 0o040700, 0, self._made, links=2)
        for node, parent, count in ((root, _ROOT, 1), (lost, _ROOT, 4)):
            self._stamp(node, self._made, "acm")
            node.blocks, node.size = self._allocate(count), count * BLOCK
            for block in node.blocks:
                self._clear(block)
            self._empty_folder(node, parent)
        self._add_name(root, "lost+found", lost)

    # ---------------------------------------------------------------------------- what happens

    def mkdir(self, path: str, when: datetime, *, owner: int = 1000) -> None:
        """Make a folder at *when*."""
        node = self._create(path, _FOLDER, owner, when)
        node.links, node.size, node.blocks = 2, BLOCK, self._allocate(1)
        self._clear(node.blocks[0])
        parent = self._node(_parent(path))
        parent.links += 1
        self._empty_folder(node, parent.number)

    def write(self, path: str, data: bytes, when: datetime, *, owner: int = 1000) -> int:
        """Make the file *path* at *when*; its inode number."""
        node = self._create(path, _FILE, owner, when)
        self._append(node, data)
        return node.number

    def append(self, path: str, data: bytes, when: datetime) -> None:
        """Add to a file."""
        node = self._node(path)
        self._append(node, data)
        self._stamp(node, nanoseconds(when), "cm")

    def read_at(self, path: str, when: datetime) -> None:
        """Set the time of access, as reading does where the mount asks for it."""
        self._stamp(self._node(path), nanoseconds(when), "a")

    def set_times(
        self, path: str, when: datetime, *, modified: datetime, accessed: datetime | None = None
    ) -> None:
        """What ``touch -d`` and ``cp -p`` do at *when*: set two times; the change is stamped."""
        node = self._node(path)
        self._stamp(node, nanoseconds(modified), "m")
        self._stamp(node, nanoseconds(accessed or modified), "a")
        self._stamp(node, nanoseconds(when), "c")

    def delete(self, path: str, when: datetime) -> None:
        """Delete a file as the kernel does: no size, no extents, the time of deletion."""
        number = self._paths.pop(path)
        node, now = self._nodes[number], nanoseconds(when)
        self._stamp(node, now, "cm")
        node.deleted = now // 10**9
        for block in node.blocks:
            self._used[block] = 0
        node.blocks, node.size, node.links = [], 0, 0
        self._drop_name(self._node(_parent(path)), path.rsplit("/", 1)[1])
        self._stamp(self._node(_parent(path)), now, "cm")

    def rewind(self) -> None:
        """Look for free blocks from the start again."""
        self._next = self._first

    def finish(self) -> bytearray:
        """Write superblock, group, bitmaps and inodes; return the image."""
        live = [node for node in self._nodes.values() if node.links]
        taken = {*range(1, _LOST), *(node.number for node in live)}
        folders = sum(node.folder for node in live)
        free_blocks = self._used.count(0)
        self._superblock(free_blocks, self._inodes - len(taken))
        struct.pack_into(
            "<IIIHHHH",
            self.image,
            BLOCK,
            *(2, 3, self._table, free_blocks, self._inodes - len(taken), folders, 0),
        )
        self._bitmap(2, [n for n, used in enumerate(self._used) if used], self._blocks)
        self._bitmap(3, [number - 1 for number in taken], self._inodes)
        for node in self._nodes.values():
            self._inode(node)
        return self.image

    # ------------------------------------------------------------------------- where things lie

    def blocks_of(self, path: str) -> list[int]:
        """The blocks of a file or folder, in order."""
        return list(self._node(path).blocks)

    def free(self, block: int) -> bool:
        """Tell whether a block belongs to nothing."""
        return not self._used[block]

    @property
    def paths(self) -> list[str]:
        """Every file and folder that exists, in the order in which they came."""
        return list(self._paths)

    def files_under(self, folder: str) -> list[str]:
        """The files in *folder* and below it."""
        inside = [path for path in self._paths if path.startswith(f"{folder}/")]
        return [path for path in inside if not self._node(path).folder]

    # --------------------------------------------------------------------------------- the bytes

    def _node(self, path: str) -> _Node:
        return self._nodes[self._paths[path]]

    def _stamp(self, node: _Node, now: int, which: str) -> None:
        self._written = max(self._written, now)
        if "a" in which:
            node.accessed = now
        if "c" in which:
            node.changed = now
        if "m" in which:
            node.modified = now

    def _create(self, path: str, mode: int, owner: int, when: datetime) -> _Node:
        if path in self._paths:
            raise ForgingError(f"{path} exists")
        now = nanoseconds(when)
        numbers = range(_FIRST, self._inodes + 1)
        number = next(n for n in numbers if n not in self._nodes or not self._nodes[n].links)
        node = self._nodes[number] = _Node(number, mode, owner, now)
        self._stamp(node, now, "acm")
        self._paths[path] = number
        parent = self._node(_parent(path))
        self._add_name(parent, path.rsplit("/", 1)[1], node)
        self._stamp(parent, now, "cm")
        return node

    def _append(self, node: _Node, data: bytes) -> None:
        room = len(node.blocks) * BLOCK - node.size
        more = -(-max(0, len(data) - room) // BLOCK)
        goal = node.blocks[-1] + 1 if node.blocks else self._next
        node.blocks += self._allocate(more, goal)
        written = 0
        while written < len(data):
            block, inside = divmod(node.size, BLOCK)
            piece = data[written : written + BLOCK - inside]
            at = node.blocks[block] * BLOCK
            if inside == 0:
                self._clear(node.blocks[block])  # the kernel leaves no old content behind the end
            self.image[at + inside : at + inside + len(piece)] = piece
            node.size += len(piece)
            written += len(piece)
        if len(_extents(node.blocks)) > _MAX_EXTENTS:
            raise ForgingError(f"inode {node.number}: more than {_MAX_EXTENTS} extents")

    def _allocate(self, count: int, goal: int | None = None) -> list[int]:
        """*count* blocks in a row if there are any such, from *goal* on."""
        start = self._next if goal is None else goal
        order = [*range(start, self._blocks), *range(self._first, min(start, self._blocks))]
        run: list[int] = []
        for block in order:
            if len(run) == count:
                break
            if self._used[block] or (run and block != run[-1] + 1):
                run = []
            if not self._used[block]:
                run.append(block)
        if len(run) < count:
            raise ForgingError(f"the ext4 volume has no {count} free blocks in a row")
        for block in run:
            self._used[block] = 1
        if run:
            self._next = run[-1] + 1
        return run

    def _clear(self, block: int) -> None:
        self.image[block * BLOCK : (block + 1) * BLOCK] = bytes(BLOCK)

    def _empty_folder(self, node: _Node, parent: int) -> None:
        for number, block in enumerate(node.blocks):
            at = block * BLOCK
            if number:
                struct.pack_into("<IH", self.image, at, 0, BLOCK)
                continue
            struct.pack_into("<IHBB1s3x", self.image, at, node.number, 12, 1, 2, b".")
            struct.pack_into("<IHBB2s2x", self.image, at + 12, parent, BLOCK - 12, 2, 2, b"..")

    def _add_name(self, folder: _Node, name: str, node: _Node) -> None:
        """Put an entry into the first one with room behind its own name."""
        raw = name.encode("utf-8")
        if not 0 < len(raw) < 256:
            raise ForgingError(f"{name[:20]!r}: a name has 1 to 255 bytes")
        need = _padded(len(raw))
        for block in folder.blocks:
            at, end = block * BLOCK, (block + 1) * BLOCK
            while at < end:
                inode, length, size = struct.unpack_from("<IHB", self.image, at)
                own = _padded(size) if inode else 0
                if length - own >= need:
                    if own:
                        struct.pack_into("<H", self.image, at + 4, own)
                    rest = length - own
                    head = (node.number, rest, len(raw), 2 if node.folder else 1)
                    struct.pack_into("<IHBB", self.image, at + own, *head)
                    self.image[at + own + 8 : at + own + 8 + len(raw)] = raw
                    return
                at += length
        raise ForgingError(f"the folder of {name!r} is full")

    def _drop_name(self, folder: _Node, name: str) -> None:
        """Let the entry before swallow this one: the bytes of the name stay."""
        raw = name.encode("utf-8")
        for block in folder.blocks:
            before, at, end = -1, block * BLOCK, (block + 1) * BLOCK
            while at < end:
                inode, length, size = struct.unpack_from("<IHB", self.image, at)
                if inode and self.image[at + 8 : at + 8 + size] == raw:
                    if before < 0:
                        struct.pack_into("<I", self.image, at, 0)
                        return
                    (swallowed,) = struct.unpack_from("<H", self.image, before + 4)
                    struct.pack_into("<H", self.image, before + 4, swallowed + length)
                    return
                before, at = at, at + length
        raise ForgingError(f"{name!r} is not in its folder")

    def _superblock(self, free_blocks: int, free_inodes: int) -> None:
        at, made, last = 1024, self._made // 10**9, self._written // 10**9
        struct.pack_into(
            "<13I6H4I2H",
            self.image,
            at,
            *(self._inodes, self._blocks, 0, free_blocks, free_inodes, 0, 2, 2),
            *(8 * BLOCK, 8 * BLOCK, self._inodes, last, last),
            *(1, 0xFFFF, 0xEF53, 1, 1, 0, made, 0, 0, 1, 0, 0),
        )
        struct.pack_into(
            "<IHHIII16s16s", self.image, at + 84, _FIRST - 1, INODE, 0,
            *(0, 0x2 | 0x40, 0x1 | 0x2 | 0x8 | 0x20 | 0x40),
            *(self._identity.bytes, self._label.encode("ascii")),
        )  # fmt: skip
        struct.pack_into("<I", self.image, at + 264, made)
        struct.pack_into("<HH", self.image, at + 348, 32, 32)  # least and wanted extra inode bytes

    def _bitmap(self, block: int, taken: list[int], count: int) -> None:
        bits = bytearray(BLOCK)
        for number in (*taken, *range(count, 8 * BLOCK)):
            bits[number // 8] |= 1 << number % 8
        self.image[block * BLOCK : (block + 1) * BLOCK] = bits

    def _inode(self, node: _Node) -> None:
        at = self._table * BLOCK + (node.number - 1) * INODE
        seconds, extra = zip(
            *(
                (now // 10**9, (now % 10**9) << 2)
                for now in (node.accessed, node.changed, node.modified, node.created)
            ),
            strict=True,
        )
        struct.pack_into(
            "<HHIIIIIHHIII",
            self.image,
            at,
            *(node.mode, node.owner, node.size, *seconds[:3], node.deleted, node.owner),
            *(node.links, len(node.blocks) * BLOCK // 512, _EXTENTS, 0),
        )
        runs = _extents(node.blocks)
        root = struct.pack("<HHHHI", 0xF30A, len(runs), _MAX_EXTENTS, 0, 0)
        for logical, length, physical in runs:
            root += struct.pack("<IHHI", logical, length, 0, physical)
        self.image[at + 40 : at + 100] = root.ljust(60, b"\0")
        struct.pack_into(
            "<HHIIIII", self.image, at + 128, 32, 0, extra[1], extra[2], extra[0],
            *(seconds[3], extra[3]),
        )  # fmt: skip


def _parent(path: str) -> str:
    return path.rsplit("/", 1)[0] or "/"


def _padded(name: int) -> int:
    """Bytes of a folder's entry whose name has *name* bytes."""
    return (8 + name + 3) // 4 * 4


def _extents(blocks: list[int]) -> list[tuple[int, int, int]]:
    """(first block of the file, length, first block on disk) of each run."""
    runs: list[tuple[int, int, int]] = []
    for logical, block in enumerate(blocks):
        if runs and block == runs[-1][2] + runs[-1][1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1, runs[-1][2])
        else:
            runs.append((logical, 1, block))
    return runs
