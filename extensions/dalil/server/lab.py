"""Lab's interface in the person's language, from the first page on."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

log = logging.getLogger(__name__)

LANGUAGE_VARIABLE = "DALIL_LANGUAGE"
LOCALES: dict[str, str] = {"ar": "ar_SA", "fr": "fr_FR"}  # the language packs there are
_SETTINGS = "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"


def speak_first() -> None:
    """Let Lab begin in the roster's language; one that the person chose there stays."""
    locale = LOCALES.get(os.environ.get(LANGUAGE_VARIABLE, ""))
    path = Path(jupyter_config_dir(), _SETTINGS)
    if locale is None or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"locale": locale}), encoding="utf-8")
    except OSError as error:  # Lab in English is better than no Lab
        log.warning("%s: %s", path, error.strerror)
