"""The apps behind a real hub, for tests: two trainees and a service for tests' own tokens.

``from tests.dalil.apps.hub_room import start`` starts one; its fixtures are in the tests.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

SECRET = "a-token-of-the-tests-and-of-nobody-else"
PASSWORD = "secret"

CONFIGURATION = """
import os
from dalil.apps import NAME, command, environment
from dalil.settings import load_settings

settings = load_settings()
c = get_config()
c.JupyterHub.bind_url = os.environ["TEST_HUB"]
c.JupyterHub.hub_bind_url = os.environ["TEST_HUB_API"]
c.JupyterHub.proxy_class = "dalil.hub.proxy.InProcessProxy"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.DummyAuthenticator.password = os.environ["TEST_PASSWORD"]
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.load_groups = {
    "trainees": {"users": ["amina", "youssef"]},
    "others": {"users": ["omar"]},
}
c.JupyterHub.load_roles = [
    {"name": "trainees", "groups": ["trainees"], "scopes": [f"access:services!service={NAME}"]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "tokens", "shutdown"]},
]
c.JupyterHub.services = [
    {
        "name": NAME,
        "url": os.environ["TEST_SERVICE"],
        "command": command(settings),
        "environment": environment(settings),
        "cwd": str(settings.root),
        "oauth_no_confirm": True,
    },
    {"name": "tests", "api_token": os.environ["TEST_TOKEN"]},
]
"""


@dataclass
class Hub:
    """Where the hub answers."""

    address: str
    root: Path
    process: subprocess.Popen[bytes]
    log: Path
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def apps(self) -> str:
        """Where the apps' addresses begin."""
        return f"{self.address}/services/apps/"

    def token(self, name: str) -> str:
        """A token of that person."""
        if name not in self._tokens:
            answer = httpx.post(
                f"{self.address}/hub/api/users/{name}/tokens",
                json={"note": "tests"},
                headers={"Authorization": f"token {SECRET}"},
            )
            assert answer.status_code == 201, answer.text
            self._tokens[name] = answer.json()["token"]
        return self._tokens[name]

    def client(self, name: str) -> httpx.Client:
        """A client of the apps with that person's token."""
        headers = {"Authorization": f"token {self.token(name)}"}
        return httpx.Client(base_url=self.apps, headers=headers, timeout=60)

    def service(self) -> psutil.Process:
        """The service's own process."""
        for child in psutil.Process(self.process.pid).children():
            if child.is_running() and "dalil.apps" in child.cmdline():
                return child
        raise AssertionError(self.said())

    def staged(self, app: str) -> None:
        """Wait until *app* is on stage."""
        deadline = time.monotonic() + 120
        while f"{app}: on stage" not in self.said():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        """The log of the hub and its services."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def start(root: Path) -> Iterator[Hub]:
    """Start a hub with the apps of the curriculum at *root*; everything ends with it."""
    public, inner, service = (f"http://127.0.0.1:{port}" for port in _ports(3))
    (root / "jupyterhub_config.py").write_text(CONFIGURATION, encoding="utf-8")
    tools = str(Path(sys.executable).parent)
    log = root / "hub.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=root,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))},
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "DALIL_ROOT": str(root),
                "HOME": str(root / "home"),
                "TEST_HUB": public,
                "TEST_HUB_API": inner,
                "TEST_SERVICE": service,
                "TEST_TOKEN": SECRET,
                "TEST_PASSWORD": PASSWORD,
            },
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    hub = Hub(public, root, process, log)
    try:
        _ready(hub)
        yield hub
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _ready(hub: Hub) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and hub.process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{hub.apps}static/app.css").status_code == 200:
                return
        time.sleep(0.2)
    raise AssertionError(hub.said())


def _ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
