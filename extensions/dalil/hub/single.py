"""One hub at a time keeps an academy: two would share its database and stop each other's people."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass

from dalil.errors import UsageError
from dalil.ledger.files import private_folder, told
from dalil.settings import Settings

LOCK = "open.lock"


@dataclass(frozen=True)
class Keeping:
    """The academy is this process's, and that of the program which this process becomes."""

    handle: int

    def open_at(self, address: str) -> None:
        """Tell who asks later where the academy is open."""
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, address.encode("utf-8"), 0)
        os.set_inheritable(self.handle, True)


def keep(settings: Settings) -> Keeping:
    """Take the academy for this process. Raises UsageError when a hub has it, RecordsError."""
    path = private_folder(settings.records) / LOCK
    with told(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = os.pread(handle, 500, 0).decode("utf-8", "replace") or "it is just being opened"
        os.close(handle)
        raise UsageError(
            f"{settings.academy}: open already ({where}); go there, or stop that hub first"
        ) from None
    return Keeping(handle)
