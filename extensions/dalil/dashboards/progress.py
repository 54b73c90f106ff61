"""The app of progress: filters, what is shown under them, and files to take away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

import dalil
from dalil.dashboards.figures import SHOWN, Figures
from dalil.dashboards.pictures import distribution
from dalil.dashboards.tables import ALL, heat, percent, plain
from dalil.dashboards.words import EXPLAINED, ROWS, VIEWS
from dalil.errors import ServiceError
from dalil.models import N_
from dalil.progress import FIFTH_NAMES, LISTS, SENSITIVE, table_of
from dalil.translation import find_catalogue, translate, visitor_language

CHOSEN = {"unit": N_("Unit"), "sex": N_("Sex"), "rank": N_("Rank")}
BARS = 60  # of a picture; the table has all
CARDS = (
    ("people", N_("People")),
    ("submitted", N_("Submitted")),
    ("graded", N_("Graded")),
    ("late", N_("Late")),
    ("stuck", N_("Stuck")),
    ("waits", N_("To mark by hand")),
)
_WIDE = {"description_width": "initial"}


def app() -> widgets.Widget:
    """Return the app in the visitor's language."""
    return Progress().box


class Progress:
    """The widgets and what happens when they change; ``box`` holds them all."""

    def __init__(self, figures: Figures | None = None) -> None:
        language = visitor_language()
        catalogue = find_catalogue(Path(dalil.__file__).parent, language)
        self._catalogue, self._say, self._direction = (
            catalogue,
            catalogue.get,
            catalogue.direction,
        )
        self._figures = figures or Figures(language)
        self._show = _choice(self._say(N_("Show")), [(self._say(t), n) for n, t in VIEWS.items()])
        self._cohort = _menu(self._say(N_("Cohort")))
        self._module = _menu(self._say(N_("Module")))
        self._rows = _menu(self._say(N_("Rows")), [(self._say(t), n) for n, t in ROWS.items()])
        self._group = _menu(self._say(N_("By")), [(self._say(CHOSEN[n]), n) for n in SENSITIVE])
        self._fresh = widgets.Button(description=self._say(N_("Fresh figures")))
        self._find = widgets.Text(
            description=self._say(N_("Name or number")), continuous_update=False, style=_WIDE
        )
        self._person = _menu(self._say(N_("Trainee")))
        self._status, self._body, self._exports = (widgets.HTML() for _ in range(3))
        filters = widgets.HBox(
            [self._cohort, self._module, self._rows, self._group, self._find, self._person]
        )
        filters.add_class("dalil-filters")
        self._exports.add_class("dalil-exports")
        self.box = widgets.VBox(
            [self._show, filters, self._status, self._body, self._exports, self._fresh]
        )
        self.box.add_class("dalil-progress")
        self._begin()

    def _begin(self) -> None:
        try:
            choices = self._figures.choices()
        except ServiceError as error:
            self._refused(error)
            return
        everything = (self._say(ALL), "")
        self._cohort.options = [everything, *((c["cohort"],) * 2 for c in choices["cohorts"])]
        self._module.options = [
            everything,
            *((f"{m['title']} ({m['module']})", m["module"]) for m in choices["modules"]),
        ]
        for widget in (self._show, self._cohort, self._module, self._rows, self._group):
            widget.observe(self._changed, "value")
        self._find.observe(self._search, "value")
        self._person.observe(self._changed, "value")
        self._fresh.on_click(self._again)
        self._draw()

    # What happens

    def _again(self, _button: Any) -> None:
        self._figures.forget()
        self._draw()

    def _changed(self, change: Any) -> None:
        if change.owner in (self._show, self._cohort) and self._show.value == "trainee":
            self._offer()
        self._draw()

    def _search(self, _change: Any) -> None:
        self._offer()
        self._draw()

    def _offer(self) -> None:
        """Put the trainees that fit into the menu; whoever was chosen stays chosen."""
        try:
            rows = self._figures.by("trainee", self._cohort.value)
        except ServiceError as error:
            self._refused(error)
            return
        wanted = self._find.value.strip().casefold()
        fits = [r for r in rows if wanted in f"{r['name']} {r['trainee']}".casefold()][:SHOWN]
        options = [("–", ""), *((_known(row), row["trainee"]) for row in fits)]
        before = self._person.value
        names = [value for _, value in options]
        with self._person.hold_trait_notifications():
            self._person.options = options
            # one that fits is the one that was looked for
            self._person.value = (
                names[1] if wanted and len(names) == 2 else before if before in names else ""
            )

    def _draw(self) -> None:
        """Show what is chosen."""
        view = self._show.value
        for widget, shown in (
            (self._module, view != "trainee"),
            (self._rows, view in ("overview", "spread")),
            (self._group, view == "groups"),
            (self._find, view == "trainee"),
            (self._person, view == "trainee"),
        ):
            widget.layout.display = None if shown else "none"
        ways: dict[str, Callable[[], str]] = {
            "overview": self._overview,
            "spread": self._spread,
            "groups": self._groups,
            "trainee": self._trainee,
        }
        try:
            body = ways[view]() if view in ways else self._list(view)
        except ServiceError as error:
            self._refused(error)
            return
        chosen = view == "trainee" and self._person.value  # then there is nobody to be chosen
        explained = "" if chosen else f"<p>{escape(self._say(EXPLAINED[view]))}</p>"
        self._body.value = f'<div dir="{self._direction}">{explained}{body}</div>'

    def _refused(self, error: ServiceError) -> None:
        line = escape(self._say(str(error)))
        self._status.value = f'<p class="dalil-alert" role="alert" dir="auto">{line}</p>'

    def _fill(self, message: str, **values: Any) -> str:
        return translate(message, values, self._catalogue)

    def _said(self, answer: dict[str, Any], line: str = "") -> None:
        """The line above: as of when, and who is not counted."""
        at = datetime.fromisoformat(answer["at"])
        said = [self._fill(N_("As of {time} UTC."), time=f"{at:%Y-%m-%d %H:%M}")]
        if others := answer.get("others"):
            text = N_("Not counted: {count} people who are no longer on the roster.")
            said.append(self._fill(text, count=others))
        text = escape(" ".join([*said, line]).strip())
        self._status.value = f'<p role="status" dir="{self._direction}">{text}</p>'

    def _offer_files(self, what: str, **query: str) -> None:
        links = "".join(
            f'<a href="{escape(self._figures.export(what, form, **query), quote=True)}" '
            f"download>{name}</a> "
            for form, name in (("xlsx", "Excel (XLSX)"), ("csv", "CSV"))
        )
        label = escape(self._say(N_("Take away:")))
        self._exports.value = f'<p dir="{self._direction}">{label} {links}</p>'

    # What is shown

    @property
    def _chosen(self) -> dict[str, str]:
        return {"cohort": self._cohort.value, "module": self._module.value}

    def _overview(self) -> str:
        view, cohort, module = self._rows.value, *self._chosen.values()
        answer = self._figures.answer(view, cohort, module)
        rows = [row for row in answer["rows"] if row["cohort"] or cohort]
        cohorts = list(dict.fromkeys(row["cohort"] for row in rows))
        if not cohort and view != "matrix":
            total = {"cohort": "module", "skills": "competency"}[view]
            rows = [*rows, *self._figures.by(total, "", module)]
        self._said(answer)
        self._offer_files("by", by=view, **self._chosen)
        cards = self._cards(self._figures.by("module", cohort, module))
        return cards + heat(rows, self._say(ROWS[view]), self._say, cohorts)

    def _cards(self, rows: list[dict[str, Any]]) -> str:
        """The sums over modules; people are counted once."""
        items = []
        for key, label in CARDS:
            values = [row[key] for row in rows]
            count = max(values, default=0) if key == "people" else sum(values)
            items.append(f"<li><b>{count}</b>{escape(self._say(label))}</li>")
        return f'<ul class="dalil-cards">{"".join(items)}</ul>'

    def _spread(self) -> str:
        view, cohort, module = self._rows.value, *self._chosen.values()
        view = {"cohort": "module", "skills": "competency", "matrix": "matrix"}[view]
        answer = self._figures.answer(view, cohort, module)
        rows = [row for row in answer["rows"] if sum(row["bins"])]
        self._said(answer)
        self._offer_files("by", by=view, **self._chosen)
        caption = self._say(VIEWS["spread"])
        table = plain(table_of(view, rows), caption, self._say, ("issued", "submitted", "flags"))
        if not rows:
            return table
        names = [self._say(name) for name in FIFTH_NAMES]
        picture = distribution(rows[:BARS], caption, self._say(N_("Trainees")), names)
        more = escape(self._say(N_("The same in numbers")))
        return f"{picture}<details open><summary>{more}</summary>{table}</details>"

    def _list(self, name: str) -> str:
        assert name in LISTS
        answer = self._figures.listed(name, **self._chosen)
        shown, total = len(answer["rows"]), answer["total"]
        text = N_("{shown} of {total} are shown.")
        self._said(answer, self._fill(text, shown=shown, total=total))
        self._offer_files(name, **self._chosen)
        view = table_of(name, answer["rows"])
        return plain(view, self._say(VIEWS[name]), self._say, ("attempts", "flags", "title"))

    def _groups(self) -> str:
        field = self._group.value
        answer = self._figures.answer(field, **self._chosen)
        self._said(answer)
        self._offer_files("by", by=field, **self._chosen)
        return plain(
            table_of(field, answer["rows"]), self._say(CHOSEN[field]), self._say, ("module",)
        )

    def _trainee(self) -> str:
        name = self._person.value
        if not name:
            self._said(self._figures.answer("trainee", self._cohort.value))
            self._offer_files("by", by="trainee", cohort=self._cohort.value)
            rows = self._figures.by("trainee", self._cohort.value)
            wanted = self._find.value.strip().casefold()
            fits = [r for r in rows if wanted in f"{r['name']} {r['trainee']}".casefold()]
            return plain(table_of("trainee", fits[:SHOWN]), self._say(VIEWS["trainee"]), self._say)
        one = self._figures.trainee(name)
        self._said(one)
        self._offer_files("trainee", trainee=name)
        view = table_of("person", one["modules"])
        skills = "".join(
            f"<li><bdi>{escape(skill['title'])}</bdi> (<bdi>{escape(module['module'])}</bdi>) · "
            f"{percent(skill['share'])}</li>"
            for module in one["modules"]
            for skill in module["competencies"]
        )
        heading = escape(self._say(ROWS["skills"]))
        return (
            f"<h2><bdi>{escape(one['name'] or name)}</bdi></h2>"
            f"<p><bdi>{escape(name)}</bdi> · <bdi>{escape(one['cohort'])}</bdi></p>"
            f"{plain(view, one['name'] or name, self._say, ('attempts',))}"
            f"<h3>{heading}</h3><ul>{skills}</ul>"
        )


def _menu(label: str, options: list[tuple[str, str]] | None = None) -> widgets.Dropdown:
    return widgets.Dropdown(description=label, options=options or [("–", "")], style=_WIDE)


def _choice(label: str, options: list[tuple[str, str]]) -> widgets.ToggleButtons:
    return widgets.ToggleButtons(description=label, options=options, style=_WIDE)


def _known(row: dict[str, Any]) -> str:
    return f"{row['name']} ({row['trainee']})" if row["name"] else str(row["trainee"])
