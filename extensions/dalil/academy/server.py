"""JupyterLab, formgrader and Voila in one server on 127.0.0.1, for one person."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote

from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings


def command(settings: Settings, *, port: int, browser: bool, first: str = "") -> list[str]:
    """Return the command line of the server; Lab opens *first* (a path below the root)."""
    line = [
        sys.executable,
        *("-m", "jupyterlab"),
        f"--ServerApp.root_dir={settings.root}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--LabApp.default_url=/lab/tree/{quote(first)}" if first else "--LabApp.default_url=/lab",
    ]
    if os.name == "posix" and os.geteuid() == 0:
        line.append("--allow-root")
    if not browser:
        line.append("--no-browser")
    return line


def environment(settings: Settings) -> dict[str, str]:
    """Return the server's environment: this curriculum, this academy, this Python's tools."""
    cache = settings.academy / "cache"
    tools = str(Path(sys.executable).parent)
    return {
        **os.environ,
        ROOT_VARIABLE: str(settings.root),
        ACADEMY_VARIABLE: str(settings.academy),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        # a person's own Jupyter state stays out of the checkout, and the other way round
        "JUPYTERLAB_SETTINGS_DIR": str(cache / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(cache / "workspaces"),
        "JUPYTER_DATA_DIR": str(cache / "data"),
        "JUPYTER_RUNTIME_DIR": str(cache / "runtime"),
        "IPYTHONDIR": str(cache / "ipython"),
    }


def url(port: int, path: str = "lab") -> str:
    """Return an address of the server."""
    return f"http://127.0.0.1:{port}/{quote(path)}"
