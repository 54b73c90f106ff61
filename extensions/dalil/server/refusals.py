"""Why something was not done, for the panel that asked: a word that it has a text for."""

from __future__ import annotations

from http import HTTPStatus

from dalil.models import Json


class Refusal(Exception):  # noqa: N818 - no fault of the program's
    """``kind`` is a word that the panel knows, ``values`` fill the places of its text.

    ``str(refusal)`` is one line in English for programs and logs.
    """

    def __init__(
        self, line: str, kind: str, status: int = HTTPStatus.CONFLICT, **values: str
    ) -> None:
        super().__init__(line)
        self.kind = kind
        self.status = int(status)
        self.values = values

    def body(self) -> dict[str, Json]:
        """The answer's JSON object."""
        return {"error": str(self), "kind": self.kind, "values": dict(self.values)}
