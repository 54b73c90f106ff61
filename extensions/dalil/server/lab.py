"""Lab as the person finds it: in the roster's language, without tools that are not for them."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

from dalil.models import Json

log = logging.getLogger(__name__)

LANGUAGE_VARIABLE, ROLE_VARIABLE = "DALIL_LANGUAGE", "DALIL_ROLE"
LOCALES: dict[str, str] = {"ar": "ar_SA", "fr": "fr_FR"}  # the language packs there are
_LANGUAGE = "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"
_PLUGINS = "labconfig/page_config.json"
# nbgrader's panel with which one makes an exercise of any notebook.
_TEACHERS_TOOLS = ("@jupyter/nbgrader:create-assignment",)


def arrange() -> None:
    """Set up Lab where the person has not done so: what they chose there stays."""
    locale = LOCALES.get(os.environ.get(LANGUAGE_VARIABLE, ""))
    if locale is not None:
        _begin(_LANGUAGE, {"locale": locale})
    if os.environ.get(ROLE_VARIABLE) != "instructor":
        _begin(_PLUGINS, {"disabledExtensions": dict.fromkeys(_TEACHERS_TOOLS, True)})


def _begin(name: str, value: dict[str, Json]) -> None:
    """Write a file of Jupyter's in the person's home, unless there is one."""
    path = Path(jupyter_config_dir(), name)
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")
    except OSError as error:  # Lab as it is by itself is better than no Lab
        log.warning("%s: %s", path, error.strerror)
