"""The system calls, each really made in a child, as root and as an ordinary user."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import pytest

from dalil.sandbox import linux

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: this is no Linux")
NOBODY = "65534"
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become others")
users = pytest.mark.parametrize("user", ["", pytest.param(NOBODY, marks=only_root)])

# A user namespace where the user is not root, and a mount namespace that nobody else sees.
ENTER = """
import signal, socket, tempfile, time
user = os.environ["AS"]
become(user)
if os.getuid() != 0:
    uid = os.getuid()
    linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {uid} 1")):
        with open(f"/proc/self/{name}", "w") as handle:
            handle.write(text)
else:
    linux.unshare(linux.CLONE_NEWNS)
linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
top = tempfile.mkdtemp()

def write(path):
    with open(path, "w") as handle:
        handle.write("x")

def status(*names):
    with open("/proc/self/status") as handle:
        lines = dict(line.split(":", 1) for line in handle)
    return [lines[name].strip() for name in names]
"""


@pytest.fixture(scope="module", autouse=True)
def _namespaces(child: Any) -> None:
    for user in ("", NOBODY) if os.getuid() == 0 else ("",):
        try:
            child(ENTER + "report(0)", AS=user)
        except AssertionError as error:
            pytest.skip(f"NOT TESTED: no user and mount namespaces here: {str(error)[-200:]}")


@users
def test_a_new_root_that_is_small_and_read_only(child: Any, user: str) -> None:
    said = child(
        ENTER
        + """
linux.mount("tmpfs", top, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
os.mkdir(top + "/tmp")
os.mkdir(top + "/shown")
write(top + "/file")
linux.mount("/etc", top + "/shown", "", linux.MS_BIND | linux.MS_REC)
linux.mount("tmpfs", top + "/tmp", "tmpfs", 0, "size=1m")
attributes = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
linux.mount_attributes(top + "/shown", attributes, recursive=True)
os.chdir(top)
linux.pivot_root_here()
names = [sorted(os.listdir("/")), sorted(os.listdir("/.."))]
before = attempt(write, "/another")
linux.mount_attributes("/", linux.MOUNT_ATTR_RDONLY, recursive=False)
report([os.getcwd(), *names, before,
        attempt(write, "/new"), attempt(write, "/shown/new"), attempt(write, "/tmp/new"),
        attempt(linux.umount, "/tmp"), os.listdir("/tmp")])
""",
        AS=user,
    )
    assert said[0] == "/"
    assert said[1] == said[2] == ["file", "shown", "tmp"]
    assert said[3:] == ["ok", "EROFS", "EROFS", "ok", "ok", []]


@users
def test_capabilities_go_for_good(child: Any, user: str) -> None:
    said = child(
        ENTER
        + """
names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")
before = status(*names)
linux.drop_capabilities()
linux.no_new_privileges()
report([before, status(*names), attempt(linux.mount, "tmpfs", top, "tmpfs", 0),
        attempt(linux.unshare, linux.CLONE_NEWNET), attempt(linux.drop_capabilities)])
""",
        AS=user,
    )
    before, after, mount, unshare, again = said
    assert int(before[2], 16) > 0
    assert [int(text, 16) for text in after] == [0, 0, 0, 0, 0, 1]
    assert (mount, unshare, again) == ("EPERM", "EPERM", "ok")


@only_root
def test_a_user_without_any_capability_has_none_to_drop(child: Any) -> None:
    said = child("become('65534')\nreport(attempt(linux.drop_capabilities))")
    assert said == "ok"


@users
def test_namespaces_entered_and_left_again(child: Any, user: str) -> None:
    said = child(
        ENTER
        + """
before = os.stat("/proc/self/ns/uts").st_ino
handle = os.open("/proc/self/ns/uts", os.O_RDONLY)
linux.unshare(linux.CLONE_NEWUTS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC)
socket.sethostname("elsewhere")
inside = [os.stat("/proc/self/ns/uts").st_ino != before, socket.gethostname()]
linux.unshare(linux.CLONE_NEWPID)
if os.fork() == 0:
    os._exit(os.getpid())
first = os.waitstatus_to_exitcode(os.wait()[1])
left = attempt(linux.setns, handle, linux.CLONE_NEWUTS)
report([inside, first, left, os.stat("/proc/self/ns/uts").st_ino == before])
""",
        AS=user,
    )
    inside, first, left, back = said
    assert inside == [True, "elsewhere"]
    assert first == 1
    assert (left, back) == (("ok", True) if user == "" and os.getuid() == 0 else ("EPERM", False))


def test_orphans_come_to_the_subreaper(child: Any) -> None:
    said = child(
        """
import time
linux.set_subreaper()
reader, writer = os.pipe()
if os.fork() == 0:
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(0.005)
        os.write(writer, str(os.getppid()).encode())
    os._exit(0)
adopted = int(os.read(reader, 20))
for _ in range(2):
    os.wait()
report(adopted == os.getpid())
"""
    )
    assert said is True


def test_the_death_of_the_parent_is_felt(child: Any) -> None:
    said = child(
        """
reader, writer = os.pipe()
linux.set_subreaper()
if os.fork() == 0:
    if os.fork() == 0:
        linux.set_parent_death_signal(signal.SIGKILL)
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    os._exit(0)
report(sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)))
"""
    )
    assert said == [-9, 0]


@only_root
def test_memory_closed_to_others_of_the_same_user(child: Any) -> None:
    said = child(
        """
become("65534")
reader, writer = os.pipe()
linux.set_dumpable(False)
closed = linux.prctl(linux.PR_GET_DUMPABLE)
pid = os.fork()
if pid == 0:
    os.write(writer, attempt(open, f"/proc/{os.getppid()}/mem", "rb").encode())
    os._exit(0)
os.waitpid(pid, 0)
seen = os.read(reader, 20).decode()
linux.set_dumpable(True)
report([closed, seen, linux.prctl(linux.PR_GET_DUMPABLE)])
"""
    )
    assert said == [0, "EACCES", 1]


def test_errors_say_what_failed() -> None:
    with pytest.raises(OSError, match="mount of tmpfs on /not/there: ") as caught:
        linux.mount("tmpfs", "/not/there", "tmpfs", 0)
    assert caught.value.errno in {errno.ENOENT, errno.EPERM}
    with pytest.raises(OSError, match="prctl 9999: Invalid argument"):
        linux.prctl(9999)
    with pytest.raises(OSError, match="umount of /not/there"):
        linux.umount("/not/there")
    with pytest.raises(OSError, match="setns 0x40000000: Bad file descriptor"):
        linux.setns(-1, linux.CLONE_NEWNET)
    with pytest.raises(OSError, match="mount_setattr of /not/there"):
        linux.mount_attributes("/not/there", linux.MOUNT_ATTR_RDONLY, recursive=True)


def test_elsewhere_the_module_loads_and_every_call_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(linux, "_LIBC", None)
    for call in (linux.no_new_privileges, linux.drop_capabilities, linux.pivot_root_here):
        with pytest.raises(OSError, match="no confinement") as caught:
            call()
        assert caught.value.errno == errno.ENOSYS


@users
def test_a_process_that_was_undumpable_can_be_mapped(child: Any, user: str) -> None:
    """As a submission's is, forked from a process whose memory nobody may read."""
    said = child(
        """
import encodings.ascii  # out of an ordinary user's reach, where this Python is root's own
from dalil.sandbox.root import map_user
become(os.environ["AS"])
uid, gid = os.getuid(), os.getgid()
linux.set_dumpable(False)
linux.unshare(linux.CLONE_NEWUSER)
map_user(7, uid, gid)
report([os.getuid(), os.getgid()])
""",
        AS=user,
    )
    assert said == [7, 7]
