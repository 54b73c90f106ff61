"""The page around an app: Voila's own renderer with a template of ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupyter_server.utils import url_path_join
from nbformat import NotebookNode
from voila.configuration import VoilaConfiguration
from voila.paths import collect_template_paths
from voila.server_extension import load_config_file
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

import dalil
from dalil.dashboards.words import PAGE
from dalil.models import LANGUAGES, Language, language
from dalil.translation import find_catalogue

HERE = Path(__file__).parent
NOTEBOOK = "progress.ipynb"
NAMES: dict[Language, str] = {"ar": "العربية", "fr": "Français", "en": "English"}
LANGUAGE_VARIABLE = "DALIL_LANGUAGE"


class Page(TornadoVoilaHandler):  # type: ignore[misc]
    """Shows a notebook of this folder, wherever the server's own files lie."""

    @property
    def contents_manager(self) -> LargeFileManager:
        return LargeFileManager(root_dir=str(HERE))

    def speaks(self) -> Language:
        """The language asked for (``lang``), else the person's."""
        for wished in (self.get_query_argument("lang", ""), os.environ.get(LANGUAGE_VARIABLE, "")):
            if wished in LANGUAGES:
                return language(wished)
        return "en"


class Closed(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that was closed.

    Such a page cannot send a token against forged requests, so Voila's own handler refuses it and
    the kernel stays; here the browser's word that the request comes from a page of ours counts.
    """

    def check_xsrf_cookie(self) -> None:
        if self.request.headers.get("Sec-Fetch-Site") != "same-origin":
            super().check_xsrf_cookie()


def dressed(handler: Any, notebook: NotebookNode, cwd: str) -> NotebookNode:
    """Tell the template, through the notebook's metadata, how the page is laid out."""
    speaks, theme = handler.speaks(), handler.get_query_argument("theme", "light")
    catalogue = find_catalogue(Path(dalil.__file__).parent, speaks)
    theme = theme if theme in ("light", "dark") else "light"
    other = "light" if theme == "dark" else "dark"
    notebook.metadata["dalil"] = NotebookNode(
        t={name: catalogue.get(text) for name, text in PAGE.items()},
        language=speaks,
        direction=catalogue.direction,
        languages=[
            (code, NAMES[code], "?" + urlencode({"lang": code, "theme": theme})) for code in NAMES
        ],
        other_theme=(other, "?" + urlencode({"lang": speaks, "theme": other})),
    )
    return notebook


def routes(server: Any) -> list[tuple[str, Any, dict[str, Any]]]:
    """The addresses of the apps below *server*'s own."""
    voila = VoilaConfiguration(parent=server)
    if (config := load_config_file()) is not None:
        voila.update_config(config)
    voila.prelaunch_hook = dressed
    voila.allow_theme_override = "YES"
    theirs = collect_template_paths(["voila", "nbconvert"], "lab")
    options = {
        "config": server.config,
        "template_paths": [str(HERE / "templates"), *theirs],
        "voila_configuration": voila,
        "notebook_path": NOTEBOOK,
    }
    base = server.web_app.settings["base_url"]
    return [
        (url_path_join(base, "dalil/progress"), Page, options),
        # Extensions are loaded by name: this one stands before Voila's.
        (url_path_join(base, r"voila/api/shutdown/(.*)"), Closed, {}),
    ]
