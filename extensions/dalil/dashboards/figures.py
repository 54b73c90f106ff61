"""Getting the figures from the academy's service, each once until somebody asks for fresh ones."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from dalil.client import Client, from_environment
from dalil.errors import ServiceError
from dalil.models import N_, Language

EXPORT = "/services/dalil/progress/export"  # for the browser: it logs in on the way
NO_SERVICE = N_("This app works behind the academy's hub only.")
SHOWN = 200  # lines of a list


class Figures:
    """What the service says; titles are in *language*. Every method raises ServiceError."""

    def __init__(self, language: Language, client: Client | None = None) -> None:
        self._client = client or from_environment()
        self._language = language
        self._kept: dict[str, dict[str, Any]] = {}

    def forget(self) -> None:
        """Ask again from now on."""
        self._kept.clear()

    def choices(self) -> dict[str, Any]:
        """Cohorts, modules, competencies."""
        return self._ask("choices", {})

    def by(self, view: str, cohort: str = "", module: str = "") -> list[dict[str, Any]]:
        """The rows by that view."""
        found: list[dict[str, Any]] = self.answer(view, cohort, module)["rows"]
        return found

    def answer(self, view: str, cohort: str = "", module: str = "") -> dict[str, Any]:
        """The whole answer by that view."""
        return self._ask("", {"by": view, "cohort": cohort, "module": module})

    def listed(self, name: str, cohort: str = "", module: str = "") -> dict[str, Any]:
        """The first lines of that list, and how many there are."""
        return self._ask(name, {"cohort": cohort, "module": module, "limit": str(SHOWN)})

    def trainee(self, name: str) -> dict[str, Any]:
        """One trainee, module by module."""
        return self._ask(f"trainee/{quote(name, safe='')}", {})

    def export(self, what: str, form: str, **query: str) -> str:
        """The address under which a browser gets the same as a file."""
        known = {key: value for key, value in query.items() if value}
        return f"{EXPORT}/{what}?{urlencode({**known, 'format': form, 'lang': self._language})}"

    def _ask(self, what: str, query: dict[str, str]) -> dict[str, Any]:
        known = {key: value for key, value in query.items() if value}
        place = f"{what}?{urlencode(known)}"
        if place not in self._kept:
            if self._client is None:
                raise ServiceError(NO_SERVICE)
            self._kept[place] = self._client.progress(what, {**known, "lang": self._language})
        return self._kept[place]
