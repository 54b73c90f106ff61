"""The apps behind a real hub, for tests: two trainees, one without access, tests' own tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.dalil.hubs import SmallHub, running

LINES = """
from dalil import apps

c.JupyterHub.load_groups = {
    "trainees": {"users": ["amina", "youssef"]},
    "others": {"users": ["omar"]},
}
access = f"access:services!service={apps.NAME}"
c.JupyterHub.load_roles = [
    {"name": "trainees", "groups": ["trainees"], "scopes": [access]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "tokens", "shutdown"]},
]
c.JupyterHub.services = [service(apps.NAME, apps), TESTS]
"""


@dataclass
class Hub(SmallHub):
    """Where the hub answers."""

    path = "/services/apps/static/app.css"
    below = "/services/apps/"
    package = "dalil.apps"

    @property
    def apps(self) -> str:
        """Where the apps' addresses begin."""
        return self.address + self.below

    def staged(self, app: str) -> None:
        """Wait until *app* is on stage."""
        deadline = time.monotonic() + 120
        while f"{app}: on stage" not in self.said():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)


@contextmanager
def start(root: Path) -> Iterator[Hub]:
    """Start a hub with the apps of the curriculum at *root*; everything ends with it."""
    with running(Hub, root, LINES) as hub:
        yield hub
