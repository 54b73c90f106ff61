"""Signs of concealment, each with what would make it harmless.

* Direction: overrides, embeddings and isolates of Unicode's bidirectional algorithm (UAX 9) in a
  name let it be shown in another order than it is written. The plain marks U+200E, U+200F and
  U+061C only settle neutral signs; Arabic names hold them rightly.
* Extension: the content is of another kind than the name says. Office documents are zip archives.
* Dates: a time of change before the time of birth is what each copy has that keeps its date. What
  contradicts is a date *inside* of the file that is later than its time of change.
* Wiping: content that is one byte over and over, where a deleted file once had a meaning.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

from bidi.algorithm import get_display

from dalil.courses.disk.methods.carving import declared, identify, is_uniform
from dalil.courses.disk.methods.files import Entry
from dalil.courses.disk.methods.records import inner_date

REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
MARGIN = timedelta(days=1)  # cameras and cards keep local times: less than a day says nothing


def reordering(name: str) -> list[str]:
    """The controls in *name* that change the order of its letters, as ``U+202E``."""
    return [f"U+{ord(c):04X}" for c in name if c in REORDERING]


def displayed(name: str) -> str:
    """*name* as a file manager shows it, from left to right, without what is invisible."""
    shown = str(get_display(name, base_dir="L"))
    return "".join(c for c in shown if unicodedata.category(c) != "Cf")


def other_kind(name: str, data: bytes) -> str:
    """What *data* is, when *name* says that it is something else; empty when both agree."""
    kind, said = identify(data), declared(name)
    return kind if said and kind not in (said, "empty", "uniform") else ""


def set_back(entry: Entry, data: bytes) -> timedelta | None:
    """By how much the date inside of a file is later than its time of change, if over a day.

    None when there is no inner date or it agrees. A time of change before the time of birth alone
    is no sign: it is what a copy looks like that kept its date.
    """
    inside = inner_date(data)
    if inside is None or entry.modified is None:
        return None
    late = _aware(inside) - entry.modified
    return late if late > MARGIN else None


def wiped(entry: Entry, data: bytes) -> bool:
    """Tell whether a deleted file's content was overwritten with one byte."""
    return entry.deleted and not entry.reused and entry.size > 0 and is_uniform(data)


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)
