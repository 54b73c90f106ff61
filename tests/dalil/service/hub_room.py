"""The academy's service behind a real hub, for tests of whatever is asked of it.

``from tests.dalil.service.hub_room import hub`` gives a fixture of the module: custody released,
two trainees, an instructor and an admin on the roster, each with the scopes of their role.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from dalil.curriculum import load_module
from dalil.models import module_id
from dalil.nbgrader.course import Course
from dalil.roster import Person, Roster
from dalil.settings import Settings, load_settings

SECRET = "a-token-of-the-tests-and-of-nobody-else"
PASSWORD = "secret"
AMINA, YOUSSEF, SAMIRA, NAIMA = "amina", "youssef", "samira", "naima"
PEOPLE = (
    Person(AMINA, name="أمينة بنعلي", cohort="2027-A", language="ar"),
    Person(YOUSSEF, name="Youssef Alami", cohort="2027-A", language="fr"),
    Person(SAMIRA, name="Samira Idrissi", role="instructor", language="fr"),
    Person(NAIMA, name="Naïma Tazi", role="admin"),
)

CONFIGURATION = """
import os
from dalil.service import CUSTOM_SCOPES, NAME, SCOPES, command, environment
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
c.JupyterHub.custom_scopes = CUSTOM_SCOPES
c.JupyterHub.load_groups = {
    "trainees": {"users": ["amina", "youssef"]},
    "instructors": {"users": ["samira"]},
    "admins": {"users": ["naima"]},
}
access = f"access:services!service={NAME}"
c.JupyterHub.load_roles = [
    {"name": "trainees", "groups": ["trainees"], "scopes": [access, SCOPES["learn"]]},
    {
        "name": "instructors",
        "groups": ["instructors"],
        "scopes": [access, SCOPES["learn"], SCOPES["teach"]],
    },
    {"name": "admins", "groups": ["admins"], "scopes": [access, SCOPES["administer"]]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:groups", "tokens"]},
]
c.JupyterHub.services = [
    {
        "name": NAME,
        "url": os.environ["TEST_SERVICE"],
        "command": command(settings),
        "environment": environment(settings),
        "cwd": str(settings.root),
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [*SCOPES.values(), access],
    },
    {"name": "tests", "api_token": os.environ["TEST_TOKEN"]},
]
"""


@dataclass
class Hub:
    """Where the hub answers, and the academy behind it."""

    address: str
    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Where the service's addresses begin, as a browser sees them."""
        return f"{self.address}/services/dalil/"

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

    def api(self, name: str) -> httpx.Client:
        """A client of ``api/`` with that person's token."""
        headers = {"Authorization": f"token {self.token(name)}"}
        return httpx.Client(base_url=f"{self.base}api/", headers=headers, timeout=60)

    def service(self) -> psutil.Process:
        """The service's own process."""
        for child in psutil.Process(self.process.pid).children():
            if child.is_running() and "dalil.service" in child.cmdline():
                return child
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def ready(self) -> None:
        """Wait until the service answers through the hub."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.base}health").status_code == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def kill(self) -> None:
        """End the service the hardest way; the hub starts it again."""
        service = self.service()
        service.kill()
        service.wait(30)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with suppress(AssertionError, psutil.NoSuchProcess):
                if self.service().pid != service.pid:
                    break
            time.sleep(0.1)
        self.ready()


@pytest.fixture(scope="module")
def hub(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Hub]:
    """A hub with the service, and the academy behind it."""
    root = make_curriculum(tmp_path_factory.mktemp("hub"), "custody")
    settings = load_settings(root)
    Course(settings).release(load_module(settings, module_id("custody")))
    Roster(settings).enrol(PEOPLE, who="tests")
    started = start(settings)
    try:
        yield started
    finally:
        stop(started)


def start(settings: Settings, configuration: str = CONFIGURATION, **more: str) -> Hub:
    """Start a hub for the academy of *settings*; *more* goes into its environment."""
    root = settings.root
    public, inner, service = (f"http://127.0.0.1:{port}" for port in free_ports(3))
    (root / "jupyterhub_config.py").write_text(configuration, encoding="utf-8")
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
                **more,
            },
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    started = Hub(public, settings, process, log)
    try:
        started.ready()
    except BaseException:
        stop(started)
        raise
    return started


def stop(hub: Hub) -> None:
    """End the hub and all that it started."""
    hub.process.send_signal(signal.SIGTERM)
    try:
        hub.process.wait(30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(hub.process.pid, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def logged_in(browser: Any, hub: Hub, name: str, path: str = "", **context: Any) -> Any:
    """A page at *path* of the service, of somebody who logged in at the hub on the way."""
    page = browser.new_context(**context).new_page()
    page.goto(f"{hub.base}{path}", timeout=60_000)
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation(timeout=60_000):
        page.click("input[type=submit], button[type=submit]")
    return page
