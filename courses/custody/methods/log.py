"""The hand-over log: its moments, the gaps in it, and the chain of hashes that binds it.

An entry is a ``dict[str, str]`` with the columns of ``LOG_COLUMNS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dalil.courses.custody.methods.digests import sha256_bytes
from dalil.errors import ExhibitError

Row = dict[str, str]

LOG_COLUMNS = (
    "entry",
    "local_time",
    "utc_offset",
    "from",
    "to",
    "place",
    "keeping",
    "seal_before",
    "seal_after",
    "purpose",
    "signature",
    "pack_sha256",
    "entry_hash",
)
FIRST = "0" * 64
"""What stands for "the hash of the entry before" in the first entry of a log."""
LOCKED = "locked"
"""``keeping`` of an entry after which the exhibit lies in a locked evidence room."""
MAX_MINUTES = 120
"""The service's rule: out of a locked room, the next entry follows within two hours."""

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def instant(entry: Mapping[str, str]) -> datetime:
    """The moment of an entry as aware UTC: ``local_time`` minus ``utc_offset``.

    ``local_time`` is ``2025-04-06 03:40`` (seconds allowed), ``utc_offset`` is ``+01:00``.
    Raises ExhibitError if either is something else.
    """
    local, offset = entry.get("local_time", ""), entry.get("utc_offset", "")
    match = _OFFSET.fullmatch(offset)
    try:
        wall = datetime.fromisoformat(local)
    except ValueError:
        raise ExhibitError(f"local_time {local!r} is not like 2025-04-06 03:40") from None
    if match is None or wall.tzinfo is not None:
        raise ExhibitError(f"utc_offset {offset!r} is not like +01:00")
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    try:
        return (wall - ahead if match[1] == "+" else wall + ahead).replace(tzinfo=UTC)
    except OverflowError:
        raise ExhibitError(f"local_time {local!r} is out of range") from None


def minutes_between(earlier: Mapping[str, str], later: Mapping[str, str]) -> float:
    """Elapsed minutes from one entry to another; negative if *later* came first."""
    return (instant(later) - instant(earlier)).total_seconds() / 60


@dataclass(frozen=True)
class Gap:
    """Time out of a locked room that nobody accounts for.

    ``entry`` is the number of the entry that ends it, ``minutes`` the time since the one before.
    """

    entry: int
    start: datetime
    end: datetime
    minutes: float


def find_gaps(log: Sequence[Mapping[str, str]], max_minutes: float = MAX_MINUTES) -> list[Gap]:
    """Each stretch of more than *max_minutes* between two entries while not in a locked room.

    A night in a locked room is no gap: ``keeping`` of the entry before says where the exhibit lay.
    Raises ValueError unless ``max_minutes`` is 0 or more.
    """
    if not max_minutes >= 0:
        raise ValueError(f"max_minutes must be 0 or more, not {max_minutes}")
    gaps = []
    for before, entry in pairwise(log):
        minutes = minutes_between(before, entry)
        if before["keeping"] != LOCKED and minutes > max_minutes:
            gaps.append(Gap(int(entry["entry"]), instant(before), instant(entry), minutes))
    return gaps


def chain_hash(previous: str, entry: Mapping[str, str]) -> str:
    """What ``entry_hash`` of *entry* must be when ``entry_hash`` of the entry before is *previous*.

    SHA-256 of the UTF-8 text ``previous|entry|local_time|…|pack_sha256``: the hash before, then the
    fields in the order of ``LOG_COLUMNS``, joined by ``|``. For the first entry *previous* is
    ``FIRST``. Raises ExhibitError if a field is missing, or holds ``|`` or a line break, because
    two different entries could then read the same.
    """
    fields = [previous]
    for column in LOG_COLUMNS[:-1]:
        field = entry.get(column)
        if not isinstance(field, str) or set(field) & set("|\r\n"):
            raise ExhibitError(f"{column} {field!r}: must be text without '|' and line breaks")
        fields.append(field)
    return sha256_bytes("|".join(fields).encode("utf-8"))


def chained(entries: Iterable[Mapping[str, str]]) -> list[Row]:
    """Copies of *entries* with ``entry_hash`` written anew from the first to the last."""
    previous, rows = FIRST, []
    for entry in entries:
        previous = chain_hash(previous, entry)
        rows.append({**entry, "entry_hash": previous})
    return rows
