"""Who asks, what they may, and what they get: pages of apps, and the messages of their kernels."""

from __future__ import annotations

import asyncio
import json
import logging
from functools import cached_property
from typing import Any

from tornado.web import HTTPError, StaticFileHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler
from voila.static_file_handler import TemplateStaticFileHandler

from dalil.apps.pages import THEMES, Theme
from dalil.apps.stages import error_in
from dalil.apps.state import State
from dalil.apps.visits import BusyError, Visit
from dalil.curriculum import load_module, module_ids
from dalil.errors import DalilError, LostError, UsageError
from dalil.models import LANGUAGES, Language, ModuleId, language
from dalil.translation import accepted_language, find_catalogue
from dalil.web import KnownHandler

log = logging.getLogger(__name__)

KERNEL = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
PROTOCOL = "v1.kernel.websocket.jupyter.org"
# Voila's front end sets styles as it goes; its scripts are files of this server.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_TRIES = 3


class Handler(KnownHandler):
    """Identity and language; for people who are logged in and have access to the service."""

    policy = POLICY
    who: str

    @property
    def state(self) -> State:
        found: State = self.settings["state"]
        return found

    async def prepare(self) -> None:
        """Find out who asks."""
        model = await self.identified()
        self.who = str(model["name"]) if model else ""


class PageHandler(Handler):
    """Answers people; who is not known is sent to log in and comes back."""

    def ask_to_log_in(self) -> None:
        self.redirect(self.get_login_url())

    async def spoken(self) -> Language:
        """The language asked for (``lang``), else of the roster, else of the browser."""
        wished = self.get_query_argument("lang", "")
        if wished in LANGUAGES:
            return language(wished)
        return await self.state.language(self.who) or self.accepted

    @cached_property
    def accepted(self) -> Language:
        return accepted_language(self.request.headers.get("Accept-Language", ""))

    def show(self, page: str) -> None:
        """End the answer with *page*."""
        self.xsrf_token  # noqa: B018  # sets the cookie that the page's requests need
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    def write_error(self, status_code: int, **more: Any) -> None:
        wished = self.get_query_argument("lang", "")
        spoken = language(wished) if wished in LANGUAGES else self.accepted
        self.finish(self.state.pages.refusal(status_code, spoken))


class App(PageHandler):
    """``GET <module>``: a new kernel and its page."""

    async def get(self, name: str) -> None:
        spoken = await self.spoken()
        known = await asyncio.to_thread(module_ids, self.state.settings)
        found = [module for module in known if module == name]
        if not found or not (self.state.settings.courses / name / "app.ipynb").is_file():
            raise HTTPError(404)
        wished = self.get_query_argument("theme", "")
        theme: Theme = next((theme for theme in THEMES if theme == wished), "light")
        try:
            visit = await self._visit(found[0], spoken)
        except BusyError:
            raise HTTPError(503) from None
        except DalilError as error:
            log.error("%s (%s): cannot be shown: %s", name, spoken, error)
            raise HTTPError(500) from None
        page = await self.state.pages.app(visit.stage, visit.outputs, theme, visit.id)
        self.show(page)

    async def _visit(self, module: ModuleId, spoken: Language) -> Visit:
        for last in (False,) * (_TRIES - 1) + (True,):
            stage = await self.state.stages.find(module, spoken)
            if stage.broken:
                raise UsageError(stage.broken)
            try:
                visit = await self.state.visits.open(self.who, stage)
            except LostError:
                if last:
                    raise
                continue
            if broken := error_in(visit.outputs):
                visit.end()
                raise UsageError(broken)
            return visit
        raise AssertionError("unreachable")


class List(PageHandler):
    """``GET``: the apps that there are."""

    async def get(self) -> None:
        spoken = await self.spoken()
        self.show(await asyncio.to_thread(self._page, spoken))

    def _page(self, spoken: Language) -> str:
        apps = []
        for name in module_ids(self.state.settings):
            try:
                module = load_module(self.state.settings, name)
                words = find_catalogue(module.course, spoken)
            except DalilError as error:  # the others are shown
                log.error("%s: not listed: %s", name, error)
                continue
            if module.app.is_file():
                apps.append((str(name), words.get(module.title), words.get(module.summary)))
        return self.state.pages.list(apps, spoken)


class Nothing(PageHandler):
    """There is nothing else."""

    async def get(self, *_: str) -> None:
        raise HTTPError(404)

    head = post = put = delete = patch = options = get


class KernelHandler(Handler):
    """What concerns one kernel: for its own visitor, as if nobody else's existed."""

    def visit(self, name: str) -> Visit:
        found = self.state.visits.find(name, self.who)
        if found is None:
            raise HTTPError(404)
        return found

    def write_error(self, status_code: int, **more: Any) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"message": self._reason, "reason": None}))


class Kernel(KernelHandler):
    """``GET api/kernels/<id>``: what Voila's front end asks first."""

    async def get(self, name: str) -> None:
        visit = self.visit(name)
        self.set_header("Content-Type", "application/json")
        self.finish(
            json.dumps(
                {
                    "id": visit.id,
                    "name": "python3",
                    "execution_state": "idle",
                    "connections": len(visit.listeners),
                }
            )
        )


class Shutdown(KernelHandler):
    """``POST voila/api/shutdown/<id>``: the page was left."""

    async def post(self, name: str) -> None:
        self.visit(name).end()
        self.set_status(204)


class Channels(KernelHandler, WebSocketHandler):
    """``api/kernels/<id>/channels``: the messages of one page."""

    _visit: Visit | None = None

    async def get(self, name: str) -> None:
        self._visit = self.visit(name)
        await super().get(name)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return PROTOCOL if PROTOCOL in subprotocols else None

    async def open(self, name: str) -> None:
        if self.selected_subprotocol != PROTOCOL or self._visit is None:
            self.close(1002, "unknown protocol")
            return
        await self._visit.meet(self)
        if self._visit.ended:
            self.part()

    async def on_message(self, message: str | bytes) -> None:
        try:
            if self._visit is None or not isinstance(message, bytes):
                raise UsageError("not a message")
            await self._visit.ask(message)
        except UsageError as error:
            log.info("%s: refused: %s", self.who, error)

    def on_close(self) -> None:
        if self._visit is not None:
            self._visit.leave(self)

    async def hear(self, message: bytes) -> None:
        try:
            await self.write_message(message, binary=True)
        except WebSocketClosedError:
            return

    def part(self) -> None:
        self.close(1001, "the app has stopped")


class Files(StaticFileHandler):
    """Styles and scripts of our own pages: the same for everybody."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")


class TemplateFiles(TemplateStaticFileHandler):  # type: ignore[misc]
    """Files of Voila's templates, and nothing beside them."""

    def parse_url_path(self, url_path: str) -> str:
        parts = url_path.split("/")
        if len(parts) < 3 or parts[1] != "static" or ".." in parts:
            raise HTTPError(404)
        return str(super().parse_url_path(url_path))
