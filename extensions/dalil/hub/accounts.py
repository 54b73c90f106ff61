"""Who may log in, and what role that gives: the authenticator says who, the roster says what.

A person that is not on the roster does not get in, however well known elsewhere. Roles become
groups of the hub at log-in and again while people are at work; scopes hang on groups.
"""

from __future__ import annotations

import asyncio
import hmac
import math
from typing import Any

from jupyterhub.auth import Authenticator, PAMAuthenticator
from jupyterhub.handlers import LoginHandler
from tornado.web import HTTPError, RequestHandler
from traitlets import Instance, Unicode

from dalil.errors import UsageError
from dalil.hub.attempts import Attempts
from dalil.hub.words import CHOICE, Speech
from dalil.models import LANGUAGES, language
from dalil.roster import Roster
from dalil.settings import Settings
from dalil.translation import accepted_language

GROUPS: dict[str, str] = {"trainee": "trainees", "instructor": "instructors", "admin": "admins"}


def groups_of(role: str, course_id: str) -> list[str]:
    """The hub's groups of somebody with that role."""
    found = [group for known, group in GROUPS.items() if known == role]
    return [*found, f"formgrade-{course_id}"] if role == "instructor" else found


class TooManyTries(HTTPError):  # noqa: N818 - the hub takes the headers of such an error over
    """Too many wrong passwords for a name; *wait*: seconds until it may be tried again."""

    def __init__(self, wait: float) -> None:
        super().__init__(429, "too many wrong passwords")
        self.headers = {"Retry-After": str(math.ceil(wait))}


class OnTheRoster(Authenticator):  # type: ignore[misc]
    """For any authenticator: mixed in before it, it lets in who is on the roster, with its role.

    Nobody is an administrator of the hub itself, whatever a directory says.
    """

    settings = Instance(Settings, help="The academy's settings.").tag(config=True)
    attempts = Instance(Attempts, args=())

    async def get_authenticated_user(
        self, handler: RequestHandler, data: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """The hub's way into every log-in; by password, only so often."""
        given = data.get("username", "") if data and "password" in data else ""
        name = self.normalize_username(given.strip())
        if name and (wait := self.attempts.begin(name)):
            self.log.warning("%.40r: too many wrong passwords", name)
            raise TooManyTries(wait)
        model: dict[str, Any] | None = await super().get_authenticated_user(handler, data)
        if model is not None and name:
            self.attempts.succeeded(name)
        return model

    async def run_post_auth_hook(
        self, handler: RequestHandler, auth_model: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """The hub's last word on a log-in: with groups, or a refusal that the person reads."""
        model: dict[str, Any] | None = await super().run_post_auth_hook(handler, auth_model)
        if model is None:
            return None
        groups = await asyncio.to_thread(self._groups, model["name"])
        if groups is None:
            self.log.warning("%r is not on the roster", model["name"])
            raise HTTPError(403, f"{model['name']}: not on the roster of the academy")
        return {**model, "groups": groups, "admin": False}

    async def refresh_user(
        self, user: Any, handler: RequestHandler | None = None, **more: Any
    ) -> bool | dict[str, Any]:
        """From time to time: whoever left the roster is logged out, a new role gives its groups."""
        fresh: bool | dict[str, Any] = await super().refresh_user(user, handler, **more)
        if not fresh:
            return False
        groups = await asyncio.to_thread(self._groups, user.name)
        if groups is None:
            return False
        known = fresh if isinstance(fresh, dict) else {"name": user.name}
        return {**known, "groups": groups, "admin": False}

    def get_handlers(self, app: Any) -> list[Any]:
        """The library's own pages, the log-in in three languages."""
        found = [
            (path, _speaking(page) if issubclass(page, LoginHandler) else page, *more)
            for path, page, *more in super().get_handlers(app)
        ]
        return [*found, ("/login", _speaking(LoginHandler))]

    def _groups(self, name: str) -> list[str] | None:
        person = Roster(self.settings).person(name)
        return groups_of(person.role, self.settings.course_id) if person else None


class SpokenLogin:
    """For a log-in page, mixed in before it: chosen by ``?lang=``, kept, else the browser's."""

    @property
    def template_namespace(self: Any) -> dict[str, Any]:
        names: dict[str, Any] = super().template_namespace  # type: ignore[misc]
        chosen = self.get_query_argument("lang", "")
        if chosen in LANGUAGES:
            self.set_cookie(CHOICE, chosen, path=self.hub.base_url, httponly=True, samesite="Lax")
        kept = chosen or self.get_cookie(CHOICE, "")
        if kept not in LANGUAGES:
            kept = accepted_language(self.request.headers.get("Accept-Language", ""))
        return {**names, "speech": Speech(language(kept))}


def _speaking(page: type[LoginHandler]) -> type[LoginHandler]:
    return type(f"Spoken{page.__name__}", (SpokenLogin, page), {})


class DemonstrationAuthenticator(OnTheRoster):
    """Everybody on the roster, with one password that the log-in page shows."""

    password = Unicode(help="The password of all.").tag(config=True)

    async def authenticate(self, handler: RequestHandler, data: dict[str, str]) -> str | None:
        """Return the name if the password is right."""
        given, wanted = data.get("password", ""), self.password
        same = hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
        return data.get("username", "").strip() if wanted and same else None


def rostered(base: type[Authenticator]) -> type[Authenticator]:
    """Return *base*, of whatever library, with the roster's word on who gets in."""
    return type(f"Rostered{base.__name__}", (OnTheRoster, base), {})


def authenticator(kind: str) -> type[Authenticator]:
    """The authenticator for one of ``c.Dalil.accounts``. Raises UsageError: not installed."""
    try:
        match kind:
            case "demonstration":
                return DemonstrationAuthenticator
            case "pam":
                return rostered(PAMAuthenticator)
            case "oidc":
                from oauthenticator.generic import GenericOAuthenticator

                return rostered(GenericOAuthenticator)
            case "ldap":
                from ldapauthenticator import LDAPAuthenticator

                return rostered(LDAPAuthenticator)
            case _:
                from dalil.hub.native import NativeAccounts

                return NativeAccounts
    except ImportError as error:
        raise UsageError(
            f"accounts of the kind {kind!r} need a package that is missing ({error.name}); "
            "install dalil[accounts]"
        ) from error
