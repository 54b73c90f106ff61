"""A stage: the process in which one app's notebook was run, and visitors' kernels are forked.

Forked from the zygote for a module and a language. It is given the notebook, which is the course's
own code and never a visitor's, runs it once, and tells what came of it; then it is a zygote
itself. A visitor's kernel begins with everything the notebook made, in memory that all share until
one writes to it. With a sandbox it has namespaces of its own, so that a stage, and a visitor who
broke out of a kernel, has power over nothing else; as root it is an unprivileged user outside.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalil.sandbox import channel as frames
from dalil.sandbox import confine, linux, preload, teaching
from dalil.sandbox.plan import TMP, Plan
from dalil.sandbox.root import map_user

if TYPE_CHECKING:
    from dalil.sandbox.shell import Cells

_USERS = 128  # user numbers of one stage as root: its own, and those of its visitors
_OWN = linux.MS_NOSUID | linux.MS_NODEV
SHOWN = ("stream", "display_data", "execute_result", "error")


def serve(plan: Plan, control: socket.socket, cells: Cells | None) -> None:
    """Take in a notebook, run it, tell, then fork kernels until the server hangs up.

    The request is a frame of JSON: ``number`` of the stage, ``sources`` of the code cells, ``env``
    and ``cwd``. The answer is ``{"outputs": …}``, a list of ``[kind, content]`` per cell;
    ``{"unstaged": why}`` if the notebook cannot be forked; or ``{"failed": why}``. Never returns.
    """
    from dalil.sandbox import zygote
    from dalil.sandbox.shell import Cells

    own_pids = None
    try:
        request = json.loads(frames.receive(control))
        if plan.kind is not None:
            own_pids = _separate(plan, int(request["number"]), control)
        elif sys.platform == "linux":
            linux.set_subreaper()
        teaching.become({**os.environ, **request["env"]}, request["cwd"])
        cells = cells or Cells()
        told = perform(request["sources"], cells)
        preload.settle()
        if sys.platform == "linux":
            linux.set_dumpable(False)
    except Exception as error:
        told = {"failed": f"{type(error).__name__}: {error}"}
    with suppress(OSError):
        frames.send(control, json.dumps(told, default=str).encode("utf-8", "replace"))
    if "outputs" not in told:
        os._exit(1)
    visits = replace(plan, purpose="visit", first_uid=1 if plan.kind == "root" else 0)
    zygote.Zygote(visits, control, own_pids, cells, zygote.present()).loop()
    os._exit(0)


def perform(sources: list[str], cells: Cells) -> dict[str, Any]:
    """Run the cells in this process, which others are to be forked from; see ``serve``."""
    said = run(sources, cells)
    if cells.stop():
        return {"unstaged": "it leaves an asyncio task under way"}
    try:
        preload.check_single()
    except RuntimeError:
        return {"unstaged": "it starts a thread"}
    return {"outputs": said}


def run(sources: list[str], cells: Cells) -> list[list[tuple[str, dict[str, Any]]]]:
    """Run the cells up to the first that fails; return what each of them shows."""
    said: list[list[tuple[str, dict[str, Any]]]] = []

    def note(kind: str, content: dict[str, Any]) -> None:
        if kind in SHOWN:
            said[-1].append((kind, content))

    cells.start(note)
    for source in sources:
        said.append([])
        cells.run(source)
        if any(kind == "error" for kind, _ in said[-1]):
            break
    return said


def _separate(plan: Plan, number: int, control: socket.socket) -> int:
    """Move into user, mount and PID namespaces of one's own; return a descriptor of the last.

    This process stays as a stub. Raises OSError.
    """
    from dalil.sandbox import zygote

    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    # A /proc that can be written to, for the maps below, and in sight for those of the children.
    linux.mount("proc", "/proc", "proc", _OWN | linux.MS_NOEXEC)
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID
    if plan.kind == "root":
        os.chmod(TMP, 0o711)  # what is visible there stays within reach
        first = plan.first_uid + _USERS * number
        done = _mapped_by_a_helper(first)
        linux.unshare(flags)
        done()
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        linux.set_dumpable(True)
    else:
        linux.unshare(flags)
        map_user(0, 0, 0)
    zygote.leave_a_stub(control)
    linux.mount("proc", "/proc", "proc", _OWN | linux.MS_NOEXEC)
    confine.own_tmp(plan, "mode=1777,size=64m,nr_inodes=4000")
    os.makedirs(os.environ["HOME"], exist_ok=True)
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _mapped_by_a_helper(first: int) -> Callable[[], None]:
    """Fork one who stays behind and writes our maps; return what to call after the move."""
    asked, ask = os.pipe()
    us = os.getpid()
    helper = os.fork()
    if helper == 0:
        linux.set_parent_death_signal(signal.SIGKILL)
        os.close(ask)
        if os.read(asked, 1):
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{us}/{name}").write_text(f"0 {first} {_USERS}", encoding="ascii")
            os._exit(0)
        os._exit(1)

    def done() -> None:
        os.write(ask, b"x")
        _, status = os.waitpid(helper, 0)
        os.close(ask)
        os.close(asked)
        if status:
            raise OSError("the stage's users cannot be mapped")

    return done
