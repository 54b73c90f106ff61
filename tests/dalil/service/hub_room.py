"""The academy's service behind a real hub, for tests of whatever is asked of it.

``from tests.dalil.service.hub_room import hub`` gives a fixture of the module: custody released,
two trainees, an instructor and an admin on the roster, each with the scopes of their role.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
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
from tests.dalil.hubs import PASSWORD, SECRET, SmallHub, running

__all__ = ["AMINA", "NAIMA", "PASSWORD", "SAMIRA", "SECRET", "YOUSSEF", "Hub", "hub", "logged_in"]

AMINA, YOUSSEF, SAMIRA, NAIMA = "amina", "youssef", "samira", "naima"
PEOPLE = (
    Person(AMINA, name="أمينة بنعلي", cohort="2027-A", language="ar"),
    Person(YOUSSEF, name="Youssef Alami", cohort="2027-A", language="fr"),
    Person(SAMIRA, name="Samira Idrissi", role="instructor", language="fr"),
    Person(NAIMA, name="Naïma Tazi", role="admin"),
)

LINES = """
import dalil.service as academy

c.JupyterHub.custom_scopes = academy.CUSTOM_SCOPES
c.JupyterHub.load_groups = {
    "trainees": {"users": ["amina", "youssef"]},
    "instructors": {"users": ["samira"]},
    "admins": {"users": ["naima"]},
}
access = f"access:services!service={academy.NAME}"
learn, teach, administer = (academy.SCOPES[word] for word in ("learn", "teach", "administer"))
c.JupyterHub.load_roles = [
    {"name": "trainees", "groups": ["trainees"], "scopes": [access, learn]},
    {"name": "instructors", "groups": ["instructors"], "scopes": [access, learn, teach]},
    {"name": "admins", "groups": ["admins"], "scopes": [access, administer]},
    {"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:groups", "tokens"]},
]
allowed = [*academy.SCOPES.values(), access]
c.JupyterHub.services = [
    service(academy.NAME, academy, oauth_client_allowed_scopes=allowed),
    TESTS,
]
"""


@dataclass
class Hub(SmallHub):
    """Where the hub answers, and the academy behind it."""

    settings: Settings

    path = "/services/dalil/health"
    below = "/services/dalil/api/"
    package = "dalil.service"

    @property
    def base(self) -> str:
        """Where the service's addresses begin, as a browser sees them."""
        return f"{self.address}/services/dalil/"

    def api(self, name: str) -> httpx.Client:
        """A client of ``api/`` with that person's token."""
        return self.client(name)

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
    with running(Hub, root, LINES, settings=settings) as started:
        yield started


def logged_in(browser: Any, hub: Hub, name: str, path: str = "", **context: Any) -> Any:
    """A page at *path* of the service, of somebody who logged in at the hub on the way."""
    return hub.logged_in(browser, name, f"/services/dalil/{path}", **context)
