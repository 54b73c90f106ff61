"""Stages a fictive case on a disk, for lessons and apps as well as for the forge.

One disk holds the office computer's Linux partition (ext4) and a FAT partition for exchange; what
happened on them is told by ``story`` and replayed in order, so that inode numbers, slack, names
that stay and names that do not come out as they do on a real disk. It is public: what is secret
about a trainee's case is the seed alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dalil.courses.disk.methods import papers
from dalil.courses.disk.methods.computer import EXCHANGE_SECTORS, LINUX_BLOCKS, local
from dalil.courses.disk.methods.image import PIECE, RECORD_COLUMNS, SECTOR, packed, sha256
from dalil.courses.disk.methods.plan import Plan, Story
from dalil.courses.disk.methods.story import event_rows, request_rows, tell, utc_text
from dalil.errors import ForgingError
from dalil.forging import Seed, photographs, write_csv, write_zip
from dalil.forging.disks import FAT16, LINUX, Part, gpt_disk, mbr_disk
from dalil.forging.ext4 import BLOCK
from dalil.forging.fat import FatVolume

IMAGE, RECORD, REQUEST, EVENTS = "disk.zip", "acquisition.csv", "request.csv", "events.csv"
_SECTORS = 36_864
_HIDDEN_SECTORS = 2048
_TABLES, _FILES = 47, 64  # of a hidden volume: sectors before its first cluster, and of its files


@dataclass(frozen=True)
class Staged:
    """A fictive case and what is true about it.

    ``digest`` of the whole image as it is now; ``differing`` pieces; ``layout``: scheme and first
    sectors (``hidden`` 0 if there is none); ``ahead`` seconds of the clock; digests of what was
    ``recovered`` and ``carved``; ``moment`` in UTC; ``order`` of the events' letters and the letter
    of the ``mail``; ``findings`` as (place, kind); ``opened`` and ``margin`` seconds from deadline
    to last recorded opening; ``data`` of the image.
    """

    digest: str
    differing: tuple[int, ...]
    layout: dict[str, str | int]
    ahead: int
    recovered: str
    carved: tuple[str, ...]
    moment: str
    order: tuple[str, ...]
    mail: str
    findings: tuple[tuple[str, str], ...]
    opened: str
    margin: int
    data: bytes


def stage(seed: Seed, folder: Path, plan: Plan) -> Staged:
    """Write ``disk.zip``, ``acquisition.csv``, ``request.csv`` and ``events.csv`` into *folder*."""
    story = tell(seed.child("story"), plan)
    story.computer.run()
    acquired, layout = _disk(seed.child("disk"), story)
    rng = seed.rng("damage")
    data, differing = _damaged(rng, story, layout, acquired)
    write_zip(folder / IMAGE, packed(data), story.seized)
    _write_record(rng, folder / RECORD, acquired, differing)
    sha1 = hashlib.sha1(acquired, usedforsecurity=False).hexdigest()
    rows = request_rows(story, sha1, f"NUM-{rng.integers(1000, 9999)}")
    write_csv(folder / REQUEST, ("field", "value"), rows)
    events, order, mail = event_rows(seed.rng("letters"), story)
    write_csv(folder / EVENTS, ("event", "what", "place", "stamp"), events)
    opened = {"yes": "yes", "no": "no"}.get(plan.opened, "undetermined")
    return Staged(
        digest=sha256(data),
        differing=differing,
        layout=layout,
        ahead=int(story.computer.ahead.total_seconds()),
        recovered=sha256(story.contents["recover"]),
        carved=tuple(sha256(story.contents[name]) for name in ("photograph", "residue")),
        moment=utc_text(story.moments["moment"]),
        order=tuple(order),
        mail=mail,
        findings=_findings(story),
        opened=opened,
        margin=int((story.moments["visited"] - story.deadline).total_seconds()),
        data=data,
    )


def _findings(story: Story) -> tuple[tuple[str, str], ...]:
    where = {
        "backdated": f"linux:{story.places['memo']}",
        "bidi": f"exchange:{story.places['bidi']}",
        "extension": f"exchange:{story.places['copy']}",
        "wiped": f"exchange:{story.places['draft']}",
    }
    return tuple((where[trick], trick) for trick in sorted(story.plan.tricks))


def _disk(seed: Seed, story: Story) -> tuple[bytes, dict[str, str | int]]:
    """The whole disk, and where its parts begin."""
    rng, plan = seed.rng("layout"), story.plan
    linux, exchange = bytes(story.computer.linux.finish()), story.computer.exchange
    sizes = {"linux": LINUX_BLOCKS * BLOCK // SECTOR, "exchange": EXCHANGE_SECTORS}
    names = ["linux", "exchange"] if plan.linux_first else ["exchange", "linux"]
    first = 2048 + 256 * int(rng.integers(5))
    gap = first + sizes[names[0]]
    second = gap + 3072 + 256 * int(rng.integers(5))
    starts = {names[0]: first, names[1]: second}
    exchange.place_at(starts["exchange"])
    contents = {"linux": linux, "exchange": bytes(exchange.image)}
    kinds = {"linux": LINUX, "exchange": FAT16}
    parts = [Part(starts[n], sizes[n], kinds[n], contents[n], n) for n in names]
    if plan.scheme == "gpt":
        image = gpt_disk(_SECTORS, parts, seed.noise("guids", 48))
    else:
        image = mbr_disk(_SECTORS, parts, int(rng.integers(1, 2**32)))
    hidden = gap + 64 + 8 * int(rng.integers(100))
    # With or without a hidden volume the gap holds as much of everything: zeros where a volume has
    # its tables, a picture, old text. So its size, compressed too, tells nothing.
    picture = photographs.jpeg(photographs.scene(rng), local(story.deadline))
    text = papers.old_text(rng, _HIDDEN_SECTORS * SECTOR // 6)
    head = bytearray((_TABLES + _FILES) * SECTOR)
    for sector, length in ((0, 64), (1, 32), (8, 32), (15, 200)):  # as boot sector and tables fill
        head[sector * SECTOR : sector * SECTOR + length] = text[:length]
    head[_TABLES * SECTOR : _TABLES * SECTOR + len(picture)] = picture
    filler = bytes(head) + text[len(head) :]
    if plan.hidden:
        filler = _hidden_volume(seed.child("hidden"), story, hidden, filler)
    image[hidden * SECTOR : hidden * SECTOR + len(filler)] = filler
    layout: dict[str, str | int] = {
        "scheme": plan.scheme, "linux": starts["linux"], "exchange": starts["exchange"],
        "hidden": hidden if plan.hidden else 0,
    }  # fmt: skip
    return bytes(image), layout


def _hidden_volume(seed: Seed, story: Story, first: int, filler: bytes) -> bytes:
    """A FAT12 volume that no table declares: what is left of a partition that was taken out."""
    rng = seed.rng("hidden")
    made = local(story.deadline).replace(hour=22, minute=11)
    volume = FatVolume(
        _HIDDEN_SECTORS, cluster=1, serial=int(rng.integers(2**32)), label="RESERVE", when=made,
        hidden=first,
    )  # fmt: skip
    start = (_TABLES + _FILES) * SECTOR
    volume.image[start : len(filler)] = filler[start:]
    volume.write("/مواعيد.txt", "الخميس 21:30\r\nالسبت 18:00\r\n".encode(), made)
    volume.write("/PLAN.JPG", photographs.jpeg(photographs.scene(rng), made), made)
    return bytes(volume.image)


def _damaged(
    rng: np.random.Generator, story: Story, layout: dict[str, str | int], data: bytes
) -> tuple[bytes, tuple[int, ...]]:
    """*data* with single bytes changed in free space that holds nothing of the case."""
    changed, start = bytearray(data), int(layout["linux"]) * SECTOR
    linux = story.computer.linux
    kept = [story.contents[name] for name in ("photograph", "residue")]
    spans = [(at, at + len(content)) for content in kept if (at := data.find(content)) >= 0]
    candidates = []
    for piece in range(start // PIECE + 1, (start + LINUX_BLOCKS * BLOCK) // PIECE):
        low, high = piece * PIECE, (piece + 1) * PIECE
        blocks = range((low - start) // BLOCK, -(-(high - start) // BLOCK))
        free = all(linux.free(block) for block in blocks if block < LINUX_BLOCKS)
        used = any(low < end and begin < high for begin, end in spans)
        if free and not used and any(data[low:high]):  # a piece of zeros is not in the pack
            candidates.append(piece)
    if len(candidates) < 2 or len(spans) != len(kept):
        raise ForgingError("the staged disk has no room, or a deleted picture was overwritten")
    chosen = sorted(int(n) for n in rng.choice(candidates, size=2, replace=False))
    chosen = chosen[: story.plan.damaged]
    for piece in chosen:
        at = piece * PIECE + int(rng.integers(PIECE))
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed), tuple(chosen)


def _write_record(
    rng: np.random.Generator, path: Path, data: bytes, differing: tuple[int, ...]
) -> None:
    """The digests at the acquisition; one is written in capitals, which changes nothing."""
    count = -(-len(data) // PIECE)
    capitals = int(rng.choice([number for number in range(count) if number not in differing]))
    rows = []
    for number in range(count):
        piece = data[number * PIECE : (number + 1) * PIECE]
        digest = sha256(piece)
        rows.append(
            (number, number * PIECE, len(piece), digest.upper() if number == capitals else digest)
        )
    write_csv(path, RECORD_COLUMNS, rows)
