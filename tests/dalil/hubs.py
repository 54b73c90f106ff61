"""A small hub with one service, for tests of that service; people log in with any name.

``running`` starts one: its configuration is COMMON and the caller's own lines, which name groups,
roles and the service. (tests/dalil/hub/room.py starts the whole academy instead.)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import psutil
from jupyterhub.utils import random_port

SECRET = "a-token-of-the-tests-and-of-nobody-else"
PASSWORD = "secret"
START_SECONDS = 90.0
SLOW = 60_000  # ms

COMMON = """
import os
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

TESTS = {"name": "tests", "api_token": os.environ["TEST_TOKEN"]}


def service(name, package, **more):
    return {
        "name": name,
        "url": os.environ["TEST_SERVICE"],
        "command": package.command(settings),
        "environment": package.environment(settings),
        "cwd": str(settings.root),
        "oauth_no_confirm": True,
        **more,
    }
"""


@dataclass
class SmallHub:
    """Where the hub answers, and its process."""

    address: str
    root: Path
    process: subprocess.Popen[bytes]
    log: Path
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict, init=False)

    path: ClassVar[str]  # where the service answers everybody
    below: ClassVar[str] = "/"  # where a client's addresses begin
    package: ClassVar[str] = ""  # that the service is started from

    def token(self, name: str, *scopes: str) -> str:
        """A token of that person, with all that they may do, or only with *scopes*."""
        key = (name, *scopes)
        if key not in self._tokens:
            wanted = {"scopes": list(scopes)} if scopes else {}
            answer = httpx.post(
                f"{self.address}/hub/api/users/{name}/tokens",
                json={"note": "tests", **wanted},
                headers={"Authorization": f"token {SECRET}"},
            )
            assert answer.status_code == 201, answer.text
            self._tokens[key] = answer.json()["token"]
        return self._tokens[key]

    def client(self, name: str) -> httpx.Client:
        """A client of the service with that person's token."""
        headers = {"Authorization": f"token {self.token(name)}"}
        return httpx.Client(base_url=self.address + self.below, headers=headers, timeout=60)

    def service(self) -> psutil.Process:
        """The service's own process."""
        for child in psutil.Process(self.process.pid).children():
            if child.is_running() and self.package in child.cmdline():
                return child
        raise AssertionError(self.said())

    def said(self) -> str:
        """The log of the hub and its service."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ready(self) -> None:
        """Wait until the service answers through the hub."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}{self.path}").status_code in (200, 302):
                    return
            time.sleep(0.2)
        raise AssertionError(self.said())

    def stop(self) -> None:
        """End the hub and all that it started."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def logged_in(self, browser: Any, name: str, path: str, **context: Any) -> Any:
        """A page at *path* of somebody who logged in at the hub on the way."""
        page = browser.new_context(**context).new_page()
        page.goto(f"{self.address}{path}", timeout=SLOW)
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", PASSWORD)
        with page.expect_navigation(timeout=SLOW):
            page.click("input[type=submit], button[type=submit]")
        return page


AnyHub = TypeVar("AnyHub", bound=SmallHub)


@contextmanager
def running(kind: type[AnyHub], root: Path, lines: str, **more: Any) -> Iterator[AnyHub]:
    """Start a hub for the curriculum at *root*; *more* are fields of *kind*; all ends with it."""
    public, inner, service = (f"http://127.0.0.1:{random_port()}" for _ in range(3))
    (root / "jupyterhub_config.py").write_text(COMMON + lines, encoding="utf-8")
    tools = str(Path(sys.executable).parent)
    log = root / "hub.log"
    with log.open("ab") as stream:
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
    hub = kind(public, root, process, log, **more)
    try:
        hub.ready()
        yield hub
    finally:
        hub.stop()
