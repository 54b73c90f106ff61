"""A small academy without notebooks that run: cases, submissions, a gradebook and people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from traitlets.config import Config

from dalil.answers import form_from
from dalil.exchange import Exchange, Receipt
from dalil.roster import Person, Roster
from dalil.settings import Settings, settings_from

EVIDENCE = """
from __future__ import annotations

from dalil.forging import write_csv
from dalil.models import Evidence


def forge(seed, folder):
    number = int(seed.rng("plan").integers(10**6))
    write_csv(folder / "log.csv", ["n"], [[number]])
    return Evidence(truth={"number": number})
"""
LANGUAGE = "ar"
SESSIONS = ("hub.db", "hub.db-wal", "cookie_secret")  # the hub's: who is logged in


def still(name: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def settings_at(folder: Path, database_url: str = "", gradebook_url: str = "") -> Settings:
    plain = settings_from(Config(), folder.parent, folder)
    return replace(
        plain,
        database_url=database_url or plain.database_url,
        gradebook_url=gradebook_url or plain.gradebook_url,
    )


@dataclass
class Academy:
    """An academy in its folder, and one module."""

    settings: Settings
    module: Any

    @property
    def exchange(self) -> Exchange:
        return Exchange(self.settings)

    def submit(self, trainee: str, content: bytes = b"{}") -> Receipt:
        """Issue a case, if none was, and hand *content* in."""
        exchange = self.exchange
        exchange.issue(self.module, trainee, LANGUAGE)
        desk = self.settings.desks / trainee / "custody"
        desk.mkdir(parents=True, exist_ok=True)
        (desk / "custody.ipynb").write_bytes(content)
        return exchange.seal(self.module, trainee, desk)

    def elsewhere(self, folder: Path, **urls: str) -> Academy:
        """An empty place for the same academy."""
        return Academy(settings_at(folder, **urls), self.module)


def make_academy(folder: Path, **urls: str) -> Academy:
    """An academy in *folder* with two people, two submissions and files of every part."""
    grader = folder.parent / "graders" / "custody"
    grader.mkdir(parents=True, exist_ok=True)
    (grader / "evidence.py").write_text(EVIDENCE, encoding="utf-8")
    module = SimpleNamespace(
        id="custody",
        version="1",
        course=folder.parent / "courses" / "custody",
        grader=grader,
        exhibits=[SimpleNamespace(name="log", file="log.csv", title="Log")],
        questions=[
            SimpleNamespace(id="number", title="The number", form=form_from({"type": "integer"}))
        ],
    )
    academy = Academy(settings_at(folder, **urls), module)
    academy.settings.prepare()
    Roster(academy.settings).enrol(
        [Person("amina", name="أمينة بنعلي", cohort="2027-A"), Person("youssef")], who="tests"
    )
    for part in ("release", "submitted", "autograded", "feedback"):
        place = academy.settings.academy / part / "أمينة" / "custody"
        place.mkdir(parents=True)
        (place / "custody.ipynb").write_text(part, encoding="utf-8")
    inbound = academy.settings.exchange / "academy" / "inbound"
    inbound.mkdir(parents=True)
    inbound.chmod(0o2733)
    sessions = academy.settings.records / "hub"
    sessions.mkdir(exist_ok=True)
    for name in SESSIONS:
        (sessions / name).write_text("a token", encoding="utf-8")
    (sessions / "passwords").write_text("digests", encoding="utf-8")
    academy.submit("amina")
    academy.submit("youssef", b"[]")
    return academy


def contents(academy: Path) -> dict[str, bytes]:
    """Every file of the academy but its databases, logs, backups and what was set aside."""
    return {
        path.relative_to(academy).as_posix(): path.read_bytes()
        for path in sorted(academy.rglob("*"))
        if path.is_file()
        and path.name != ".lock"
        and ".db" not in path.name
        and path.name not in SESSIONS
        and path.name != "ledger.head"
        and path.relative_to(academy).parts[0] not in ("logs", "backups", "replaced", "desks")
    }


@contextmanager
def unchanged(academy: Path) -> Iterator[None]:
    """Assert that nothing of *academy* is other afterwards."""
    before = {p: p.read_bytes() for p in sorted(academy.rglob("*")) if p.is_file()}
    yield
    after = {p: p.read_bytes() for p in sorted(academy.rglob("*")) if p.is_file()}
    assert {p for p in before if ".db-" not in p.name} == {p for p in after if ".db-" not in p.name}
    assert all(after[p] == before[p] for p in before if ".db" not in p.name)
