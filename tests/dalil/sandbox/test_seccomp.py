"""The filter: by an interpreter of its program for both architectures, and for real in a child."""

from __future__ import annotations

import errno
import platform
import re
import signal
import stat
import struct
import sys
from pathlib import Path

import pytest

from dalil.sandbox import seccomp

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}
EVERYDAY = {  # number on x86-64, on aarch64
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "rt_sigprocmask": (14, 135),
    "execve": (59, 221),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "openat": (257, 56),
    "sched_setaffinity": (203, 122),
    "kill": (62, 129),
    "setresuid": (117, 147),
    "getrandom": (318, 278),
    "pidfd_open": (434, 434),
    "landlock_restrict_self": (446, 446),
    "close_range": (436, 436),
}
real = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in AUDIT,
    reason="NOT TESTED for real: this is no Linux on x86-64 or aarch64",
)
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
both = pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])


def interpret(program: bytes, number: int, *arguments: int, audit: int) -> int:
    """Run classic BPF over a ``struct seccomp_data`` and return its answer."""
    padded = [value & (2**64 - 1) for value in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, audit, 0, *padded)
    code = list(struct.iter_unpack("=HBBI", program))
    place = value = 0
    while True:
        kind, then, otherwise, constant = code[place]
        place += 1
        if kind == 0x20:  # load 32 bits
            assert constant % 4 == 0
            value = struct.unpack_from("=I", data, constant)[0]
        elif kind == 0x54:
            value &= constant
        elif kind == 0x15:
            place += then if value == constant else otherwise
        elif kind == 0x35:
            place += then if value >= constant else otherwise
        elif kind == 0x06:
            return int(constant)
        else:
            raise AssertionError(f"the kernel knows no {kind:#x}")


def answer(architecture: str, call: str | int, *arguments: int) -> int:
    number = seccomp.numbers(architecture)[call] if isinstance(call, str) else call
    program = seccomp.program(architecture)
    return interpret(program, number, *arguments, audit=AUDIT[architecture])


@both
def test_refuses_what_it_names_and_allows_the_rest(architecture: str) -> None:
    numbers = seccomp.numbers(architecture)
    looked_at = {"socket", "socketpair", "clone", "ioctl", "prctl", "personality"}
    looked_at |= {"mknod", "mknodat"}
    absent = {"clone3", "memfd_create", "statmount", "listmount", "listns"}
    refused = {number: name for name, number in numbers.items() if name not in looked_at}
    program = seccomp.program(architecture)
    for number in range(471):
        if number in {numbers[name] for name in looked_at & numbers.keys()}:
            continue
        wanted = seccomp.ALLOW
        if number in refused:
            wanted = ENOSYS if refused[number] in absent else EPERM
        assert interpret(program, number, audit=AUDIT[architecture]) == wanted, number


@both
def test_everyday_calls(architecture: str) -> None:
    for name, pair in EVERYDAY.items():
        assert answer(architecture, pair[architecture == "aarch64"]) == seccomp.ALLOW, name


@both
def test_numbers_that_nobody_has_looked_at_are_absent(architecture: str) -> None:
    for number in (471, 512, 547, 1000, 2**30 - 1, 2**31, 2**32 - 1):
        assert answer(architecture, number) == ENOSYS, number


@both
@pytest.mark.parametrize("other", ["x86_64", "aarch64", "i386", "arm"])
def test_another_architecture_kills(architecture: str, other: str) -> None:
    if other == architecture:
        return
    for number in (0, 1, 39, 101, 470, 2**32 - 1):
        program = seccomp.program(architecture)
        assert interpret(program, number, audit=AUDIT[other]) == seccomp.KILL


def test_x32_kills_even_where_the_plain_number_is_refused() -> None:
    for number in (0, 39, 101, 520, 547, 2**30 - 1):
        assert answer("x86_64", 0x40000000 | number) == seccomp.KILL


@both
@pytest.mark.parametrize("call", ["socket", "socketpair"])
def test_only_unix_sockets(architecture: str, call: str) -> None:
    for family in range(64):
        wanted = seccomp.ALLOW if family == 1 else EPERM
        assert answer(architecture, call, family, 1) == wanted, family
    assert answer(architecture, call, 2 | 1 << 32) == EPERM
    assert answer(architecture, call, 2**64 - 1) == EPERM


@both
def test_clone_makes_processes_and_threads_but_no_namespace(architecture: str) -> None:
    thread, fork = 0x3D0F00, 0x1200011
    assert answer(architecture, "clone", thread) == seccomp.ALLOW
    assert answer(architecture, "clone", fork) == seccomp.ALLOW
    for flag in (17, 25, 26, 27, 28, 29, 30):
        assert answer(architecture, "clone", fork | 1 << flag) == EPERM, flag
        assert answer(architecture, "clone", 1 << 63 | 1 << flag) == EPERM, flag


@both
def test_terminals_prctl_personality(architecture: str) -> None:
    for request in (0x5412, 0x541C, 0x541D, 0x5423):
        assert answer(architecture, "ioctl", 0, request) == EPERM
        assert answer(architecture, "ioctl", 0, 1 << 32 | request) == EPERM
    for request in (0x5401, 0x5413, 0x5414, 0x540E, 0x541B):
        assert answer(architecture, "ioctl", 0x5412, request) == seccomp.ALLOW
    for option in (1, 4, 22, 35):
        assert answer(architecture, "prctl", option, 1) == EPERM
    for option in (2, 3, 15, 36, 38, 0x53564D41):
        assert answer(architecture, "prctl", option, 1) == seccomp.ALLOW
    assert answer(architecture, "personality", 0xFFFFFFFF) == seccomp.ALLOW
    for persona in (0, 0x0040000, 0x0400000, 0xFFFFFFFE):
        assert answer(architecture, "personality", persona) == EPERM


@both
def test_device_nodes(architecture: str) -> None:
    calls = {"mknodat": 2, "mknod": 1} if architecture == "x86_64" else {"mknodat": 2}
    for call, place in calls.items():
        before = (0,) * place
        for kind in (stat.S_IFCHR, stat.S_IFBLK):
            assert answer(architecture, call, *before, kind | 0o666, 0x103) == EPERM
            assert answer(architecture, call, *before, 1 << 16 | kind, 0x103) == EPERM
        for kind in (0, stat.S_IFREG, stat.S_IFIFO, stat.S_IFSOCK):
            assert answer(architecture, call, *before, kind | 0o600) == seccomp.ALLOW


@both
def test_the_program_is_one_that_the_kernel_takes(architecture: str) -> None:
    code = list(struct.iter_unpack("=HBBI", seccomp.program(architecture)))
    assert len(code) < 4096
    for place, (kind, then, otherwise, _) in enumerate(code):
        if kind != 0x06:
            assert place + 1 + max(then, otherwise) < len(code)
    assert code[-1][0] == 0x06


def test_another_machine_is_refused_in_words() -> None:
    with pytest.raises(OSError, match="no table of system calls for riscv64"):
        seccomp.program("riscv64")


@pytest.mark.parametrize(
    ("architecture", "headers"),
    [
        (
            "x86_64",
            ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"],
        ),
        ("aarch64", ["/usr/include/asm-generic/unistd.h"]),
    ],
)
def test_numbers_are_those_of_the_kernel_headers(architecture: str, headers: list[str]) -> None:
    header = next((path for path in map(Path, headers) if path.exists()), None)
    if header is None:
        pytest.skip("NOT CHECKED against the kernel's headers: apt-get install linux-libc-dev")
    text = header.read_text(encoding="utf-8")
    found = {name: int(number) for name, number in re.findall(r"__NR_(\w+)\s+(\d+)\b", text)}
    newest = max(number for name, number in found.items() if name != "syscalls")
    for name, number in seccomp.numbers(architecture).items():
        assert found.get(name, number) == number, name
        assert name in found or number > newest, f"{name} is not in {header}"


CONFINE = """
from dalil.sandbox import seccomp
linux.drop_capabilities()
linux.no_new_privileges()
seccomp.install()
"""


@real
def test_without_no_new_privileges_it_is_not_installed(child) -> None:
    said = child("from dalil.sandbox import seccomp\nreport(attempt(seccomp.install))")
    assert said == "EACCES"


@real
def test_every_named_call_really_fails(child) -> None:
    said = child(
        # Capabilities are kept: what fails then fails by the filter. Arguments that no call takes.
        """
from dalil.sandbox import seccomp
linux.no_new_privileges()
seccomp.install()
looked_at = {"socket", "socketpair", "clone", "ioctl", "prctl", "personality", "mknod", "mknodat"}
numbers = seccomp.numbers(linux.MACHINE)
said = {name: raw(number, *[-1] * 6) for name, number in numbers.items() if name not in looked_at}
report(said | {"unheard of": raw(471, *[-1] * 6), "no number": raw(-1)})
"""
    )
    absent = {"clone3", "memfd_create", "statmount", "listmount", "listns"}
    absent |= {"unheard of", "no number"}
    assert len(said) > 70
    assert {name for name, error in said.items() if error == "ENOSYS"} == absent
    assert {error for name, error in said.items() if name not in absent} == {"EPERM"}


@real
def test_calls_that_depend_on_an_argument(child) -> None:
    said = child(
        """
import fcntl, socket, stat, tempfile, termios
from dalil.sandbox import seccomp
linux.no_new_privileges()
seccomp.install()
number = seccomp.numbers(linux.MACHINE)
folder = tempfile.mkdtemp()
controller, terminal = os.openpty()
families = [family for family in range(47) if family != socket.AF_UNIX]
report({
    "sockets": sorted({attempt(socket.socket, family, kind) for family in families
                       for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)}),
    "pairs": sorted({raw(number["socketpair"], family, 1, 0, 0) for family in families}),
    "namespaces": sorted({raw(number["clone"], 17 | 1 << flag, 0, 0, 0, 0)
                          for flag in (17, 25, 26, 27, 28, 29, 30)}),
    "typing": attempt(fcntl.ioctl, terminal, termios.TIOCSTI, b"x"),
    "discipline": attempt(fcntl.ioctl, terminal, termios.TIOCSETD, b"\\0\\0\\0\\0"),
    "character": attempt(os.mknod, folder + "/c", 0o600 | stat.S_IFCHR, os.makedev(1, 3)),
    "block": attempt(os.mknod, folder + "/b", 0o600 | stat.S_IFBLK, os.makedev(8, 0)),
    "parent's death": attempt(linux.set_parent_death_signal, 0),
    "dumpable": attempt(linux.set_dumpable, True),
    "filter": attempt(linux.prctl, linux.PR_SET_SECCOMP, 2, 0),
    "personality": raw(number["personality"], 0x0040000),
    "fifo": attempt(os.mkfifo, folder + "/f"),
    "pair": attempt(socket.socketpair),
    "query": raw(number["personality"], 0xFFFFFFFF),
    "name": attempt(linux.prctl, 15, ctypes.addressof(ctypes.create_string_buffer(b"me"))),
    "size": attempt(fcntl.ioctl, terminal, termios.TIOCGWINSZ, bytes(8)),
})
"""
    )
    allowed = ("fifo", "pair", "query", "name", "size")
    assert {name: said.pop(name) for name in allowed} == dict.fromkeys(allowed, "ok")
    for name in ("sockets", "pairs", "namespaces"):
        assert said.pop(name) == ["EPERM"], name
    assert set(said.values()) == {"EPERM"}, said


@real
@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is of x86-64 alone")
def test_numbers_of_x32_kill(run_python) -> None:
    done = run_python(
        CONFINE + "report('confined')\nlinux.syscall(0x40000000 + 39)\nreport('alive')"
    )
    assert done.stdout == '"confined"\n'
    assert done.returncode == -signal.SIGSYS


@real
@pytest.mark.skipif(platform.machine() != "x86_64", reason="`int 0x80` is of x86-64 alone")
def test_calls_of_32_bits_kill(run_python) -> None:
    source = """
import mmap
code = bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3])  # mov eax, getpid; int 0x80; ret
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
report(call() == os.getpid())
"""
    if run_python(source).stdout != "true\n":
        pytest.skip("NOT TESTED: this kernel runs no calls of 32 bits")
    done = run_python(CONFINE + source)
    assert (done.returncode, done.stdout) == (-signal.SIGSYS, "")


@real
def test_what_a_notebook_needs_still_works(everyday, tmp_path: Path) -> None:
    assert everyday(tmp_path, "seccomp") == {}


@real
def test_it_is_quick_and_says_what_it_refuses(child) -> None:
    seconds, state = child(
        """
import time
from dalil.sandbox import seccomp
linux.no_new_privileges()
start = time.process_time()
seccomp.install()
report([time.process_time() - start, linux.prctl(linux.PR_GET_SECCOMP)])
"""
    )
    assert state == 2
    assert seconds < 0.05  # 0.2 ms measured; a tree that became a list of hundreds would show
    lines = seccomp.describe()
    assert any("ptrace" in line for line in lines)
    assert all(len(line) < 250 for line in lines)
