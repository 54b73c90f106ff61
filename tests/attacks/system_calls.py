"""System: doors of the kernel that no exercise needs, and privileges that nobody has."""

from __future__ import annotations

import platform

from dalil.sandbox.seccomp import numbers
from tests.attacks.harness import FULL, Attack
from tests.attacks.room import HONEST
from tests.attacks.system_probes import probing, reached_nothing

try:
    NUMBERS = numbers(platform.machine())
except OSError:  # an architecture without a table: only what libc names is tried
    NUMBERS = {}
FILTER = "a filter of system calls"
NO_RIGHTS = "no capabilities, no new privileges"

HEADER = f"""
NUMBERS = {NUMBERS!r}
def call(name, *arguments):
    \"\"\"What a system call returns if it succeeds; 0 counts, so it comes back as text.\"\"\"
    if name not in NUMBERS:
        raise Refused(name)
    got = libc.syscall(ctypes.c_long(NUMBERS[name]), *map(word, arguments))
    return f"returned {{got}}" if got >= 0 else None
def word(value):
    return value if isinstance(value, (bytes, ctypes.Array)) else ctypes.c_long(value)
space = ctypes.create_string_buffer(4096)
"""
# Each with arguments that do something small where they are let through.
NAMESPACES = """
flags = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
    "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000, "time": 0x80}
def clone(flag):
    got = call("clone", flag | 17, 0, 0, 0, 0)
    if got == "returned 0":
        os._exit(0)
    return got
for name, flag in flags.items():
    attempt(f"unshare {name}", lambda: child(lambda: call("unshare", flag)))
    if name != "time":  # to clone, that bit is a part of the signal
        attempt(f"clone {name}", lambda: child(lambda: clone(flag)))
for name in ("mnt", "net", "pid", "user", "ipc", "uts", "cgroup"):
    for pid in (1, GRADER, os.getppid()):
        def enter():
            fd = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY)
            return child(lambda: call("setns", fd, 0))
        attempt(f"setns {name} of {pid}", enter)
os.makedirs("there", exist_ok=True)
def mount(*arguments):
    return child(lambda: libc.mount(*arguments) == 0)
attempt("mount tmpfs", lambda: mount(b"none", b"there", b"tmpfs", ctypes.c_ulong(0), None))
attempt("mount proc", lambda: mount(b"proc", b"there", b"proc", ctypes.c_ulong(0), None))
attempt("mount --bind /", lambda: mount(b"/", b"there", b"", ctypes.c_ulong(4096), None))
attempt("remount /", lambda: mount(b"", b"/", b"", ctypes.c_ulong(32 | 4096), None))
attempt("umount /proc", lambda: child(lambda: libc.umount2(b"/proc", 2) == 0))
attempt("umount /tmp", lambda: child(lambda: libc.umount2(b"/tmp", 2) == 0))
attempt("fsopen", lambda: child(lambda: call("fsopen", b"tmpfs\\0", 0)))
attempt("open_tree", lambda: child(lambda: call("open_tree", -100, b"/\\0", 1)))
attempt("fspick", lambda: child(lambda: call("fspick", -100, b"/\\0", 0)))
attempt("mount_setattr", lambda: child(lambda: call("mount_setattr", -100, b"/\\0", 0, space, 32)))
attempt("pivot_root", lambda: child(lambda: call("pivot_root", b"there\\0", b"there\\0")))
attempt("chroot", lambda: child(lambda: os.chroot("there") is None))
attempt("chroot /", lambda: child(lambda: os.chroot("/") is None))
"""
MEMORY_OF_OTHERS = """
pid = os.fork()
if not pid:
    time.sleep(20); os._exit(0)
attempt("ptrace a child", lambda: libc.ptrace(16, pid, None, None) == 0)
attempt("ptrace the parent", lambda: libc.ptrace(16, os.getppid(), None, None) == 0)
attempt("ptrace the first", lambda: os.getpid() != 1 and libc.ptrace(16, 1, None, None) == 0)
attempt("ptrace the grader", lambda: libc.ptrace(16, GRADER, None, None) == 0)
attempt("be traced", lambda: child(lambda: libc.ptrace(0, 0, None, None) == 0))
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here = Vector(ctypes.addressof(space), 8)
for whose in (pid, os.getppid(), 1, GRADER):
    if whose in (0, os.getpid()):
        continue
    for name in ("process_vm_readv", "process_vm_writev"):
        attempt(f"{name} {whose}", lambda: getattr(libc, name)(whose, ctypes.byref(here), 1,
            ctypes.byref(here), 1, 0) > 0)
    attempt(f"kcmp {whose}", lambda: call("kcmp", whose, os.getpid(), 1, 0, 0))
    attempt(f"pidfd_getfd {whose}", lambda: call("pidfd_getfd", os.pidfd_open(whose), 1, 0))
os.kill(pid, 9); os.waitpid(pid, 0)
"""
KERNEL = """
attempt("add_key", lambda: call("add_key", b"user\\0", b"dalil\\0", b"x", 1, -3))
attempt("request_key", lambda: call("request_key", b"user\\0", b"dalil\\0", b"x\\0", -3))
attempt("keyctl", lambda: call("keyctl", 0, -3, 1))
attempt("join a keyring", lambda: call("keyctl", 1, b"dalil\\0"))
attempt("io_uring_setup", lambda: call("io_uring_setup", 8, space))
attempt("io_setup", lambda: call("io_setup", 8, ctypes.create_string_buffer(8)))
attempt("userfaultfd", lambda: call("userfaultfd", 1))
attempt("userfaultfd of the kernel", lambda: call("userfaultfd", 0))
table = bytes([2, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 1]) + bytes(99)
attempt("bpf map", lambda: call("bpf", 0, table, 72))
attempt("bpf by id", lambda: call("bpf", 11, bytes(120), 120))
event = bytes([1, 0, 0, 0, 112]) + bytes(107)
attempt("perf_event_open", lambda: call("perf_event_open", event, 0, -1, -1, 0))
attempt("seccomp of one's own", lambda: call("seccomp", 2, 0, struct.pack("I", 0x7FFF0000)))
attempt("fanotify", lambda: call("fanotify_init", 0, 0))
attempt("name_to_handle_at", lambda: call("name_to_handle_at", -100, b"/\\0",
    struct.pack("II", 128, 0) + bytes(128), ctypes.create_string_buffer(8), 0))
attempt("open_by_handle_at", lambda: call("open_by_handle_at", -100,
    struct.pack("IiQ", 8, 1, 2), 0))
attempt("init_module", lambda: call("init_module", b"x", 1, b"\\0"))
attempt("delete_module", lambda: call("delete_module", b"nothing\\0", 0))
attempt("syslog", lambda: call("syslog", 3, space, 4096))
attempt("syslog size", lambda: call("syslog", 10, 0, 0))
attempt("quotactl", lambda: call("quotactl", 0x80000100, 0, 0, space))
attempt("acct", lambda: call("acct", 0))
attempt("swapoff", lambda: call("swapoff", b"/nothing\\0"))
attempt("ioperm", lambda: call("ioperm", 0x80, 1, 1))
attempt("iopl", lambda: call("iopl", 3))
attempt("modify_ldt", lambda: call("modify_ldt", 0, space, 64) if "iopl" in NUMBERS else None)
attempt("vhangup", lambda: child(lambda: call("vhangup")))
attempt("personality", lambda: child(lambda: call("personality", 0x0040000)))
attempt("memfd", lambda: call("memfd_create", b"x\\0", 0))
attempt("memfd_secret", lambda: call("memfd_secret", 0))
attempt("shared memory of System V", lambda: call("shmget", 0, 4096, 0o600))
attempt("queues of System V", lambda: call("msgget", 0, 0o600))
attempt("semaphores of System V", lambda: call("semget", 0, 1, 0o600))
"""
RIGHTS = """
import resource
for uid in (0, 1, 1000, 65534):
    attempt(f"setuid {uid}", lambda: uid != os.getuid() and child(lambda: os.setuid(uid) is None))
    attempt(f"setgid {uid}", lambda: uid != os.getgid() and child(lambda: os.setgid(uid) is None))
    attempt(f"chown to {uid}", lambda: uid != os.getuid() and os.chown(".", uid, uid) is None)
attempt("setgroups", lambda: child(lambda: os.setgroups([0, 1]) is None))
for program in ("su -c id", "sudo -n id", "pkexec id", "newuidmap 1 0 0 1",
        "systemd-run true", "ping -c1 127.0.0.1", "unshare -r id", "nsenter -t 1 -a id",
        "docker ps", "bwrap --bind / / id", "dmesg"):
    def run():
        done = subprocess.run(program.split(), capture_output=True, timeout=3,
            stdin=subprocess.DEVNULL)
        return done.returncode == 0
    attempt(program, run)
def own_setuid():
    import shutil
    shutil.copy("/bin/sh", "mysh"); os.chmod("mysh", 0o6755)
    done = subprocess.run(["./mysh", "-p", "-c", "id -u"], capture_output=True, timeout=3)
    return int(done.stdout) != os.getuid()
attempt("a set-uid shell of one's own", own_setuid)
for kind, major, minor in ((0o020000, 1, 1), (0o020000, 1, 11), (0o060000, 8, 0), (0o060000, 7, 0)):
    attempt(f"node {major}:{minor}", lambda: os.mknod(f"n{major}-{minor}", kind | 0o666,
        os.makedev(major, minor)) is None)
attempt("nice", lambda: child(lambda: os.nice(-5) < 0))
attempt("real time", lambda: child(lambda: os.sched_setscheduler(0, os.SCHED_FIFO,
    os.sched_param(1)) is None))
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        number = getattr(resource, name)
        def raised():
            soft, hard = resource.getrlimit(number)
            if hard == resource.RLIM_INFINITY:
                return False
            try:
                resource.setrlimit(number, (hard + 1, hard + 1))
            except ValueError:
                return False
            return resource.getrlimit(number)[1] > hard
        attempt(f"raise {name}", lambda: child(raised))
for name in ("CORE", "CPU", "NPROC", "FSIZE", "NOFILE"):
    number = getattr(resource, f"RLIMIT_{name}")
    attempt(f"no limit of {name}", lambda: resource.getrlimit(number)[1] == resource.RLIM_INFINITY)
def capable():
    status = open("/proc/self/status").read()
    sets = dict(line.split(":") for line in status.splitlines() if line.startswith("Cap"))
    return [name for name in ("CapPrm", "CapEff", "CapInh", "CapAmb") if int(sets[name], 16)]
attempt("capabilities", capable)
def privileged():
    return "NoNewPrivs:\\t0" in open("/proc/self/status").read()
attempt("new privileges", privileged)
attempt("hostname", lambda: child(lambda: libc.sethostname(b"x", 1) == 0))
"""
FLOODS = """
def until_refused(name, *arguments, most=1 << 17):
    made = []
    while len(made) < most:
        fd = getattr(libc, name)(*arguments)
        if fd < 0:
            break
        made.append(fd)
    for fd in made:
        os.close(fd)
    return len(made) >= most
attempt("endless files", lambda: until_refused("open", b"/dev/null", 0))
attempt("endless watches", lambda: until_refused("inotify_init1", 0))
attempt("endless timers", lambda: until_refused("timerfd_create", 1, 0))
attempt("endless counters", lambda: until_refused("eventfd", 0, 0))
attempt("endless polls", lambda: until_refused("epoll_create1", 0))
"""


def probe(name: str, what: str, stopped_by: str, source: str) -> Attack:
    return Attack(
        name,
        what,
        FULL,
        stopped_by,
        work=HONEST,
        spoil=probing(HEADER + source),
        after=reached_nothing,
    )


CALLS = (
    probe(
        "namespaces and mounts",
        "unshare, clone, setns, mount in its old and new form, pivot_root, chroot",
        FILTER,
        NAMESPACES,
    ),
    probe(
        "memory of other processes",
        "ptrace, process_vm_readv and writev, kcmp, pidfd_getfd",
        FILTER,
        MEMORY_OF_OTHERS,
    ),
    probe(
        "the kernel's own machines",
        "keyrings, io_uring, userfaultfd, bpf, perf, fanotify, handles, modules, memfd, System V",
        FILTER,
        KERNEL,
    ),
    probe(
        "rights",
        "setuid, set-uid programs, device nodes, priorities, raised limits, capabilities",
        NO_RIGHTS,
        RIGHTS,
    ),
    probe(
        "floods of descriptors", "files, watches, timers and polls without end", "rlimits", FLOODS
    ),
)
