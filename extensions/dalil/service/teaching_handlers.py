"""What instructors ask: modules, checks, previews, translations, releases, the live queue."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError

from dalil.curriculum import Module, load_module, new_module
from dalil.errors import UsageError
from dalil.models import ModuleId, language, module_id, trainee_id
from dalil.service.handlers import ApiHandler, needs
from dalil.service.teaching import Teaching
from dalil.service.teaching_checks import refused
from dalil.service.teaching_files import known, open_to_group, stamp
from dalil.service.teaching_modules import bring_up_to_date, survey, translations
from dalil.service.teaching_preview import previewed
from dalil.service.teaching_queue import queue

MAX_WAIT = 25  # seconds that an answer may take to come
PAUSE = 1.0  # seconds between two looks at the ledger


class TeachingHandler(ApiHandler):
    """Shared by the routes below."""

    @property
    def teaching(self) -> Teaching:
        if "teaching" not in self.settings:
            self.settings["teaching"] = Teaching(self.state)
        found: Teaching = self.settings["teaching"]
        return found

    async def named(self, name: str) -> tuple[ModuleId, str]:
        """The module *name* and the stamp of its files; 404 when there is no such folder."""
        found = await self.off(known, self.state.settings, name)
        if found is None:
            raise HTTPError(404)
        return found, await self.off(stamp, self.state.settings, found)


class Modules(TeachingHandler):
    """``GET`` and ``POST api/teach/modules``."""

    @needs("teach")
    async def get(self) -> None:
        state = self.state
        rows = await self.off(survey, state.settings, state.exchange.ledger, self.language)
        for row in rows:
            found = await self.off(known, state.settings, row["id"])
            row["check"] = found and (await self._check(found))
        self.answer({"course": state.settings.course_id, "modules": rows})

    async def _check(self, module: ModuleId) -> dict[str, Any]:
        present = await self.off(stamp, self.state.settings, module)
        told = self.teaching.checks.of(module).as_dict(present)
        del told["findings"]
        return told

    @needs("teach")
    async def post(self) -> None:
        body = self.body()
        name, title = body.get("id"), body.get("title")
        if not isinstance(name, str) or not isinstance(title, str):
            raise UsageError("a new module wants an id and a title, both texts")
        wanted = module_id(name)
        async with self.teaching.making:
            made = await self.off(self._make, wanted, title)
        self.answer({"id": made.id, "title": made.title}, 201)

    def _make(self, name: ModuleId, title: str) -> Module:
        made = new_module(self.state.settings, name, title)
        open_to_group(self.state.settings, name)
        return made


class Check(TeachingHandler):
    """``POST api/teach/modules/{m}/check`` starts one; ``GET …?wait=&after=`` follows it;
    ``DELETE`` ends it."""

    @needs("teach")
    async def post(self, name: str) -> None:
        module, present = await self.named(name)
        check = await self.teaching.checks.start(module, self.who, present)
        self.answer(check.as_dict(present), 202)

    @needs("teach")
    async def get(self, name: str) -> None:
        wait = self.whole("wait", 0, 0, MAX_WAIT)
        after = self.whole("after", -1, 0, 2**53)
        module, _ = await self.named(name)
        check = await self.teaching.checks.news(module, after, wait)
        _, present = await self.named(name)
        self.answer(check.as_dict(present))

    @needs("teach")
    async def delete(self, name: str) -> None:
        module, present = await self.named(name)
        await self.teaching.checks.stop(module)
        self.answer(self.teaching.checks.of(module).as_dict(present))


class Translations(TeachingHandler):
    """``GET api/teach/modules/{m}/translations``; ``POST`` brings the catalogues up to date."""

    @needs("teach")
    async def get(self, name: str) -> None:
        module, _ = await self.named(name)
        self.answer({"languages": await self.off(self._languages, module)})

    @needs("teach")
    async def post(self, name: str) -> None:
        module, _ = await self.named(name)
        async with self.teaching.making:
            changed = await self.off(self._update, module)
        languages = await self.off(self._languages, module)
        self.answer({"changed": changed, "languages": languages})

    def _languages(self, module: ModuleId) -> list[dict[str, Any]]:
        found = translations(load_module(self.state.settings, module))
        return [translation.as_dict(messages=True) for translation in found]

    def _update(self, module: ModuleId) -> list[str]:
        changed = bring_up_to_date(load_module(self.state.settings, module))
        open_to_group(self.state.settings, module)
        return changed


class Preview(TeachingHandler):
    """``GET api/teach/modules/{m}/preview?trainee=&language=``: a zip."""

    @needs("teach")
    async def get(self, name: str) -> None:
        module, _ = await self.named(name)
        trainee = trainee_id(self.get_query_argument("trainee"))
        speaks = language(self.get_query_argument("language", self.language))
        async with self.teaching.previewing:
            content = await previewed(self.state.settings, module, trainee, speaks)
        self.set_header("Content-Type", "application/zip")
        self.finish(content)


class Release(TeachingHandler):
    """``POST api/teach/modules/{m}/release``: checks the module first, unless it just was."""

    @needs("teach")
    async def post(self, name: str) -> None:
        module, present = await self.named(name)
        checks = self.teaching.checks
        if not checks.of(module).clean(present):
            await checks.start(module, self.who, present)
        check = await checks.result(module)
        if check.state != "done" or check.errors:
            raise refused(check)
        done = await self.off(
            self.teaching.releases.release, module, self.who, check.stamp, slow=True
        )
        self.answer(done)


class Queue(TeachingHandler):
    """``GET api/teach/queue?wait=&after=``: the newest submissions once something is new."""

    @needs("teach")
    async def get(self) -> None:
        wait = self.whole("wait", 0, 0, MAX_WAIT)
        after = self.get_query_argument("after", "")
        serial = await self.teaching.news(after, wait, PAUSE)
        state = self.state
        rows = await self.off(
            queue, state.settings, state.exchange.ledger, self.language, self.teaching.at_work()
        )
        self.answer({"serial": serial, "submissions": [self._row(row.as_dict()) for row in rows]})

    def _row(self, told: dict[str, Any]) -> dict[str, Any]:
        place = ""
        if told["submission"]:
            base = self.settings["prefix"].removesuffix("services/dalil/")
            course = self.state.settings.course_id
            path = f"formgrader/submissions/{quote(told['submission'], safe='')}"
            place = f"{base}services/{course}/{path}"
        return {**told, "formgrader": place}


ROUTES: list[tuple[str, Any]] = [
    (r"api/teach/modules", Modules),
    (r"api/teach/modules/([^/]+)/check", Check),
    (r"api/teach/modules/([^/]+)/translations", Translations),
    (r"api/teach/modules/([^/]+)/preview", Preview),
    (r"api/teach/modules/([^/]+)/release", Release),
    (r"api/teach/queue", Queue),
]
