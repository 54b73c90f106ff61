"""Accounts of the academy's own: passwords kept as bcrypt hashes among the records.

jupyterhub-firstuseauthenticator keeps them and lets people change theirs. Its name is what is left
out here: nobody gets a password by being the first to try a name; `dalil account` gives the first.
"""

from __future__ import annotations

import dbm
import secrets
from pathlib import Path
from typing import Any

from firstuseauthenticator import FirstUseAuthenticator
from tornado.web import RequestHandler

from dalil.errors import RecordsError, UsageError
from dalil.hub.accounts import OnTheRoster
from dalil.roster import Roster
from dalil.settings import Settings

_LONGEST = 72  # bytes that bcrypt takes in


class NativeAccounts(OnTheRoster, FirstUseAuthenticator):  # type: ignore[misc]
    """Lets in who was given a password and knows it."""

    async def authenticate(self, handler: RequestHandler, data: dict[str, Any]) -> str | None:
        """Return the name if the password is right; the first to come sets none."""
        name = self.normalize_username(data.get("username", "").strip())
        password = data.get("password", "")
        if len(password.encode("utf-8", "replace")) > _LONGEST or not self.known(name):
            return None
        found: str | None = await super().authenticate(
            handler, {"username": name, "password": password}
        )
        return found

    def known(self, name: str) -> bool:
        """Say whether that person was given a password."""
        with dbm.open(self.dbm_path, "c", 0o600) as passwords:
            return name.encode("utf-8", "replace") in passwords


def passwords_of(settings: Settings) -> Path:
    """Where the hashes lie; the library adds an ending of its own."""
    return settings.records / "hub" / "passwords"


def give_password(settings: Settings, name: str, password: str = "") -> str:
    """Give somebody on the roster that password, or a made one; return it.

    Raises UsageError: not on the roster, too short or long; RecordsError.
    """
    if Roster(settings).person(name) is None:
        raise UsageError(f"{name}: not on the roster; import or add the person first")
    given = password or secrets.token_urlsafe(9)
    if len(given.encode()) > _LONGEST:
        raise UsageError(f"a password has at most {_LONGEST} bytes")
    place = passwords_of(settings)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        keeper = FirstUseAuthenticator(dbm_path=str(place), check_passwords_on_startup=False)
        told = keeper.reset_password(name, given)
    except OSError as error:
        raise RecordsError(f"{place}: {error}") from error
    if "success" not in told:
        raise UsageError(f"{name}: a password has at least {keeper.min_password_length} characters")
    return given
