"""A person's own server beside an academy; shared by several tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from jupyterhub.utils import random_port

from tests.dalil.server.fake_academy import TOKEN, FakeAcademy


def environment(root: Path, academy: FakeAcademy) -> dict[str, str]:
    """What the hub sets in a trainee's server."""
    return {
        "DALIL_ROOT": str(root),
        "DALIL_SERVICE_URL": academy.address,
        "DALIL_LANGUAGE": "ar",
        "DALIL_ROLE": "trainee",
        "JUPYTERHUB_API_TOKEN": TOKEN,
    }


class served:  # noqa: N801 - a context manager, used like a function
    """A real server, *program* "jupyterlab" or "jupyter_server", in *home*; enters with its
    address. Its token is "secret"."""

    def __init__(self, program: str, home: Path, log: Path, more: dict[str, str]) -> None:
        self.program, self.home, self.log, self.more = program, home, log, more

    def __enter__(self) -> str:
        port = random_port()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", self.program, "--no-browser", "--allow-root"),
                    *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                    *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={self.home}"),
                ],
                cwd=self.home,
                env={**clean, "HOME": str(self.home), **self.more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(0.2)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def __exit__(self, *error: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
