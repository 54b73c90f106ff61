"""The child that runs one submission's cells for the grading side, over one channel.

Frames: a head (JSON), the content of each exhibit, then sources of cells, one frame each. Back go
lists as JSON: ``["ready"]`` or ``["failed", why]``, then ``[kind, content]`` of each message that a
Jupyter kernel would publish and ``["done"]`` after each cell. From the first cell on, whatever is
sent may come from foreign code.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dalil.sandbox import channel as frames
from dalil.sandbox import confine, preload
from dalil.sandbox.plan import Allowance, Plan

if TYPE_CHECKING:
    from dalil.sandbox.shell import Cells


def serve(
    plan: Plan, channel: socket.socket, uid: int, present: tuple[int, int], cells: Cells | None
) -> None:
    """Confine this process, prepare the folder, and run cells until the grading side hangs up."""
    try:
        head = json.loads(frames.receive(channel))
        allowance = Allowance(**head["allowance"])
        if plan.kind is not None:
            confine.confine(plan, allowance, uid, present)
        else:
            confine.limit(allowance, present)
        furnish(head["folder"], head, channel)
        if cells is None:
            from dalil.sandbox.shell import Cells

            cells = Cells()
        preload.reseed()
    except Exception as error:
        with suppress(OSError):
            frames.send_json(channel, ["failed", f"{type(error).__name__}: {error}"])
        os._exit(1)
    # A process that a cell forks has no part in the conversation: it prints to the pipes, and ends
    # with its cell.
    os.register_at_fork(after_in_child=channel.close)
    cells.start(lambda kind, content: _publish(channel, kind, content))
    frames.send_json(channel, ["ready"])
    while True:
        try:
            source = frames.receive(channel).decode("utf-8", "replace")
            cells.run(source)
            frames.send_json(channel, ["done"])
        except KeyboardInterrupt:  # between two lines of ours: the cell is over anyway
            with suppress(OSError):
                frames.send_json(channel, ["done"])
        except (EOFError, OSError):
            os._exit(0)


def _publish(channel: socket.socket, kind: str, content: dict[str, Any]) -> None:
    if channel.fileno() < 0:
        return
    try:
        text = json.dumps([kind, content], ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # numbers of numpy, dates, cycles
        from jupyter_client.jsonutil import json_default

        try:
            text = json.dumps([kind, content], ensure_ascii=False, default=json_default)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"cannot be shown: {error}") from None
    # An interrupt in the middle of a frame would make nonsense of all that follow.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        frames.send(channel, text.encode("utf-8", "replace"))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def furnish(folder: str, head: dict[str, Any], channel: socket.socket) -> None:
    """Make the folder of one submission, go there, and set the environment that names it."""
    desk, home = f"{folder}/desk", f"{folder}/home"
    for name in (desk, home, f"{home}/ipython", f"{folder}/tmp"):
        os.makedirs(name, mode=0o700)
    os.makedirs(f"{desk}/exhibits")
    for name in head["exhibits"]:
        place = f"{desk}/exhibits/{name}"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as stream:
            stream.write(frames.receive(channel))
    for name in ("case", "probes"):
        with open(f"{desk}/{name}.json", "w", encoding="utf-8") as text:
            json.dump(head[name], text, ensure_ascii=False)
    os.chdir(desk)
    os.environ.update(
        HOME=home,
        TMPDIR=f"{folder}/tmp",
        IPYTHONDIR=f"{home}/ipython",
        JUPYTER_CONFIG_DIR=f"{home}/jupyter",
        JUPYTER_DATA_DIR=f"{home}/jupyter",
        JUPYTER_RUNTIME_DIR=f"{home}/run",
        MPLCONFIGDIR=f"{home}/matplotlib",
    )
    import tempfile

    tempfile.tempdir = None
    # Last, so that a file beside the notebook shadows no library, and a module of one's own works.
    sys.path.append(desk)
