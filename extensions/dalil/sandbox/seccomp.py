"""Which system calls foreign code may make: a filter that the kernel runs before each of them.

Everything is allowed that is not named here. A call that is refused fails with EPERM, or with
ENOSYS where a library then takes an older way (glibc without ``clone3``) and for every number above
the newest one looked at. Calls by the numbers of another architecture (``int 0x80``, x32) would
slip past the numbers below: they kill the process.

The filter is classic BPF over ``struct seccomp_data`` (``seccomp(2)``), written by hand: a search
tree over the call's number whose leaves allow, refuse, or look at one argument. Arguments are
compared by their lower 32 bits: all that the kernel reads of these.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import stat
import struct
from typing import Final, TypeAlias

from dalil.sandbox import linux

Instruction: TypeAlias = tuple[int, int, int, int]  # code, jump if true, jump if false, constant
Code: TypeAlias = list[Instruction]

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
REFUSE: Final = 0x00050000 | errno.EPERM
ABSENT: Final = 0x00050000 | errno.ENOSYS

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of <linux/audit.h>
_NEWEST = 470  # listns of Linux 6.19; from 424 on numbers are the same on every architecture
_X32 = 0x40000000  # on x86-64: the bit of x32's numbers
_NO_NUMBER = 0x80000000  # and above: no table of any architecture reaches here

# Why -> what. Names are those of the kernel's tables.
_REFUSED = {
    "other processes' memory and files": (
        "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd"
    ),
    "namespaces, mounts, other roots": (
        "unshare setns mount umount2 move_mount open_tree open_tree_attr fsopen fsconfig fsmount"
        " fspick mount_setattr pivot_root chroot statmount listmount listns"
    ),
    "files by handle, all accesses, quotas": (
        "name_to_handle_at open_by_handle_at lookup_dcookie fanotify_init fanotify_mark quotactl"
        " quotactl_fd acct"
    ),
    "programs and queues inside the kernel": (
        "bpf perf_event_open userfaultfd seccomp io_uring_setup io_uring_enter io_uring_register"
        " io_setup init_module finit_module delete_module kexec_load kexec_file_load"
    ),
    "keys of the kernel": "keyctl add_key request_key",
    "memory that no process's size shows": (
        "memfd_create memfd_secret shmget msgget semget mq_open"
    ),
    "placing memory on nodes": (
        "mbind set_mempolicy get_mempolicy set_mempolicy_home_node migrate_pages move_pages"
    ),
    "clock, names and state of the machine": (
        "settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname reboot swapon"
        " swapoff syslog vhangup lsm_set_self_attr"
    ),
    "ports, segments, relics": "iopl ioperm modify_ldt uselib nfsservctl sysfs _sysctl ustat",
    "new processes by a structure no filter can read": "clone3",
}
_SAID_TO_BE_ABSENT = {"clone3", "memfd_create", "statmount", "listmount", "listns"}

_NAMESPACES = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWCGROUP
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUSER
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
)
_TIOCSTI, _TIOCLINUX, _TIOCCONS, _TIOCSETD = 0x5412, 0x541C, 0x541D, 0x5423
_PR_SET_MM = 35
_PRCTL = (linux.PR_SET_PDEATHSIG, linux.PR_SET_DUMPABLE, linux.PR_SET_SECCOMP, _PR_SET_MM)
_QUERY_PERSONALITY = 0xFFFFFFFF

# Number on x86-64, number on aarch64; -1: not there.
_NUMBERS: dict[str, tuple[int, int]] = {
    "_sysctl": (156, -1),
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "get_mempolicy": (239, 236),
    "init_module": (175, 105),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listmount": (458, 458),
    "listns": (470, 470),
    "lookup_dcookie": (212, 18),
    "lsm_set_self_attr": (460, 460),
    "mbind": (237, 235),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "mknod": (133, -1),
    "mknodat": (259, 33),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "seccomp": (317, 277),
    "semget": (64, 190),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "statmount": (457, 457),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sysfs": (139, -1),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, -1),
    "userfaultfd": (323, 282),
    "ustat": (136, -1),
    "vhangup": (153, 58),
}


def numbers(architecture: str) -> dict[str, int]:
    """Return the number of every call that the filter knows and the architecture has."""
    if architecture not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {architecture}")
    column = list(_ARCHITECTURES).index(architecture)
    return {name: pair[column] for name, pair in _NUMBERS.items() if pair[column] >= 0}


def program(architecture: str) -> bytes:
    """Return the filter for "x86_64" or "aarch64" as the kernel's array of ``sock_filter``."""
    actions = _actions()
    leaves: dict[int, Code] = {0: _answer(ALLOW)}
    for name, number in sorted(numbers(architecture).items(), key=lambda item: item[1]):
        leaves[number] = actions[name]
        leaves[number + 1] = _answer(ALLOW)  # unless the next one is named too
    leaves[_NEWEST + 1] = _answer(ABSENT)
    if architecture == "x86_64":
        leaves[_X32] = _answer(KILL)
        leaves[_NO_NUMBER] = _answer(ABSENT)
    code: Code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[architecture]),
        *_answer(KILL),
        (_LOAD, 0, 0, _NUMBER),
        *_search(_merged(leaves)),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def install() -> None:
    """Put this thread and all that it starts under the filter, for good.

    Raises OSError where the kernel cannot, and without ``no_new_privileges`` (a set-uid program
    under a filter could be talked into mischief).
    """
    if _PREPARED is None:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {linux.MACHINE}")
    if not linux.prctl(linux.PR_GET_NO_NEW_PRIVS):
        raise OSError(errno.EACCES, "seccomp: call no_new_privileges first")
    number, wanted, _ = _PREPARED
    result = linux.syscall(number, _SET_MODE_FILTER, _SPECULATION_AS_BEFORE, wanted)
    linux.check(result, "seccomp filter")


def describe() -> list[str]:
    """Return what is refused, one short line each."""
    lines = [f"{why}: {names}" for why, names in _REFUSED.items()]
    return [
        "sockets other than Unix ones",
        "new namespaces by clone; device nodes by mknod",
        "typing into a terminal (TIOCSTI, TIOCLINUX), its discipline and console",
        "prctl: PDEATHSIG, DUMPABLE, MM, SECCOMP; personality",
        *lines,
    ]


def _actions() -> dict[str, Code]:
    """Return what happens at each named call."""
    actions = {
        name: _answer(ABSENT if name in _SAID_TO_BE_ABSENT else REFUSE)
        for names in _REFUSED.values()
        for name in names.split()
    }
    only_unix = _where(0, [socket.AF_UNIX], ALLOW, otherwise=REFUSE)
    devices = [stat.S_IFCHR, stat.S_IFBLK]
    return actions | {
        "socket": only_unix,
        "socketpair": only_unix,
        "clone": _where(0, [0], ALLOW, otherwise=REFUSE, mask=_NAMESPACES),
        "ioctl": _where(1, [_TIOCSTI, _TIOCLINUX, _TIOCCONS, _TIOCSETD], REFUSE, otherwise=ALLOW),
        "prctl": _where(0, list(_PRCTL), REFUSE, otherwise=ALLOW),
        "personality": _where(0, [_QUERY_PERSONALITY], ALLOW, otherwise=REFUSE),
        "mknod": _where(1, devices, REFUSE, otherwise=ALLOW, mask=0o170000),
        "mknodat": _where(2, devices, REFUSE, otherwise=ALLOW, mask=0o170000),
    }


def _answer(action: int) -> Code:
    return [(_RETURN, 0, 0, action)]


def _where(
    index: int, values: list[int], action: int, *, otherwise: int, mask: int | None = None
) -> Code:
    """Answer *action* where argument *index*, under *mask*, is one of *values*."""
    code: Code = [(_LOAD, 0, 0, _ARGUMENTS + 8 * index)]
    if mask is not None:
        code.append((_AND, 0, 0, mask))
    for place, value in enumerate(values):
        code.append((_EQUAL, len(values) - place, 0, value))  # to the last instruction
    return code + _answer(otherwise) + _answer(action)


def _merged(leaves: dict[int, Code]) -> list[tuple[int, Code]]:
    """Return (first number, code), sorted, without a leaf that says what the one before says."""
    found: list[tuple[int, Code]] = []
    for number in sorted(leaves):
        if not found or found[-1][1] != leaves[number]:
            found.append((number, leaves[number]))
    return found


def _search(leaves: list[tuple[int, Code]]) -> Code:
    """Return code that goes to the leaf in whose range the call's number lies."""
    if len(leaves) == 1:
        return leaves[0][1]
    middle = len(leaves) // 2
    low, high = _search(leaves[:middle]), _search(leaves[middle:])
    return [(_AT_LEAST, len(low), 0, leaves[middle][0]), *low, *high]


_SET_MODE_FILTER = 1
# SECCOMP_FILTER_FLAG_SPEC_ALLOW: before Linux 5.16 a filter otherwise switched off speculation in
# the whole process, which slows all Python code and protects nobody else's memory.
_SPECULATION_AS_BEFORE = 1 << 2


def _prepare() -> tuple[int, bytes, ctypes.Array[ctypes.c_char]] | None:
    """Return the number of ``seccomp``, a ``struct sock_fprog`` and what it points at."""
    if linux.MACHINE not in _ARCHITECTURES or struct.calcsize("P") != 8:
        return None
    text = program(linux.MACHINE)
    kept = ctypes.create_string_buffer(text, len(text))
    wanted = struct.pack("HP", len(text) // 8, ctypes.addressof(kept))
    return numbers(linux.MACHINE)["seccomp"], wanted, kept


_PREPARED: Final = _prepare()
