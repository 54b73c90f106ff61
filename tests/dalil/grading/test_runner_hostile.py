"""Notebooks that mean harm: they cost their own questions, and nothing of them stays."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import dalil
from dalil.answers import MIME
from dalil.grading import runner
from dalil.grading.runner import Job, Run, SandboxRunner
from dalil.limits import Limits

HAND = f"""
import os, signal, subprocess, sys, threading, time
def hand(question, value):
    from IPython.display import publish_display_data
    publish_display_data({{"{MIME}": {{"question": question, "value": value}}}})
"""
Execute = Callable[..., Run]
MODES = ("auto", "off")


def zygotes() -> list[psutil.Process]:
    """The processes of warm runners that fork: those below stubs, or our own children."""
    children = psutil.Process().children()
    return [(process.children() or [process])[0] for process in children]


def below(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if child.status() != psutil.STATUS_ZOMBIE]


@functools.cache
def runner_in(mode: str) -> SandboxRunner:
    """One warm runner for all tests of a mode; it ends with the process."""
    return SandboxRunner(mode)


@pytest.fixture
def execute(tmp_path: Path) -> Execute:
    def run(
        *sources: str, mode: str = "auto", hidden: tuple[Path, ...] = (), **limits: float
    ) -> Run:
        cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate((HAND, *sources))]
        notebook = new_notebook(cells=cells)
        job = Job(notebook, {}, {}, {}, Limits(**limits))
        if not hidden:
            return runner_in(mode).run(job)
        own = SandboxRunner(mode, tmp_path / "curriculum", hidden)
        with closing(own):
            return own.run(job)

    return run


@pytest.fixture
def isolated() -> None:
    """Skip, and say so, where this machine does not allow isolation."""
    kind, why = runner.available()
    if kind is None:
        pytest.skip(f"NOT TESTED: this machine does not allow isolation ({why})")


def values(run: Run) -> dict[str, object]:
    return {item["bundle"]["question"]: item["bundle"]["value"] for item in run.bundles}


def marked(text: str) -> list[psutil.Process]:
    """Every living process with *text* in its command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if text in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


@pytest.mark.parametrize("mode", MODES)
def test_what_ends_the_kernel_costs_its_own_cell_only(mode: str, execute: Execute) -> None:
    run = execute(
        "hand('a', 1)",
        "import ctypes; ctypes.string_at(0)",
        "hand('b', 2)",
        "os._exit(0)",
        "sys.setrecursionlimit(10**9)\ndef f(x): return [*map(f, [x])]\nf(1)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "hand('c', 3); 1 / 0",
        mode=mode,
    )
    expected = {
        "c2": "the process was ended by SIGSEGV",
        "c4": "the process ended itself with status 0",
        "c5": "the process was ended by SIGSEGV",
    }
    if mode == "off":  # the first process of a namespace cannot kill itself
        expected["c6"] = "the process was ended by SIGKILL"
    assert run.died == expected
    assert values(run) == {"a": 1, "b": 2, "c": 3}
    assert run.outputs["c7"][-1]["ename"] == "ZeroDivisionError"


def test_a_loop_that_ignores_interrupts_is_killed(execute: Execute) -> None:
    stubborn = "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    run = execute("hand('a', 1)", stubborn, "hand('b', 2)", cell_seconds=1)
    assert run.died == {"c2": "ran for more than 1 s and could not be interrupted"}
    assert values(run) == {"a": 1, "b": 2}


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_threads_of_a_stopped_cell_are_no_burden_to_the_others(execute: Execute) -> None:
    threads = (
        "for _ in range(8): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "kept = 1\nwhile True: time.sleep(0.1)"
    )
    count = "hand('tasks', len(os.listdir('/proc/self/task')))"
    run = execute("hand('a', 1)", threads, count, "hand('b', 2)", cell_seconds=1)
    assert run.died == {"c2": "ran for more than 1 s"}
    assert values(run) == {"a": 1, "tasks": 1, "b": 2}


def test_a_stopped_cell_without_threads_keeps_what_it_had(execute: Execute) -> None:
    run = execute("kept = 1\nwhile True: time.sleep(0.1)", "hand('kept', kept)", cell_seconds=1)
    assert run.died == {"c1": "ran for more than 1 s"}
    assert values(run) == {"kept": 1}


def test_a_notebook_that_never_stops_dying_ends(execute: Execute) -> None:
    run = execute(*["os._exit(1)"] * 8, "hand('late', 1)")
    assert len(run.died) == 9
    assert run.died["c9"].startswith("skipped: other cells ended the process 6 times")
    assert run.bundles == []


@pytest.mark.parametrize("mode", MODES)
def test_no_process_outlives_the_run(mode: str, execute: Execute, tmp_path: Path) -> None:
    name = f"lingerer-{mode}-{os.getpid()}"
    sleeper = f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', '{name}'"
    daemon = (
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        f"        os.execv(sleep[0], [*sleep, '{name}'])\n"
        "    os._exit(0)"
    )
    children = (
        "n = 0\n"
        "for _ in range(100):\n"
        "    try:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60); os._exit(0)\n"
        "        n += 1\n"
        "    except OSError: break\n"
        "time.sleep(1); hand('n', n)"
    )
    crash = f"{sleeper}], start_new_session=True); time.sleep(0.2); os._exit(0)"
    run = execute(f"{sleeper}])", daemon, crash, "hand('x', 1)", children, mode=mode)
    assert marked(name) == []
    assert {child.name() for child in psutil.Process().children(recursive=True)} <= {"python"}
    assert all(below(zygote) == [] for zygote in zygotes())
    assert values(run)["x"] == 1
    assert values(run).get("n", 0) < 64


def test_what_is_above_cannot_be_reached(isolated: None, execute: Execute) -> None:
    kill = (
        "for number in (signal.SIGKILL, signal.SIGSTOP):\n"
        "    for pid in (os.getppid(), 1, -1):\n"
        "        try: os.kill(pid, number)\n"
        "        except OSError: pass"
    )
    run = execute("hand('a', 1)", kill, "hand('b', os.getppid())")
    assert run.died == {}
    assert values(run) == {"a": 1, "b": 0}


def test_a_killed_zygote_is_followed_by_another(isolated: None, tmp_path: Path) -> None:
    with closing(SandboxRunner("required", warm=False)) as own:
        job = Job(new_notebook(cells=[new_code_cell("1 + 1", id="a")]), {}, {}, {})
        before = own.run(job)
        for process in psutil.Process().children():
            if process.pid == own._parent._process.pid:
                process.kill()
        assert own.run(job).outputs == before.outputs


@pytest.mark.parametrize("mode", MODES)
def test_everything_ends_with_the_grader(mode: str, tmp_path: Path) -> None:
    name = f"deserted-{mode}-{os.getpid()}"
    program = f"""
from nbformat.v4 import new_code_cell, new_notebook
from dalil.grading.runner import SandboxRunner, Job
source = '''import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)", "{name}"])'''
notebook = new_notebook(cells=[new_code_cell(source)])
SandboxRunner({mode!r}).run(Job(notebook, {{}}, {{}}, {{}}))
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # what a killed grader cannot tidy up
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as grader:
        wait_until(lambda: len(marked(name)) > 1)  # the grader's own command line has it, too
        grader.kill()
    wait_until(lambda: marked(name) == [])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("mode", MODES)
def test_the_workers_own_channel_is_out_of_reach(mode: str, execute: Execute) -> None:
    if mode == "off" and os.geteuid() == 0:
        pytest.skip("NOT TESTED: without isolation, root's notebooks are root")
    forge = (
        "opened = []\n"
        "for fd in range(3, 64):\n"
        "    for pid in (os.getppid(), 1):\n"
        "        try:\n"
        "            with open(f'/proc/{pid}/fd/{fd}', 'wb', buffering=0) as f: f.write(b'{}')\n"
        "            opened.append((pid, fd))\n"
        "        except OSError: pass\n"
        "try: open(f'/proc/{os.getppid()}/mem', 'rb'); opened.append('mem')\n"
        "except OSError: pass\n"
        "hand('opened', opened)"
    )
    assert values(execute(forge, mode=mode)) == {"opened": []}


def test_forged_messages_are_survived(execute: Execute) -> None:
    forge = f"""
k = get_ipython().kernel
deep = 1
for _ in range(500): deep = [deep]
contents = [
    {{}}, {{'data': 3}}, {{'data': {{'{MIME}': deep}}}}, {{'data': {{'x': deep}}}},
    {{'name': [], 'text': {{}}}}, {{'ename': deep, 'traceback': 5}}, {{'execution_count': -1}},
    {{'data': {{'text/plain': {{'a': 1}}}}, 'transient': 7, 'metadata': 'x'}}, {{'wait': deep}},
]
kinds = 'stream display_data execute_result update_display_data error clear_output status comm_open'
for content in contents:
    for kind in kinds.split():
        k.session.send(k.iopub_socket, kind, content, parent=k.get_parent())
k.iopub_socket.send_multipart([b'not', b'a', b'message'])
"""
    run = execute(forge, "hand('b', 2)")
    assert run.died == {}
    forged = [item["bundle"] for item in run.bundles if item["cell"] == "c1"]
    assert forged == [{"question": None}] * 3
    assert run.bundles[-1] == {"cell": "c2", "bundle": {"question": "b", "value": 2}}


def test_modules_in_the_folder_or_the_home_are_not_taken(execute: Execute) -> None:
    plant = """
home, version = os.environ['HOME'], f'python3.{sys.version_info[1]}'
site = f'{home}/.local/lib/{version}/site-packages'
startup = os.environ['IPYTHONDIR'] + '/profile_default/startup'
names = 'colorsys ipykernel_launcher ipykernel sitecustomize usercustomize ipython_config '
names += 'ipython_kernel_config jupyter_config'
for folder in ('.', home, site, startup, os.environ['JUPYTER_CONFIG_DIR']):
    os.makedirs(folder, exist_ok=True)
    for file in ('evil.pth', *(f'{name}.py' for name in names.split())):
        open(f'{folder}/{file}', 'w').write('import os; os._exit(9)')
hand('mine', __import__('colorsys').__file__)
hand('status', subprocess.run([sys.executable, '-c', 'import colorsys']).returncode)
"""
    run = execute(plant, "os._exit(1)", "import colorsys; hand('again', colorsys.ONE_THIRD)")
    assert run.died == {"c2": "the process ended itself with status 1"}
    answers = values(run)
    assert "desk" not in str(answers["mine"])
    assert answers["status"] == 0
    assert answers["again"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("mode", MODES)
def test_the_environment_is_made_from_nothing(
    mode: str, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "4711")
    look = (
        "seen = dict(os.environ)\n"
        "for pid in os.listdir('/proc') if os.path.isdir('/proc') else ():\n"
        "    try: seen[pid] = open(f'/proc/{pid}/environ').read()\n"
        "    except OSError: pass\n"
        "hand('own', 'SECRET_OF_THE_GRADER' in os.environ); hand('any', '4711' in str(seen))"
    )
    answers = values(execute(look, mode=mode))
    assert answers["own"] is False
    if mode == "auto" and runner.available()[0]:
        assert answers["any"] is False


def test_a_fork_bomb_is_defused(isolated: None, execute: Execute) -> None:
    bomb = "while True:\n    try: os.fork()\n    except OSError: pass"
    begun = time.monotonic()
    run = execute(bomb, "hand('b', 2)", cell_seconds=1)
    assert list(run.died) == ["c1"]
    assert values(run) == {"b": 2}
    assert time.monotonic() - begun < 20


def test_the_machine_is_out_of_sight(isolated: None, execute: Execute, tmp_path: Path) -> None:
    curriculum = tmp_path / "curriculum"
    for folder in ("courses/custody/sealed", "graders", ".academy/records"):
        (curriculum / folder).mkdir(parents=True)
        (curriculum / folder / "file").write_text("truth", encoding="utf-8")
    (curriculum / "courses" / "custody" / "methods.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "elsewhere").write_text("other", encoding="utf-8")
    here, package = str(curriculum), str(Path(dalil.__file__).parent)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = execute(
            f"""
def read(*parts):
    try: return open(os.path.join(*parts)).read()
    except OSError as e: return type(e).__name__
def write(path):
    try: open(path, 'w'); return 'written'
    except OSError as e: return 'refused'
hand('course', read({here!r}, 'courses/custody/methods.py'))
hand('sealed', read({here!r}, 'courses/custody/sealed/file'))
hand('graders', read({here!r}, 'graders/file'))
hand('records', read({here!r}, '.academy/records/file'))
hand('elsewhere', read({str(tmp_path)!r}, 'elsewhere'))
hand('shadow', read('/etc/shadow'))
places = [{here!r} + '/courses/new', {package!r} + '/new.py', '/new', '/usr/new', os.__file__,
    {sys.prefix!r} + '/new', '/proc/sys/kernel/core_pattern', '/exhibits/new']
hand('writes', [write(p) for p in places])
""",
            f"""
import ctypes, socket
def connect(address):
    try: socket.create_connection(address, 2); return 'reached'
    except OSError as e: return 'refused'
hand('network', [connect(('127.0.0.1', {port})), connect(('192.0.2.1', 80))])
libc = ctypes.CDLL(None)
hand('privileges', [libc.mount(b'tmpfs', b'/usr', b'tmpfs', 0, None), libc.umount2(b'/tmp', 2),
    libc.setuid(0) if os.getuid() else -1, libc.sethostname(b'x', 1)])
hand('processes', len([p for p in os.listdir('/proc') if p.isdigit()]) < 6)
hand('host', {os.getpid()} in [int(p) for p in os.listdir('/proc') if p.isdigit()]
    and 'pytest' in read('/proc/{os.getpid()}/cmdline'))
""",
            mode="required",
            hidden=(curriculum / "courses" / "custody" / "sealed", curriculum / "graders"),
        )
    answers = values(run)
    assert run.died == {}
    assert answers.pop("course") == "x = 1"
    assert answers.pop("writes") == ["refused"] * 8
    assert answers.pop("network") == ["refused", "refused"]
    assert answers.pop("privileges") == [-1, -1, -1, -1]
    assert answers.pop("processes") is True
    assert answers.pop("host") is False
    for name in ("sealed", "graders", "records", "elsewhere"):
        assert answers.pop(name) == "FileNotFoundError"
    assert answers.pop("shadow") in ("FileNotFoundError", "PermissionError")
    assert answers == {}
    assert (curriculum / "courses" / "custody" / "sealed" / "file").read_text() == "truth"


def test_a_full_disk_is_the_notebooks_own(isolated: None, execute: Execute) -> None:
    fill = (
        "try:\n"
        "    for n in range(1000): open(f'f{n}', 'wb').write(bytes(900_000))\n"
        "except OSError as e: hand('at', n)"
    )
    answers = values(execute(fill, "hand('b', 2)", file_bytes=1 << 20))
    assert answers["b"] == 2
    assert int(str(answers["at"])) <= 5
