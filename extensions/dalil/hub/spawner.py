"""Starts a person's server in namespaces of its own, as root or as an ordinary user.

JupyterHub's public ``Spawner`` class. What the server sees is in ``places``; how it is confined in
``dalil.sandbox.enclosure``. It dies with the hub, whatever ends the hub.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from tornado.web import HTTPError
from traitlets import Instance

from dalil.errors import DalilError, UsageError
from dalil.hub.places import INSTRUCTORS, plan_of, take_place
from dalil.roster import Roster
from dalil.sandbox.enclosure import Seat, command
from dalil.sandbox.plan import TMP, Plan, visible_paths
from dalil.settings import Settings

_SERVER = [sys.executable, "-m", "jupyterhub.singleuser"]


class DalilSpawner(LocalProcessSpawner):  # type: ignore[misc]
    """A server for somebody on the roster; ``settings`` comes from the hub's configuration."""

    settings = Instance(Settings, help="The academy's settings.").tag(config=True)
    _home = ""

    def make_preexec_fn(self, name: str) -> None:
        """Nothing between fork and exec: the enclosure becomes the person's user itself."""
        return

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Who the person is, and where; *env* comes from the hub."""
        env |= {"USER": self.user.name, "LOGNAME": self.user.name, "HOME": self._home}
        if self.settings.separation == "namespaces":
            # Kernels' sockets lie in a /tmp that no other server has, and their path must be short.
            env |= {"SHELL": "/bin/sh", "TMPDIR": TMP, "JUPYTER_RUNTIME_DIR": f"{TMP}/jupyter"}
        return env

    def get_state(self) -> dict[str, Any]:
        """No process id: the server does not outlive the hub that started it."""
        state: dict[str, Any] = super().get_state()
        state.pop("pid", None)
        return state

    async def start(self) -> tuple[str, int]:
        """Start the server. Raises HTTPError with the line that the person reads."""
        try:
            self.cmd = await asyncio.to_thread(self._line)
            log = self._log()
        except DalilError as error:
            self.log.error("%s: %s", self.user.name, error)
            raise HTTPError(403, str(error)) from error
        with log.open("wb") as stream:
            self.popen_kwargs = {
                "stdin": subprocess.DEVNULL,
                "stdout": stream,
                "stderr": stream,
                "cwd": "/",
            }
            address: tuple[str, int] = await super().start()
        return address

    def _line(self) -> list[str]:
        """The command line of the server, once the person's home is there."""
        person = Roster(self.settings).person(self.user.name)
        if person is None:
            raise UsageError(f"{self.user.name}: not on the roster of the academy")
        separate = self.settings.separation == "namespaces"
        as_root = separate and os.geteuid() == 0
        place = take_place(self.settings, person.id, as_root=as_root)
        self._home = str(place.home)
        teaches = person.role == "instructor"
        if separate:
            plan = plan_of(self.settings, place, person.role, as_root=as_root)
        else:
            plan = Plan(kind=None, warm=False, purpose="server", preload=())
        seat = Seat(
            plan,
            parent=os.getpid(),
            folder=self._home,
            groups=(INSTRUCTORS,) if teaches and as_root else (),
            umask=0o002 if teaches else 0o022,
        )
        return command(seat, _SERVER)

    def _log(self) -> Path:
        folder = self.settings.logs / "servers"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / f"{self.user.name}.log"


def why_not_separate(settings: Settings) -> str:
    """Try a server's root on this machine; return in one line why there is none, "" if there is."""
    as_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="dalil-") as folder:
        home = Path(folder, "home")
        home.mkdir()
        plan = Plan(
            kind="root" if as_root else "user",
            warm=False,
            purpose="server",
            preload=(),
            visible=visible_paths(settings.root),
            writable=(str(home),),
            first_uid=os.getuid(),
            network=True,
        )
        seat = Seat(plan, parent=os.getpid(), folder=str(home))
        done = subprocess.run(
            command(seat, [sys.executable, "-c", ""]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no word"])[-1]
