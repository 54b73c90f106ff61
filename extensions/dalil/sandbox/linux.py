"""The system calls that Python's standard library has not: the one place with ctypes.

Every function raises OSError with the kernel's number and what failed. The functions run between
fork and the first line of foreign code, once per submission, so nothing is looked up or built
there that can be ready at import: a call costs a few microseconds. On systems other than Linux the
module can be imported and every call raises OSError (ENOSYS).

Constants are those of Linux's ``mount(2)``, ``mount_setattr(2)``, ``namespaces(7)``, ``prctl(2)``
and ``capabilities(7)``; ``pidfd_open`` and ``pidfd_send_signal`` are in ``os`` and ``signal``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from ctypes import c_char_p, c_int, c_long, c_ulong, c_void_p
from typing import Final, TypeAlias

MACHINE: Final = platform.machine()

CLONE_NEWTIME: Final = 0x00000080
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_REMOUNT: Final = 0x20
MS_BIND: Final = 0x1000
MS_MOVE: Final = 0x2000
MS_REC: Final = 0x4000
MS_UNBINDABLE: Final = 0x20000
MS_PRIVATE: Final = 0x40000
MS_SLAVE: Final = 0x80000

MOUNT_ATTR_RDONLY: Final = 0x1
MOUNT_ATTR_NOSUID: Final = 0x2
MOUNT_ATTR_NODEV: Final = 0x4
MOUNT_ATTR_NOEXEC: Final = 0x8
MOUNT_ATTR_NOSYMFOLLOW: Final = 0x200000

MNT_DETACH: Final = 0x2

PR_SET_PDEATHSIG: Final = 1
PR_GET_DUMPABLE: Final = 3
PR_SET_DUMPABLE: Final = 4
PR_GET_SECCOMP: Final = 21
PR_SET_SECCOMP: Final = 22
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_GET_NO_NEW_PRIVS: Final = 39
PR_CAP_AMBIENT: Final = 47

_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MOUNT_SETATTR: Final = 442  # the same on every architecture
_PIVOT_ROOT: Final = {"x86_64": 155}.get(MACHINE, 41)  # 41: asm-generic, as on aarch64
_CAP_AMBIENT_CLEAR_ALL: Final = 4
_LAST_CAPABILITY: Final = 63  # the kernel's own last one is lower; beyond it: EINVAL

# struct __user_cap_header_struct (version 3, this process) and an empty __user_cap_data_struct[2]
_CAPABILITY_HEADER: Final = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
_NO_CAPABILITY: Final = ctypes.create_string_buffer(24)

Argument: TypeAlias = "int | bytes | ctypes.Array[ctypes.c_char] | ctypes.Structure | None"


def _load() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    library.mount.argtypes = [c_char_p, c_char_p, c_char_p, c_ulong, c_char_p]
    library.umount2.argtypes = [c_char_p, c_int]
    library.unshare.argtypes = [c_int]
    library.setns.argtypes = [c_int, c_int]
    library.prctl.argtypes = [c_int, c_ulong, c_ulong, c_ulong, c_ulong]
    library.capset.argtypes = [c_void_p, c_void_p]
    library.syscall.restype = c_long
    return library


_LIBC: Final = _load()


def libc() -> ctypes.CDLL:
    """Return the C library, loaded once."""
    if _LIBC is None:
        raise OSError(errno.ENOSYS, f"not Linux but {sys.platform}: no confinement")
    return _LIBC


def check(result: int, what: str) -> int:
    """Return *result* of a C call, or raise the OSError that it left in ``errno`` if negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: Argument) -> int:
    """Make the system call *number*; return -1 with ``ctypes.get_errno()`` set where it fails.

    Numbers go as C longs: ctypes alone would pass them as ints of 32 bits.
    """
    passed = [c_long(value) if isinstance(value, int) else value for value in arguments]
    result: int = libc().syscall(c_long(number), *passed)
    return result


def prctl(option: int, second: int = 0, third: int = 0, fourth: int = 0, fifth: int = 0) -> int:
    """Make the call and return its result; numbers are addresses where the option wants one."""
    return check(libc().prctl(option, second, third, fourth, fifth), f"prctl {option}")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount *source* on *target*; *kind* may be empty where *flags* say bind, move or remount."""
    texts = (os.fsencode(source), os.fsencode(target), os.fsencode(kind))
    result = libc().mount(*texts, flags, os.fsencode(options) or None)
    check(result, f"mount of {kind or source or hex(flags)} on {target}")


def umount(target: str, flags: int = 0) -> None:
    """Unmount what lies topmost on *target*."""
    check(libc().umount2(os.fsencode(target), flags), f"umount of {target}")


def mount_attributes(target: str, attributes: int, recursive: bool, clear: int = 0) -> None:
    """Set *attributes* (MOUNT_ATTR_*) of the mount at *target*, and of all below if *recursive*.

    Linux 5.12 or newer.
    """
    wanted = struct.pack("=QQQQ", attributes, clear, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    result = syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), flags, wanted, len(wanted))
    check(result, f"mount_setattr of {target}")


def pivot_root_here() -> None:
    """Make the working folder, a mount point, the root; let go of the old root; go to ``/``.

    The old root is stacked on the same place (``pivot_root(".", ".")``) and then detached, so
    neither needs a folder for the other.
    """
    check(syscall(_PIVOT_ROOT, b".", b"."), "pivot_root")
    check(libc().umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def unshare(flags: int) -> None:
    """Move this process (with CLONE_NEWPID: its next children) into new namespaces."""
    check(libc().unshare(flags), f"unshare {flags:#x}")


def setns(fd: int, flags: int) -> None:
    """Enter the namespace of *fd*, or those that *flags* name of the process of a pidfd."""
    check(libc().setns(fd, flags), f"setns {flags:#x}")


def set_parent_death_signal(signal: int) -> None:
    """Get *signal* when the thread that started this process ends; 0: none.

    A change of user or capabilities clears it, so call this afterwards, and check then that the
    parent is still the one expected.
    """
    prctl(PR_SET_PDEATHSIG, signal)


def set_dumpable(dumpable: bool) -> None:
    """Let, or do not let, processes of the same user read this one's memory and ``/proc/<pid>``."""
    prctl(PR_SET_DUMPABLE, int(dumpable))


def set_subreaper() -> None:
    """Become the parent of every descendant whose own parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def no_new_privileges() -> None:
    """Make set-uid and file capabilities worthless to this process and all it starts, for good."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def empty_bounding_set() -> None:
    """Let no program that is run from now on have any capability.

    Without CAP_SETPCAP (a user's number was taken before) nothing happens; ``no_new_privileges``
    is then what keeps a process from gaining any by running a program.
    """
    library = libc()
    for capability in range(_LAST_CAPABILITY + 1):
        if library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            if ctypes.get_errno() in {errno.EINVAL, errno.EPERM}:
                break  # beyond the last one, or no CAP_SETPCAP
            check(-1, f"dropping capability {capability}")


def drop_capabilities() -> None:
    """Give up every capability: ambient, bounding, permitted, effective and inheritable."""
    empty_bounding_set()
    prctl(PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL)
    check(libc().capset(_CAPABILITY_HEADER, _NO_CAPABILITY), "capset")
