"""The app's widgets over the figures of a random academy; tests/browser has the rest."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dalil.dashboards.figures import Figures
from dalil.dashboards.progress import Progress
from dalil.dashboards.words import VIEWS
from dalil.errors import ServiceError
from dalil.progress import LISTS
from dalil.progress import Progress as Kept
from tests.dalil.progress.ledgers import HOSTILE, MODULES, Academy, academy, now


class Service:
    """Answers as the academy's service does, without the way between."""

    def __init__(self, lived: Academy) -> None:
        self._kept = Kept(lived.places, lived.booked)
        self.asked: list[str] = []
        self.broken = ""

    def progress(self, what: str = "", query: Mapping[str, str] | None = None) -> dict[str, Any]:
        if self.broken:
            raise ServiceError(self.broken)
        self.asked.append(what)
        figures = self._kept.figures(MODULES, now(8))
        known = dict(query or {})
        only = {name: known.get(name) for name in ("cohort", "module")}
        if what == "choices":
            return figures.choices()
        if what in LISTS:
            return figures.listed(what, limit=int(known["limit"]), **only)
        if what.startswith("trainee/"):
            return figures.trainee("amina")
        return figures.by(known["by"], **only)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def tags(html: str) -> set[str]:
    parser = Tags()
    parser.feed(html)
    return parser.found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    lived = academy(tmp_path_factory.mktemp("academy"), 21)
    lived.enrol(16)
    lived.live(200)
    return Service(lived)


def started(service: Any, monkeypatch: pytest.MonkeyPatch, language: str = "en") -> Progress:
    monkeypatch.setenv("QUERY_STRING", f"lang={language}")
    service.broken = ""
    return Progress(Figures(language, service))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_view_is_shown_and_nobodys_name_is_markup(
    language: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started(service, monkeypatch, language)
    seen = ""
    for view in VIEWS:
        app._show.value = view
        assert app._status.value.count("role=") == 1, app._status.value
        assert app._body.value.startswith('<div dir="rtl">') == (language == "ar")
        for rows in ("cohort", "skills", "matrix") if view in ("overview", "spread") else ("",):
            if rows:
                app._rows.value = rows
            seen += app._body.value
            assert tags(app._body.value) <= {
                *("div", "p", "ul", "li", "b", "i", "small", "bdi", "h2", "h3", "img"),
                *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"),
            }
        assert app._exports.value.count('href="/services/dalil/progress/export/') == 2
    assert HOSTILE[0] not in seen
    assert "&lt;script&gt;" in seen


def test_somebody_is_looked_for_and_looked_at(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started(service, monkeypatch)
    app._show.value = "trainee"
    assert len(app._person.options) == 17
    assert "Choose somebody" in app._body.value
    app._find.value = "AMINA"
    assert app._person.value == "amina"
    assert "<h2>" in app._body.value
    assert "Choose somebody" not in app._body.value
    app._find.value = "nobody"
    assert [value for _, value in app._person.options] == [""]
    assert "<h2>" not in app._body.value
    app._cohort.value = "A"
    app._find.value = ""
    assert 1 < len(app._person.options) < 17


def test_answers_are_kept_until_fresh_ones_are_wanted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started(service, monkeypatch)
    app._show.value = "stuck"
    before = len(service.asked)
    app._show.value = "overview"
    app._show.value = "stuck"
    assert len(service.asked) == before
    app._fresh.click()
    assert len(service.asked) == before + 1


def test_what_the_service_refuses_is_said(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started(service, monkeypatch)
    service.broken = "the academy cannot be reached (<b>); try again in a moment"
    app._show.value = "late"
    assert 'role="alert"' in app._status.value
    assert "&lt;b&gt;" in app._status.value
    service.broken = ""
    app._fresh.click()
    assert 'role="status"' in app._status.value


def test_outside_the_hub_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUERY_STRING", "lang=fr")
    for name in ("DALIL_SERVICE_URL", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    app = Progress()
    assert "Cette application ne fonctionne que derrière" in app._status.value
