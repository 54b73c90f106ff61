"""The zygote's world: namespaces entered once, and a read-only root with the little one needs.

What is not bound is not there: no home, no records, no sockets of the machine. Kernels before 5.12
cannot. Constants and calls are in ``linux``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dalil.sandbox import linux
from dalil.sandbox.plan import TMP, Plan

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "nix", "gnu")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")
_ETC_MORE = ("mime.types", "nsswitch.conf", "protocols", "services")
_ETC_NETWORK = ("ca-certificates", "pki", "resolv.conf", "ssl/certs", "ssl/openssl.cnf")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_OWN = linux.MS_NOSUID | linux.MS_NODEV
_READ_ONLY = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
# Where the new root is put together: covered in our own mount namespace alone.
_PLACES = ("/sys", "/mnt", "/media", "/srv", "/opt", "/run")


def enter_namespaces(plan: Plan) -> None:
    """Move this process, and its next children, into namespaces of their own. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    flags = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if not plan.network:
        flags |= linux.CLONE_NEWNET
    if plan.kind == "user":
        flags |= linux.CLONE_NEWUSER
    linux.unshare(flags)
    if plan.kind == "user":
        map_user(0, user, group)


def map_user(inside: int, user: int, group: int, proc: str = "/proc") -> None:
    """Make this process's user known in the user namespace that it just made, as *inside*.

    Where this process was made undumpable, its /proc/self would be another's: it is no longer.
    """
    linux.set_dumpable(True)
    Path(proc, "self/setgroups").write_text("deny", encoding="ascii")
    Path(proc, "self/uid_map").write_text(f"{inside} {user} 1", encoding="ascii")
    Path(proc, "self/gid_map").write_text(f"{inside} {group} 1", encoding="ascii")


def build(plan: Plan) -> None:
    """Build the new root and step into it; this process is the first of its PID namespace."""
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    root = _place((*plan.visible, *plan.writable))
    linux.mount("tmpfs", root, "tmpfs", _OWN, "mode=755,size=16m")
    _writable(root + TMP, f"size={plan.scratch},nr_inodes={plan.scratch // 2**14}")
    os.symlink(TMP, _folder(root + "/var") + "/tmp")
    bound = [path for name in _SYSTEM if (path := _show_system(root, name))]
    for path in plan.visible:
        if not _within(path, bound) and not os.path.lexists(root + path):
            _bind(path, root + path)
            bound.append(path)
    for path in plan.writable:
        _bind(path, root + path, writable=True)
        bound.append(path)
    _etc(root, plan)
    _devices(root)
    linux.mount("proc", _folder(root + "/proc"), "proc", _OWN | linux.MS_NOEXEC)
    for path in plan.hidden:
        _cover(root, path, bound)
    os.chdir(root)
    linux.pivot_root_here()
    socket.sethostname("dalil")
    linux.mount_attributes("/proc", linux.MOUNT_ATTR_RDONLY, recursive=False)
    linux.mount_attributes("/", linux.MOUNT_ATTR_RDONLY, recursive=False)


def _place(visible: Iterable[str]) -> str:
    """A folder of the machine that may be covered because nothing in it is shown."""
    for place in _PLACES:
        if os.path.isdir(place) and not any(_within(path, [place]) for path in visible):
            return place
    raise OSError("no folder to build a root on; make an empty /mnt")


def _writable(target: str, options: str) -> None:
    linux.mount("tmpfs", _folder(target), "tmpfs", _OWN, f"mode=700,{options}")


def _show_system(root: str, name: str) -> str | None:
    """Show the machine's top-level folder *name*; return its path if it was bound."""
    source, target = f"/{name}", f"{root}/{name}"
    if os.path.islink(source):  # /bin -> usr/bin on merged systems
        os.symlink(os.readlink(source).lstrip("/"), target)
        return None
    if not os.path.isdir(source):
        return None
    _bind(source, target)
    return source


def _etc(root: str, plan: Plan) -> None:
    etc = _folder(f"{root}/etc")
    for name in (*_ETC, *_ETC_MORE, *(_ETC_NETWORK if plan.network else ())):
        source = os.path.realpath(f"/etc/{name}")
        if os.path.exists(source):
            _bind(source, f"{etc}/{name}")
    account = f"trainee:x:{plan.user}:{plan.user}::{plan.home}:/bin/sh\n"
    Path(etc, "passwd").write_text(account, encoding="utf-8")
    Path(etc, "group").write_text(f"trainee:x:{plan.user}:\n", encoding="ascii")
    Path(etc, "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")


def own_proc() -> int:
    """Mount a read-only /proc of one's own; return a descriptor of it that can be written to."""
    linux.mount("proc", "/proc", "proc", _OWN | linux.MS_NOEXEC)
    linux.mount("/proc", "/proc", "", linux.MS_BIND)
    writable = os.open("/proc", os.O_PATH | os.O_CLOEXEC)
    linux.umount("/proc", linux.MNT_DETACH)
    linux.mount_attributes("/proc", linux.MOUNT_ATTR_RDONLY, recursive=False)
    return writable


def own_terminals() -> None:
    """Mount pseudo-terminals of one's own, where that can be had."""
    with suppress(OSError):  # only `!command` and Lab's terminals want one
        options = "newinstance,ptmxmode=0666,mode=620"
        linux.mount("devpts", "/dev/pts", "devpts", linux.MS_NOSUID, options)


def _devices(root: str) -> None:
    dev = _folder(f"{root}/dev")
    for name in _DEVICES:
        Path(dev, name).touch()
        linux.mount(f"/dev/{name}", f"{dev}/{name}", "", linux.MS_BIND)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{dev}/{name}")
    _folder(f"{dev}/pts")
    os.symlink("pts/ptmx", f"{dev}/ptmx")
    _folder(f"{dev}/shm")


def _cover(root: str, path: str, bound: Iterable[str]) -> None:
    for place in {os.path.abspath(path), os.path.realpath(path)}:
        target = root + place
        if not _within(place, bound) or not os.path.lexists(target):
            continue
        if os.path.isdir(target):
            linux.mount(
                "tmpfs", target, "tmpfs", linux.MS_RDONLY | _OWN, "mode=555,size=4k,nr_inodes=1"
            )
        else:
            linux.mount("/dev/null", target, "", linux.MS_BIND)


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _folder(path: str) -> str:
    os.makedirs(path, exist_ok=True)
    return path


def _bind(source: str, target: str, *, writable: bool = False) -> None:
    """Bind *source* with all that is mounted in it, without set-uid and devices."""
    if os.path.isdir(source):
        _folder(target)
    else:
        _folder(os.path.dirname(target))
        with suppress(FileExistsError):
            Path(target).touch(exist_ok=False)
    linux.mount(source, target, "", linux.MS_BIND | linux.MS_REC)
    attributes = _READ_ONLY & ~linux.MOUNT_ATTR_RDONLY if writable else _READ_ONLY
    linux.mount_attributes(target, attributes, recursive=True)
