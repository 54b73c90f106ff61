"""What stands in front of each of formgrader's requests: names in addresses, headers, languages."""

from __future__ import annotations

import getpass
import re
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from tornado import web

import dalil
from dalil.configuration import frames
from dalil.errors import DalilError
from dalil.models import Language, language
from dalil.nbgrader.feedback import Titles
from dalil.nbgrader.people import People
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue

Method = TypeVar("Method", bound=Callable[..., Any])

# Of nbgrader's own pages, which hold scripts in their text; what they show is escaped.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {frames}"
)
# Of the page with a trainee's work: scripts that the server itself names, and those they load.
MARKING_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors {frames}"
)
# Part of a page's script in nbgrader's templates, where nothing may end a string or a tag, and of
# paths on the disk, where nothing may lead to another folder.
_NAME = re.compile(r"(?!\.+$)[^<>\"'`\\&{}/\x00-\x1f\x7f]{1,256}")


def signed_in(method: Method) -> Method:
    """Only for who is logged in, with nbgrader's own checks."""
    return cast(Method, web.authenticated(check_xsrf(check_notebook_dir(method))))


class Guarded(JupyterHandler):
    """In front of each of nbgrader's handlers: names are looked at, nothing stale is shown."""

    @property
    def content_security_policy(self) -> str:
        return POLICY.format(frames=frames())

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")

    async def prepare(self, *args: Any, **more: Any) -> None:
        await super().prepare(*args, **more)
        names = [*self.path_args, *self.path_kwargs.values()]
        if not all(_NAME.fullmatch(name or "none") for name in names):
            raise web.HTTPError(404)
        if (gradebook := self.settings["nbgrader_gradebook"]) is not None:
            gradebook.db.rollback()  # ends what it has seen: others write there too

    @property
    def people(self) -> People:
        """Names and languages."""
        found: People = self.settings["dalil_people"]
        return found

    def own_page(self) -> str:
        """Let this answer run no scripts but those with the nonce that is returned."""
        nonce = secrets.token_urlsafe(16)
        self.set_header(
            "Content-Security-Policy", MARKING_POLICY.format(nonce=nonce, frames=frames())
        )
        return nonce

    @cached_property
    def speaks(self) -> Language:
        """Whoever marks: the language asked for in the address, on the roster, of the browser."""
        wished = [self.get_argument("lang", ""), self.people.language(self.marker)]
        for part in self.request.headers.get("Accept-Language", "").split(","):
            wished.append(part.split(";")[0].strip()[:2].lower())
        for name in wished:
            if name in ("ar", "fr", "en"):
                return language(name)
        return "en"

    @cached_property
    def catalogue(self) -> Catalogue:
        return find_catalogue(Path(dalil.__file__).parent, self.speaks)

    @property
    def marker(self) -> str:
        """Who marks: the hub's user; where nobody logs in by name, the server's own account."""
        user = self.current_user
        if hub_user := getattr(user, "hub_user", None):
            return str(hub_user["name"])
        if type(self.identity_provider) in (IdentityProvider, PasswordIdentityProvider):
            return getpass.getuser()
        return str(user.username)


def titles(settings: Settings, assignment: str) -> Titles:
    """The titles of a module; a course without a module of ours has none."""
    try:
        return Titles.of(settings, assignment)
    except DalilError:
        return Titles("", {}, None)
