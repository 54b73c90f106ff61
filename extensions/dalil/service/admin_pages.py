"""What the admin's pages and the home page share: layout, words, times, forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from babel.dates import format_datetime

from dalil.errors import DalilError
from dalil.models import LANGUAGES, Language
from dalil.service.admin_words import WORDS
from dalil.service.handlers import PageHandler

LOCALES: dict[Language, str] = {"en": "en_GB", "fr": "fr_FR", "ar": "ar_MA"}
LANGUAGE_NAMES: dict[Language, str] = {"ar": "العربية", "fr": "Français", "en": "English"}
_FORM_TIME = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> sends and takes


@dataclass(frozen=True)
class Link:
    """One place to go; ``here`` when this page is it."""

    label: str
    address: str
    here: bool = False


class Words:
    """``words.key`` is that word in the language of the page; ``words("key", name=…)`` fills it."""

    def __init__(self, handler: PageHandler) -> None:
        self._handler = handler

    def __getattr__(self, key: str) -> str:
        if key not in WORDS:
            raise AttributeError(key)
        return self._handler.text(WORDS[key])

    def __call__(self, key: str, **values: Any) -> str:
        return self._handler.text(WORDS[key], **values)


class LayoutHandler(PageHandler):
    """A page with the academy's head: links of the person's role, language, log-out."""

    def show(self, template: str, status: int = 200, **values: Any) -> None:
        """End the answer with that page."""
        self.set_status(status)
        self.page(
            template,
            words=Words(self),
            links=self.links(),
            languages=[(name, LANGUAGE_NAMES[name]) for name in reversed(LANGUAGES)],
            here=self.request.path,
            log_out=f"{self.hub}logout",
            when=self.when,
            zone=zone(),
            quoted=urlencode,
            **{"told": self.told(), **values},
        )

    @property
    def hub(self) -> str:
        """The hub's own address as a browser sees it."""
        return str(self.hub_auth.hub_prefix)

    @property
    def base(self) -> str:
        return str(self.settings["prefix"])

    def links(self) -> list[Link]:
        """Where the head of the page leads."""
        if "administer" not in self.scopes:
            return []
        places = ("roster", "dates", "history", "backups")
        return [
            Link(
                self.text(WORDS[place]),
                f"{self.base}admin/{place}",
                self.request.path.startswith(f"{self.base}admin/{place}"),
            )
            for place in places
        ]

    def told(self) -> str:
        """What the last step has to say, by a word in the address."""
        word = self.get_query_argument("told", "")
        known = ("saved", "removed", "imported", "taken_back", "again")
        return self.text(WORDS[word]) if word in known else ""

    def when(self, at: datetime | str | None) -> str:
        """A time as people read it, in the server's zone and the page's language."""
        if not at:
            return ""
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        local = moment.astimezone()
        comma = "،" if self.language == "ar" else ","
        pattern = f"d MMM y{comma} HH:mm"
        return str(format_datetime(local, pattern, locale=LOCALES[self.language]))

    def go(self, place: str, **query: str) -> None:
        """Send the browser on to *place* below the prefix, after a change."""
        ending = f"?{urlencode({k: v for k, v in query.items() if v})}" if query else ""
        self.redirect(f"{self.base}{quote(place)}{ending}", status=303)

    def field(self, name: str) -> str:
        """The form's field *name*, empty when it was not sent."""
        return self.get_body_argument(name, "")

    def fields(self, names: Iterable[str]) -> dict[str, str]:
        """Several fields of the form, by name."""
        return {name: self.field(name) for name in names}

    def reason(self, error: DalilError) -> tuple[int, str]:
        """(status, one line) of what a form was refused for."""
        status, _, line = self.refusal(error, 400)
        return status, line


def zone() -> str:
    """The server's time zone as a difference from UTC, such as UTC+01:00."""
    offset = datetime.now(UTC).astimezone().strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def form_time(at: datetime | None) -> str:
    """A time as a form's field holds it, in the server's zone."""
    return at.astimezone().strftime(_FORM_TIME) if at else ""
