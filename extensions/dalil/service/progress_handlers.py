"""Progress for instructors and admins: figures as JSON, CSV or an Excel workbook; never an answer.

``GET api/progress?by=&cohort=&module=`` is ``Figures.by``; ``api/progress/queue``, ``…/stuck`` and
``…/late`` are its lists, ``…/trainee/<id>`` one person and ``…/choices`` what may be asked for.
``format=csv`` or ``xlsx`` hands the same rows over as a file, with headings in the caller's
language. Breakdowns by unit, sex or rank always leave out what would say too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from dalil.errors import UsageError
from dalil.models import N_
from dalil.progress import LISTS, Figures, csv_lines, table_of, xlsx
from dalil.service.handlers import ApiHandler, PageHandler, needs

FORMATS: Final = ("json", "csv", "xlsx")
CHUNK: Final = 64 * 1024  # characters of CSV that are handed over at a time
MOST: Final = 1_000_000  # lines of a list
APP: Final = "/hub/user-redirect/dalil/progress"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES: Final = {
    "module": N_("Progress by module"),
    "cohort": N_("Progress by cohort"),
    "competency": N_("Progress by competency"),
    "skills": N_("Competencies by cohort"),
    "matrix": N_("Competencies by cohort and module"),
    "trainee": N_("Progress by trainee"),
    "unit": N_("Progress by unit"),
    "sex": N_("Progress by sex"),
    "rank": N_("Progress by rank"),
    "queue": N_("Queue"),
    "stuck": N_("Who is stuck"),
    "late": N_("Late work"),
    "person": N_("Progress of one trainee"),
}


class _Handler(ApiHandler):
    """Asks for figures, and hands them over in the format asked for."""

    async def ask(self, question: Callable[[Figures], dict[str, Any]]) -> dict[str, Any]:
        """The answer of the figures as of now."""
        overview, language = self.state.overview, self.language
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            overview.pool, lambda: question(overview.figures(language))
        )

    async def hand_over(self, name: str, found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """End the answer with *found*, or with its *rows* as a file. Raises UsageError."""
        wanted = self.wanted()
        if wanted == "json":
            self.answer(found)
            return
        view, title = table_of(name, rows), self.text(NAMES[name])
        today = datetime.now(UTC).date().isoformat()
        self.set_header(
            "Content-Disposition", f'attachment; filename="progress-{name}-{today}.{wanted}"'
        )
        if wanted == "xlsx":
            content = await asyncio.get_running_loop().run_in_executor(
                self.state.overview.pool,
                lambda: xlsx(
                    view,
                    title=title,
                    right_to_left=self.catalogue.direction == "rtl",
                    say=self.text,
                ),
            )
            self.set_header("Content-Type", XLSX)
            self.finish(content)
            return
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        waiting = 0
        for line in csv_lines(view, say=self.text):
            self.write(line)
            waiting += len(line)
            if waiting >= CHUNK:
                await self.flush()
                waiting = 0
        self.finish()

    def wanted(self) -> str:
        """The format asked for. Raises UsageError."""
        wanted = self.get_query_argument("format", "json")
        if wanted not in FORMATS:
            raise UsageError(f"format {wanted[:20]!r}: choose one of {', '.join(FORMATS)}")
        return wanted

    def only(self, name: str) -> str | None:
        """What the query limits the figures to; None: to nothing."""
        return self.get_query_argument(name, "") or None


class ByView(_Handler):
    """``GET api/progress``."""

    @needs("teach", "administer")
    async def get(self) -> None:
        self.wanted()
        view = self.get_query_argument("by", "module")
        cohort, module = self.only("cohort"), self.only("module")
        found = await self.ask(lambda figures: figures.by(view, cohort=cohort, module=module))
        await self.hand_over(view, found, found["rows"])


class Listed(_Handler):
    """``GET api/progress/queue`` and the other lists."""

    @needs("teach", "administer")
    async def get(self, name: str) -> None:
        self.wanted()
        cohort, module = self.only("cohort"), self.only("module")
        limit = self.whole("limit", MOST, 0, MOST)
        found = await self.ask(
            lambda figures: figures.listed(name, cohort=cohort, module=module, limit=limit)
        )
        await self.hand_over(name, found, found["rows"])


class OneTrainee(_Handler):
    """``GET api/progress/trainee/<id>``."""

    @needs("teach", "administer")
    async def get(self, name: str) -> None:
        self.wanted()
        found = await self.ask(lambda figures: figures.trainee(name))
        await self.hand_over("person", found, found["modules"])


class Choices(_Handler):
    """``GET api/progress/choices``."""

    @needs("teach", "administer")
    async def get(self) -> None:
        self.answer(await self.ask(lambda figures: figures.choices()))


class App(PageHandler):
    """``GET progress``: the app, which runs in the person's own server; the hub starts that."""

    @needs("teach", "administer")
    async def get(self) -> None:
        self.redirect(f"{APP}?{urlencode({'lang': self.language})}")


class Export(PageHandler):
    """``GET progress/export/<what>``: a file for a browser, which logs in on the way if need be."""

    @needs("teach", "administer")
    async def get(self, what: str) -> None:
        names = ("by", "cohort", "module", "format", "lang")
        query = {name: found for name in names if (found := self.get_query_argument(name, ""))}
        whose = quote(self.get_query_argument("trainee", ""), safe="")
        path = {"by": "", "trainee": f"/trainee/{whose}"}.get(what, f"/{what}")
        self.redirect(f"{self.settings['prefix']}api/progress{path}?{urlencode(query)}")


ROUTES: list[tuple[str, Any]] = [
    (r"api/progress", ByView),
    (rf"api/progress/({'|'.join(LISTS)})", Listed),
    (r"api/progress/trainee/([^/]+)", OneTrainee),
    (r"api/progress/choices", Choices),
    (r"progress", App),
    (rf"progress/export/(by|trainee|{'|'.join(LISTS)})", Export),
]
