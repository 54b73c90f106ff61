"""One grader at a time: the service while it has work, or a command until it is done.

Two at once would put the same submission in place and write its marks side by side. Whoever waits
finds most of the work done. The lock ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dalil.ledger.files import private_folder, told

LOCK = "grader.lock"
_PAUSE = 0.2  # seconds between two looks


class Turn:
    """The right to grade in the academy of *records*; for use by one thread at a time."""

    def __init__(self, records: Path) -> None:
        self._path = private_folder(records) / LOCK
        self._handle: int | None = None

    def take(self, waiting: Callable[[], None] = lambda: None) -> None:
        """Wait for it; ``waiting`` is called once if somebody else has it. Raises RecordsError."""
        if self._handle is not None:
            return
        with told(self._path):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _free(handle):
                waiting()
                while not _free(handle):
                    time.sleep(_PAUSE)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle

    def end(self) -> None:
        """Let others grade; doing so again is fine."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def turn(records: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Grade alone within the block. Raises RecordsError."""
    mine = Turn(records)
    mine.take(waiting)
    try:
        yield
    finally:
        mine.end()


def _free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
