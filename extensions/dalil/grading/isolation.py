"""Linux namespaces around one submission: own processes, network, file system; nothing to write to.

The runner puts ``command(kind)`` (util-linux ``unshare``) before the worker, whose first process
calls ``enter`` and so builds a root of its own: the interpreter, the libraries and the courses
read-only, a private ``/tmp`` of limited size, and nothing else of the machine. What is not bound
is not there; ``View.hidden`` covers what lies inside something bound. ``drop`` then gives up every
privilege before any foreign code runs.

Only the standard library is imported, because this runs before anything else. Constants are those
of Linux's ``mount(2)``, ``mount_setattr(2)`` and ``prctl(2)``. Kernels before 5.12 cannot.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import shutil
import socket
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["root", "user"]

TMP = "/tmp"
EXHIBITS = "/exhibits"

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "nix", "gnu")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")
_ETC_MORE = ("mime.types", "nsswitch.conf", "protocols", "services")
_DEVICES = ("null", "zero", "full", "random", "urandom")

_RDONLY, _NOSUID, _NODEV, _BIND, _REC = 0x1, 0x2, 0x4, 0x1000, 0x4000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 0x1, 0x2, 0x4
_AT_FDCWD, _AT_RECURSIVE, _MNT_DETACH = -100, 0x8000, 2
_MOUNT_SETATTR = 442  # the same on every architecture
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41}
_CAPBSET_DROP, _NO_NEW_PRIVS = 24, 38
_CAPABILITY_VERSION_3 = 0x20080522
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


@dataclass(frozen=True)
class View:
    """What a submission sees of the machine. Paths are absolute, of the machine."""

    mountpoint: str  # an empty folder, on which the new root is mounted
    visible: tuple[str, ...]  # bound read-only at the same place, besides the system's libraries
    hidden: tuple[str, ...]  # empty, wherever they lie inside something visible
    exhibits: str  # copied to EXHIBITS; empty: none
    exhibit_bytes: int
    tmp_bytes: int
    uid: int | None  # a number that nobody else has; None: keep the caller's (kind "user")


def command(kind: Kind) -> list[str]:
    """Return what to put before a command so that its first process can call ``enter``."""
    namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
    user = ["--user", "--map-root-user"] if kind == "user" else []
    return ["unshare", *user, *namespaces, "--"]


def visible(package: Path, environment_root: Path | None) -> tuple[str, ...]:
    """Return the paths that Python, this package and the courses need, parents first."""
    wanted = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, str(package)]
    wanted += [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    link = Path(sys.executable)
    wanted.append(str(link.parent))
    while link.is_symlink():  # python -> python3 -> …/cpython-3.11/bin/python3.11
        link = link.parent / link.readlink()
        wanted.append(str(link.parent))
    if environment_root is not None:
        wanted.append(str(environment_root / "courses"))
    paths = {os.path.abspath(path) for path in wanted if os.path.exists(path)}
    paths |= {os.path.realpath(path) for path in paths}
    return tuple(sorted(paths - {"/"}, key=lambda path: (path.count("/"), path)))


def enter(view: View) -> None:
    """Make the namespaces that this process was started in into the submission's small world.

    Raises OSError where the kernel or a container's policy forbids it.
    """
    root = view.mountpoint
    size = view.exhibit_bytes + 4 * 1024**2
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, f"mode=755,size={size}")
    _writable(root + TMP, view.tmp_bytes, view.uid)  # first: something visible may lie in it
    os.symlink(TMP, _folder(root + "/var") + "/tmp")
    bound = [path for name in _SYSTEM if (path := _show_system(root, name))]
    for path in view.visible:
        if not _within(path, bound) and not os.path.lexists(root + path):
            _bind(path, root + path)
            bound.append(path)
    _etc(root, view.uid or 0)
    _devices(root)
    _writable(root + "/dev/shm", view.tmp_bytes // 4, view.uid)
    _mount("proc", _folder(root + "/proc"), "proc", _NOSUID | _NODEV)
    _copy_exhibits(view.exhibits, root + EXHIBITS)
    for path in view.hidden:
        _cover(root, path, bound)
    _pivot(root)
    _loopback_up()
    socket.sethostname("dalil")
    _write("/proc/sys/kernel/shmall", "16384")  # pages: no process's size shows this memory
    if view.uid is None:  # in the machine's own user namespace this would be the machine's limit
        _write("/proc/sys/user/max_user_namespaces", "0")
    _attributes("/proc", _ATTR_RDONLY)
    _attributes("/", _ATTR_RDONLY)


def drop(uid: int | None) -> None:
    """Give up every privilege for good, and become *uid* unless it is None."""
    libc = _libc()
    for capability in range(64):
        libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)  # fails beyond the last one: all are gone
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(libc.capset(header, bytes(24)), "capset")
    _check(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _writable(target: str, size: int, uid: int | None) -> None:
    owner = f",uid={uid},gid={uid}" if uid is not None else ""
    options = f"mode=700,size={size},nr_inodes=20000{owner}"
    _mount("tmpfs", _folder(target), "tmpfs", _NOSUID | _NODEV, options)


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


def _etc(root: str, uid: int) -> None:
    etc = _folder(f"{root}/etc")
    for name in (*_ETC, *_ETC_MORE):
        source = os.path.realpath(f"/etc/{name}")
        if os.path.exists(source):
            _bind(source, f"{etc}/{name}")
    passwd = f"trainee:x:{uid}:{uid}::{TMP}:/bin/sh\n"
    Path(etc, "passwd").write_text(passwd, encoding="ascii")
    Path(etc, "group").write_text(f"trainee:x:{uid}:\n", encoding="ascii")
    Path(etc, "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")


def _devices(root: str) -> None:
    dev = _folder(f"{root}/dev")
    for name in _DEVICES:
        Path(dev, name).touch()
        _mount(f"/dev/{name}", f"{dev}/{name}", "", _BIND)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{dev}/{name}")
    with suppress(OSError):  # only `!command` wants a terminal
        options = "newinstance,ptmxmode=0666,mode=620"
        _mount("devpts", _folder(f"{dev}/pts"), "devpts", _NOSUID, options)
        os.symlink("pts/ptmx", f"{dev}/ptmx")


def _copy_exhibits(source: str, target: str) -> None:
    """Copy as the privileged user: the stored ones may be readable by nobody else."""
    _folder(target)
    if not source:
        return
    shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)


def _cover(root: str, path: str, bound: Iterable[str]) -> None:
    for place in {os.path.abspath(path), os.path.realpath(path)}:
        target = root + place
        if not _within(place, bound) or not os.path.lexists(target):
            continue
        if os.path.isdir(target):
            options = "mode=555,size=4k,nr_inodes=1"
            _mount("tmpfs", target, "tmpfs", _RDONLY | _NOSUID | _NODEV, options)
        else:
            _mount("/dev/null", target, "", _BIND)


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _folder(path: str) -> str:
    os.makedirs(path, exist_ok=True)
    return path


def _bind(source: str, target: str) -> None:
    """Bind *source* with all that is mounted in it, read-only, without set-uid and devices."""
    if os.path.isdir(source):
        _folder(target)
    else:
        _folder(os.path.dirname(target))
        Path(target).touch()
    _mount(source, target, "", _BIND | _REC)
    _attributes(target, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV)


def _pivot(root: str) -> None:
    """Make *root* the root; the old one, stacked on the same place, is then let go."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(f"isolation is not known to work on {platform.machine()}")
    os.chdir(root)
    _check(_libc().syscall(number, b".", b"."), "pivot_root")
    _check(_libc().umount2(b".", _MNT_DETACH), "umount of the old root")
    os.chdir("/")


def _write(path: str, text: str) -> None:
    """Set a limit of these namespaces; some kernels do not let a user's own namespace do so."""
    with suppress(OSError):
        Path(path).write_text(text, encoding="ascii")


def _loopback_up() -> None:
    """Bring up 127.0.0.1 (the only network): ipykernel hears its forked children there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(handle, _GET_FLAGS, request))[1]
        fcntl.ioctl(handle, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    texts = [os.fsencode(text) for text in (source, target, kind)]
    result = _libc().mount(*texts, ctypes.c_ulong(flags), os.fsencode(options) or None)
    _check(result, f"mount of {kind or source}")


def _attributes(target: str, attributes: int) -> None:
    """Set attributes of the mount at *target* and of all below it."""
    recursive = 0 if target in ("/", "/proc") else _AT_RECURSIVE
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    arguments = (_AT_FDCWD, os.fsencode(target), recursive, wanted, ctypes.c_size_t(len(wanted)))
    _check(_libc().syscall(_MOUNT_SETATTR, *arguments), f"mount_setattr of {target}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
