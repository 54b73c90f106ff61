"""System: the machine around a notebook, its files, its network, its processes.

The workspace tries what it should not get at, one thing after another, and the honest answers
follow. What the kernel's other doors are is in ``system_calls``, what limits stop in
``system_limits``.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from nbformat import NotebookNode

from tests.attacks.harness import FULL, Academy, Attack, Graded
from tests.attacks.room import HONEST
from tests.attacks.surroundings import MARK
from tests.attacks.system_calls import CALLS
from tests.attacks.system_limits import LIMITS
from tests.attacks.system_probes import probing, reached_nothing

OWN_ROOT = "a root of its own, in which nothing of the academy lies"
OWN_PIDS = "a PID namespace of its own"
OWN_NET = "a network namespace without devices, and no sockets but Unix ones"

READING = """
secret = [GRADEBOOK, LEDGER, CANARY, "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/root/.ssh",
    "/root/.bash_history", "/var/lib/docker", "/var/run/docker.sock", "/run/secrets", "/home",
    RECORDS, GRADERS, EXERCISES, SUBMITTED, NEIGHBOUR, ROOT + "/jupyter_config.py",
    CHECKOUT + "/graders", CHECKOUT + "/exercises", CHECKOUT + "/tests", CHECKOUT + "/.git",
    "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/proc/kcore", "/proc/kmsg",
    "/proc/sysrq-trigger", "/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/fuse", "/dev/kvm",
    "/dev/tty", "/dev/console", "/dev/net/tun", "/dev/vsock", "/dev/snapshot", "/dev/loop0",
    "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/fs/bpf", "/sys/firmware/efi/efivars"]
def look(path):
    if os.path.isdir(path):
        return os.listdir(path)
    with open(path, "rb") as stream:
        return stream.read(64)
for path in secret:
    attempt(path, lambda: look(path))
attempt("more than courses", lambda: set(os.listdir(ROOT)) - {"courses"})
for pid in ["self", "1", "2", GRADER, os.getppid(), *filter(str.isdigit, os.listdir("/proc"))]:
    for way in ("root", "cwd", "task/../root", "map_files/.."):
        for path in (CANARY, GRADEBOOK, "/etc/shadow", GRADERS):
            attempt(f"{pid} {way} {path}", lambda: look(f"/proc/{pid}/{way}{path}"))
for up in range(1, 12):
    for path in (CANARY, GRADEBOOK, "/etc/shadow", NEIGHBOUR):
        attempt(f"{up} {path}", lambda: look("../" * up + path.lstrip("/")))
        attempt(f"exhibits {up} {path}", lambda: look("exhibits/" + "../" * up + path.lstrip("/")))
def walk():
    wanted = {"gradebook.db", "dalil.db", os.path.basename(CANARY)}
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [f for f in folders if f not in ("proc", "sys", "usr", "site-packages")]
        found += [os.path.join(folder, name) for name in names if name in wanted]
        found += [folder] if folder.endswith("/graders/exhibitroom") else []
    return found
attempt("anywhere", walk)
"""
DESCRIPTORS = """
def opened():
    for fd in range(1024):
        try:
            place = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if place.startswith(("/", "memfd:")) and not place.startswith(("/dev/null", "/dev/urandom",
                "/dev/ptmx", "/dev/pts", "/tmp", os.path.expanduser("~"), start)):
            yield fd, place
start = os.getcwd()
attempt("files that are open", lambda: list(opened()))
for fd in range(3, 256):
    def reopened():
        place = os.readlink(f"/proc/self/fd/{fd}")
        if os.path.isfile(f"/proc/self/fd/{fd}"):
            with open(f"/proc/self/fd/{fd}", "r+b") as stream:
                return SECRET.encode() in stream.read(1 << 20)
        if os.path.isdir(f"/proc/self/fd/{fd}"):
            return os.path.exists(f"/proc/self/fd/{fd}/../../../..{CANARY}")
    attempt(f"descriptor {fd}", reopened)
for fd in range(3, 64):
    def asked():
        with socket.socket(fileno=os.dup(fd)) as ear:
            pid, uid, gid = struct.unpack("3i", ear.getsockopt(1, 17, 12))
            return pid == GRADER
    attempt(f"socket {fd}", asked)
"""
SECRETS = """
attempt("own environment", lambda: [name for name, v in os.environ.items() if SECRET in v])
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "cwd", "exe", "maps", "mountinfo", "stack", "syscall"):
        def told():
            path = f"/proc/{pid}/{name}"
            data = os.readlink(path) if name in ("cwd", "exe") else open(path).read()
            return SECRET in data or (name == "cmdline" and "pytest" in data)
        attempt(f"{pid} {name}", told)
attempt("the grader by its number", lambda: "pytest" in open(f"/proc/{GRADER}/cmdline").read())
"""
WRITING = """
import json, numpy, dalil
lib, site = os.path.dirname(os.__file__), os.path.dirname(os.path.dirname(numpy.__file__))
folders = [ROOT, ACADEMY, RECORDS, GRADERS, EXERCISES, SUBMITTED, NEIGHBOUR, CHECKOUT, lib, site,
    CHECKOUT + "/extensions/dalil", sys.prefix, sys.base_prefix, os.path.dirname(sys.executable),
    os.path.dirname(dalil.__file__), "/usr", "/usr/local/bin", "/usr/lib", "/etc", "/etc/cron.d",
    "/lib", "/bin", "/boot", "/root", "/opt", "/srv", "/mnt", "/sys", "/proc", "/sys/fs/cgroup",
    "/sys/kernel", "/proc/sys/kernel", "/dev", "/var/spool/cron", "/lost+found"]
def put(path):
    with open(path, "w") as stream:
        stream.write(MARK)
    return True
for folder in folders:
    attempt(f"new file in {folder}", lambda: put(f"{folder}/{MARK}"))
    attempt(f"new folder in {folder}", lambda: os.mkdir(f"{folder}/{MARK}.d") is None)
    attempt(f"link in {folder}", lambda: os.symlink("/", f"{folder}/{MARK}.l") is None)
files = [GRADEBOOK, LEDGER, CANARY, json.__file__, numpy.__file__, dalil.__file__, sys.executable,
    "/etc/passwd", "/etc/hosts", "/etc/ld.so.preload", "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches",
    "/proc/sys/kernel/panic", "/proc/1/oom_score_adj", "/sys/power/state",
    "/proc/self/uid_map", "/proc/self/gid_map", "/proc/self/setgroups", "/proc/1/uid_map",
    "/proc/self/attr/current", "/proc/scsi/scsi", "/sys/kernel/uevent_helper",
    *glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)[:9],
    *glob.glob("/sys/fs/cgroup/**/memory.max", recursive=True)[:9],
    *glob.glob("/sys/fs/cgroup/**/release_agent", recursive=True)[:9]]
def over(path):
    with open(path, "r+b", buffering=0) as stream:
        stream.write(stream.read(1) or b"0")
    return True
for path in files:
    attempt(f"write to {path}", lambda: over(path))
    attempt(f"chmod of {path}", lambda: os.chmod(path, 0o666) is None)
    attempt(f"rename of {path}", lambda: os.rename(path, path + MARK) is None)
    attempt(f"unlink of {path}", lambda: os.unlink(path) is None)
    attempt(f"hard link of {path}", lambda: os.link(path, MARK) is None)
def spared():
    with open("/proc/self/oom_score_adj", "r+b", buffering=0) as stream:
        before = int(stream.read())
        stream.write(str(before - 1).encode())
    return True
attempt("less likely to be killed", spared)
"""
NETWORK = """
def reach(family, kind, address, protocol=0):
    with socket.socket(family, kind, protocol) as ear:
        ear.settimeout(0.5)
        ear.connect(address)
        ear.sendall(b"from inside")
        return kind != socket.SOCK_DGRAM  # that can be sent to nobody: the listener will tell
for address in (("127.0.0.1", TCP), ("localhost", TCP), ("0.0.0.0", TCP), ("192.0.2.1", 80),
        ("169.254.169.254", 80), ("10.0.2.2", 80), ("8.8.8.8", 53), ("255.255.255.255", 9)):
    attempt(f"tcp {address}", lambda: reach(socket.AF_INET, socket.SOCK_STREAM, address))
    attempt(f"udp {address}", lambda: reach(socket.AF_INET, socket.SOCK_DGRAM, (address[0], UDP)))
for host in ("::1", "::ffff:127.0.0.1", "fe80::1%lo", "2001:db8::1"):
    attempt(f"tcp {host}", lambda: reach(socket.AF_INET6, socket.SOCK_STREAM, (host, TCP)))
    attempt(f"udp {host}", lambda: reach(socket.AF_INET6, socket.SOCK_DGRAM, (host, UDP)))
for path in (PATH, "\\0" + MARK, "/var/run/docker.sock", "/run/dbus/system_bus_socket",
        "/run/systemd/private", "/tmp/.X11-unix/X0", "/run/nscd/socket", "\\0/tmp/.X11-unix/X0"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        attempt(f"unix {path!r}", lambda: reach(socket.AF_UNIX, kind, path))
attempt("a name", lambda: socket.getaddrinfo("example.org", 80))
attempt("a raw echo", lambda: reach(socket.AF_INET, socket.SOCK_RAW, ("127.0.0.1", 0), 1))
attempt("devices", lambda: [n for _, n in socket.if_nameindex() if n != "lo"])
attempt("curl", lambda: subprocess.run(["curl", "-m1", f"http://127.0.0.1:{TCP}"], timeout=3,
    capture_output=True).returncode == 0)
attempt("bash", lambda: subprocess.run(["bash", "-c", f"echo x > /dev/tcp/127.0.0.1/{TCP}"],
    timeout=3, capture_output=True).returncode == 0)
"""
FAMILIES = """
def made(family):
    for kind in (1, 2, 3, 4, 5, 6, 10):
        for protocol in (0, 1, 3, 6, 17, 58, 132, 255, 768):
            try:
                with socket.socket(family, kind, protocol):
                    return kind, protocol
            except OSError:
                pass
for family in range(64):
    if family != socket.AF_UNIX:
        attempt(f"family {family}", lambda: made(family))
def pair(family):
    return [ear.close() for ear in socket.socketpair(family)]
for family in range(64):
    if family != socket.AF_UNIX:
        attempt(f"pair of family {family}", lambda: pair(family))
"""
PROCESSES = """
mine = {os.getpid(), os.getppid(), *map(int, filter(str.isdigit, os.listdir("/proc")))}
for pid in [1, GRADER, *range(GRADER - 40, GRADER + 40)]:
    if pid in mine:
        continue
    attempt(f"signal to {pid}", lambda: os.kill(pid, 0) is None)
    attempt(f"files of {pid}", lambda: os.listdir(f"/proc/{pid}/fd"))
    attempt(f"memory of {pid}", lambda: open(f"/proc/{pid}/mem", "rb").read(1))
    attempt(f"priority of {pid}", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19) is None)
    attempt(f"limits of {pid}", lambda: __import__("resource").prlimit(pid, 7))
    attempt(f"handle of {pid}", lambda: os.pidfd_open(pid) > 2)
above = os.getppid()
if above:
    attempt("memory of the parent", lambda: open(f"/proc/{above}/mem", "r+b"))
    for fd in range(64):
        def write():
            with open(f"/proc/{above}/fd/{fd}", "wb", buffering=0) as stream:
                return os.path.exists(f"/proc/{above}/fd/{fd}") and stream.write(b"{}")
        attempt(f"file {fd} of the parent", write)
attempt("many processes in sight", lambda: len(os.listdir("/proc")) > 200)
attempt("processes that are not ours", lambda: [p for p in os.listdir("/proc") if p.isdigit()
    and b"pytest" in open(f"/proc/{p}/cmdline", "rb").read()])
"""
DAEMONS = """
sleep = [sys.executable, "-c", "import time; time.sleep(90)", MARK]
subprocess.Popen(sleep, start_new_session=True)
subprocess.Popen(["sh", "-c", f"(sleep 90; : {MARK}) & exit"])
def daemon(again):
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 65):
            if number not in (9, 19):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
        try:
            if again:
                daemon(again - 1)
            os.closerange(0, 256)
            os.chdir("/")
            os.execv(sleep[0], sleep)
        finally:
            os._exit(1)
daemon(3)
# one that always begins anew before it could be found
if os.fork() == 0:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.01)
    os._exit(0)
time.sleep(0.3)
attempt("nothing", lambda: None)
"""
TERMINALS = f"""
import fcntl, termios
escape = b"\\x1b]0;{MARK}\\x07\\x1b[2J\\x1bP$q\\x1b\\\\"
for fd in (0, 1, 2):
    try: os.write(fd, escape)
    except OSError: pass
for path in ("/dev/tty", "/dev/console", "/dev/tty0", "/dev/tty1", "/proc/1/fd/0", "/dev/vcs"):
    def type_into():
        with open(path, "r+b", buffering=0) as terminal:
            terminal.write(escape)
            for letter in b"id\\n":
                fcntl.ioctl(terminal, termios.TIOCSTI, bytes([letter]))
            return True
    attempt(path, type_into)
for fd in range(32):
    attempt(f"typing into {{fd}}", lambda: fcntl.ioctl(fd, termios.TIOCSTI, b"x") is not None)
    attempt(f"terminal {{fd}}", lambda: os.ttyname(fd))
"""
LISTEN = """
ear = socket.socket(socket.AF_UNIX)
ear.bind("\\0" + MARK + "neighbour")
ear.listen()
ear.settimeout(3)
attempt("a neighbour's call", lambda: ear.accept())
"""
CALL = """
until = time.monotonic() + 3
def ring():
    ear = socket.socket(socket.AF_UNIX)
    ear.connect("\\0" + MARK + "neighbour")
    return True
while time.monotonic() < until:
    attempt("a call to the neighbour", ring)
    time.sleep(0.05)
"""

_EARS: list[socket.socket] = []


def listened(notebook: NotebookNode, academy: Academy) -> None:
    """Really listen at every address that the notebook will try."""
    for ear in _EARS:
        ear.close()
    path = str(academy.settings.root / "ear")
    tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    for ear, place in ((unix, path), (abstract, f"\0{MARK}")):
        ear.bind(place)
        ear.listen()
    _EARS[:] = [tcp, udp, unix, abstract]
    ports = f"TCP, UDP, PATH = {tcp.getsockname()[1]}, {udp.getsockname()[1]}, {path!r}\n"
    probing(ports + NETWORK)(notebook, academy)


def nobody_called(graded: Graded, attack: Attack) -> None:
    for ear in _EARS:
        ear.setblocking(False)
        with suppress(BlockingIOError):
            raise AssertionError(ear.recv(9) if ear.type == socket.SOCK_DGRAM else ear.accept())
    reached_nothing(graded, attack)


def probe(name: str, what: str, stopped_by: str, source: str, *, heavy: bool = False) -> Attack:
    return Attack(
        name,
        what,
        FULL,
        stopped_by,
        work=HONEST,
        spoil=probing(source),
        after=reached_nothing,
        heavy=heavy,
    )


PLACES = (
    probe(
        "reading",
        "truth, records, neighbours and the machine's secrets, by name, by .., through /proc",
        OWN_ROOT,
        READING,
    ),
    probe("descriptors", "files and sockets that were left open", OWN_ROOT, DESCRIPTORS),
    probe("secrets of processes", "variables, command lines and maps in /proc", OWN_PIDS, SECRETS),
    probe(
        "writing",
        "the academy, the libraries, the system, cgroups and the kernel's switches",
        "a root that cannot be written to",
        WRITING,
    ),
    Attack(
        "network",
        "TCP, UDP, raw, path and abstract Unix sockets to listeners that do listen",
        FULL,
        OWN_NET,
        work=HONEST,
        spoil=listened,
        after=nobody_called,
    ),
    probe(
        "families of sockets", "all 64 families, netlink to XDP, of every type", OWN_NET, FAMILIES
    ),
    probe(
        "other processes", "signals, memory, files and limits of the grader", OWN_PIDS, PROCESSES
    ),
    probe(
        "daemons",
        "processes that leave their session, ignore signals and fork on",
        OWN_PIDS,
        DAEMONS,
    ),
    probe(
        "terminals",
        "escape sequences and typed commands for the grader's terminal",
        OWN_ROOT,
        TERMINALS,
    ),
    probe(
        "a neighbour listens",
        "an abstract socket for the next notebook",
        OWN_NET,
        LISTEN,
        heavy=True,
    ),
    probe(
        "a neighbour calls", "the same socket, from the next notebook", OWN_NET, CALL, heavy=True
    ),
)
ATTACKS = (*PLACES, *CALLS, *LIMITS)
