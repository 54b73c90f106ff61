"""The academy's service behind the hub: what people's servers and browsers ask of the academy.

It runs with the academy's account, so that nobody else needs its records: trainees get their own
exhibits, hand in and see their own results, instructors and admins what their scope allows. The
handlers show and forward; what is allowed is decided in pure modules beside them.

The hub names the service NAME and keeps it at ``/services/dalil/``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings

NAME: Final = "dalil"
# What JupyterHub's custom scopes are called, by the word that `needs` uses.
SCOPES: Final = {
    "learn": "custom:dalil:learn",
    "teach": "custom:dalil:teach",
    "administer": "custom:dalil:administer",
}
CUSTOM_SCOPES: Final = {
    SCOPES["learn"]: {"description": "Get one's own exercises, hand in, see one's own results"},
    SCOPES["teach"]: {"description": "Release modules, see the queue and the cohort's progress"},
    SCOPES["administer"]: {"description": "Manage roster, dates and backups; see progress"},
}


def command(settings: Settings) -> list[str]:
    """Return the command line; the hub gives address, port and token by its own variables."""
    return [sys.executable, "-m", "dalil.service"]


def environment(settings: Settings) -> dict[str, str]:
    """Return what the service's environment needs besides what the hub sets."""
    cache = settings.cache / "service"
    tools = str(Path(sys.executable).parent)
    return {
        ROOT_VARIABLE: str(settings.root),
        ACADEMY_VARIABLE: str(settings.academy),
        "HOME": str(cache),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
