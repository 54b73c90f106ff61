"""The roster's pages: list, one person, import in two steps. Work without scripts."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tornado.web import HTTPError

from dalil.errors import DalilError, UsageError
from dalil.models import LANGUAGES
from dalil.roster import ROLES, SEXES, Person, Plan
from dalil.roster.people import FIELDS, checked
from dalil.roster.sheet import ENCODINGS
from dalil.service.admin_pages import LANGUAGE_NAMES, LayoutHandler
from dalil.service.admin_roster import apply, change, matching, remove
from dalil.service.handlers import needs
from dalil.service.refusals import said

ROWS = 100  # of a list or plan on one page
KEPT_SECONDS = 1800
_MAX_KEPT = 8


@dataclass(frozen=True)
class Upload:
    """A file between the look at its plan and the import."""

    who: str
    data: bytes
    complete: bool
    encoding: str
    at: float


class Uploads:
    """Files that admins have looked at the plan of: a few, for half an hour, in memory only."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def keep(self, upload: Upload) -> str:
        """Keep *upload*; returns the word by which its owner gets it."""
        word = secrets.token_urlsafe(16)
        self._kept[word] = upload
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return word

    def get(self, word: str, who: str) -> Upload | None:
        """What *who* kept under that word, unless it is too long ago."""
        found = self._kept.get(word)
        if found is None or found.who != who or found.at < time.monotonic() - KEPT_SECONDS:
            return None
        return found

    def drop(self, word: str) -> None:
        """Forget it."""
        self._kept.pop(word, None)


UPLOADS = Uploads()


class RosterPage(LayoutHandler):
    """``GET admin/roster``."""

    @needs("administer")
    async def get(self) -> None:
        people = await self.off(self.state.roster.people)
        asked = {key: self.get_query_argument(key, "") for key in ("q", "cohort", "role")}
        chosen = matching(people, asked["q"], asked["cohort"], asked["role"])
        last = max((len(chosen) - 1) // ROWS, 0)
        page = min(self.whole("page", 0, 0, 10**6), last)
        self.show(
            "roster.html",
            people=chosen[page * ROWS : (page + 1) * ROWS],
            number=len(chosen),
            total=len(people),
            cohorts=sorted({person.cohort for person in people if person.cohort}),
            roles=ROLES,
            asked=asked,
            before=self._page(asked, page - 1) if page else "",
            after=self._page(asked, page + 1) if page < last else "",
            names=LANGUAGE_NAMES,
        )

    def _page(self, asked: dict[str, str], page: int) -> str:
        return f"?{urlencode({**asked, 'page': page})}"


class PersonPage(LayoutHandler):
    """``GET`` and ``POST admin/roster/person?id=``: one person, or a new one."""

    @needs("administer")
    async def get(self) -> None:
        name = self.get_query_argument("id", "")
        person = await self.off(self.state.roster.person, name) if name else None
        if name and person is None:
            raise HTTPError(404)
        await self._form(person.as_dict() if person else {}, person.tag if person else "")

    @needs("administer")
    async def post(self) -> None:
        values, tag = self.fields(FIELDS), self.field("tag")
        if self.field("remove"):
            await self._remove(values["id"], tag)
            return
        wrong: dict[str, str] = {}
        for name, value in values.items():
            try:
                checked(name, value)
            except UsageError as error:
                wrong[name] = self.reason(error)[1]
        status = 400
        if not wrong:
            try:
                await self.off(change, self.state.roster, Person(**values), self.who, tag)
            except UsageError as error:
                status, wrong[""] = self.reason(error)
        if wrong:
            await self._form(values, tag, wrong, status)
        else:
            self.go("admin/roster", told="saved")

    async def _remove(self, name: str, tag: str) -> None:
        try:
            await self.off(remove, self.state.roster, name, self.who, tag)
        except UsageError as error:
            status, line = self.reason(error)
            person = await self.off(self.state.roster.person, name)
            values = person.as_dict() if person else {"id": name}
            await self._form(values, tag, {"": line}, status)
        else:
            self.go("admin/roster", told="removed")

    async def _form(
        self,
        values: dict[str, str],
        tag: str,
        wrong: dict[str, str] | None = None,
        status: int = 200,
    ) -> None:
        self.show(
            "person.html",
            status,
            values={**dict.fromkeys(FIELDS, ""), "role": "trainee", **values},
            tag=tag,
            wrong=wrong or {},
            cohorts=await self.off(self.state.roster.cohorts),
            roles=ROLES,
            sexes=[sex for sex in SEXES if sex],
            speaks=[(name, LANGUAGE_NAMES[name]) for name in LANGUAGES],
        )


class ImportPage(LayoutHandler):
    """``GET admin/roster/import``; ``POST`` shows the plan, or does it by its word."""

    @needs("administer")
    async def get(self) -> None:
        self._form()

    @needs("administer")
    async def post(self) -> None:
        if word := self.field("word"):
            await self._apply(word)
            return
        sent = self.request.files.get("file", [])
        if not sent or not sent[0]["body"]:
            self._form(400, self.text("Choose a file first."))
            return
        upload = Upload(
            self.who,
            sent[0]["body"],
            bool(self.field("complete")),
            self.field("encoding"),
            time.monotonic(),
        )
        try:
            plan = await self._plan(upload)
        except DalilError as error:
            status, line = self.reason(error)
            self._form(status, line)
            return
        word = UPLOADS.keep(upload) if plan.ok else ""
        self._look(plan, word, 200 if plan.ok else 400)

    async def _apply(self, word: str) -> None:
        upload = UPLOADS.get(word, self.who)
        if upload is None:
            self.go("admin/roster/import", told="again")
            return
        plan = await self._plan(upload)
        try:
            await self.off(apply, self.state.roster, plan, self.who, self.field("basis"))
        except UsageError as error:
            status, line = self.reason(error)
            self._look(plan, word, status, line)
            return
        UPLOADS.drop(word)
        self.go("admin/roster", told="imported")

    async def _plan(self, upload: Upload) -> Plan:
        return await self.off(
            self.state.roster.plan_import,
            upload.data,
            complete=upload.complete,
            encoding=upload.encoding,
        )

    def _form(self, status: int = 200, wrong: str = "") -> None:
        self.show(
            "import.html", status, wrong=wrong, encodings=ENCODINGS[1:], columns=", ".join(FIELDS)
        )

    def _look(self, plan: Plan, word: str, status: int, wrong: str = "") -> None:
        self.show(
            "plan.html",
            status,
            plan=plan,
            word=word,
            wrong=wrong,
            rows=ROWS,
            said=lambda error: said(error, self.catalogue),
        )


ROUTES: list[tuple[str, Any]] = [
    (r"admin/roster", RosterPage),
    (r"admin/roster/person", PersonPage),
    (r"admin/roster/import", ImportPage),
]
