"""An academy's service of one trainee, for tests of what asks it: real exhibits, real receipts.

It answers as docs/lab.md says, and does on command what a real one does only when it breaks.
"""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from dalil.curriculum import load_module
from dalil.exchange import Exchange
from dalil.exchange.notice import with_notice
from dalil.models import Language, TraineeId, language, module_id
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import read_notebook
from dalil.settings import Settings
from dalil.translation import find_catalogue, localise

TOKEN = "the-token-of-amina"
AMINA = TraineeId("amina")
MODULE = "custody"


class FakeAcademy:
    """``address`` is what DALIL_SERVICE_URL says; the other attributes are levers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.module = load_module(settings, module_id(MODULE))
        Course(settings).release(self.module)
        self.exchange = Exchange(settings)
        self.speaks: Language = "ar"
        self.attempt: int | None = None
        self.submissions: list[bytes] = []
        self.receipt: dict[str, Any] | None = None
        self.asked: list[tuple[str, str]] = []
        self.drop = False  # take the next submission, then hang up without a word
        self.closed = False  # answer 403, as with a token that is no longer good
        self.away = False  # answer nobody
        self.broken = False  # work that came in cannot be marked
        self.marked = threading.Event()  # results are there
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> FakeAcademy:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *error: object) -> None:
        self.marked.set()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/services/dalil/"

    def reset(self) -> None:
        """As on the first day: nothing issued, nothing submitted."""
        self.attempt, self.submissions, self.speaks, self.receipt = None, [], "ar", None
        self.drop = self.closed = self.away = self.broken = False
        self.marked.clear()
        self.asked.clear()

    def _serve(self) -> None:
        async def serve() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            server = HTTPServer(
                Application([(r"/services/dalil/api/(.*)", _Handler, {"academy": self})]),
                max_body_size=100 << 20,
            )
            sockets = bind_sockets(0, "127.0.0.1")
            self._port = sockets[0].getsockname()[1]
            server.add_sockets(sockets)
            self._ready.set()
            await self._stop.wait()
            server.stop()

        asyncio.run(serve())

    # --- what it knows ---

    def me(self) -> dict[str, Any]:
        return {
            "id": AMINA,
            "name": "أمينة بنعلي",
            "role": "trainee",
            "language": self.speaks,
            "cohort": "2027-A",
            "scopes": ["learn"],
            "languages": ["ar", "fr", "en"],
            "course": "academy",
        }

    def text(self, message: str) -> str:
        return find_catalogue(self.module.course, self.speaks).get(message)

    def curriculum(self) -> dict[str, Any]:
        done = self.marked.is_set() and bool(self.submissions) and not self.broken
        state = "open"
        if self.attempt:
            state = "graded" if done else "submitted" if self.submissions else "issued"
        actions = ["lesson", "app", "issue"]
        actions += ["submit"] if self.attempt else []
        actions += ["result"] if self.submissions else []
        actions += ["attempt"] if done else []
        issued = "2027-02-01T09:00:00Z" if self.attempt else None
        competencies = [
            {"id": name, "title": self.text(title)}
            for name, title in self.module.competencies.items()
        ]
        one = {
            "id": MODULE,
            "code": self.module.code,
            "title": self.text(self.module.title),
            "summary": self.text(self.module.summary),
            "hours": self.module.hours,
            "competencies": competencies,
            "prerequisites": [],
            "opens": None,
            "due": "2099-03-01T17:00:00Z",
            "closes": None,
            "attempts_allowed": 3,
            "attempt": self.attempt or 0,
            "attempts": self.attempt or 0,
            "state": state,
            "points": 11.5 if done else None,
            "max_points": 20 if done else None,
            "share": 0.575 if done else None,
            "mastered": False,
            "late": False,
            "waits": int(done),
            "issued": issued,
            "submitted": "2027-02-01T10:00:00Z" if self.submissions else None,
            "graded": "2027-02-01T10:00:05Z" if done else None,
            "app": True,
            "actions": actions,
        }
        return {
            "language": self.speaks,
            "at": "2027-02-01T08:00:00Z",
            "modules": [one],
            "competencies": [{**c, "modules": [MODULE], "share": 0} for c in competencies],
        }

    def result(self) -> dict[str, Any]:
        done = self.marked.is_set()
        state = "nothing" if not self.submissions else "graded" if done else "waiting"
        if self.broken and done and self.submissions:
            state = "failed"
        questions = [
            {
                "id": question.id,
                "title": self.text(question.title),
                "points": None if question.written else 4.0 if number == 0 else 0.0,
                "max_points": 4.0,
                "message": EXPLANATION[self.speaks] if number else "",
                "flag": None,
                "waits": question.written,
            }
            for number, question in enumerate(self.module.questions)
        ]
        graded = state == "graded"
        return {
            "state": state,
            "attempt": self.attempt,
            "receipt": self.receipt,
            "points": 11.5 if graded else None,
            "max_points": 20.0 if graded else None,
            "graded": "2027-02-01T10:00:05Z" if graded else None,
            "questions": questions if graded else [],
            "remarks": ["cell 3 ended the kernel"] if state == "failed" else [],
            "feedback": f"/services/dalil/api/modules/{MODULE}/feedback" if graded else None,
        }

    def notebook(self, kind: str, speaks: Language) -> Any:
        if kind == "lesson":
            catalogue = find_catalogue(self.module.course, speaks)
            return localise(read_notebook(self.module.lesson), speaks, catalogue)
        told = released(self.settings, self.module, speaks)
        return with_notice(told, self.settings.limits, speaks)

    def bundle(self, speaks: Language, anew: bool) -> bytes:
        attempt = (self.attempt or 0) + 1 if anew or not self.attempt else self.attempt
        issued = self.exchange.issue(self.module, AMINA, speaks, attempt)
        if attempt != self.attempt:
            self.attempt, self.submissions, self.receipt = attempt, [], None
            self.marked.clear()
        file = io.BytesIO()
        with TemporaryDirectory() as name, zipfile.ZipFile(file, "w") as archive:
            folder = Path(name)
            self.exchange.deliver(issued, folder, self.notebook("exercise", speaks))
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder).as_posix())
        return file.getvalue()

    def receive(self, content: bytes, attempt: int) -> dict[str, Any] | None:
        with TemporaryDirectory() as name:
            Path(name, f"{MODULE}.ipynb").write_bytes(content)
            receipt = self.exchange.seal(self.module, AMINA, Path(name), attempt)
        self.submissions.append(content)
        self.receipt = json.loads(receipt.to_json())
        return self.receipt

    def history(self) -> dict[str, Any]:
        issued = self.exchange.find(MODULE, AMINA)
        exhibits = issued.exhibits if issued else ()
        titles = {exhibit.name: exhibit.title for exhibit in self.module.exhibits}
        events = self.exchange.ledger.events(trainee=AMINA, module=MODULE)
        return {
            "exhibits": [
                {
                    "name": one.name,
                    "file": one.file,
                    "title": self.text(titles[one.name]),
                    "sha256": one.sha256,
                    "bytes": one.bytes,
                }
                for one in exhibits
            ],
            "events": [
                {"seq": e.seq, "at": e.at.isoformat(), "kind": e.kind, "who": e.who, "what": e.what}
                for e in events
            ],
            "receipts": [self.receipt] if self.receipt else [],
        }


EXPLANATION = {
    "ar": "لا توافق البصمة `9f86d081` القيد 4: أعد قراءة الفقرة عن SHA-256.",
    "fr": "L'empreinte `9f86d081` ne correspond pas à l'entrée 4 : relisez SHA-256.",
    "en": "The digest `9f86d081` does not match entry 4: read on SHA-256 again.",
}


class _Handler(RequestHandler):
    def initialize(self, academy: FakeAcademy) -> None:
        self.academy = academy

    def prepare(self) -> None:
        academy = self.academy
        academy.asked.append((str(self.request.method), self.path_args[0]))
        if academy.away:
            self._hang_up()
        elif academy.closed or self.request.headers.get("Authorization") != f"token {TOKEN}":
            self._tell({"error": "Log in at the academy first.", "kind": "log-in"}, 403)

    async def get(self, path: str) -> None:
        academy = self.academy
        speaks = language(self.get_query_argument("language", academy.speaks))
        wait = float(self.get_query_argument("wait", "0"))
        if path.endswith("/result") and academy.submissions:
            await asyncio.to_thread(academy.marked.wait, wait)
        answers: dict[str, Callable[[], Any]] = {
            "me": academy.me,
            "curriculum": academy.curriculum,
            f"modules/{MODULE}/result": academy.result,
            f"modules/{MODULE}/history": academy.history,
            f"modules/{MODULE}/lesson": lambda: academy.notebook("lesson", speaks),
            f"modules/{MODULE}/exercise": lambda: academy.notebook("exercise", speaks),
        }
        if path not in answers:
            self._tell({"error": "There is nothing at this address.", "kind": "not-found"}, 404)
            return
        self._tell(answers[path]())

    def put(self, path: str) -> None:
        self.academy.speaks = language(json.loads(self.request.body)["language"])
        self._tell({"language": self.academy.speaks})

    def post(self, path: str) -> None:
        academy = self.academy
        if path.endswith("/issue"):
            asked = json.loads(self.request.body)
            self.set_header("Content-Type", "application/zip")
            self.finish(academy.bundle(language(asked["language"]), asked["new"]))
            return
        receipt = academy.receive(self.request.body, int(self.get_query_argument("attempt")))
        if academy.drop:
            academy.drop = False
            self._hang_up()
        else:
            self._tell(receipt, 201)

    def _tell(self, value: Any, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        text = nbformat.writes(value) if hasattr(value, "nbformat") else json.dumps(value)
        self.finish(text)

    def _hang_up(self) -> None:
        connection = self.request.connection
        assert connection is not None
        self.detach().close()
