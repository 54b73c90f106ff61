"""A visitor of an app without a browser: opens the page, asks for the widgets, moves them.

Speaks to Voila's own server and to ours alike: over HTTP, then the page's websocket.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from dalil.sandbox.messages import pack, unpack

PROTOCOL = "v1.kernel.websocket.jupyter.org"
_KERNEL = re.compile(r'"kernelId": *"([0-9a-f-]{36})"')
_VIEW = re.compile(r'"model_id": *"([0-9a-f]{32})"')
PATIENCE = 180.0


@dataclass
class Visitor:
    """One open app. Make it with ``visit``; times are seconds from the request on."""

    session: aiohttp.ClientSession
    base: str
    kernel: str
    page: str
    first_byte: float
    whole_page: float
    usable: float = 0.0  # every widget's state is here
    states: dict[str, Any] = field(default_factory=dict)
    socket: aiohttp.ClientWebSocketResponse | None = None
    _id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def view(self) -> str:
        """The model that the page shows."""
        return str(_VIEW.findall(self.page)[-1])

    def find(self, **state: Any) -> str:
        """The first model whose state has these values."""
        for name, model in self.states.items():
            if all(model["state"].get(key) == value for key, value in state.items()):
                return str(name)
        raise KeyError(state)

    async def connect(self) -> None:
        """Connect to the kernel and take in the states of all widgets."""
        self.socket = await self.session.ws_connect(
            f"{self.base}api/kernels/{self.kernel}/channels?session_id={self._id}",
            protocols=(PROTOCOL,),
            max_msg_size=0,
        )
        await self.ask("kernel_info_request", {})
        control = uuid.uuid4().hex
        opened = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
        await self.ask("comm_open", opened, {"version": "1.0.0"})
        request = {"comm_id": control, "data": {"method": "request_states"}}
        for kind, content in await self.ask("comm_msg", request):
            if kind == "comm_msg" and content["data"].get("method") == "update_states":
                self.states = content["data"]["states"]
        await self.ask("comm_close", {"comm_id": control, "data": {}})

    async def change(self, model: str, **state: Any) -> dict[str, dict[str, Any]]:
        """Change a widget as the page would; return what the kernel changed, by model."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        return self._take_in(await self.ask("comm_msg", {"comm_id": model, "data": data}))

    async def press(self, model: str) -> dict[str, dict[str, Any]]:
        """Press a button, likewise."""
        data = {"method": "custom", "content": {"event": "click"}}
        return self._take_in(await self.ask("comm_msg", {"comm_id": model, "data": data}))

    def _take_in(self, said: list[tuple[str, Any]]) -> dict[str, dict[str, Any]]:
        changed: dict[str, dict[str, Any]] = {}
        for kind, content in said:
            if kind == "comm_msg" and content["data"].get("method") == "update":
                name = content["comm_id"]
                changed.setdefault(name, {}).update(content["data"]["state"])
                self.states[name]["state"].update(content["data"]["state"])
        return changed

    async def ask(
        self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> list[tuple[str, Any]]:
        """Send a message; return (kind, content) of what comes until it is done with.

        Raises ConnectionError when the kernel's end hangs up.
        """
        number = uuid.uuid4().hex
        await self.send(kind, content, metadata, number)
        said: list[tuple[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                heard, parent, told = await self.hear()
                if parent != number:
                    continue
                if heard == "status" and told["execution_state"] == "idle":
                    return said
                said.append((heard, told))

    async def send(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        number: str = "",
    ) -> None:
        """Send a message and wait for nothing."""
        header = {
            "msg_id": number or uuid.uuid4().hex,
            "msg_type": kind,
            "session": self._id,
            "username": "",
            "date": "2026-01-01T00:00:00Z",
            "version": "5.3",
        }
        parts = [json.dumps(part).encode() for part in (header, {}, metadata or {}, content)]
        assert self.socket is not None
        await self.socket.send_bytes(pack(b"shell", *parts))

    async def hear(self) -> tuple[str, str, Any]:
        """Return the next message: its kind, the number of what it answers, its content."""
        assert self.socket is not None
        message = await self.socket.receive()
        if message.type != aiohttp.WSMsgType.BINARY:
            raise ConnectionError(f"the connection ended: {message.type.name} {message.data}")
        _, header, parent, _, content, _ = unpack(message.data)
        return (
            json.loads(header)["msg_type"],
            json.loads(parent).get("msg_id", ""),
            json.loads(content),
        )

    async def close(self) -> None:
        """Close the connection, as a lost one; the page's good-bye is not said."""
        if self.socket is not None:
            await self.socket.close()


async def visit(session: aiohttp.ClientSession, base: str, address: str) -> Visitor:
    """Open the app at *address* and connect to its widgets; *base* is where the server's begin."""
    begun = time.monotonic()
    async with session.get(f"{base}{address}") as answer:
        answer.raise_for_status()
        parts = [await answer.content.readany()]
        first = time.monotonic() - begun
        parts += [part async for part in answer.content.iter_any()]
    page = b"".join(parts).decode("utf-8")
    found = _KERNEL.search(page)
    if found is None:
        raise ValueError(f"no kernel in the page: {page[:300]}")
    visitor = Visitor(session, base, found[1], page, first, time.monotonic() - begun)
    await visitor.connect()
    visitor.usable = time.monotonic() - begun
    return visitor
