"""The addresses below ``dalil/api/``: what is passed on to the academy, and what is done here.

GET and the like go to the service at the same path if PASSED_ON allows them. ``files/…`` concerns
the person's own files: issue, lesson, submit, language, preview.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jupyter_server.base.handlers import APIHandler
from tornado import web

from dalil.errors import UsageError
from dalil.models import LANGUAGES, Json, Language, language, module_id
from dalil.server import folders
from dalil.server.academy import SECONDS_OF_WORK, Academy
from dalil.server.bundle import opened
from dalil.server.refusals import Refusal
from dalil.server.rewording import Reworded, reword
from dalil.server.teaching import MODULE as _MODULE
from dalil.server.teaching import TEACHING

# What is passed on as it is: method, path below api/, and seconds to wait for an answer.
PASSED_ON: tuple[tuple[str, str, float], ...] = (
    ("GET", "me", 60),
    ("PUT", "me/language", 60),
    ("GET", "curriculum", 60),
    ("GET", f"modules/{_MODULE}/result", 60),
    ("GET", f"modules/{_MODULE}/history", 60),
    *((method, f"teach/{path}", seconds) for method, path, seconds in TEACHING),
)


class _Handler(APIHandler):
    """What both kinds share: refusals as JSON that the panels have texts for."""

    def initialize(self, academy: Academy) -> None:
        self.academy = academy

    def tell(self, value: Json | dict[str, Any], status: int = HTTPStatus.OK) -> None:
        """End the answer with *value*."""
        self.set_status(int(status))
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(value, ensure_ascii=False))

    def asked(self) -> dict[str, Any]:
        """The request's JSON object. Raises Refusal."""
        try:
            value = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Refusal("the request is not a JSON object", "badRequest", 400)
        return value


class PassOn(_Handler):
    """Passes a question on to the academy, with this server's token."""

    async def _pass(self, path: str) -> None:
        method = str(self.request.method)
        seconds = next(
            (wait for verb, place, wait in PASSED_ON if verb == method and _is(place, path)), None
        )
        if seconds is None:
            self.tell(Refusal(f"{method} {path}: not passed on", "forbidden", 403).body(), 403)
            return
        names = self.request.query_arguments
        query = urlencode([(n, self.get_query_argument(n)) for n in names])
        body = self.request.body if method in ("POST", "PUT") else None
        try:
            answer = await self.academy.ask(
                method, path + (f"?{query}" if query else ""), body=body, seconds=seconds
            )
        except Refusal as refusal:
            self.tell(refusal.body(), refusal.status)
            return
        self.set_status(answer.status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(answer.content)

    get = put = post = delete = web.authenticated(_pass)


class Files(_Handler):
    """``POST files/{module}/{action}``: the person's own files."""

    @web.authenticated
    async def post(self, module: str, action: str) -> None:
        act: Callable[..., Any] = ACTIONS[action]
        try:
            name = module_id(module)
            self.tell(await act(self.academy, name, self.asked()))
        except Refusal as refusal:
            self.tell(refusal.body(), refusal.status)
        except UsageError as error:
            self.tell(Refusal(str(error), "badRequest", 400).body(), 400)


async def issue(academy: Academy, module: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Get the person's exhibits and notebook: ``{"language"?, "new"?}``."""
    wanted: dict[str, Json] = {"new": bool(asked.get("new"))}
    if "language" in asked:
        wanted["language"] = language(str(asked["language"]))
    answer = await academy.wanted(
        "POST",
        f"modules/{module}/issue",
        body=json.dumps(wanted).encode(),
        seconds=SECONDS_OF_WORK,
    )
    return await _laid(folders.EXERCISES, module, answer.content)


async def preview(academy: Academy, module: str, asked: dict[str, Any]) -> dict[str, Any]:
    """See the module as a trainee does: ``{"trainee", "language"}``; nothing goes on record."""
    query = urlencode(
        {
            "trainee": str(asked.get("trainee", "")),
            "language": language(str(asked.get("language", "en"))),
        }
    )
    path = f"teach/modules/{module}/preview?{query}"
    answer = await academy.wanted("GET", path, seconds=SECONDS_OF_WORK)
    return await _laid(folders.PREVIEWS, module, answer.content, anew=True)


async def _laid(parent: str, module: str, content: bytes, **more: bool) -> dict[str, Any]:
    def work() -> dict[str, Any]:
        return vars(folders.lay(Path.home(), parent, module, opened(content, module), **more))

    return await asyncio.to_thread(work)


async def submit(academy: Academy, module: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Hand in the notebook as it lies on disk; returns the receipt. Safe to repeat."""
    content, attempt = await asyncio.to_thread(folders.work, Path.home(), module)
    answer = await academy.wanted(
        "POST",
        f"modules/{module}/submission?attempt={attempt}",
        body=content,
        kind="application/octet-stream",
        seconds=SECONDS_OF_WORK,
        lost="lostSubmit",
    )
    receipt: dict[str, Any] = answer.json()
    if receipt.get("sha256") != hashlib.sha256(content).hexdigest():
        raise Refusal("the receipt is for other bytes; submit again", "lostSubmit", 502)
    await asyncio.to_thread(folders.keep_receipt, Path.home(), module, receipt)
    return receipt


async def lesson(academy: Academy, module: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Get the lesson, in ``{"language"}``; one that is there keeps what the person wrote in it."""
    wished = language(str(asked.get("language", "en")))
    sent = await academy.get(f"modules/{module}/lesson?language={wished}")
    path = f"{folders.LESSONS}/{module}.ipynb"
    fresh = await asyncio.to_thread(folders.keep_lesson, Path.home(), module, sent)
    return {"notebook": path, "fresh": fresh}


async def speak(academy: Academy, module: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Put exercise and lesson into ``{"language", "open": [paths]}``.

    Files that are not open in Lab are rewritten here; what changes in open ones goes back to Lab.
    """
    wished = language(str(asked.get("language", "")))
    are_open = asked.get("open", [])
    if not isinstance(are_open, list):
        raise Refusal("open: a list of paths", "badRequest", 400)
    found: list[Reworded] = []
    for kind, path in (
        ("exercise", f"{folders.EXERCISES}/{module}/{module}.ipynb"),
        ("lesson", f"{folders.LESSONS}/{module}.ipynb"),
    ):
        if (Path.home() / path).exists():
            releases = await _releases(academy, module, kind)
            keep = path not in are_open
            found.append(
                await asyncio.to_thread(reword, Path.home(), path, releases, wished, keep=keep)
            )
    return {"notebooks": [vars(one) for one in found]}


async def _releases(academy: Academy, module: str, kind: str) -> dict[Language, Any]:
    sent = await asyncio.gather(
        *(academy.get(f"modules/{module}/{kind}?language={speaks}") for speaks in LANGUAGES)
    )
    return dict(zip(LANGUAGES, sent, strict=True))


ACTIONS: dict[str, Callable[..., Any]] = {
    "issue": issue,
    "lesson": lesson,
    "submit": submit,
    "language": speak,
    "preview": preview,
}


def routes(base_url: str) -> list[tuple[Any, ...]]:
    """Address, handler and its arguments, for a server at *base_url*."""
    shared = {"academy": Academy()}
    below = re.escape(f"{base_url.rstrip('/')}/dalil/api/")
    actions = "|".join(ACTIONS)
    return [
        (rf"{below}files/({_MODULE})/({actions})", Files, shared),
        (rf"{below}(.+)", PassOn, shared),
    ]


def _is(place: str, path: str) -> bool:
    return re.fullmatch(place, path) is not None
