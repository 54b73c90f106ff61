"""What may be asked of the service, one method each; whatever goes wrong is a ServiceError."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

import httpx

from dalil.configuration import SERVICE_VARIABLE
from dalil.errors import ServiceError
from dalil.exchange import Receipt
from dalil.exchange.parcel import Parcel, unpacked
from dalil.models import Language

TOKEN_VARIABLE: Final = "JUPYTERHUB_API_TOKEN"
RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 4.0)
PASSING: Final = frozenset({0, 429, 502, 503, 504})  # no answer, or one that may change soon
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 120.0  # a forge may take long


class Client:
    """Speaks to the service at *url* in the name of whoever *token* belongs to.

    Use as a context manager, or ``close``. Several threads may use one.
    """

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/",
            headers={"Authorization": f"token {token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,  # a proxy of the outside world does not know the hub
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def me(self) -> dict[str, Any]:
        """Who the caller is: id, name, role, language, cohort, scopes."""
        return self._json("GET", "me")

    def set_language(self, speaks: Language) -> None:
        """Let the roster remember the caller's language."""
        self._json("PUT", "me/language", json={"language": speaks})

    def curriculum(self) -> dict[str, Any]:
        """The caller's modules: states, dates, marks and what may be done."""
        return self._json("GET", "curriculum")

    def issue(self, module: str, speaks: Language | None = None, *, new: bool = False) -> Parcel:
        """The caller's case; *new* asks for another attempt's. Raises ExchangeError."""
        wanted: dict[str, Any] = {"new": new}
        if speaks is not None:
            wanted["language"] = speaks
        answer = self._answer("POST", f"modules/{module}/issue", json=wanted)
        return unpacked(answer.content, module)

    def submit(self, module: str, notebook: bytes, attempt: int | None = None) -> Receipt:
        """Hand in; where no answer came it is sent again, which the academy takes for one."""
        query = {} if attempt is None else {"attempt": attempt}
        waits = iter(RETRY_SECONDS)
        while True:
            try:
                said = self._json(
                    "POST", f"modules/{module}/submission", params=query, content=notebook
                )
            except ServiceError as error:
                seconds = next(waits, None)
                if seconds is None or error.status not in PASSING:
                    raise
                time.sleep(seconds)
            else:
                return Receipt.from_json(json.dumps(said))

    def result(self, module: str, *, wait: float = 0, after: int = 0) -> dict[str, Any]:
        """What became of the newest work; *wait* seconds for that of the receipt *after*."""
        query = {"wait": int(wait), "after": after}
        return self._json("GET", f"modules/{module}/result", params=query)

    def history(self, module: str) -> dict[str, Any]:
        """Exhibits with digests, events and receipts of the caller's own case."""
        return self._json("GET", f"modules/{module}/history")

    def feedback(self, module: str) -> bytes:
        """The feedback page of the newest graded work."""
        return self._answer("GET", f"modules/{module}/feedback").content

    def progress(self, what: str = "", query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Figures of the academy: ``what`` is empty, a list, ``choices`` or ``trainee/<id>``."""
        return self._json("GET", f"progress/{what}".rstrip("/"), params=dict(query or {}))

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        value = _read(self._answer(method, path, **more))
        if not isinstance(value, dict):
            raise ServiceError(f"{path}: the academy's service answered something else than asked")
        return value

    def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer, if it is a good one. Raises ServiceError."""
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise unreachable(error) from error
        if answer.is_redirect:  # a page, and the hub asks to log in
            raise refused(403, {"error": "log in at the academy again", "kind": "log-in"})
        if answer.is_success:
            return answer
        raise refused(answer.status_code, _read(answer))


def from_environment(variables: Mapping[str, str] = os.environ) -> Client | None:
    """The client of a server that the hub started; None where there is no service."""
    url, token = variables.get(SERVICE_VARIABLE), variables.get(TOKEN_VARIABLE)
    return Client(url, token) if url and token else None


def unreachable(error: Exception) -> ServiceError:
    """What a person is told when there was no answer."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return ServiceError(f"the academy cannot be reached ({reason}); try again in a moment")


def refused(status: int, said: Any) -> ServiceError:
    """The service's own words, or the status where something else answered."""
    if isinstance(said, dict) and isinstance(said.get("error"), str):
        return ServiceError(said["error"], status, str(said.get("kind", "failed")))
    kind = "unreachable" if status >= 500 else "failed"
    return ServiceError(f"the academy's service answered {status}; try again", status, kind)


def _read(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
