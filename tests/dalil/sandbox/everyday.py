"""What a notebook needs, really done by a confined process. Prints a JSON object: name -> result.

    python everyday.py FOLDER seccomp landlock

FOLDER is where it may write. Run by the tests of both.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import shared_memory

from dalil.sandbox import landlock, linux, seccomp


def numpy_works() -> None:
    import numpy

    square = numpy.random.default_rng(1).random((200, 200))
    assert numpy.allclose(square @ numpy.linalg.inv(square), numpy.eye(200), atol=1e-6)


def threads() -> None:
    assert threading.active_count() == 1
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(abs, range(-9, 0))) == list(range(9, 0, -1))


def fork_pool() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]


def spawn_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]


def shared() -> None:
    block = shared_memory.SharedMemory(create=True, size=4096)
    block.close()
    block.unlink()


def commands() -> None:
    done = subprocess.run(["sh", "-c", "echo hi | cat"], capture_output=True, check=True)
    assert done.stdout == b"hi\n"
    subprocess.run("true", shell=True, check=True, start_new_session=True)
    pid = os.posix_spawnp("true", ["true"], {})
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


async def _talk() -> None:
    made = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    assert (await made.communicate(b"hi"))[0] == b"hi"
    server = await asyncio.start_unix_server(lambda reader, writer: writer.close(), "socket")
    reader, writer = await asyncio.open_unix_connection("socket")
    assert await reader.read() == b""
    writer.close()
    server.close()


def loop() -> None:
    asyncio.run(_talk())


def bang() -> None:
    """``!command``, with a pty and without."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    assert shell.getoutput("echo $((6 * 7))") == ["42"]
    shell.system_piped("test -t 1")
    assert shell.user_ns["_exit_code"] == 0


def database() -> None:
    with sqlite3.connect("data.db") as handle:
        handle.execute("pragma journal_mode = wal")
        handle.execute("create table t (x)")
        handle.execute("insert into t values (1)")
    assert handle.execute("select x from t").fetchall() == [(1,)]
    handle.close()


def scratch() -> None:
    with tempfile.NamedTemporaryFile() as one, tempfile.TemporaryFile() as two:
        one.write(b"x")
        two.write(b"x")
    with open(os.devnull, "wb") as nothing, open("/dev/urandom", "rb") as chance:
        nothing.write(chance.read(8))


def figure() -> None:
    from matplotlib import pyplot

    pyplot.plot([1, 2], [3, 4])
    pyplot.savefig("figure.png")


def affinity() -> None:
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    os.nice(1)


def descriptors() -> None:
    for descriptor in (os.eventfd(0), os.pidfd_open(os.getpid()), *os.pipe(), *os.openpty()):
        os.close(descriptor)
    os.mkfifo("fifo")


DONE: tuple[Callable[[], None], ...] = (
    numpy_works,
    threads,
    fork_pool,
    spawn_pool,
    shared,
    commands,
    loop,
    bang,
    database,
    scratch,
    figure,
    affinity,
    descriptors,
)


def outcome(function: Callable[[], None]) -> str:
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"


def main(folder: str, *confinements: str) -> None:
    os.chdir(folder)
    os.environ |= {"HOME": folder, "MPLCONFIGDIR": folder, "TMPDIR": folder, "MPLBACKEND": "agg"}
    linux.drop_capabilities()
    linux.no_new_privileges()
    if "landlock" in confinements:
        landlock.restrict(read=["/"], write=[folder, "/dev"])
    if "seccomp" in confinements:
        seccomp.install()
    print(json.dumps({function.__name__: outcome(function) for function in DONE}))


if __name__ == "__main__":
    main(*sys.argv[1:])
