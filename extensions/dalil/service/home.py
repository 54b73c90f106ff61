"""The home page of the academy: what each role finds where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dalil.curriculum import Module
from dalil.errors import UsageError
from dalil.models import Language, language
from dalil.progress.attainment import Attainment
from dalil.roster import Rules
from dalil.service.admin_pages import LayoutHandler
from dalil.service.admin_words import STATES, WORDS
from dalil.service.handlers import needs
from dalil.service.learning import state_of
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
    state: str
    points: tuple[float, float] | None
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
        learner = self.state.learner
        modules = learner.modules()
        standings = learner.standings(self.who, modules)
        query = urlencode({"lang": self.language})
        return [
            ModuleCard(
                module=module,
                title=title_of(module, self.language),
                summary=learner.titles(module, self.language).get(module.summary),
                rules=standings[module.id].rules,
                state=self.text(STATES[state_of(standings[module.id])]),
                points=_points(standings[module.id].attained),
                app=f"/services/apps/{module.id}?{query}" if module.app.is_file() else "",
            )
            for module in modules
        ]


def _points(attained: Attainment | None) -> tuple[float, float] | None:
    """Points and what they are out of, once there are some."""
    if attained is None or attained.points is None or attained.max_points is None:
        return None
    return attained.points, attained.max_points


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
