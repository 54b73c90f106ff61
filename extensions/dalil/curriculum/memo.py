"""What was made from files, kept until one of them changes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

Value = TypeVar("Value")
Stamp: TypeAlias = tuple[int, int, int] | None

SMALL = 64


class Memo(Generic[Value]):
    """Keeps the values of the last *size* keys; whoever gets one must not change it.

    Several threads may ask: at worst a value is made twice.
    """

    def __init__(self, size: int = SMALL) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[tuple[Stamp, ...], Value]] = {}

    def get(self, key: Hashable, files: Sequence[Path], make: Callable[[], Value]) -> Value:
        """The value of *key*, made anew by *make* when any of *files* is not what it was."""
        stamps = tuple(map(_stamp, files))
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamps:
            return kept[1]
        value = make()
        with self._lock:
            # Stamps of before: a file that changed meanwhile is read again the next time.
            self._kept[key] = (stamps, value)
            if len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]
        return value


def _stamp(path: Path) -> Stamp:
    """What changes whenever the file does; None for one that is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
