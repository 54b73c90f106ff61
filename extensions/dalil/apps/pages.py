"""The page of an app: Voila's exporter and front end, a template of our own, nothing executed.

The cells' outputs are those of the stage. A page is the same for all visitors of a stage but for
the id of their kernel, so it is made once.
"""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from typing import Any, Literal, TypeAlias

import nbformat
from jinja2 import Environment, FileSystemLoader
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from nbformat import NotebookNode
from nbformat import v4 as format_4
from traitlets.config import Config
from voila.configuration import VoilaConfiguration
from voila.exporter import VoilaExporter
from voila.paths import collect_template_paths
from voila.utils import get_page_config, get_voila_labextensions_path

import dalil
from dalil import configuration
from dalil.apps.stages import Outputs, Stage
from dalil.models import LANGUAGES, N_, Language
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue

log = logging.getLogger(__name__)

Theme: TypeAlias = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
_KERNEL = "00000000-0000-0000-0000-000000000000"  # stands for the visitor's kernel in a made page

NAMES: dict[Language, str] = {"ar": "العربية", "fr": "Français", "en": "English"}
WORDS = {
    "apps": N_("Apps"),
    "no_apps": N_("There are no apps yet."),
    "language": N_("Language"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    "skip": N_("To the app"),
    "loading": N_("The app is starting …"),
    "slow": N_("This takes unusually long."),
    "load_again": N_("Load the page again"),
    "ended": N_("The app has stopped. What was set in it is gone; nothing else is lost."),
    "start_again": N_("Start again"),
    "lost": N_("The connection is lost. Trying again …"),
    "logged_out": N_("The session has ended. Log in again to go on."),
    "log_in": N_("Log in"),
    "no_scripts": N_("The app needs JavaScript. Please allow it in the browser."),
    "home": N_("To the academy"),
}
# What stands on a page instead of an app: title, advice.
REFUSALS = {
    403: (N_("No access"), N_("Your account has no access to the apps.")),
    404: (N_("There is no such app"), N_("Choose one from the list.")),
    500: (
        N_("This app cannot be shown"),
        N_("It is being looked into. Everything else works as usual."),
    ),
    503: (N_("Many apps are open"), N_("Close one that you no longer need, or try again shortly.")),
}


class Pages:
    """Makes the pages; ``base`` is where the service's addresses begin, ``hub`` the hub's own."""

    def __init__(self, settings: Settings, base: str, hub: str) -> None:
        self._base, self._hub = base, hub
        config = Config()
        configuration.voila(config, settings)
        self._voila = VoilaConfiguration(config=config)
        self._exporters: dict[tuple[str, Theme], VoilaExporter] = {}
        self._made: dict[tuple[Stage, Theme], str] = {}
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
        )

    @staticmethod
    def extensions() -> list[str]:
        """Folders of the front end's extensions."""
        return [str(path) for path in get_voila_labextensions_path()]

    async def app(self, stage: Stage, outputs: Outputs, theme: Theme, kernel: str) -> str:
        """Return the page of *stage* for one visitor."""
        key = (stage, theme)
        page = self._made.get(key)
        if page is None:
            page = await self._make(stage, outputs, theme)
            if not stage.sources:
                self._made[key] = page
                self._forget(stage)
        return page.replace(_KERNEL, kernel)

    def refusal(self, status: int, language: Language) -> str:
        """Return the page for *status*."""
        texts = REFUSALS.get(status, REFUSALS[500])
        return self._plain("refusal.html", language, status=status, title=texts[0], advice=texts[1])

    def list(self, apps: list[tuple[str, str, str]], language: Language) -> str:
        """Return the page with links to all *apps*: (module, title, summary)."""
        return self._plain("list.html", language, apps=apps)

    def _plain(self, template: str, language: Language, **values: Any) -> str:
        catalogue = own_words(language)
        names = values.keys() & {"title", "advice"}
        values.update({name: catalogue.get(values[name]) for name in names})
        return self._environment.get_template(template).render(
            t={name: catalogue.get(text) for name, text in WORDS.items()},
            language=language,
            direction=catalogue.direction,
            base=self._base,
            hub=self._hub,
            names=NAMES,
            **values,
        )

    def _forget(self, stage: Stage) -> None:
        """Let pages of earlier stages of the same app go."""
        for other, theme in list(self._made):
            if other is not stage and other.name == stage.name:
                del self._made[other, theme]

    async def _make(self, stage: Stage, outputs: Outputs, theme: Theme) -> str:
        language, catalogue = stage.catalogue.language, own_words(stage.catalogue.language)
        config = self._page_config(theme, has_formulas(stage.notebook))
        resources = {
            "base_url": self._base,
            "theme": theme,
            "metadata": {"name": stage.catalogue.get(stage.module.title)},
            "dalil": {
                "t": {name: catalogue.get(text) for name, text in WORDS.items()},
                "language": language,
                "direction": catalogue.direction,
                "names": {name: NAMES[name] for name in LANGUAGES},
                "module": stage.module.id,
                "widgets": any("widget-view" in str(cell) for cell in outputs),
            },
        }
        made = self._exporter(stage, theme).generate_from_notebook_node(
            with_outputs(stage.notebook, outputs), resources=resources, page_config=config
        )
        return "".join([part async for part, _ in made])

    def _exporter(self, stage: Stage, theme: Theme) -> VoilaExporter:
        key = (stage.module.id, theme)
        if key not in self._exporters:
            exporter = VoilaExporter(
                template_paths=[
                    str(TEMPLATES),
                    *collect_template_paths(["voila", "nbconvert"], "lab"),
                ],
                template_name="lab",
                template_file="app.html.j2",
                contents_manager=LargeFileManager(root_dir=str(stage.module.course)),
                theme=theme,
                base_url=self._base,
            )
            exporter.exclude_input = True
            exporter.exclude_output_prompt = exporter.exclude_input_prompt = True
            self._exporters[key] = exporter
        return self._exporters[key]

    def _page_config(self, theme: Theme, formulas: bool) -> dict[str, Any]:
        config: dict[str, Any] = get_page_config(
            base_url=self._base, settings={}, log=log, voila_configuration=self._voila
        )
        return {
            **copy.deepcopy(config),
            "jupyterLabTheme": theme,
            "kernelId": _KERNEL,
            # Without an address Voila's typesetter says so on the console, and stays away.
            "fullMathjaxUrl": f"{self._base}mathjax/MathJax.js" if formulas else "",
            "mathjaxConfig": "TeX-AMS-MML_HTMLorMML-full,Safe",
        }


def own_words(language: Language) -> Catalogue:
    """The package's own catalogue."""
    return find_catalogue(Path(dalil.__file__).parent, language)


def has_formulas(notebook: NotebookNode) -> bool:
    """Whether the page may want MathJax: it takes as long to load as all the rest."""
    return any(
        "$" in cell.source if cell.cell_type == "markdown" else "Math" in cell.source
        for cell in notebook.cells
    )


def with_outputs(notebook: NotebookNode, outputs: Outputs) -> NotebookNode:
    """Return a copy of *notebook* whose code cells have *outputs*, in their order."""
    shown = copy.deepcopy(notebook)
    cells = (cell for cell in shown.cells if cell.cell_type == "code")
    for cell, said in zip(cells, outputs, strict=False):
        cell.outputs = [_output(kind, content) for kind, content in said]
    return shown


def _output(kind: str, content: dict[str, Any]) -> NotebookNode:
    names = {
        "stream": ("name", "text"),
        "error": ("ename", "evalue", "traceback"),
        "execute_result": ("data", "metadata", "execution_count"),
    }.get(kind, ("data", "metadata"))
    output: NotebookNode = format_4.new_output(
        kind, **nbformat.from_dict({name: content[name] for name in names})
    )
    return output
