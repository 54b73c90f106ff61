"""What stands before every request: who asks, what they may, in which language, how it is refused.

``ApiHandler`` answers with JSON, ``PageHandler`` with pages. A method says with ``needs`` which
scope it asks for; one that says nothing answers nobody.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader
from tornado.web import HTTPError, MissingArgumentError

import dalil
from dalil.curriculum import Module, load_module, module_ids
from dalil.errors import DalilError, UsageError
from dalil.models import LANGUAGES, Json, Language, TraineeId, language, module_id, trainee_id
from dalil.roster import Person
from dalil.service import SCOPES
from dalil.service.refusals import KINDS, LOG_IN, WORDS, said, status_of
from dalil.service.state import BusyError, State, Value
from dalil.translation import Catalogue, accepted_language, find_catalogue, translate
from dalil.web import KnownHandler

Method = TypeVar("Method", bound=Callable[..., Any])
PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
TEMPLATES = Path(__file__).parent / "templates"
_ANYBODY = "log-in"


def needs(*scopes: str) -> Callable[[Method], Method]:
    """Only for those with one of *scopes* (words of SCOPES); without any, for all who log in."""
    assert set(scopes) <= set(SCOPES)

    def marked(method: Method) -> Method:
        method.needs = frozenset(scopes or {_ANYBODY})  # type: ignore[attr-defined]
        return method

    return marked


class Handler(KnownHandler):
    """Identity, scope, language and threads; not for use by itself."""

    who: TraineeId
    person: Person | None
    scopes: frozenset[str]

    @property
    def state(self) -> State:
        found: State = self.settings["state"]
        return found

    async def prepare(self) -> None:
        """Find out who asks and whether they may, before any of the body is read."""
        self.who, self.person, self.scopes = TraineeId(""), None, frozenset()
        wanted: frozenset[str] = getattr(
            getattr(self, str(self.request.method).lower()), "needs", frozenset()
        )
        if not wanted:
            raise HTTPError(405)
        model = await self.identified()
        if model is None:
            return
        self.scopes = frozenset(
            word for word, scope in SCOPES.items() if scope in model.get("scopes", ())
        )
        if not (wanted & (self.scopes | {_ANYBODY})):
            raise HTTPError(403)
        self.who = trainee_id(model["name"])
        self.person = await self.off(self.state.roster.person, self.who)

    async def off(
        self, function: Callable[..., Value], *args: Any, slow: bool = False, **more: Any
    ) -> Value:
        """As ``State.off``."""
        return await self.state.off(function, *args, slow=slow, **more)

    @cached_property
    def language(self) -> Language:
        """The language asked for (``lang``), else of the roster, else of the browser."""
        wished = self.get_query_argument("lang", "")
        if wished in LANGUAGES:
            return language(wished)
        person = getattr(self, "person", None)
        if person is not None and person.language:
            return language(person.language)
        return accepted_language(self.request.headers.get("Accept-Language", ""))

    @cached_property
    def catalogue(self) -> Catalogue:
        """Our own words in that language."""
        return find_catalogue(Path(dalil.__file__).parent, self.language)

    def text(self, message: str, **values: Any) -> str:
        """*message* (a msgid of ours) in the caller's language."""
        return translate(message, values, self.catalogue)

    def module(self, name: str) -> Module:
        """The module of that name; 404 when there is none. Reads files: use ``off``."""
        try:
            found = module_id(name)
        except UsageError:
            raise HTTPError(404) from None
        if found not in module_ids(self.state.settings):
            raise HTTPError(404)
        return load_module(self.state.settings, found)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """The whole number *name* of the query. Raises UsageError."""
        text = self.get_query_argument(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
            raise UsageError(f"{name}: a whole number from {low} to {high}, not {text[:20]!r}")
        return int(text)

    def refusal(self, error: BaseException | None, status: int) -> tuple[int, str, str]:
        """(status, kind, one line) for what went wrong."""
        if isinstance(error, BusyError):
            return 429, KINDS[429], self.text(WORDS[429])
        if isinstance(error, DalilError):
            status, kind = status_of(error)
            return status, kind, said(error, self.catalogue)
        if isinstance(error, MissingArgumentError):
            return 400, KINDS[400], f"{error.arg_name}: missing"
        known = status if status in WORDS else (400 if status < HTTPStatus(500) else 500)
        return status, KINDS[known], self.text(WORDS[known])


class ApiHandler(Handler):
    """Answers programs: JSON, errors as ``{"error": one line, "kind": a word}``."""

    def ask_to_log_in(self) -> None:
        self.tell(403, "log-in", self.text(LOG_IN))

    def tell(self, status: int, kind: str, line: str) -> None:
        """End the answer with an error."""
        self.set_status(status)
        self.answer({"error": line, "kind": kind})

    def answer(self, value: Json | dict[str, Any] | list[Any], status: int | None = None) -> None:
        """End the answer with *value*."""
        if status is not None:
            self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def body(self) -> dict[str, Any]:
        """The request's JSON object. Raises UsageError."""
        try:
            value = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise UsageError("the request's body: not JSON") from None
        if not isinstance(value, dict):
            raise UsageError("the request's body: a JSON object is expected")
        return value

    def write_error(self, status_code: int, **more: Any) -> None:
        error = more.get("exc_info", (None, None, None))[1]
        status, kind, line = self.refusal(error, status_code)
        self.tell(status, kind, line)


class PageHandler(Handler):
    """Answers people: pages from ``templates``, errors as a page; who is not known is sent to log
    in and comes back."""

    def ask_to_log_in(self) -> None:
        if self.request.method in ("GET", "HEAD"):
            self.redirect(self.get_login_url())
            return
        self.send_error(403)

    def page(self, template: str, **values: Any) -> None:
        """End the answer with a page: ``t`` translates in it, ``nonce`` lets a script run."""
        nonce = secrets.token_urlsafe(16)
        self.set_header("Content-Security-Policy", PAGE_POLICY.format(nonce=nonce))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        pages: Environment = self.settings["pages"]
        self.finish(
            pages.get_template(template).render(
                t=self.text,
                language=self.language,
                direction=self.catalogue.direction,
                base=self.settings["prefix"],
                nonce=nonce,
                xsrf=self.xsrf_token.decode("ascii"),
                who=self.who,
                person=self.person,
                scopes=self.scopes,
                **values,
            )
        )

    def write_error(self, status_code: int, **more: Any) -> None:
        error = more.get("exc_info", (None, None, None))[1]
        status, _, line = self.refusal(error, status_code)
        self.set_status(status)
        self.page("error.html", line=line, status=status)


def pages() -> Environment:
    """What fills the service's templates; everything is escaped."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
