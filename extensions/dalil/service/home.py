"""The home page of the academy: what each role finds where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dalil.curriculum import Module, find_modules
from dalil.errors import UsageError
from dalil.models import Language, language
from dalil.roster import Rules
from dalil.service.admin_pages import LayoutHandler
from dalil.service.admin_words import WORDS
from dalil.service.handlers import needs
from dalil.translation import find_catalogue


@dataclass(frozen=True)
class Card:
    """One place of the academy, with a line about it."""

    title: str
    says: str
    address: str


@dataclass(frozen=True)
class ModuleCard:
    """A module as the home page shows it."""

    module: Module
    title: str
    summary: str
    rules: Rules
    app: str


class Home(LayoutHandler):
    """``GET /services/dalil/``."""

    @needs()
    async def get(self) -> None:
        modules: list[ModuleCard] = []
        if self.scopes & {"learn", "teach"}:
            modules = await self.off(self._modules)
        self.show("home.html", cards=self._cards(), modules=modules)

    def _cards(self) -> list[Card]:
        course = self.state.settings.course_id
        progress = f"{self.base}progress?{urlencode({'lang': self.language})}"
        cards: list[tuple[str, str]] = []
        if "learn" in self.scopes:
            cards.append(("lab", f"{self.hub}user-redirect/lab"))
        if "teach" in self.scopes:
            cards.append(("marking", f"/services/{course}/formgrader"))
        if self.scopes & {"teach", "administer"}:
            cards.append(("progress", progress))
        if "administer" in self.scopes:
            places = ("roster", "dates", "history", "backups")
            cards += [(place, f"{self.base}admin/{place}") for place in places]
        return [
            Card(self.text(WORDS[key]), self.text(WORDS[f"{key}_says"]), address)
            for key, address in cards
        ]

    def _modules(self) -> list[ModuleCard]:
        calendar = self.state.roster.calendar()
        query = urlencode({"lang": self.language})
        return [
            ModuleCard(
                module=module,
                title=title_of(module, self.language),
                summary=find_catalogue(module.course, self.language).get(module.summary),
                rules=calendar.rules(module.id, self.who),
                app=f"/services/apps/{module.id}?{query}",
            )
            for module in find_modules(self.state.settings)
        ]


class ChooseLanguage(LayoutHandler):
    """``POST language``: the same as the API's, for browsers without scripts."""

    @needs()
    async def post(self) -> None:
        speaks = language(self.field("language"))
        place = self.field("next")
        if not place.startswith(self.base) or "//" in place or "\\" in place:
            place = self.base
        try:
            await self.off(self.state.roster.set_language, self.who, speaks)
        except UsageError:  # not on the roster: for this page only
            place = f"{place}?{urlencode({'lang': speaks})}"
        self.redirect(place, status=303)


def title_of(module: Module, speaks: Language) -> str:
    """The module's title in that language."""
    return find_catalogue(module.course, speaks).get(module.title)


ROUTES: list[tuple[str, Any]] = [
    (r"", Home),
    (r"language", ChooseLanguage),
]
