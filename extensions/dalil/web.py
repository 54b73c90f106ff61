"""What stands before every handler of our services behind the hub: who asks, and safe headers."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from jupyterhub.services.auth import HubOAuthenticated, UserNotAllowed
from tornado.web import HTTPError, RequestHandler

from dalil.errors import DalilError

log = logging.getLogger(__name__)


class KnownHandler(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """For people whom the hub knows and lets reach the service; not for use by itself."""

    policy: ClassVar[str] = "default-src 'none'; frame-ancestors 'none'; sandbox"

    def set_default_headers(self) -> None:
        self.set_header("Server", "dalil")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Content-Security-Policy", self.policy)

    async def identified(self) -> dict[str, Any] | None:
        """The hub's model of the person who asks; None when the answer asked to log in.

        Raises HTTPError: 403 for whom may not reach the service, for who is no person, and for a
        request that another page forged.
        """
        model: dict[str, Any] | None = await self.hub_auth.get_user(self, sync=False)
        if model is None:
            self.ask_to_log_in()
            return None
        try:
            self.current_user = self.check_hub_user(model)
        except UserNotAllowed:
            raise HTTPError(403) from None
        self.check_xsrf_cookie()
        self.check_origin_of_change()
        if model["kind"] != "user":
            raise HTTPError(403)
        return model

    def check_origin_of_change(self) -> None:
        """Refuse a change that a browser says a page of another origin asks for.

        Programs say nothing of it. Raises HTTPError.
        """
        site = self.request.headers.get("Sec-Fetch-Site", "none")
        reads = self.request.method in ("GET", "HEAD", "OPTIONS")
        if not reads and site not in ("same-origin", "none"):
            raise HTTPError(403)

    def ask_to_log_in(self) -> None:
        """Answer somebody whom the hub does not know."""
        raise HTTPError(403)

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Only what nobody expected is a traceback in the log."""
        if isinstance(error, DalilError | HTTPError):
            log.info("%s %s: %s", self.request.method, self.request.path, error)
        else:
            log.error("%s %s", self.request.method, self.request.path, exc_info=error)
