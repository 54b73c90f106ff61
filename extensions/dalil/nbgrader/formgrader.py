"""nbgrader's formgrader as a server extension, made safe for strangers' work and for the record.

Loaded in place of nbgrader's own (``dalil.configuration.formgrader``): its addresses, lists and
API stay, the page on which one marks is ours, everything it needs comes from this server.
"""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any

import jupyter_server_mathjax  # type: ignore[import-untyped]
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from jupyter_server.auth.authorizer import Authorizer
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web

from dalil.nbgrader.context import exchange_of, settings_of
from dalil.nbgrader.handmarks import HandMarks
from dalil.nbgrader.marking_handlers import guarded
from dalil.nbgrader.marking_page import STATIC, TEMPLATES, environment
from dalil.nbgrader.people import People
from dalil.nbgrader.refreshing import Refresher
from dalil.roster import Roster

MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"


class Formgrader(FormgradeExtension):  # type: ignore[misc]
    """nbgrader's extension with our templates, handlers and records."""

    def init_tornado_settings(self, webapp: Any) -> None:
        super().init_tornado_settings(webapp)
        settings = settings_of(self.config)
        ledger = exchange_of(settings).ledger
        refresher = Refresher(settings, ledger)
        atexit.register(refresher.close)
        refresher.catch_up()
        made = environment()
        theirs = FileSystemLoader(handlers.template_path)
        made.loader = ChoiceLoader(
            [FileSystemLoader(TEMPLATES), theirs, PrefixLoader({"nbgrader": theirs})]
        )
        webapp.settings.update(
            nbgrader_jinja2_env=made,
            dalil=settings,
            dalil_marks=HandMarks(settings.gradebook_url, ledger),
            dalil_refresher=refresher,
            dalil_people=People(Roster(settings)),
        )

    def init_handlers(self, webapp: Any) -> None:
        static = web.StaticFileHandler
        rules = [
            (r"/formgrader/mathjax/(.*)", static, {"path": str(MATHJAX)}),
            (r"/formgrader/dalil/(.*)", static, {"path": str(STATIC)}),
            *guarded([*handlers.default_handlers, *apihandlers.default_handlers]),
            (r"/formgrader/static/(.*)", static, {"path": handlers.static_path}),
            *guarded([(r"/formgrader/.*", handlers.Template404)]),
        ]
        base = webapp.settings["base_url"].rstrip("/")
        webapp.add_handlers(".*$", [(base + pattern, *more) for pattern, *more in rules])


class MarkingOnly(Authorizer):
    """For a server that is there for marking alone: no files, kernels or terminals of it.

    Such a server runs with the rights of the grading side, which those who mark do not have.
    """

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        return False


def _load_jupyter_server_extension(app: Any) -> None:
    formgrader = Formgrader(parent=app)
    formgrader.root_dir = app.root_dir
    formgrader.log = app.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(app.web_app)
    formgrader.init_handlers(app.web_app)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "dalil.nbgrader.formgrader"}]
