"""The learner's routes: one's own curriculum, exercises, submissions and results."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode
from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, stream_request_body

from dalil.curriculum import Module
from dalil.errors import DalilError, TooLargeError, UsageError
from dalil.exchange import Receipt
from dalil.exchange.store import Incoming
from dalil.grading.pending import Pending
from dalil.models import LANGUAGES, Language, language
from dalil.notebooks import notebook_bytes
from dalil.service import learner_answers as answers
from dalil.service.handlers import ApiHandler, PageHandler, needs
from dalil.service.learner import MAX_SUBMISSION_BYTES, TOO_LARGE, Learner

MAX_WAIT = 25  # seconds
LOOK_AGAIN = 2.0  # seconds: another process (`dalil grade`) may have graded
UPLOADS = 2  # of one person at a time
# What is read of a body that is too large before the connection is cut.
MAX_DRAINED_BYTES: Final = 8 * MAX_SUBMISSION_BYTES
FEEDBACK_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox"
)


class _Learning(ApiHandler):
    """What the learner's handlers share."""

    @property
    def learner(self) -> Learner:
        return self.state.learner

    async def found(self, name: str) -> Module:
        """The module of that name; 404 when there is none."""
        return await self.off(self.module, name)

    def asked_language(self) -> Language:
        """The language in the query; else the caller's. Raises UsageError."""
        wished = self.get_query_argument("language", "")
        return language(wished) if wished else self.language

    def send_notebook(self, notebook: NotebookNode) -> None:
        """End the answer with a notebook."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(notebook_bytes(notebook))


class Curriculum(_Learning):
    """``GET api/curriculum``."""

    @needs("learn")
    async def get(self) -> None:
        self.answer(await self.off(self._curriculum))

    def _curriculum(self) -> dict[str, Any]:
        at, modules = datetime.now(UTC), self.learner.modules()
        standings = self.learner.standings(self.who, modules, at)
        spoken = self.language
        return answers.curriculum(
            modules, standings, lambda module: self.learner.titles(module, spoken), spoken, at
        )


class Issue(_Learning):
    """``POST api/modules/{module}/issue``."""

    @needs("learn")
    async def post(self, name: str) -> None:
        module, asked = await self.found(name), self.body()
        new = asked.get("new", False)
        wished = asked.get("language", self.language)
        if not isinstance(new, bool) or wished not in LANGUAGES:
            raise UsageError(f"new: true or false; language: one of {', '.join(LANGUAGES)}")
        content = await self.off(
            self.learner.issue, self.who, module, language(wished), new=new, slow=True
        )
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f'attachment; filename="{module.id}.zip"')
        self.state.changes.tell(module.id, self.who)
        self.finish(content)


class Lesson(_Learning):
    """``GET api/modules/{module}/lesson``."""

    @needs("learn")
    async def get(self, name: str) -> None:
        module = await self.found(name)
        self.send_notebook(await self.off(self.learner.lesson, module, self.asked_language()))


class Exercise(_Learning):
    """``GET api/modules/{module}/exercise``."""

    @needs("learn")
    async def get(self, name: str) -> None:
        module, spoken = await self.found(name), self.asked_language()
        self.send_notebook(await self.off(self.learner.exercise, self.who, module, spoken))


@stream_request_body
class Work(_Learning):
    """``POST api/modules/{module}/submission``: the notebook's bytes, never held in memory."""

    async def prepare(self) -> None:
        self.work: Incoming | None = None
        self._trouble: DalilError | None = None
        self._counted = False
        await super().prepare()
        if self._finished:
            return
        assert isinstance(self.request.connection, HTTP1Connection)
        self.request.connection.set_max_body_size(MAX_DRAINED_BYTES)
        length = self.request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > MAX_SUBMISSION_BYTES:
            self._trouble = TooLargeError(TOO_LARGE)
        self.asked = await self.found(self.path_args[0])
        self.attempt = self.whole("attempt", 0, 1, 10**6) or None
        if self.state.uploads[self.who] >= UPLOADS:
            raise HTTPError(429)
        self.state.uploads[self.who] += 1
        self._counted = True
        if self._trouble is None:
            self.work = await self.off(self.state.exchange.coming)

    def data_received(self, piece: bytes) -> None:
        if self.work is None or self._trouble is not None:
            return  # read on, so that whoever sends it hears why it is refused
        try:
            if self.work.bytes + len(piece) > MAX_SUBMISSION_BYTES:
                raise TooLargeError(TOO_LARGE)
            self.work.write(piece)
        except DalilError as error:
            self._trouble = error
            self.work.drop()

    @needs("learn")
    async def post(self, name: str) -> None:
        if self._trouble is not None:
            raise self._trouble
        assert self.work is not None
        receipt, new = await self.off(
            self.learner.submit, self.who, self.asked, self.work, self.attempt
        )
        if new:
            self._tell(receipt)
        self.answer(vars(receipt), 201 if new else 200)

    def _tell(self, receipt: Receipt) -> None:
        self.state.grading.ask(Pending(receipt.module, receipt.trainee, receipt.serial))
        self.state.changes.tell(receipt.module, receipt.trainee)

    def on_finish(self) -> None:
        self._end()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._end()

    def _end(self) -> None:
        if self.work is not None:
            self.work.drop()
        if self._counted:
            self._counted = False
            self.state.uploads[self.who] -= 1
            if not self.state.uploads[self.who]:
                del self.state.uploads[self.who]


class Result(_Learning):
    """``GET api/modules/{module}/result``: with ``wait``, as soon as the newest work is graded."""

    @needs("learn")
    async def get(self, name: str) -> None:
        module = await self.found(name)
        seconds = self.whole("wait", 0, 0, 10**6)
        after = self.whole("after", 0, 0, 10**12)
        loop, changes = asyncio.get_running_loop(), self.state.changes
        deadline = loop.time() + min(seconds, MAX_WAIT)
        while True:
            seen = changes.of(module.id, self.who)
            found = await self._look(module)
            left = deadline - loop.time()
            if _settled(found, after) or left <= 0 or changes.closed:
                self.answer(found)
                return
            await changes.after(seen, min(LOOK_AGAIN, left), module.id, self.who)

    async def _look(self, module: Module) -> dict[str, Any]:
        return await self.off(
            self.state.results.look,
            self.who,
            module,
            (self.language, self.catalogue),
            f"{self.settings['prefix']}api/modules/{module.id}/feedback",
            self.state.grading.failures.get((module.id, self.who)),
        )


def _settled(found: dict[str, Any], after: int) -> bool:
    """Whether that result is the last word on the submission with the serial *after*."""
    known = found["receipt"] is not None and found["receipt"]["serial"] >= after
    return found["state"] in ("graded", "failed") and known


class History(_Learning):
    """``GET api/modules/{module}/history``."""

    @needs("learn")
    async def get(self, name: str) -> None:
        module = await self.found(name)
        self.answer(
            await self.off(self.state.results.history, self.who, module, self.asked_language())
        )


class Feedback(PageHandler):
    """``GET api/modules/{module}/feedback``: one's own page, which runs and loads nothing."""

    @needs("learn")
    async def get(self, name: str) -> None:
        module = await self.off(self.module, name)
        page: Path = await self.off(self.state.results.feedback, self.who, module, slow=True)
        content = await self.off(page.read_bytes)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", FEEDBACK_POLICY)
        self.finish(content)


_MODULE = r"api/modules/([a-z][a-z0-9]{1,31})"
ROUTES: list[tuple[str, Any]] = [
    (r"api/curriculum", Curriculum),
    (rf"{_MODULE}/issue", Issue),
    (rf"{_MODULE}/lesson", Lesson),
    (rf"{_MODULE}/exercise", Exercise),
    (rf"{_MODULE}/submission", Work),
    (rf"{_MODULE}/result", Result),
    (rf"{_MODULE}/history", History),
    (rf"{_MODULE}/feedback", Feedback),
]
