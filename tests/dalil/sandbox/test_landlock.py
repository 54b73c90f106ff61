"""Landlock for real, in a child, as root and as an ordinary user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dalil.sandbox import landlock

real = pytest.mark.skipif(landlock.abi() == 0, reason="NOT TESTED for real: no Landlock here")
NOBODY = "65534"
users = pytest.mark.parametrize(
    "user",
    [
        "",
        pytest.param(
            NOBODY, marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can become others")
        ),
    ],
)

# `inside` may be written to, `shown` may be read, `outside` neither. Made by the user itself.
START = """
import encodings.idna, fcntl, shutil, socket, subprocess, tempfile, termios
from dalil.sandbox import landlock
become(os.environ["AS"])
top = tempfile.mkdtemp()
inside, shown, outside = (f"{top}/{name}" for name in ("inside", "shown", "outside"))
for folder in (inside, shown, outside):
    os.mkdir(folder)
    for name in ("file", "other"):
        with open(f"{folder}/{name}", "w") as handle:
            handle.write("text")
    shutil.copy("/bin/sh", f"{folder}/sh")

def read(path):
    with open(path, "rb") as handle:
        handle.read()

def write(path, mode="ab"):
    with open(path, mode) as handle:
        handle.write(b"x")

def run(path):
    os.waitpid(os.posix_spawn(path, [path, "-c", ":"], {}), 0)
"""
RESTRICT = """
linux.drop_capabilities()
linux.no_new_privileges()
system = [path for path in ("/bin", "/lib", "/lib64", "/usr", "/etc") if os.path.exists(path)]
version = landlock.restrict(read=[*system, shown], write=[inside])
"""


def test_what_each_version_handles() -> None:
    assert landlock.handled(1) == (0x1FFF, 0, 0)
    assert landlock.handled(2) == (0x3FFF, 0, 0)
    assert landlock.handled(3) == (0x7FFF, 0, 0)
    assert landlock.handled(4) == (0x7FFF, 3, 0)
    assert landlock.handled(5) == (0xFFFF, 3, 0)
    assert landlock.handled(6) == (0xFFFF, 3, 3)
    assert landlock.handled(99) == landlock.handled(6)


@pytest.mark.parametrize("version", range(1, 8))
def test_every_version_gets_what_it_knows(monkeypatch, version: int) -> None:
    calls = []

    def syscall(number: int, *arguments: object) -> int:
        calls.append((number, arguments))
        return os.open("/", os.O_PATH) if number == 444 else 0

    monkeypatch.setattr(landlock, "abi", lambda: version)
    monkeypatch.setattr(landlock.linux, "syscall", syscall)
    assert landlock.restrict(read=["/usr"], write=["/tmp"]) == version
    assert [number for number, _ in calls] == [444, 445, 445, 446]
    files, network, scopes = landlock.handled(version)
    known = 8 if version < 4 else 16 if version < 6 else 24
    attributes = calls[0][1][0]
    assert attributes == b"".join(x.to_bytes(8, "little") for x in (files, network, scopes))
    assert not any(attributes[known:])  # or a kernel of that version says E2BIG
    allowed = [int.from_bytes(call[1][2][:8], "little") for call in calls[1:3]]
    assert allowed == [0b1101, files]
    assert calls[3][1][1] == (5 if version >= 7 else 0)


def test_without_landlock_it_is_refused_in_words(monkeypatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(OSError, match="landlock: the kernel has none"):
        landlock.restrict(read=["/"], write=[])


@real
@users
def test_files(child, user: str) -> None:
    said = child(
        START
        + RESTRICT
        + """
inner = {
    "reading": attempt(read, inside + "/file"),
    "reading what is shown": attempt(read, shown + "/file"),
    "listing what is shown": attempt(os.listdir, shown),
    "appending": attempt(write, inside + "/file"),
    "making": attempt(write, inside + "/new"),
    "cutting": attempt(os.truncate, inside + "/file", 1),
    "a folder": attempt(os.mkdir, inside + "/folder"),
    "moving": attempt(os.rename, inside + "/new", inside + "/folder/new"),
    "a link": attempt(os.symlink, "/", inside + "/link"),
    "a second name": attempt(os.link, inside + "/file", inside + "/folder/file"),
    "a pipe": attempt(os.mkfifo, inside + "/fifo"),
    "a socket": attempt(socket.socket(socket.AF_UNIX).bind, inside + "/socket"),
    "running": attempt(run, inside + "/sh"),
    "running what is shown": attempt(run, shown + "/sh"),
    "removing": attempt(os.unlink, inside + "/other"),
    "going there": attempt(os.chdir, inside),
}
outer = {
    "reading": attempt(read, outside + "/file"),
    "by ..": attempt(read, inside + "/../outside/file"),
    "by a link": attempt(read, inside + "/link" + outside + "/file"),
    "by /proc": attempt(read, "/proc/self/root" + outside + "/file"),
    "listing": attempt(os.listdir, outside),
    "listing all": attempt(os.listdir, "/"),
    "writing": attempt(write, outside + "/file"),
    "making": attempt(write, outside + "/new"),
    "running": attempt(run, outside + "/sh"),
    "removing": attempt(os.unlink, outside + "/file"),
    "a folder": attempt(os.mkdir, outside + "/folder"),
    "writing what is shown": attempt(write, shown + "/file"),
    "making in what is shown": attempt(write, shown + "/new"),
    "removing what is shown": attempt(os.unlink, shown + "/file"),
    "a device": attempt(write, "/dev/null"),
}
across = {
    "moving out": attempt(os.rename, inside + "/file", outside + "/moved"),
    "moving in": attempt(os.rename, outside + "/file", inside + "/moved"),
    "a second name": attempt(os.link, outside + "/file", inside + "/second"),
}
cut = attempt(os.truncate, shown + "/file", 0)
heir = subprocess.run(["cat", shown + "/other", outside + "/file"], capture_output=True).stdout
report([version, inner, outer, across, cut, heir.decode()])
""",
        AS=user,
    )
    version, inner, outer, across, cut, heir = said
    assert version == landlock.abi()
    assert inner == dict.fromkeys(inner, "ok")
    assert set(outer.values()) == {"EACCES"}, outer
    assert set(across.values()) <= {"EACCES", "EXDEV"}, across
    assert cut == ("EACCES" if version >= 3 else "ok")
    assert heir == "text"


@real
@users
def test_devices_are_usable_where_the_caller_says_so(child, user: str) -> None:
    said = child(
        START
        + """
linux.drop_capabilities()
linux.no_new_privileges()
report(landlock.restrict(read=["/"], write=[inside, "/dev"]))
controller, terminal = os.openpty()
assert attempt(write, "/dev/null") == attempt(read, "/dev/null") == "ok"
assert attempt(fcntl.ioctl, terminal, termios.TIOCGWINSZ, bytes(8)) == "ok"
assert attempt(write, outside + "/file") == "EACCES"
""",
        AS=user,
    )
    assert said == landlock.abi()


@real
@pytest.mark.skipif(landlock.abi() < 5, reason="requests to devices: Landlock 5")
def test_requests_to_devices_elsewhere(child) -> None:
    said = child(
        START
        + """
linux.no_new_privileges()
landlock.restrict(read=["/"], write=[inside])
handle = open("/dev/null", "rb")
report(attempt(fcntl.ioctl, handle, termios.TIOCGWINSZ, bytes(8)))
""",
        AS="",
    )
    assert said == "EACCES"


@real
@users
@pytest.mark.skipif(landlock.abi() < 6, reason="ports: Landlock 4; sockets, signals: Landlock 6")
def test_ports_sockets_and_processes_outside(child, user: str) -> None:
    said = child(
        START
        + """
server = socket.create_server(("127.0.0.1", 0))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind(f"\\0dalil-{os.getpid()}")
abstract.listen()
name, port = abstract.getsockname(), server.getsockname()[1]
reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(reader)
"""
        + "\n".join("    " + line for line in RESTRICT.strip().splitlines())
        + """
    own = os.fork()
    if own == 0:
        signal.pause()
    result = [
        attempt(socket.create_connection, ("127.0.0.1", port)),
        attempt(socket.socket().bind, ("127.0.0.1", 0)),
        attempt(socket.socket(socket.AF_UNIX).connect, name),
        attempt(os.kill, os.getppid(), 0),
        attempt(os.kill, own, signal.SIGKILL),
        attempt(socket.socketpair),
    ]
    os.waitpid(own, 0)
    os.write(writer, json.dumps(result).encode())
    os._exit(0)
os.close(writer)
with open(reader) as answers:
    report(json.load(answers))
os.waitpid(pid, 0)
server.close()
abstract.close()
""",
        AS=user,
    )
    assert said == ["EACCES", "EACCES", "EPERM", "EPERM", "ok", "ok"]


@real
def test_a_path_that_is_not_there_restricts_nothing(child) -> None:
    said = child(
        START
        + """
linux.no_new_privileges()
before = sorted(os.listdir("/proc/self/fd"))
error = attempt(landlock.restrict, ["/", "/not/there"], [])
assert sorted(os.listdir("/proc/self/fd")) == before
report([error, attempt(write, outside + "/file")])
""",
        AS="",
    )
    assert said == ["ENOENT", "ok"]


@real
def test_an_ordinary_user_needs_no_new_privileges(child) -> None:
    said = child(START + "report(attempt(landlock.restrict, ['/'], []))", AS=NOBODY)
    assert said == "EPERM"


@real
def test_with_the_filter_what_a_notebook_needs_still_works(everyday, tmp_path: Path) -> None:
    assert everyday(tmp_path, "landlock", "seccomp") == {}


@real
def test_it_is_quick(child) -> None:
    seconds = child(
        """
import time
from dalil.sandbox import landlock
linux.no_new_privileges()
start = time.process_time()
landlock.restrict(read=["/usr", "/etc", "/proc", "/"], write=["/tmp", "/dev"])
report(time.process_time() - start)
"""
    )
    assert seconds < 0.05  # 0.1 ms measured
