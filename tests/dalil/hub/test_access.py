"""The table of who may do what, row by row, and the same from inside a trainee's kernel."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from tornado.web import RequestHandler, StaticFileHandler

from dalil.nbgrader.marking_handlers import guarded
from dalil.roster import Person
from dalil.server.handlers import ACTIONS, PASSED_ON
from dalil.service.application import ROUTES
from dalil.settings import Settings
from tests.dalil.hub.access import COURSE, INSIDE, LOGIN, ROWS, SERVICE, WHO, YES, Row, page
from tests.dalil.hub.room import WAIT, Hub

PAGE = Path(__file__).parents[3] / "docs" / "access.md"
MODULE = f"{SERVICE}/api/modules/custody"
METHODS = ("get", "post", "put", "delete", "patch")
# Words of the command lines of processes that are not amina's.
PROCESSES = ("jupyterhub -f", "dalil.service", "youssef")
TAG = Person("somebody", "Somebody", "2099-Z").checked().tag


@dataclass
class Room:
    """A hub, what its learners have handed in, and what the names in braces stand for."""

    hub: Hub
    work: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    fresh: Iterator[str] = field(default_factory=lambda: iter(("glass", "paint")))

    def answer(self, name: str, row: Row) -> str:
        """What *row* answers to *name*, in the words of the table."""
        values = {**self.names, "new": self._new(name, row)}
        told = self.hub.ask(
            name,
            row.method,
            filled(row.path, values),
            content=self.work.get(name, b"{}") if row.work else filled(row.body or "", values),
            kind=row.kind,
        )
        if told.is_redirect:
            led = re.search(r"/hub/(login|api/oauth2/)", told.headers["location"])
            return LOGIN if led else YES
        return YES if told.is_success or told.status_code == 400 else str(told.status_code)

    def _new(self, name: str, row: Row) -> str:
        """A module's id; only who may make it uses one up."""
        allowed = dict(zip(WHO, row.answers, strict=True))[name] == YES
        return next(self.fresh) if allowed and "{new}" in (row.body or "") else "other"

    def handed_in(self, name: str) -> None:
        """Let *name* get a case and hand it in as it is; returns once it is graded."""
        assert self.hub.ask(name, "POST", f"{MODULE}/issue").is_success
        self.work[name] = self.hub.ask(name, "GET", f"{MODULE}/exercise").content
        sent = self.hub.ask(name, "POST", f"{MODULE}/submission", content=self.work[name])
        serial, deadline = sent.json()["serial"], time.monotonic() + WAIT
        state = ""
        while state != "graded":
            assert time.monotonic() < deadline, state
            told = self.hub.ask(name, "GET", f"{MODULE}/result?wait=25&after={serial}")
            state = told.json()["state"]


def filled(text: str, values: dict[str, str]) -> str:
    """*text* with what the names in braces stand for."""
    return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], text)


@pytest.fixture(scope="module")
def room(hub: Hub) -> Room:
    """Who learns has work on record, there is a backup, and three people's servers run."""
    made = Room(hub)
    hub.ask("nadia", "POST", f"{SERVICE}/api/backups")
    for name in ("amina", "youssef", "samira"):
        hub.start_server(name)
        made.handed_in(name)
    with Gradebook(hub.settings.gradebook_url, hub.settings.course_id) as gradebook:
        found = gradebook.find_submission_notebook("custody", "custody", "amina")
        made.names = {
            "submission": found.id,
            "grade": found.grades[0].id,
            "comment": found.comments[0].id,
            "tag": TAG,
        }
    assert hub.ask("nadia", "GET", f"{SERVICE}/api/backups").json()["backups"]
    return made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path}")
def test_each_answers_as_the_table_says(room: Room, row: Row) -> None:
    assert tuple(room.answer(name, row) for name in WHO) == row.answers


def addresses() -> Iterator[tuple[str, str]]:
    """Method and pattern of every address of the service, of formgrader, and of Lab's servers."""
    from nbgrader.server_extensions.formgrader import apihandlers, handlers

    for table in ROUTES:
        yield from methods(SERVICE + "/", table)
    theirs = guarded([*handlers.default_handlers, *apihandlers.default_handlers])
    prefix = COURSE.removesuffix("/formgrader")
    # Styles and fonts are the same for everybody.
    pages = [rule[:2] for rule in theirs if not issubclass(rule[1], StaticFileHandler)]
    yield from methods(prefix, pages)
    below = "/user/[a-z]+/dalil/api/"
    for method, pattern, _ in PASSED_ON:
        yield method, below + pattern
    for action in ACTIONS:
        yield "POST", f"{below}files/[a-z]+/{action}"


def methods(prefix: str, table: object) -> Iterator[tuple[str, str]]:
    """Method and pattern of each rule of *table*."""
    for pattern, handler in table:  # type: ignore[attr-defined]
        for method in METHODS:
            if getattr(handler, method) is not getattr(RequestHandler, method):
                yield method.upper(), prefix + pattern


@pytest.mark.parametrize(("method", "pattern"), list(addresses()))
def test_every_address_has_a_row(method: str, pattern: str) -> None:
    rows = [(row.method, row.path.partition("?")[0]) for row in ROWS]
    assert [path for verb, path in rows if verb == method and re.fullmatch(pattern, path)]


def places(settings: Settings) -> dict[str, list[Path]]:
    """What a trainee must not read, by what the table calls it."""
    records, root = settings.records, settings.root
    return {
        "read the ledger and the gradebook": [
            records / "dalil.db",
            records / "gradebook.db",
            records,
        ],
        "read the academy's keys": [settings.keys],
        "read the exchange's inbound": [settings.exchange],
        "read submissions of others": [
            part / "youssef/custody/custody.ipynb"
            for part in (settings.submitted, settings.autograded)
        ],
        "read exercises with solutions": [root / "exercises"],
        "read graders": [root / "graders"],
        "read another's home": [settings.homes / "youssef/private.txt", settings.homes / "samira"],
        "read the hub's database and cookie secret": [records / "hub"],
    }


def test_a_trainees_own_kernel_reaches_nothing_more(room: Room) -> None:
    hub = room.hub
    hub.run("youssef", "from pathlib import Path; Path('private.txt').write_text('mine')")
    hidden = places(hub.settings)
    for paths in hidden.values():
        assert all(path.exists() for path in paths), paths
    running = [" ".join(process.cmdline()) for process in hub.processes()]
    for word in PROCESSES:
        assert any(word in line for line in running), (word, running)
    variables = {
        "TEST_PUBLIC": hub.address,
        "TEST_PLACES": json.dumps(hidden, default=str),
        "TEST_PROCESSES": json.dumps(PROCESSES),
    }
    source = Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
    told = hub.run("amina", f"import os; os.environ.update({variables!r})\n{source}")
    assert json.loads(told) == INSIDE


def test_the_page_shows_this_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
