"""System: what has no end. It costs its own question, and the explanation names the limit."""

from __future__ import annotations

from collections.abc import Callable

from tests.attacks.harness import FULL, Attack, Graded, cell, full_but
from tests.attacks.room import HONEST, MODULE
from tests.attacks.surroundings import MARK
from tests.attacks.system_probes import knowing, stopped

QUESTION = "label"  # the answer that is hostile; nothing after it depends on it
LOST = {QUESTION: "died unanswered"}
DIED = {QUESTION: "died"}
ONLY_THERE = """
import os, signal, subprocess, sys, threading, time
if os.path.exists(CANARY):
    raise SystemExit("this is no sandbox: nothing is tried")
"""
TIME, MEMORY, PROCESSES = "ran for more than", "of memory", "processes"
OUTPUT, ENDED = "put out more than", "the process "


def bomb(
    name: str,
    what: str,
    stopped_by: str,
    source: str,
    *limits: str,
    flags: dict[str, str] = DIED,
    heavy: bool = False,
    earned: bool = False,
    after: Callable[[Graded, Attack], None] | None = None,
) -> Attack:
    """*source* in the place of one answer; the other answers are right, and count."""
    return Attack(
        name,
        what,
        FULL if earned else full_but(QUESTION),
        stopped_by,
        work=HONEST,
        spoil=knowing(f"solve_{QUESTION}", ONLY_THERE + source),
        flags={} if earned else flags,
        after=after or (stopped(QUESTION, *limits) if limits else None),
        heavy=heavy,
    )


FORKS = """
while True:
    try: os.fork()
    except OSError: pass
"""
TREE = """
def grow():
    while True:
        try:
            if not os.fork():
                os.setsid()
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                grow()
        except OSError:
            time.sleep(0.01)
grow()
"""
THREADS = """
while True:
    try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError: time.sleep(0.05)
"""
ONE_LARGE = """
held = []
while True:
    held.append(bytearray(os.urandom(1 << 20) * 16))
"""
MANY_MIDDLING = """
for _ in range(8):
    if not os.fork():
        held = bytearray(os.urandom(1 << 20) * 90)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
HIDDEN_MEMORY = """
import mmap
held = []
for _ in range(16):
    try: held.append(os.memfd_create("x"))
    except OSError: held.append(os.open(f"/dev/shm/{len(held)}", os.O_CREAT | os.O_RDWR))
    for _ in range(60): os.write(held[-1], os.urandom(1 << 20))
print("HELD", len(held))
"""
MANY_FILES = f"""
os.mkdir("many")
try:
    for n in range(200_000):
        with open(f"many/{MARK}-{{n}}", "wb") as small: small.write(bytes(100))
except OSError: pass
{HONEST[QUESTION]}
"""
FULL_DISK = """
try:
    for folder in (".", "/tmp", "/dev/shm", os.path.expanduser("~")):
        for n in range(64):
            with open(f"{folder}/large{n}", "wb") as large:
                for _ in range(63): large.write(os.urandom(1 << 20))
except OSError: pass
while True:
    time.sleep(1)
"""
LONG_LINE = "print('x' * 60_000_000)"
DRIPPING = """
while True:
    print("x" * 1000, flush=True)
"""
RAW_FLOOD = """
block = b"x" * (1 << 20)
for fd in (1, 2):
    for _ in range(100):
        os.write(fd, block)
label = "not the label"
"""
SHELL_FLOOD = "subprocess.run(['sh', '-c', 'yes | head -c 100000000'])\nlabel = 'none'"
DEEP = """
from IPython.display import publish_display_data
deep = 1
for _ in range(400): deep = [deep]
wide = {str(n): [n] * 50 for n in range(2_000)}
for value in (deep, wide, {"\\ud800": "\\udfff\\u202e"}, [float("nan")], {"": {"": {}}}):
    for kind in ("application/json", "application/geo+json", "text/plain", "x" * 1000):
        data = {kind: value, "text/plain": "\\ud800"}
        try: publish_display_data(data, metadata={"\\ud800": deep})
        except Exception: pass
print("\\ud800 \\u202e \\x00 \\x1b[31m")
name = "\\udcff\\u202e"
for path in (name, "-rf", "a\\nb", "$(id)", "*", "\\u202egnp.exe", "x" * 255):
    try: open(path, "w").close()
    except (OSError, UnicodeError): pass
"""
TIMERS = """
fired = []
signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
for kind in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
    for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
        signal.signal(number, lambda *_: fired.append(1))
    signal.setitimer(kind, 1e-3, 1e-3)
until = time.monotonic() + 0.2
while time.monotonic() < until: pass
for kind in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
    signal.setitimer(kind, 0)
"""
SLOW_END = """
import atexit
atexit.register(time.sleep, 600)
for number in range(1, 65):
    if number not in (9, 19, signal.SIGINT, signal.SIGCHLD, signal.SIGSEGV, signal.SIGXCPU):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
class Slow:
    def __del__(self): time.sleep(600)
sys.modules["slow"] = Slow()
"""


def little_is_kept(graded: Graded, attack: Attack) -> None:
    """However much was put out, what formgrader reads stays small; and the limit is named."""
    trainee = graded.trainees[attack.name]
    folder = graded.academy.settings.autograded / trainee / MODULE
    assert (folder / f"{MODULE}.ipynb").stat().st_size < 2_000_000
    stopped(QUESTION, OUTPUT)(graded, attack)


def nothing_hidden(graded: Graded, attack: Attack) -> None:
    outputs = cell(
        graded.academy.graded_notebook(graded.trainees[attack.name]), f"solve_{QUESTION}"
    )
    assert "HELD 16" not in str(outputs.outputs)


def no_core(graded: Graded, attack: Attack) -> None:
    root = graded.academy.settings.root
    assert [path for path in root.rglob("core*") if path.is_file() and path.suffix != ".py"] == []


WATCHED = "memory of all processes together is watched"
CELLS = "each cell has its seconds"
CAPPED = "output is capped in bytes, not in lines"

LIMITS = (
    bomb("fork bomb", "forks without end", "a process cap", FORKS, PROCESSES, TIME),
    bomb(
        "fork bomb that grows",
        "every child forks on, in a session of its own, deaf to signals",
        "a process cap, and the end of the whole tree",
        TREE,
        PROCESSES,
        TIME,
        heavy=True,
    ),
    bomb("threads", "threads without end", "a process cap", THREADS, PROCESSES, TIME, heavy=True),
    bomb(
        "memory in one process",
        "more than it may have; Python says MemoryError, or it is stopped",
        "rlimits",
        ONE_LARGE,
        flags=LOST,
    ),
    bomb("memory in many processes", "each of them stays modest", WATCHED, MANY_MIDDLING, MEMORY),
    bomb(
        "memory of no process",
        "memfd and /dev/shm: pages that no process's size shows",
        "no memfd; /dev/shm has a size",
        HIDDEN_MEMORY,
        flags=LOST,
        heavy=True,
        after=nothing_hidden,
    ),
    bomb(
        "many files",
        "as many as there can be; the answer after them counts",
        "a work folder of limited size and number",
        MANY_FILES,
        earned=True,
        heavy=True,
    ),
    bomb(
        "full disk",
        "every folder is filled up",
        "folders of limited size",
        FULL_DISK,
        TIME,
        heavy=True,
    ),
    bomb(
        "loop",
        "no end, and interrupts are ignored",
        CELLS,
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        TIME,
        heavy=True,
    ),
    bomb(
        "asleep",
        "stops itself with SIGSTOP, and its parent",
        "the first process of a PID namespace stops for nobody in it",
        "os.kill(os.getppid() or os.getpid(), signal.SIGSTOP)\n"
        "os.kill(os.getpid(), signal.SIGSTOP)",
        flags=LOST,
        heavy=True,
    ),
    bomb(
        "burning processors",
        "as many busy processes as there can be",
        CELLS,
        "for _ in range(8): os.fork()\nwhile True: pass",
        TIME,
        PROCESSES,
        MEMORY,
        heavy=True,
    ),
    bomb(
        "a line of 60 MB",
        "one line, which LimitOutput would keep",
        CAPPED,
        LONG_LINE,
        after=little_is_kept,
    ),
    bomb(
        "endless lines",
        "a thousand characters at a time",
        CAPPED,
        DRIPPING,
        after=little_is_kept,
        heavy=True,
    ),
    bomb(
        "a flood past Python",
        "200 MB straight into descriptors 1 and 2",
        CAPPED,
        RAW_FLOOD,
        flags={},
    ),
    bomb(
        "a flood of a shell",
        "100 MB from a child process",
        CAPPED,
        SHELL_FLOOD,
        flags={},
        heavy=True,
    ),
    bomb(
        "deep and odd displays",
        "nesting, surrogates, NaN, file names that are options",
        "whatever no notebook can hold is left out",
        f"{DEEP}\n{HONEST[QUESTION]}",
        earned=True,
    ),
    bomb(
        "timers",
        "three storms of signals at once, for a while",
        "they end with the cell",
        f"{TIMERS}\n{HONEST[QUESTION]}",
        earned=True,
    ),
    bomb(
        "a slow end",
        "exit handlers, finalisers and ignored signals that keep the process alive",
        "the whole tree is killed",
        f"{SLOW_END}\n{HONEST[QUESTION]}",
        earned=True,
    ),
    bomb(
        "closed descriptors",
        "every file of the process is closed",
        "the cell ends its own process",
        "os.closerange(0, 65536)",
        flags=LOST,
    ),
    bomb(
        "kill everybody",
        "SIGKILL to whoever can be reached",
        "a PID namespace of its own",
        "os.kill(-1, signal.SIGKILL)\nos.kill(os.getpid(), signal.SIGKILL)",
        flags={QUESTION: "unanswered"},  # the first of a namespace is spared, by itself even
    ),
    bomb(
        "core dump",
        "limits are raised, then the process aborts",
        "no core files",
        "import resource\nhard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\nos.abort()",
        after=no_core,
    ),
)
