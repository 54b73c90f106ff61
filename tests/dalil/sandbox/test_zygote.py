"""The zygote: nothing of a submission stays in it, nothing of it makes children alike."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dalil.grading.runner import Job, Run, SandboxRunner, available
from dalil.sandbox import channel, preload
from dalil.sandbox.parent import ask
from dalil.sandbox.plan import PACKAGE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: it needs Linux")


@pytest.fixture(scope="module")
def runner() -> Iterator[SandboxRunner]:
    """A warm runner, sandboxed where the machine allows it."""
    kind, why = available()
    if kind is None:
        pytest.skip(f"NOT TESTED: this machine does not allow a sandbox ({why})")
    one = SandboxRunner("required")
    yield one
    one.close()


def run(runner: SandboxRunner, *sources: str, **more: object) -> Run:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    fields = {"case": {}, "exhibits": {}, "probes": {}, **more}
    return runner.run(Job(new_notebook(cells=cells), **fields))  # type: ignore[arg-type]


def said(done: Run, cell: str = "c0") -> str:
    return "".join(output.get("text", "") for output in done.outputs[cell])


def zygote_of(runner: SandboxRunner) -> psutil.Process:
    """The process that forks: the only child of the stub."""
    assert runner._parent is not None
    assert runner._parent._process is not None
    stub = psutil.Process(runner._parent._process.pid)
    return stub.children()[0]


def memory_of(pid: int) -> Iterator[bytes]:
    """Every readable byte of a process, in pieces."""
    ranges = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r", Path(f"/proc/{pid}/maps").read_text(), re.M)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in ranges:
            with suppress(OSError, ValueError, OverflowError):
                memory.seek(int(start, 16))
                yield memory.read(int(end, 16) - int(start, 16))


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: reads another process's memory as root")
def test_no_submission_passes_through_its_memory(runner: SandboxRunner) -> None:
    parts = "exhibit-", "of-somebody-4711"
    secret = "".join(parts)
    done = run(
        runner,
        f"text = open('exhibits/secret.txt').read(); text == '{parts[0]}' + '{parts[1]}'",
        exhibits={"secret.txt": secret.encode()},
        case={"owner": secret},
        probes={"question": [[secret]]},
    )
    assert done.outputs["c0"][0]["data"]["text/plain"] == "True"
    pieces = list(memory_of(zygote_of(runner).pid))
    assert any(b"dalil.sandbox.zygote" in piece for piece in pieces)  # the search finds things
    assert not any(secret.encode() in piece for piece in pieces)


def test_children_share_no_random_state(runner: SandboxRunner) -> None:
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    first, second = said(run(runner, draw)).split(), said(run(runner, draw)).split()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_a_child_begins_with_nothing_open_and_nothing_said(runner: SandboxRunner) -> None:
    look = (
        "import os, asyncio, threading\n"
        "print(sorted(map(int, os.listdir('/proc/self/fd')))[:-1], threading.active_count())"
    )
    done = run(runner, look, "In[1:], sorted(n for n in globals() if n in ('np', 'plt', 'f'))")
    # standard streams, the channel, and the loop's own (a poll and a pair of sockets)
    assert said(done).startswith("[0, 1, 2, 3, 4, 5, 6] 1")
    assert "[]" in done.outputs["c1"][0]["data"]["text/plain"]
    assert done.outputs["c1"][0]["execution_count"] == 2


def test_names_of_one_are_unknown_to_the_next(runner: SandboxRunner) -> None:
    run(runner, "import builtins, numpy\nbuiltins.left = numpy.left = 'behind'\nopen('x', 'w')")
    done = run(
        runner, "import builtins, numpy, os\nhasattr(builtins, 'left'), hasattr(numpy, 'left')"
    )
    assert done.outputs["c0"][0]["data"]["text/plain"] == "(False, False)"
    assert said(run(runner, "import os; print(sorted(os.listdir('.')))")).strip() == (
        "['case.json', 'exhibits', 'probes.json']"
    )


def test_it_is_single_threaded_or_refuses() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="threads"):
            preload.check_single()
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("who", ["zygote", "stub"])
def test_one_that_is_killed_costs_nobody_anything(runner: SandboxRunner, who: str) -> None:
    run(runner, "1")
    victim = zygote_of(runner)
    if who == "stub":
        victim = victim.parent()  # type: ignore[assignment]
    result: list[Run] = []

    def work() -> None:
        result.append(run(runner, "1", "import time; time.sleep(2); print('done')"))

    thread = threading.Thread(target=work)
    thread.start()
    zygote = zygote_of(runner)
    while not zygote.children():
        pass
    child = zygote.children()[0]
    victim.send_signal(signal.SIGKILL)
    thread.join(30)
    assert not thread.is_alive()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert said(result[0], "c1") == "done\n"


def test_imports_are_learned_from_sources() -> None:
    sources = [
        "import numpy as np, os.path\nfrom skimage import filters",
        "%matplotlib inline\nimport pandas",
        "from dalil.courses.custody import methods\nfrom . import x",
        "this is no Python",
        "\0",
    ]
    assert preload.imports_of(sources) == (
        "numpy",
        "os.path",
        "pandas",
        "skimage",
        "skimage.filters",
    )


def test_what_cannot_be_imported_is_passed_over() -> None:
    done = preload.load(["json", "no_such_module_anywhere", "pyarrow"])
    assert "json" in done
    assert "no_such_module_anywhere" not in done
    assert "pyarrow" not in sys.modules


class TestFrames:
    def test_they_arrive_whole_however_they_are_cut(self) -> None:
        sent = [b"", b"a", b"x" * 70_000, json.dumps({"é": 1}).encode()]
        ours, theirs = socket.socketpair()

        def write() -> None:
            for part in sent:
                channel.send(ours, part)

        writer = threading.Thread(target=write)
        writer.start()
        assert [channel.receive(theirs) for _ in sent] == sent
        writer.join()
        ours.close()
        theirs.close()
        stream = b"".join(len(part).to_bytes(4, "big") + part for part in sent)
        for step in (1, 3, 4096, len(stream)):
            frames = channel.Frames(1 << 20)
            cut = [stream[at : at + step] for at in range(0, len(stream), step)]
            assert [frame for piece in cut for frame in frames.feed(piece)] == sent
            assert frames.lost == 0

    def test_a_frame_that_is_too_large_is_skipped_unread(self) -> None:
        stream = (10).to_bytes(4, "big") + b"y" * 10 + (1).to_bytes(4, "big") + b"z"
        for step in (1, 5, len(stream)):
            frames = channel.Frames(5)
            cut = [stream[at : at + step] for at in range(0, len(stream), step)]
            assert [frame for piece in cut for frame in frames.feed(piece)] == [b"z"]
            assert frames.lost == 10

    def test_the_end_is_told(self) -> None:
        ours, theirs = socket.socketpair()
        ours.sendall(b"\0\0")
        ours.close()
        with pytest.raises(EOFError):
            channel.receive(theirs)
        theirs.close()

    def test_a_giant_is_refused(self) -> None:
        ours, theirs = socket.socketpair()
        ours.sendall(b"\x7f\xff\xff\xff")
        with pytest.raises(channel.FrameError):
            channel.receive(theirs, 1000)
        ours.close()
        theirs.close()


def test_the_package_stays_light_before_the_fork() -> None:
    """What the zygote imports first must not import the engine, or anything that knows truth."""
    for path in (PACKAGE / "sandbox").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "dalil.grading" not in text, path.name
        assert "dalil.exchange" not in text, path.name


def test_asking_one_that_is_gone_leaves_nothing_open() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    before = set(os.listdir("/proc/self/fd"))
    with ours, pytest.raises(OSError, match="pipe"):
        ask(ours)
    assert set(os.listdir("/proc/self/fd")) <= before
