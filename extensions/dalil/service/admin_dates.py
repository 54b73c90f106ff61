"""Dates of modules and extensions, for admins: JSON and pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tornado.web import HTTPError

from dalil.errors import SaidError, UsageError
from dalil.models import N_
from dalil.roster import Calendar, Rules, moment
from dalil.roster.calendar import EVERYONE
from dalil.service.admin_pages import LayoutHandler, form_time
from dalil.service.handlers import ApiHandler, needs
from dalil.service.home import title_of

TIMES = ("opens", "due", "closes")
_NUMBER: str = N_("Attempts are a whole number.")


def rules_from(values: dict[str, Any]) -> Rules:
    """Rules as a request or form gives them: texts, or nothing. Raises UsageError."""
    opens, due, closes = (_time(values, name) for name in TIMES)
    return Rules(opens, due, closes, whole(values.get("attempts")))


def whole(value: Any) -> int | None:
    """A number of attempts, or None for nothing. Raises UsageError."""
    if value is None or value == "":
        return None
    text = str(value) if type(value) in (int, str) else "?"
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise SaidError(_NUMBER)
    return int(text)


def _time(values: dict[str, Any], name: str) -> datetime | None:
    text = values.get(name)
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise UsageError(f"{name}: a time as text, such as 2027-01-31T18:00+01:00")
    return moment(text, end=name != "opens")


def _plain(values: dict[str, Any], *names: str) -> dict[str, str]:
    """Those *names* of *values* as texts, empty where they lack. Raises UsageError."""
    found = {name: values.get(name) or "" for name in names}
    for name, value in found.items():
        if not isinstance(value, str):
            raise UsageError(f"{name}: text is expected")
    return found


class DatesApi(ApiHandler):
    """``GET`` and ``PUT api/dates``."""

    @needs("administer")
    async def get(self) -> None:
        calendar = await self.off(self.state.roster.calendar)
        modules = await self.off(self.state.learner.modules)
        self.answer(
            {
                "modules": [{"id": m.id, "title": title_of(m, self.language)} for m in modules],
                "cohorts": await self.off(self.state.roster.cohorts),
                "dates": [
                    {"module": d.module, "cohort": d.cohort, **d.rules.as_dict()}
                    for d in calendar.dates
                ],
                "extensions": [extension.as_dict() for extension in calendar.extensions],
            }
        )

    @needs("administer")
    async def put(self) -> None:
        values = self.body()
        names = _plain(values, "module", "cohort")
        module = await self.off(self.module, names["module"])
        seen = values.get("seen")
        if seen is not None and not isinstance(seen, dict):
            raise UsageError("seen: the dates that were looked at, as an object")
        rules = await self.off(
            self.state.roster.set_dates,
            module.id,
            who=self.who,
            cohort=names["cohort"],
            rules=rules_from(values),
            seen=None if seen is None else rules_from(seen),
        )
        self.answer({"module": module.id, "cohort": names["cohort"], **rules.as_dict()})


class ExtensionsApi(ApiHandler):
    """``POST api/extensions``: more time or attempts; with neither, it is taken back."""

    @needs("administer")
    async def post(self) -> None:
        values = self.body()
        names = _plain(values, "module", "trainee", "cohort", "why")
        module = await self.off(self.module, names["module"])
        rules = await self.off(
            self.state.roster.extend,
            module.id,
            who=self.who,
            why=names["why"],
            trainee=names["trainee"],
            cohort=names["cohort"],
            due=_time(values, "due"),
            attempts=whole(values.get("attempts")),
        )
        self.answer({"module": module.id, **rules.as_dict()})


class DatesPage(LayoutHandler):
    """``GET admin/dates``: every module, with its dates and extensions."""

    @needs("administer")
    async def get(self) -> None:
        calendar = await self.off(self.state.roster.calendar)
        cohorts = await self.off(self.state.roster.cohorts)
        modules = await self.off(self.state.learner.modules)
        self.show(
            "dates.html",
            modules=[
                {
                    "id": module.id,
                    "title": title_of(module, self.language),
                    "rows": _rows(calendar, module.id, cohorts),
                    "extensions": [e for e in calendar.extensions if e.module == module.id],
                }
                for module in modules
            ],
        )


def _rows(calendar: Calendar, module: str, cohorts: list[str]) -> list[tuple[str, Rules]]:
    """(cohort, what was set for it), everyone first; with cohorts that nobody is in any more."""
    known = {d.cohort for d in calendar.dates if d.module == module and d.cohort}
    groups = [EVERYONE, *sorted({*cohorts, *known})]
    return [(group, calendar.general(module, group)) for group in groups]


class SetDates(LayoutHandler):
    """``GET`` and ``POST admin/dates/set?module=&cohort=``."""

    @needs("administer")
    async def get(self) -> None:
        module, cohort = (
            self.get_query_argument("module", ""),
            self.get_query_argument("cohort", ""),
        )
        calendar = await self.off(self.state.roster.calendar)
        own = calendar.own(module, cohort)
        await self._form(module, cohort, _as_form(own))

    @needs("administer")
    async def post(self) -> None:
        module = await self.off(self.module, self.field("module"))
        cohort, values = self.field("cohort"), self.fields((*TIMES, "attempts"))
        seen = {name: self.field(f"seen_{name}") for name in (*TIMES, "attempts")}
        try:
            await self.off(
                self.state.roster.set_dates,
                module.id,
                who=self.who,
                cohort=cohort,
                rules=rules_from(values),
                seen=rules_from(seen),
            )
        except UsageError as error:
            status, line = self.reason(error)
            await self._form(module.id, cohort, {**values, **_prefixed(seen)}, status, line)
            return
        self.go("admin/dates", told="saved")

    async def _form(
        self, name: str, cohort: str, values: dict[str, str], status: int = 200, wrong: str = ""
    ) -> None:
        module = await self.off(self.module, name)
        self.show(
            "dates_set.html",
            status,
            module=module.id,
            title=title_of(module, self.language),
            cohort=cohort,
            values=values,
            wrong=wrong,
        )


def _as_form(rules: Rules) -> dict[str, str]:
    shown = {name: form_time(getattr(rules, name)) for name in TIMES}
    exact = {name: value or "" for name, value in rules.as_dict().items()}
    return {**shown, "attempts": str(rules.attempts or ""), **_prefixed(exact)}


def _prefixed(values: dict[str, Any]) -> dict[str, str]:
    return {f"seen_{name}": str(value) for name, value in values.items()}


class Extend(LayoutHandler):
    """``GET`` and ``POST admin/dates/extend?module=``."""

    @needs("administer")
    async def get(self) -> None:
        names = ("trainee", "cohort")
        values = {name: self.get_query_argument(name, "") for name in names}
        await self._form(self.get_query_argument("module", ""), values)

    @needs("administer")
    async def post(self) -> None:
        module = await self.off(self.module, self.field("module"))
        values = self.fields(("trainee", "cohort", "due", "attempts", "why"))
        back = bool(self.field("back"))
        try:
            if not back and not values["due"] and not values["attempts"]:
                raise SaidError(N_("Give a later time, more attempts, or both."))
            trainee = values["trainee"].strip()
            if trainee and await self.off(self.state.roster.person, trainee) is None:
                raise SaidError(N_("Nobody on the roster has this id."))
            await self.off(
                self.state.roster.extend,
                module.id,
                who=self.who,
                why=values["why"],
                trainee=trainee,
                cohort=values["cohort"],
                due=_time(values, "due"),
                attempts=whole(values["attempts"]),
            )
        except UsageError as error:
            status, line = self.reason(error)
            await self._form(module.id, values, status, line)
            return
        self.go("admin/dates", told="taken_back" if back else "saved")

    async def _form(
        self, name: str, values: dict[str, str], status: int = 200, wrong: str = ""
    ) -> None:
        if not name:
            raise HTTPError(404)
        module = await self.off(self.module, name)
        self.show(
            "extend.html",
            status,
            module=module.id,
            title=title_of(module, self.language),
            values={**dict.fromkeys(("due", "attempts", "why"), ""), **values},
            cohorts=await self.off(self.state.roster.cohorts),
            wrong=wrong,
        )


ROUTES: list[tuple[str, Any]] = [
    (r"api/dates", DatesApi),
    (r"api/extensions", ExtensionsApi),
    (r"admin/dates", DatesPage),
    (r"admin/dates/set", SetDates),
    (r"admin/dates/extend", Extend),
]
