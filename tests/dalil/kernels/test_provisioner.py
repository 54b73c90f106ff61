"""Warm kernels behave as Jupyter's own, and nothing of them is left."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

from dalil.errors import RunnerError
from dalil.kernels import process, provisioner
from dalil.kernels.process import WarmProcess
from dalil.kernels.provisioner import request_of
from tests.dalil.kernels.conftest import Talk, talk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are warm on Linux only")

LAUNCH = [sys.executable, "-m", "ipykernel_launcher", "-f", "/run/kernel.json"]


def soon(holds: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_kernel_is_forked_with_its_imports_done(kernel: Talk) -> None:
    assert isinstance(kernel.process, WarmProcess)
    imported = "import sys; print({'numpy', 'pandas', 'skimage', 'ipykernel'} <= set(sys.modules))"
    assert kernel.prints(imported) == "True\n"
    kinds = [kind for kind, _ in kernel.messages("6 * 7")]
    assert kinds == ["status", "execute_input", "execute_result", "status", "reply"]


def test_environment_folder_and_arguments_are_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_TEST_OF_SERVER", "server's")
    env = {**os.environ, "CASE": "عربي 7", "HOME": str(tmp_path), "TZ": "Asia/Riyadh"}
    asked = (
        "import json, os, sys, tempfile, time; from pathlib import Path\n"
        "print(json.dumps([dict(os.environ), os.getcwd(), sys.argv, sys.path, time.strftime('%z'),"
        " str(Path.home()), tempfile.gettempdir(), sys.executable, __name__]))"
    )
    found = []
    for name in ("dalil", "python3"):
        with talk(name, env=env, cwd=str(tmp_path)) as talking:
            found.append(json.loads(talking.prints(asked)))
        found[-1][2][-1] = "the connection file"
    warm, cold = found
    assert warm[0]["CASE"] == "عربي 7"
    assert warm[4] == "+0300"
    assert warm == cold


def test_kernels_share_neither_state_nor_random_numbers() -> None:
    draw = (
        "import random, numpy, uuid; found = [random.random(), numpy.random.rand(),"
        " numpy.random.default_rng().random(), str(uuid.uuid4())]; print(found)"
    )
    with talk() as one, talk() as other:
        one.prints("mark = 1; import math; math.pi = 3")
        assert other.prints("import math; print('mark' in globals(), math.pi)") == (
            f"False {3.141592653589793}\n"
        )
        drawn = [json.loads(found.replace("'", '"')) for found in map_prints(draw, one, other)]
    assert all(first != second for first, second in zip(*drawn, strict=True))


def map_prints(source: str, *kernels: Talk) -> list[str]:
    return [kernel.prints(source) for kernel in kernels]


def test_an_interrupt_stops_the_cell_and_its_commands(kernel: Talk) -> None:
    def interrupt() -> None:
        assert soon(lambda: bool(psutil.Process(kernel.process.pid).children()))
        kernel.manager.interrupt_kernel()
        ensure_event_loop().close()  # this thread's

    thread = threading.Thread(target=interrupt)
    thread.start()
    begun = time.monotonic()
    said = kernel.messages("import subprocess; subprocess.run(['sleep', '60'])")
    thread.join()
    assert said[-1][1]["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - begun < 30
    assert kernel.prints("print('alive')") == "alive\n"


def test_a_restart_is_a_new_process_and_a_clean_one(kernel: Talk) -> None:
    kernel.prints("left = 1")
    before = kernel.process.pid
    kernel.client.stop_channels()
    kernel.manager.restart_kernel(now=True)
    after = Talk(kernel.manager)
    assert isinstance(after.process, WarmProcess)
    assert after.process.pid != before
    assert after.prints("print('left' in globals())") == "False\n"
    after.client.stop_channels()
    assert not runs(before)


def test_a_polite_shutdown_runs_what_was_to_run_at_exit(tmp_path: Path) -> None:
    manager = KernelManager(kernel_name="dalil")
    manager.start_kernel(cwd=str(tmp_path))
    talking = Talk(manager)
    pid = talking.process.pid
    talking.prints("import atexit; atexit.register(lambda: open('bye', 'w').close())")
    talking.client.stop_channels()
    manager.shutdown_kernel()
    assert (tmp_path / "bye").exists()
    assert not runs(pid)
    assert not manager.is_alive()


def test_no_process_and_no_descriptor_is_left(tmp_path: Path) -> None:
    with talk():
        pass  # the zygote's own descriptors are open from now on
    before = len(os.listdir("/proc/self/fd"))
    with talk(cwd=str(tmp_path)) as talking:
        pid = talking.process.pid
        child = int(talking.prints("import subprocess as s; print(s.Popen(['sleep', '99']).pid)"))
    assert soon(lambda: not runs(pid) and not runs(child))
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_kernel_that_dies_is_seen_with_its_status(kernel: Talk) -> None:
    kernel.client.execute("import os; os._exit(3)")
    assert soon(lambda: not kernel.manager.is_alive())
    assert kernel.process.poll() == 3
    kernel.process.send_signal(signal.SIGKILL)  # no matter: it is gone


def test_after_the_zygote_was_killed_the_next_kernel_starts() -> None:
    with talk() as lost:
        zygote = psutil.Process(lost.process.pid).parent()
        assert zygote is not None
        zygote.kill()
        assert soon(lambda: not lost.manager.is_alive())
        assert not runs(lost.process.pid)
        with talk() as found:
            assert isinstance(found.process, WarmProcess)
            assert found.prints("print(1)") == "1\n"


def test_kernels_end_with_the_server(tmp_path: Path) -> None:
    server = (
        "import sys, time; from jupyter_client.manager import KernelManager\n"
        "manager = KernelManager(kernel_name='dalil'); manager.start_kernel()\n"
        "print(manager.provisioner.pid, flush=True); time.sleep(99)"
    )
    running = subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True)
    with running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        zygote = psutil.Process(pid).ppid()
        running.kill()
    assert soon(lambda: not runs(pid) and not runs(zygote))


def test_input_is_asked_for(kernel: Talk) -> None:
    def answer(_: Any) -> None:
        kernel.client.input("أمينة")

    source = "name = input('who? '); print(name)"
    assert kernel.prints(source, allow_stdin=True, stdin_hook=answer) == "أمينة\n"


def test_widgets_answer_the_browser(kernel: Talk) -> None:
    said = kernel.messages("import ipywidgets; slider = ipywidgets.IntSlider(3); slider")
    opened = [content["comm_id"] for kind, content in said if kind == "comm_open"]
    assert len(opened) == 3
    name = kernel.prints("print(slider.model_id)").strip()
    message = kernel.client.session.msg(
        "comm_msg", {"comm_id": name, "data": {"method": "update", "state": {"value": 5}}}
    )
    kernel.client.shell_channel.send(message)
    assert kernel.prints("print(slider.value)") == "5\n"
    control = {"comm_id": "c1", "target_name": "jupyter.widget.control", "data": {}}
    version = {"version": "1.0.0"}
    message = kernel.client.session.msg("comm_open", control, metadata=version)
    kernel.client.shell_channel.send(message)
    assert "c1" in kernel.prints("print(list(get_ipython().kernel.comm_manager.comms))")


def test_the_debugger_of_lab_is_there(kernel: Talk) -> None:
    message = kernel.client.session.msg("kernel_info_request", {})
    kernel.client.control_channel.send(message)
    info = kernel.client.control_channel.get_msg(timeout=30)["content"]
    assert "debugger" in info.get("supported_features", []) or info["debugger"]


def test_a_persons_settings_count(tmp_path: Path) -> None:
    (tmp_path / "mpl").mkdir()
    (tmp_path / "mpl" / "matplotlibrc").write_text("lines.linewidth: 7\n", encoding="ascii")
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("mine = 1\n", encoding="ascii")
    env = {**os.environ, "MPLCONFIGDIR": str(tmp_path / "mpl"), "MPLBACKEND": "agg"}
    env["IPYTHONDIR"] = str(tmp_path / "ipython")
    asked = "import matplotlib as m; print(mine, m.rcParams['lines.linewidth'], m.get_backend())"
    with talk(env=env) as talking:
        assert isinstance(talking.process, WarmProcess)
        assert talking.prints(asked) == "1 7.0 agg\n"


def test_the_loggers_of_a_kernel_are_as_in_a_cold_one(kernel: Talk) -> None:
    own = "from ipykernel.kernelapp import IPKernelApp as A; log = A.instance().log\n"
    asked = own + (
        "import logging, matplotlib\n"
        "print(log.name in logging.root.manager.loggerDict, bool(log.handlers), log.propagate,\n"
        "      logging.getLogger('matplotlib').disabled, logging.getLogger(log.name) is log)"
    )
    assert kernel.prints(asked) == "True True False False True\n"


def test_gaps_between_objects_are_taken_before_the_first_fork() -> None:
    code = (
        "from dalil.sandbox import preload\n"
        "for _ in range(2): preload._fill_pools()\n"
        "fresh = [bytes(200) for _ in range(30)]\n"
        "steps = {id(b) - id(a) for a, b in zip(fresh, fresh[1:])}\n"
        "print(len(steps) <= 2, 0 < len(preload._GAPS) < preload._MOST_GAPS)"
    )
    line = [sys.executable, "-c", code]
    assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "True True\n"


@pytest.mark.parametrize(
    ("cmd", "kwargs"),
    [
        (["/usr/bin/python9", *LAUNCH[1:]], {}),
        ([sys.executable, "-m", "xeus", "-f", "x"], {}),
        (["bash", "-c", "true"], {}),
        (LAUNCH, {"env": {**os.environ, "PYTHONHASHSEED": "5"}}),
        (LAUNCH, {"env": {**os.environ, "LD_PRELOAD": "/lib/x.so"}}),
        (LAUNCH, {"stdout": subprocess.PIPE}),
        (LAUNCH, {"independent": True}),
        (LAUNCH, {"cwd": "/nowhere/at/all"}),
    ],
)
def test_what_cannot_be_forked_is_started_as_ever(cmd: list[str], kwargs: dict[str, Any]) -> None:
    assert request_of(cmd, kwargs) is None


def test_what_is_asked_of_the_zygote(tmp_path: Path) -> None:
    request = request_of([LAUNCH[0], "-Xfrozen_modules=off", *LAUNCH[1:]], {"cwd": str(tmp_path)})
    assert request is not None
    assert request.argv == ["-f", "/run/kernel.json"]
    assert request.cwd == str(tmp_path)
    assert request.env == {**os.environ, "JPY_PARENT_PID": str(os.getpid())}
    assert request_of(LAUNCH, {"env": dict(os.environ), "extra_arguments": []}) is not None


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_kernels_are_cold_and_one_line_says_so(
    system: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(provisioner, "_cold", [])
    monkeypatch.setattr(process, "possible", lambda: f"they need Linux, not {system}")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with talk() as talking:
                assert isinstance(talking.process, subprocess.Popen)
                assert talking.prints("print(1)") == "1\n"
    warnings = [record for record in caplog.records if "start cold" in record.getMessage()]
    assert len(warnings) == 1


def test_a_zygote_that_cannot_start_makes_kernels_cold(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: process.Keeper, request: process.Request) -> WarmProcess:
        raise RunnerError("the zygote has 2 threads")

    monkeypatch.setattr(provisioner, "_cold", [])
    monkeypatch.setattr(process.Keeper, "_start", fail)
    with caplog.at_level(logging.WARNING), talk() as talking:
        assert isinstance(talking.process, subprocess.Popen)
    assert "2 threads" in caplog.text
