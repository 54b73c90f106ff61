"""What a forked child gives up before the first line of foreign code, in the order that works.

New mounts of its own first (``/tmp``, ``/dev/shm``, ``/proc``, terminals), then limits, another
user, no capability, no new privileges, Landlock, seccomp: each step needs what the next one takes.
"""

from __future__ import annotations

import itertools
import os
import resource
from contextlib import suppress

from dalil.sandbox import landlock, linux, seccomp
from dalil.sandbox.plan import TMP, Allowance, Plan
from dalil.sandbox.root import map_user, own_proc, own_terminals

_SPARE_ADDRESSES = 2 * 1024**3  # address space that is reserved but not used
_INSIDE = 1000  # the user of a submission, in its own user namespace
_UIDS = 64  # submissions at a time of one grader, as root
_numbers = itertools.count()

# Landlock leaves no way to a neighbour's abstract socket from version 6 on; before that, a network
# of one's own does, for a few milliseconds more.
_SCOPED = 6


def next_uid(plan: Plan) -> int:
    """Return the user number of the next child: called in the zygote, before the fork."""
    return plan.first_uid + next(_numbers) % _UIDS


def confine(plan: Plan, allowance: Allowance, uid: int, present: tuple[int, int]) -> None:
    """Confine this process, the first of its PID namespace, for good.

    ``present``: bytes of data and of addresses that the zygote itself has. Raises OSError.
    """
    user = uid if plan.kind == "root" else 0
    flags = linux.CLONE_NEWNS
    if landlock.abi() < _SCOPED:
        flags |= linux.CLONE_NEWNET
    linux.unshare(flags)
    writable_proc = _own_mounts(plan, allowance, user)
    limit(allowance, present)
    if plan.kind == "root":
        linux.empty_bounding_set()  # while it is still allowed to
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    else:
        linux.unshare(linux.CLONE_NEWUSER)  # so that its processes are counted apart
        map_user(_INSIDE, 0, 0, f"/proc/self/fd/{writable_proc}")
    os.close(writable_proc)
    linux.drop_capabilities()
    linux.set_dumpable(True)  # its own /proc/self is its own again
    linux.no_new_privileges()
    if landlock.abi():
        landlock.restrict(("/",), (TMP, "/dev"))
    seccomp.install()


def _own_mounts(plan: Plan, allowance: Allowance, user: int) -> int:
    """Mount what is the child's own; return a descriptor of its /proc that can be written to."""
    own = linux.MS_NOSUID | linux.MS_NODEV
    whose = f"mode=700,nr_inodes=20000,uid={user},gid={user}"
    own_tmp(plan, f"size={allowance.scratch},{whose}")
    linux.mount("tmpfs", "/dev/shm", "tmpfs", own, f"size={allowance.scratch // 4},{whose}")
    writable_proc = own_proc()
    own_terminals()
    return writable_proc


def own_tmp(plan: Plan, options: str) -> None:
    """Mount an empty /tmp, in which what is visible of the machine's stays in sight, read-only.

    (A curriculum or an environment may lie there.)
    """
    kept = [
        (path, os.open(path, os.O_PATH | os.O_CLOEXEC))
        for path in plan.visible
        if path.startswith(f"{TMP}/")
    ]
    linux.mount("tmpfs", TMP, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
    for path, place in kept:
        if not os.path.lexists(path):
            os.makedirs(path)
            linux.mount(f"/proc/self/fd/{place}", path, "", linux.MS_BIND | linux.MS_REC)
        os.close(place)


def limit(allowance: Allowance, present: tuple[int, int]) -> None:
    """Set the limits of each process; the grading side watches all together."""
    data, addresses = present
    wanted = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": allowance.cpu_seconds,
        "RLIMIT_DATA": data + allowance.memory,
        "RLIMIT_AS": addresses + allowance.memory + _SPARE_ADDRESSES,
        "RLIMIT_FSIZE": allowance.file,
        "RLIMIT_NOFILE": allowance.open_files,
        "RLIMIT_NPROC": allowance.processes,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, value in wanted.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        before = resource.getrlimit(number)[1]
        hard = value if before == resource.RLIM_INFINITY else min(value, before)
        with suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(number, (hard, hard))
