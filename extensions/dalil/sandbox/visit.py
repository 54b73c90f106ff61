"""A visitor's kernel: forked from a stage, confined, and then spoken to over one channel.

It has the app as the stage left it and takes part in the conversation of its widgets: it is a
Jupyter kernel that knows the messages of comms and no other. No ZMQ, no port, no thread, no file.
A message is a frame with what goes through the page's websocket (``messages``).
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import os
import socket
import sys
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.jsonutil import json_default

from dalil.sandbox import channel as frames
from dalil.sandbox import confine, preload, stage
from dalil.sandbox.messages import KNOWN, pack, unpack
from dalil.sandbox.plan import Allowance, Plan
from dalil.sandbox.shell import Cells


def serve(
    plan: Plan, channel: socket.socket, uid: int, present: tuple[int, int], cells: Cells
) -> None:
    """Take in one request, confine this process, then be that kernel until the server hangs up.

    The request is a frame of JSON: ``allowance``, ``cwd``, and ``sources`` of the code cells if
    they were not run in the stage. The answer is ``{"outputs": …}``, as from a stage, or
    ``{"failed": why}``. Never returns.
    """
    try:
        request: dict[str, Any] = json.loads(frames.receive(channel))
        allowance = Allowance(**request["allowance"])
        if plan.kind is not None:
            confine.confine(plan, allowance, uid, present)
            os.makedirs(os.environ["HOME"], exist_ok=True)
            os.chdir(request["cwd"])
        else:
            confine.limit(allowance, present)
        preload.reseed()
        if request["sources"]:
            told = {"outputs": stage.run(request["sources"], cells)}
        else:
            cells.start(lambda kind, content: None)
            told = {"outputs": []}
    except Exception as error:
        with suppress(OSError):
            frames.send_json(channel, {"failed": f"{type(error).__name__}: {error}"})
        os._exit(1)
    frames.send(channel, json.dumps(told, default=str).encode("utf-8", "replace"))
    os.register_at_fork(after_in_child=channel.close)
    with suppress(EOFError, OSError):
        cells.loop.run_until_complete(Conversation(channel, cells).go_on())
    os._exit(0)


class Conversation:
    """What passes between the page's widgets and those of this process."""

    def __init__(self, channel: socket.socket, cells: Cells) -> None:
        self._channel = channel
        self._kernel: Any = cells.kernel
        self._sending = threading.Lock()  # a thread of the app may publish, too
        self._session, self._numbers = uuid.uuid4().hex, itertools.count(1)
        self._kernel.session.deliver = self._deliver
        cells.redirect(self._say)
        for kind in IPythonKernel._walk_mro():  # comms speak through the one kernel of a process
            kind._instance = self._kernel
        for opened in self._kernel.comm_manager.comms.values():
            opened.kernel = self._kernel  # a widget is silent while its comm has none
        if (widgets := sys.modules.get("ipywidgets")) is not None:
            widgets.register_comm_target()
        manager = self._kernel.comm_manager
        self._handlers = {
            **{name: getattr(manager, name) for name in KNOWN[:3]},
            **{name: getattr(self._kernel, name) for name in KNOWN[3:]},
        }

    async def go_on(self) -> None:
        """Answer messages in their order until there is nobody any more. Raises EOFError."""
        loop = asyncio.get_running_loop()
        waiting = asyncio.Event()
        loop.add_reader(self._channel, waiting.set)
        while True:
            await waiting.wait()
            waiting.clear()
            await self._answer(self._receive())

    def _receive(self) -> dict[str, Any]:
        _, *parts, buffers = unpack(frames.receive(self._channel))
        header, parent, metadata, content = map(json.loads, parts)
        return {
            "header": header,
            "parent_header": parent,
            "metadata": metadata,
            "content": content,
            "buffers": buffers,
        }

    async def _answer(self, message: dict[str, Any]) -> None:
        handler = self._handlers.get(message["header"]["msg_type"])
        if handler is None:
            return
        self._kernel.set_parent([], message)
        self._status("busy", message)
        try:
            done = handler(None, [], message)
            if inspect.isawaitable(done):
                await done
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            self._status("idle", message)

    def _status(self, state: str, parent: dict[str, Any]) -> None:
        content = {"execution_state": state}
        self._kernel.session.send(None, "status", content, parent)

    def _say(self, kind: str, content: dict[str, Any]) -> None:
        """A print."""
        self._kernel.session.send(None, kind, content, self._kernel.get_parent())

    def _deliver(self, message: dict[str, Any], buffers: Sequence[Any]) -> None:
        kind = message["msg_type"]
        header = {
            "msg_id": f"{self._session}_{next(self._numbers)}",
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "date": datetime.now(UTC).isoformat(),
            "version": "5.4",
        }
        parent = message["parent_header"].get("header", {})
        parts = [header, parent, message["metadata"], message["content"]]
        packed = pack(
            b"shell" if kind.endswith("_reply") else b"iopub",
            *(json.dumps(part, default=json_default).encode("ascii") for part in parts),
            *map(bytes, buffers),
        )
        with self._sending:
            frames.send(self._channel, packed)
