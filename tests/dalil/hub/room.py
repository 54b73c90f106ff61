"""A real hub for the tests: people log in, servers start, tokens are asked for."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import httpx
import psutil
from jupyterhub.utils import random_port
from yarl import URL

from dalil.hub import demonstration
from dalil.settings import Settings, load_settings

WAIT = 120.0  # seconds: a server starts on a busy machine


@dataclass
class Hub:
    """Where a hub answers, its process, and what lies behind it."""

    address: str
    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path
    people: dict[str, httpx.Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def browser(self, name: str) -> httpx.Client:
        """A client of somebody who logged in by the form."""
        if name not in self.people:
            client = httpx.Client(base_url=self.address, follow_redirects=True, timeout=WAIT)
            answer = self.log_in(client, name, demonstration.password(self.settings))
            assert "/hub/login" not in str(answer.url), answer.text
            self.people[name] = client
        return self.people[name]

    def log_in(self, client: httpx.Client, name: str, password: str) -> httpx.Response:
        client.get("/hub/login?next=/hub/home")
        form = {"username": name, "password": password, "_xsrf": client.cookies["_xsrf"]}
        return client.post("/hub/login?next=/hub/home", data=form)

    def token(self, name: str) -> str:
        """A token with all that person's scopes."""
        if name not in self.tokens:
            client = self.browser(name)
            answer = client.post(
                f"/hub/api/users/{quote(name)}/tokens",
                json={"note": "test"},
                headers={"X-XSRFToken": xsrf(client)},
            )
            self.tokens[name] = answer.json()["token"]
        return self.tokens[name]

    def ask(self, name: str, method: str, path: str, kind: str = "", **more: Any) -> httpx.Response:
        """Ask with that person's token; with none for a stranger, ''. *kind* is the body's."""
        headers = {"Authorization": f"token {self.token(name)}"} if name else {}
        headers |= {"Content-Type": kind} if kind else {}
        with httpx.Client(base_url=self.address, timeout=WAIT) as client:
            return client.request(method, path, headers=headers, **more)

    def start_server(self, name: str) -> str:
        """Start that person's server and wait until it answers; returns its path."""
        path = f"/user/{quote(name)}"
        self.ask(name, "POST", f"/hub/api/users/{quote(name)}/server")
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            answer = self.ask(name, "GET", f"{path}/api/status")
            if answer.status_code == 200:
                return path
            time.sleep(0.3)
        raise AssertionError(self.log.read_text(encoding="utf-8")[-8000:])

    def run(self, name: str, code: str) -> str:
        """Run *code* in a new kernel of that person's running server; return what it prints."""
        path = f"/user/{quote(name)}/api/kernels"
        kernel = self.ask(name, "POST", path, json={"name": "python3"}).json()["id"]
        try:
            return asyncio.run(self._run(name, f"{path}/{kernel}/channels", code))
        finally:
            self.ask(name, "DELETE", f"{path}/{kernel}")

    async def _run(self, name: str, path: str, code: str) -> str:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
        header |= {"username": name, "session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        request = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        printed = ""
        headers = {"Authorization": f"token {self.token(name)}"}
        address = URL(self.address + path, encoded=True)
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(address) as channels,
        ):
            await channels.send_json({**request, "channel": "shell"})
            async for message in channels:
                told = json.loads(message.data)
                if told["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                kind, content = told["msg_type"], told["content"]
                if kind == "stream":
                    printed += content["text"]
                elif kind == "error":
                    printed += "\n".join(content["traceback"])
                elif kind == "status" and content["execution_state"] == "idle":
                    break
        return printed

    def processes(self) -> list[psutil.Process]:
        """The hub and all that it started, keepers and servers too."""
        hub = psutil.Process(self.process.pid)
        return [hub, *hub.children(recursive=True)]

    def leave(self) -> None:
        """All people close their browsers."""
        for client in self.people.values():
            client.close()

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.leave()
        self.process.send_signal(number)
        self.process.wait(60)


def xsrf(client: httpx.Client) -> str:
    """What the hub's pages send back with each change."""
    found = (c.value for c in client.cookies.jar if (c.name, c.path) == ("_xsrf", "/hub/"))
    return next(found) or ""


def start_hub(root: Path, *more: str, **variables: str) -> Hub:
    """``dalil serve`` of the curriculum at *root*; returns once it answers."""
    port = random_port()
    log = root / "hub.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "dalil", "serve", "--port", str(port), *more],
            cwd=root,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))},
                "HOME": str(root / "home"),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    hub = Hub(f"http://127.0.0.1:{port}", load_settings(root), process, log)
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and process.poll() is None:
        if re.search("JupyterHub is now running", log.read_text(encoding="utf-8")):
            return hub
        time.sleep(0.2)
    process.kill()
    raise AssertionError(log.read_text(encoding="utf-8")[-8000:])
