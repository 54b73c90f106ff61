"""How the hub's own process is started, and what a command says for one run of it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings, load_settings

FILE = "jupyterhub_config.py"
OWN_FILE = "jupyterhub_config.py"  # the academy's own, in the curriculum's root
OVERRIDES = ("port", "accounts", "separation")  # what a command may say for one run


# What a server of one person is told; a hub that is started from within one must not hear it.
_OF_ONE_SERVER = ("DALIL_SERVICE_URL", "DALIL_ROLE", "DALIL_LANGUAGE", "DALIL_MARKING")


def secrets() -> dict[str, str]:
    """Variables that ``jupyter_config.py`` may take databases from: for the services alone."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("DALIL_", "PG")) and name not in _OF_ONE_SERVER
    }


def variable(name: str) -> str:
    """The variable by which a command hands its own value of that setting to the hub."""
    return f"DALIL_HUB_{name.upper()}"


def hub_settings() -> Settings:
    """The academy's settings, with what the command that starts the hub says for this run."""
    settings = load_settings()
    said: dict[str, Any] = {
        name: os.environ[variable(name)] for name in OVERRIDES if variable(name) in os.environ
    }
    if "port" in said:
        said["port"] = int(said["port"])
    return replace(settings, **said)


def command(settings: Settings) -> list[str]:
    """The command line of the hub."""
    return [sys.executable, "-m", "jupyterhub", "-f", str(Path(__file__).with_name(FILE))]


def environment(settings: Settings) -> dict[str, str]:
    """The hub's environment: this curriculum, this academy, this Python's tools."""
    tools = str(Path(sys.executable).parent)
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("JUPYTER") and name not in _OF_ONE_SERVER
    }
    return {
        **plain,
        ROOT_VARIABLE: str(settings.root),
        ACADEMY_VARIABLE: str(settings.academy),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        **{variable(name): str(getattr(settings, name)) for name in OVERRIDES},
    }
