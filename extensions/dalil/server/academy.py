"""Asking the academy's service, as the person whose server this is.

The service's address and the server's token come from the environment that the hub set.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from dalil.client import SERVICE_VARIABLE, TOKEN_VARIABLE
from dalil.models import Json
from dalil.server.refusals import Refusal

MAX_ANSWER_BYTES = 512 << 20  # exhibits with images in them
SECONDS = 60.0  # more than the longest wait for a result
SECONDS_OF_WORK = 600.0  # forging exhibits, checking a module, sending a large notebook
_TIMED_OUT = 599  # tornado's own number for: no answer


@dataclass(frozen=True)
class Answer:
    """What the service said; an error is passed on as it is."""

    status: int
    kind: str
    content: bytes

    def json(self) -> Any:
        """The answer's JSON. Raises Refusal."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise Refusal(
                f"the academy's answer is no JSON ({error}); try again", "badBundle", 502
            ) from error


class Academy:
    """The service; every method raises Refusal."""

    def __init__(self) -> None:
        self._http = AsyncHTTPClient(
            force_instance=True,
            defaults={"user_agent": "dalil.server", "connect_timeout": 10.0},
            max_body_size=MAX_ANSWER_BYTES,
            max_buffer_size=MAX_ANSWER_BYTES,
            max_clients=32,
        )

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        kind: str = "application/json",
        seconds: float = SECONDS,
        lost: str = "offline",
    ) -> Answer:
        """Send *body*, of a media type *kind*, to *path* below ``api/``; any answer is returned.

        Without an answer the refusal's kind is "offline", or *lost* when the request may have
        arrived all the same.
        """
        address = os.environ.get(SERVICE_VARIABLE, "")
        request = HTTPRequest(
            f"{address.rstrip('/')}/api/{path}",
            method=method,
            body=body,
            headers={
                "Authorization": f"token {os.environ.get(TOKEN_VARIABLE, '')}",
                "Content-Type": kind,
                "Accept-Encoding": "identity",
            },
            request_timeout=seconds,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )
        try:
            response = await self._http.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            raise _no_answer(path, error, lost) from error
        if response.code == _TIMED_OUT:
            raise _no_answer(path, response.error, lost)
        if HTTPStatus.MULTIPLE_CHOICES <= response.code < HTTPStatus.BAD_REQUEST:
            raise Refusal(f"{path}: the academy asks to log in", "sessionEnded", 403)
        return _answer(response)

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON at *path*. Raises Refusal with what the service refused."""
        return (await self.wanted("GET", path, **more)).json()

    async def wanted(self, method: str, path: str, **more: Any) -> Answer:
        """As ``ask``, but an error of the service's is raised as a Refusal."""
        answer = await self.ask(method, path, **more)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            said: Json = {}
            if answer.kind.startswith("application/json"):
                said = answer.json()
            line, kind = f"{path}: the academy answered {answer.status}", "offline"
            if isinstance(said, dict):
                line, kind = str(said.get("error", line)), str(said.get("kind", kind))
            raise Refusal(line, kind, answer.status)
        return answer


def _answer(response: HTTPResponse) -> Answer:
    kind = response.headers.get("Content-Type", "application/octet-stream")
    return Answer(response.code, kind, response.body or b"")


def _no_answer(path: str, error: BaseException | None, lost: str) -> Refusal:
    # Before the connection stood, nothing can have arrived.
    refused = isinstance(error, ConnectionRefusedError)
    reason = str(error) or type(error).__name__
    kind = "offline" if refused else lost
    return Refusal(f"{path}: no answer from the academy ({reason}); try again", kind, 502)
