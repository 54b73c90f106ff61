"""Formgrader as a service of the hub: what starts it, and with which environment.

The hub names the service like the course (``settings.course_id``) and keeps it at
``/services/<course_id>/``. It is a ``jupyterhub-singleuser`` on the grading side: it reads records
and gradebook, so it offers marking and nothing else (no files, kernels, terminals or Lab), to
those with access to the service alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dalil.configuration import MARKING_VARIABLE
from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings


def command(settings: Settings) -> list[str]:
    """Return the command line; the hub gives address, port and token by its own variables.

    The hub sets JUPYTERHUB_USER to nothing for a service without an account of the system, after
    all that ``environment`` says, and nbgrader's log-in plug-in refuses an empty one.
    """
    line = [
        *("env", f"JUPYTERHUB_USER=grader-{settings.course_id}"),
        *(sys.executable, "-m", "jupyterhub.singleuser"),
        f"--ServerApp.root_dir={settings.root}",
        "--ServerApp.default_url=/formgrader/gradebook",
        "--ServerApp.answer_yes=True",  # stops at once, also when started in the background
    ]
    if os.name == "posix" and os.geteuid() == 0:
        line.append("--allow-root")
    return line


def environment(settings: Settings) -> dict[str, str]:
    """Return what the service's environment needs besides what the hub sets."""
    cache = settings.cache / "formgrader"
    tools = str(Path(sys.executable).parent)
    return {
        ROOT_VARIABLE: str(settings.root),
        ACADEMY_VARIABLE: str(settings.academy),
        MARKING_VARIABLE: "1",
        "HOME": str(cache),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "JUPYTER_CONFIG_DIR": str(cache / "config"),
        "JUPYTER_DATA_DIR": str(cache / "data"),
        "JUPYTER_RUNTIME_DIR": str(cache / "runtime"),
        "IPYTHONDIR": str(cache / "ipython"),
    }
