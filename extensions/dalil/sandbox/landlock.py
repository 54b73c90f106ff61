"""Which files a process may open, and that it may reach no port, socket or process outside.

Landlock (``landlock(7)``, Linux 5.13) lets a process without privileges give up access for good.
What the running kernel's version knows is all used: moving files (2), truncating (3), TCP (4),
requests to devices (5), abstract sockets and signals of processes outside (6). Files that are
already open stay open.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Sequence
from typing import Final

from dalil.sandbox import linux

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH = 1

EXECUTE: Final = 1 << 0
WRITE_FILE: Final = 1 << 1
READ_FILE: Final = 1 << 2
READ_DIR: Final = 1 << 3
TRUNCATE: Final = 1 << 14
IOCTL_DEV: Final = 1 << 15
_OF_FILES: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_READ: Final = EXECUTE | READ_FILE | READ_DIR

_FILES_1 = (1 << 13) - 1  # execute … make_sym
_FILES_2, _FILES_3, _FILES_5 = 1 << 13, TRUNCATE, IOCTL_DEV
_TCP_4 = 0b11  # bind, connect
_SCOPES_6 = 0b11  # abstract unix sockets, signals
_QUIET_7 = 0b101  # or a hostile notebook could fill the machine's audit log with refusals


def abi() -> int:
    """Return the version that the kernel knows; 0: none, or switched off at boot."""
    try:
        return max(linux.syscall(_CREATE_RULESET, None, 0, _VERSION), 0)
    except OSError:
        return 0  # not Linux


def handled(version: int) -> tuple[int, int, int]:
    """Return all accesses to files, to the network and all scopes of an ABI *version*."""
    files = _FILES_1
    files |= _FILES_2 if version >= 2 else 0
    files |= _FILES_3 if version >= 3 else 0
    files |= _FILES_5 if version >= 5 else 0
    return files, _TCP_4 if version >= 4 else 0, _SCOPES_6 if version >= 6 else 0


def restrict(read: Sequence[str], write: Sequence[str]) -> int:
    """Leave this thread, and all it starts, reading beneath *read* and anything beneath *write*.

    Programs may be run from both. Devices (``/dev/null``, a pty) need to lie beneath *write*.
    Call ``no_new_privileges`` before, and mount and pivot before: neither is possible afterwards.
    Returns the version enforced. Raises OSError without Landlock and for a path that is not there:
    nothing is restricted then.
    """
    version = abi()
    if version == 0:
        raise OSError(errno.ENOSYS, "landlock: the kernel has none, or it was started without it")
    files, network, scopes = handled(version)
    # ABI 1 to 3 know the first field alone, 4 and 5 two; zeros beyond what a kernel knows are let
    # pass, so the longest structure fits all.
    attributes = struct.pack("=QQQ", files, network, scopes)
    ruleset = linux.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    linux.check(ruleset, "landlock rule set")
    try:
        for path in read:
            _allow(ruleset, path, files & _READ)
        for path in write:
            _allow(ruleset, path, files)
        quiet = _QUIET_7 if version >= 7 else 0
        linux.check(linux.syscall(_RESTRICT_SELF, ruleset, quiet), "landlock restriction")
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, accesses: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            accesses &= _OF_FILES
        rule = struct.pack("=Qi", accesses, beneath)
        result = linux.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        linux.check(result, f"landlock rule for {path}")
    finally:
        os.close(beneath)
