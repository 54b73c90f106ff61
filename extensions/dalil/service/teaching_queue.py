"""The newest submissions, and what becomes of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, desc, func, select, tuple_

from dalil.curriculum import load_module
from dalil.errors import DalilError
from dalil.exchange import Receipt
from dalil.ledger import Ledger
from dalil.ledger.events import event_of
from dalil.ledger.tables import EVENTS, SUBMISSIONS
from dalil.models import Language, ModuleId
from dalil.nbgrader.waiting import Standing, standings
from dalil.roster import Roster
from dalil.settings import Settings
from dalil.translation import find_catalogue

LIMIT = 100
GRADED = ("graded", "regraded")
Whose: TypeAlias = tuple[str, str]  # module, trainee
State: TypeAlias = Literal["waiting", "grading", "graded", "manual", "failed"]


@dataclass(frozen=True)
class AtWork:
    """What grading itself knows: whose submission is being marked, and whose could not be, why."""

    grading: Collection[Whose] = ()
    failed: Mapping[Whose, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """The newest submission of one trainee in one module; ``received`` is the server's time.

    ``submission`` is what formgrader calls it, empty before it was graded. ``points`` is None until
    then.
    """

    module: str
    title: str
    trainee: str
    name: str
    attempt: int
    serial: int
    received: datetime
    late: bool
    state: State
    points: float | None
    max_points: float | None
    submission: str
    error: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**vars(self), "received": self.received.isoformat()}


def serial(ledger: Ledger) -> int:
    """The number of the ledger's newest event: grows with every submission and every mark."""
    with ledger.database.reading() as connection:
        return connection.execute(select(func.max(EVENTS.c.seq))).scalar() or 0


def queue(
    settings: Settings,
    ledger: Ledger,
    speaks: Language,
    at_work: AtWork,
    limit: int = LIMIT,
) -> list[Entry]:
    """The newest *limit* submissions, the latest first; of each trainee and module the newest."""
    with ledger.database.reading() as connection:
        receipts = _newest(connection, limit)
        whose = [(receipt.module, receipt.trainee) for receipt in receipts]
        graded = _graded(connection, whose)
    roster = Roster(settings)
    calendar = roster.calendar()
    people = {person.id: person.name for person in roster.people()}
    marks = standings(settings, whose)
    titles = {name: _title(settings, name, speaks) for name, _ in whose}
    entries = []
    for receipt, key in zip(receipts, whose, strict=True):
        standing = marks.get(key) if graded.get(key) == receipt.sha256 else None
        received = datetime.fromisoformat(receipt.received)
        entries.append(
            Entry(
                module=receipt.module,
                title=titles[receipt.module],
                trainee=receipt.trainee,
                name=people.get(receipt.trainee) or receipt.trainee,
                attempt=receipt.attempt,
                serial=receipt.serial,
                received=received,
                late=calendar.rules(*key).late(received),
                state=_state(key, standing, at_work),
                points=standing.points if standing else None,
                max_points=standing.max_points if standing else None,
                submission=standing.id if standing else "",
                error="" if standing else at_work.failed.get(key, ""),
            )
        )
    return entries


def _state(key: Whose, standing: Standing | None, at_work: AtWork) -> State:
    if key in at_work.grading:
        return "grading"
    if standing is None:
        return "failed" if key in at_work.failed else "waiting"
    return "manual" if standing.waits else "graded"


def _newest(connection: Connection, limit: int) -> list[Receipt]:
    latest = (
        select(func.max(SUBMISSIONS.c.serial).label("serial"))
        .group_by(SUBMISSIONS.c.module, SUBMISSIONS.c.trainee)
        .order_by(desc("serial"))
        .limit(limit)
    )
    query = select(SUBMISSIONS.c.receipt).where(SUBMISSIONS.c.serial.in_(latest))
    rows = connection.execute(query.order_by(SUBMISSIONS.c.serial.desc())).scalars()
    return [Receipt.from_json(text) for text in rows]


def _graded(connection: Connection, whose: Sequence[Whose]) -> dict[Whose, str]:
    """The digest of the submission that each of *whose* newest marks by machine are about."""
    query = select(EVENTS).where(
        EVENTS.c.kind.in_(GRADED), tuple_(EVENTS.c.module, EVENTS.c.trainee).in_(list(whose))
    )
    found: dict[Whose, str] = {}
    for row in connection.execute(query.order_by(EVENTS.c.seq)):
        event = event_of(tuple(row))
        found[event.module or "", event.trainee or ""] = str(event.what.get("submission"))
    return found


def _title(settings: Settings, name: str, speaks: Language) -> str:
    try:
        module = load_module(settings, ModuleId(name))
        return find_catalogue(module.course, speaks).get(module.title)
    except DalilError:  # the module is being changed; its submissions are there all the same
        return name
