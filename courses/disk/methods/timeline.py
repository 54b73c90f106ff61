"""Timelines: the body file of The Sleuth Kit, and the moments in it as ``mactime`` orders them.

A body file (version 3) has one line an entry: ``MD5|name|inode|mode|UID|GID|size|atime|mtime|
ctime|crtime``, times in whole seconds since 1970. ``mactime`` turns each entry into one line for
each of its moments, and says by ``macb`` which times they are: modified, accessed, changed, born.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dalil.courses.disk.methods.files import Entry

LETTERS = (("modified", "m"), ("accessed", "a"), ("changed", "c"), ("created", "b"))


@dataclass(frozen=True)
class Moment:
    """At ``when`` (UTC, whole seconds) the times of ``macb`` of ``entry`` were set."""

    when: datetime
    macb: str
    entry: Entry


def body_line(entry: Entry) -> str:
    """The entry's line of a body file, its name with the volume in front."""
    times = [
        _seconds(getattr(entry, stamp)) for stamp in ("accessed", "modified", "changed", "created")
    ]
    note = " (deleted-realloc)" if entry.reused else " (deleted)" if entry.deleted else ""
    fields = (0, entry.place + note, entry.inode, entry.mode, *entry.owner, entry.size, *times)
    return "|".join(str(field) for field in fields)


def timeline(entries: Iterable[Entry], ahead: float = 0) -> list[Moment]:
    """One item for each moment of each entry, rising; *ahead* seconds are taken off all of them.

    *ahead* is by how much the clock that set the times was fast; the time of FAT's last access is
    a day, and stands at its midnight.
    """
    moments: list[Moment] = []
    for entry in entries:
        marks: dict[datetime, str] = {}
        for stamp, letter in LETTERS:
            when = getattr(entry, stamp)
            if when is not None:
                whole = when.replace(microsecond=0) - timedelta(seconds=ahead)
                marks[whole] = marks.get(whole, "") + letter
        for when, letters in marks.items():
            macb = "".join(letter if letter in letters else "." for _, letter in LETTERS)
            moments.append(Moment(when, macb, entry))
    return sorted(moments, key=lambda moment: (moment.when, moment.entry.place, moment.macb))


def between(
    moments: Iterable[Moment], start: datetime | None = None, end: datetime | None = None
) -> list[Moment]:
    """The moments in [start, end)."""
    return [
        moment
        for moment in moments
        if (start is None or moment.when >= start) and (end is None or moment.when < end)
    ]


def _seconds(when: datetime | None) -> int:
    return int(when.timestamp()) if when else 0
