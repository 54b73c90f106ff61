"""The trials behind ``dalil doctor``: each really does what a layer must allow or refuse.

A trial runs in a process of its own that then ends, is given an empty folder, and returns in words
what it saw. It raises ``PartlyError`` if the layer works in part and OSError if it does not.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from dalil.sandbox import cgroups, landlock, linux, seccomp

MIB = 1024**2
_NOBODY = 65534
_PATIENCE = 5.0  # seconds, for what takes milliseconds


class PartlyError(Exception):
    """The layer works, but less well; the text says how."""


def kernel(_: str) -> str:
    name = f"Linux {os.uname().release} on {linux.MACHINE}"
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    if release < (5, 12):
        raise OSError(errno.ENOSYS, f"{name}: older than 5.12")
    seccomp.numbers(linux.MACHINE)
    return name


def user_namespace(_: str) -> str:
    _become_nobody()
    uid = os.getuid()
    try:
        _own_user_namespace(linux.CLONE_NEWNS)
        linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    except OSError as error:
        raise OSError(error.errno, _reason(error)) from error
    return f"user {uid} is root of a namespace of its own"


def mounts(folder: str) -> str:
    unseen = _outside(lambda: not os.listdir(folder))
    enter(0)
    linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m")
    _write(f"{folder}/inside")
    if unseen():
        return "mounts that nobody else sees"
    raise OSError(errno.EPERM, "a mount was seen outside")


def processes(_: str) -> str:
    """The first process of a PID namespace dies, and with it one that fled from its session."""
    enter(linux.CLONE_NEWPID)
    reader, writer = os.pipe()
    first = os.fork()
    if first == 0:
        if os.getpid() == 1 and os.fork() == 0:
            os.setsid()
            signal.alarm(30)  # where namespaces fail, nothing else would end it
            os.write(writer, b"x")
            signal.pause()
        signal.pause()
    os.close(writer)
    if _ready(reader) and os.read(reader, 1):
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        if _ready(reader) and not os.read(reader, 1):
            return "a tree of processes dies with its first one, daemons too"
    raise OSError(errno.ESRCH, "a process outlived its namespace")


def network(_: str) -> str:
    enter(linux.CLONE_NEWNET)
    names = [name for _, name in socket.if_nameindex()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        try:
            handle.connect(("198.51.100.1", 53))  # an address for documentation: sends nothing
        except OSError:
            if set(names) <= {"lo", "sit0", "tunl0", "ip6tnl0", "gre0"}:
                return "no network: only a loopback of its own"
    raise OSError(errno.EPERM, f"a way out is left: {', '.join(names)}")


def ipc_and_names(_: str) -> str:
    before = os.stat("/proc/self/ns/ipc").st_ino
    unchanged = _outside(lambda: socket.gethostname() != "dalil-doctor")
    enter(linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    socket.sethostname("dalil-doctor")
    if unchanged() and os.stat("/proc/self/ns/ipc").st_ino != before:
        return "shared memory, queues and a host name of its own"
    raise OSError(errno.EPERM, "the machine's own name changed")


def root(folder: str) -> str:
    enter(0)
    linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    os.mkdir(f"{folder}/shown")
    linux.mount("/usr", f"{folder}/shown", "", linux.MS_BIND | linux.MS_REC)
    read_only = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
    linux.mount_attributes(f"{folder}/shown", read_only, recursive=True)
    os.chdir(folder)
    linux.pivot_root_here()
    linux.mount_attributes("/", linux.MOUNT_ATTR_RDONLY, recursive=False)
    if os.listdir("/") == os.listdir("/..") == ["shown"]:
        for path in ("/new", "/shown/new"):
            _refused(partial(_write, path), errno.EROFS)
        return "a root of its own, read-only; the machine's is gone"
    raise OSError(errno.EPERM, "the machine's files are still there")


def proc(folder: str) -> str:
    enter(linux.CLONE_NEWPID)

    def look() -> str:
        linux.mount("proc", folder, "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
        pids = sorted(name for name in os.listdir(folder) if name.isdigit())
        return "" if pids == ["1"] else f"shows processes {', '.join(pids)}"

    wrong = in_child(look)
    if wrong:
        raise OSError(errno.EPERM, wrong)
    return "shows its own processes alone"


def scratch(folder: str) -> str:
    enter(0)
    linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID, "size=1m,nr_inodes=10")
    _refused(lambda: _write(f"{folder}/large", 2 * MIB), errno.ENOSPC)
    os.unlink(f"{folder}/large")

    def many() -> None:
        for place in range(20):
            os.mkdir(f"{folder}/{place}")

    _refused(many, errno.ENOSPC)
    return "2 MiB do not fit into 1 MiB, nor 20 names into 10 places"


def terminals(folder: str) -> str:
    enter(0)
    linux.mount("devpts", folder, "devpts", linux.MS_NOSUID, "newinstance,ptmxmode=0666,mode=620")
    controller = os.open(f"{folder}/ptmx", os.O_RDWR | os.O_NOCTTY)
    os.close(controller)
    return "terminals of its own for `!command`"


def capabilities(folder: str) -> str:
    enter(0)
    linux.drop_capabilities()
    linux.no_new_privileges()
    _refused(lambda: linux.mount("tmpfs", folder, "tmpfs", 0), errno.EPERM)
    _refused(lambda: os.chroot(folder), errno.EPERM)
    if not linux.prctl(linux.PR_GET_NO_NEW_PRIVS):
        raise OSError(errno.EPERM, "no_new_privs is not set")
    return "no capability is left, and no_new_privs keeps it so"


def files(folder: str) -> str:
    with open(f"{folder}/secret", "w", encoding="utf-8") as handle:
        handle.write("x")
    os.mkdir(f"{folder}/own")
    linux.no_new_privileges()
    version = landlock.restrict(read=["/usr"], write=[f"{folder}/own"])
    _refused(lambda: open(f"{folder}/secret", "rb").close(), errno.EACCES)
    _refused(lambda: _write(f"{folder}/new"), errno.EACCES)
    _write(f"{folder}/own/new")
    if version < 6:
        lacks = {4: "TCP ports", 5: "requests to devices", 6: "abstract sockets and signals"}
        names = ", ".join(text for number, text in lacks.items() if number > version)
        raise PartlyError(f"Landlock {version}: other files are out of reach, but not {names}")
    return f"Landlock {version}: other files, ports, sockets and processes are out of reach"


def calls(_: str) -> str:
    linux.no_new_privileges()
    seccomp.install()
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET):
        _refused(partial(socket.socket, family, socket.SOCK_DGRAM), errno.EPERM)
    _refused(lambda: linux.unshare(linux.CLONE_NEWUSER), errno.EPERM)
    for end in socket.socketpair():
        end.close()
    count = len(seccomp.numbers(linux.MACHINE))
    return f"{count} system calls refused or looked at; sockets of every other family fail"


def cpu_seconds(_: str) -> str:
    def burn() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
        while True:
            pass

    return _killed_by(burn, signal.SIGXCPU, "1 second of processor time ended it")


def memory_of_one(_: str) -> str:
    resource.setrlimit(resource.RLIMIT_DATA, (256 * MIB, 256 * MIB))
    try:
        bytearray(512 * MIB)
    except MemoryError:
        return "512 MiB were refused to a process limited to 256"
    raise OSError(errno.EPERM, "RLIMIT_DATA is not heeded")


def file_size(folder: str) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    _refused(lambda: _write(f"{folder}/large", 2 * MIB), errno.EFBIG)
    return "a file of 2 MiB stopped at 1"


def open_files(_: str) -> str:
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    _refused(lambda: [os.pipe() for _ in range(32)], errno.EMFILE)
    return "no more than 32 of 32"


def process_count(_: str) -> str:
    """At most ten processes are tried: this must not become what it guards against."""
    _become_nobody()
    _own_user_namespace(0)
    linux.drop_capabilities()
    resource.setrlimit(resource.RLIMIT_NPROC, (5, 5))
    made: list[int] = []
    try:
        while len(made) < 10:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            made.append(pid)
    except BlockingIOError:
        return f"a sixth process was refused, whoever else has how many ({len(made)} made)"
    finally:
        for pid in made:
            os.kill(pid, signal.SIGKILL)
    raise OSError(errno.EPERM, "RLIMIT_NPROC is not heeded")


def total_memory(_: str) -> str:
    """A control group that kills; otherwise a watchdog has to do."""
    place = cgroups.find()
    if place is None:
        with open("/proc/self/smaps_rollup", encoding="utf-8") as handle:
            handle.read()
        raise PartlyError(
            "no control group can be made: a watchdog adds up sizes instead, a bit later"
        )
    group = place.make("doctor", 48 * MIB, 8)
    try:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(reader, 1)
            bytearray(128 * MIB)
            os._exit(0)
        group.add(pid)
        os.write(writer, b"x")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status != -signal.SIGKILL or not group.events()["memory"]:
            raise OSError(errno.EPERM, "128 MiB fitted into a control group of 48")
    finally:
        group.remove()
    return f"control groups, version {place.version}: a tree above its limit was killed"


def ends(_: str) -> str:
    """A process by its descriptor, and one whose parent ends."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
    descriptor = os.pidfd_open(pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    if not _ready(descriptor):
        raise OSError(errno.EPERM, "a process survived the signal to its descriptor")
    os.waitpid(pid, 0)
    reader, writer = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            linux.set_parent_death_signal(signal.SIGKILL)
            os.write(writer, b"x")
            signal.pause()
        os.read(reader, 1)
        os._exit(0)
    os.close(writer)
    os.wait()
    if not _ready(reader) or os.read(reader, 1):
        raise OSError(errno.EPERM, "a process survived its parent")
    return "by pidfd, and with the parent"


# What the trials share


def enter(flags: int) -> None:
    """Enter a private mount namespace and those of *flags*; not root: in a user namespace."""
    try:
        linux.unshare(flags | linux.CLONE_NEWNS)
    except PermissionError:
        _own_user_namespace(flags | linux.CLONE_NEWNS)
    linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)


def in_child(function: Callable[[], str]) -> str:
    """Run *function* in a fork and return its text. Raises the OSError that it raised."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            text = function()
        except OSError as error:
            text = f"!{error.errno}!{error.strerror}"
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        text = answers.read().decode()
    os.waitpid(pid, 0)
    if text.startswith("!"):
        number, _, what = text[1:].partition("!")
        raise OSError(int(number), what)
    return text


def _own_user_namespace(flags: int) -> None:
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER | flags)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as handle:
            handle.write(text)


def _become_nobody() -> None:
    """Try as an ordinary user, as submissions will be; a root that cannot become one stays."""
    with suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        linux.set_dumpable(True)  # or /proc/self is not its own


def _reason(error: OSError) -> str:
    """Return what is known to forbid user namespaces, for a person who can change it."""
    for path, forbids in (
        ("/proc/sys/user/max_user_namespaces", "0"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    ):
        with suppress(OSError), open(path, encoding="utf-8") as handle:
            if handle.read().strip() == forbids:
                name = path.removeprefix("/proc/sys/").replace("/", ".")
                return f"{name} = {forbids} forbids it"
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return f"this container forbids it ({error.strerror})"
    return str(error.strerror)


def _outside(question: Callable[[], bool]) -> Callable[[], bool]:
    """Return a function that asks a process which stays where this one is now."""
    asked, ask = os.pipe()
    answered, answer = os.pipe()
    if os.fork() == 0:
        try:
            os.close(ask)
            if os.read(asked, 1):
                os.write(answer, b"y" if question() else b"n")
        finally:
            os._exit(0)
    os.close(answer)

    def put() -> bool:
        os.write(ask, b"x")
        return os.read(answered, 1) == b"y"

    return put


def _refused(action: Callable[[], object], number: int) -> None:
    """Do what must fail with the error *number*."""
    try:
        action()
    except OSError as error:
        if error.errno != number:
            raise
        return
    raise OSError(errno.EPERM, "what must fail was let through")


def _killed_by(action: Callable[[], None], number: signal.Signals, text: str) -> str:
    """Do, in a child, what must end it with a signal; return *text*."""
    pid = os.fork()
    if pid == 0:
        action()
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != -number:
        raise OSError(errno.EPERM, f"it was not ended by {number.name}")
    return text


def _ready(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], _PATIENCE)[0])


def _write(path: str, size: int = 1) -> None:
    with open(path, "wb") as handle:
        handle.write(bytes(size))
