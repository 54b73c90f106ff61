"""The service's addresses: a table per part, all below the prefix that the hub gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application, RequestHandler, StaticFileHandler

from dalil.service import (
    admin_backups,
    admin_dates,
    admin_history,
    admin_roster,
    admin_roster_pages,
    home,
    learner_handlers,
    me,
    progress_handlers,
    teaching_handlers,
)
from dalil.service.handlers import ApiHandler, PageHandler, needs, pages
from dalil.service.state import State

STATIC = Path(__file__).parent / "static"

# Addresses below the prefix, as regular expressions, and who answers them: a line for each part.
ROUTES: tuple[Sequence[tuple[str, Any]], ...] = (
    me.ROUTES,
    learner_handlers.ROUTES,
    home.ROUTES,
    admin_roster.ROUTES,
    admin_roster_pages.ROUTES,
    admin_dates.ROUTES,
    admin_history.ROUTES,
    admin_backups.ROUTES,
    teaching_handlers.ROUTES,
    progress_handlers.ROUTES,
)


class Health(RequestHandler):
    """``GET health``: for whoever watches over the service; says nothing about the academy."""

    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(b'{"ok":true}')


class Nothing(ApiHandler):
    """There is nothing at this address of the API."""

    @needs()
    async def get(self) -> None:
        self.send_error(404)

    post = put = delete = patch = get


class NoPage(PageHandler):
    """There is no such page."""

    @needs()
    async def get(self) -> None:
        self.send_error(404)


class Files(StaticFileHandler):
    """Styles and scripts of our own pages: the same for everybody."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")


def application(state: State, prefix: str, cookie_secret: bytes) -> Application:
    """Return the service's application; *prefix* begins and ends with a slash."""
    below = re.escape(prefix)
    rules: list[tuple[Any, ...]] = [
        (f"{below}{pattern}", handler) for table in ROUTES for pattern, handler in table
    ]
    rules += [
        (f"{below}health", Health),
        (f"{below}oauth_callback", HubOAuthCallbackHandler),
        (f"{below}static/(.*)", Files, {"path": str(STATIC)}),
        (f"{below}api/.*", Nothing),
        (r".*", NoPage),
    ]
    return Application(
        rules,
        state=state,
        prefix=prefix,
        pages=pages(),
        cookie_secret=cookie_secret,
        compress_response=False,
    )
