"""The modules' apps as a service of the hub: one address each, in the visitor's language.

``/services/apps/<module>`` shows ``courses/<module>/app.ipynb`` with Voila's front end. The
notebook is run once, on a *stage* (``dalil.sandbox.stage``); every visitor gets a kernel forked
from it, confined, that takes part in the widgets' conversation and can do nothing else. The hub
names the service NAME and starts what ``command`` returns.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings

NAME: Final = "apps"


def command(settings: Settings) -> list[str]:
    """Return the command line; the hub gives address, port and token by its own variables."""
    return [sys.executable, "-m", "dalil.apps"]


def environment(settings: Settings) -> dict[str, str]:
    """Return what the service's environment needs besides what the hub sets."""
    cache = settings.cache / "apps"
    tools = str(Path(sys.executable).parent)
    return {
        ROOT_VARIABLE: str(settings.root),
        ACADEMY_VARIABLE: str(settings.academy),
        "HOME": str(cache),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "JUPYTER_CONFIG_DIR": str(cache / "config"),
        "JUPYTER_DATA_DIR": str(cache / "data"),
        "JUPYTER_RUNTIME_DIR": str(cache / "runtime"),
    }
