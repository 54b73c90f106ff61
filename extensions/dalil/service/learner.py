"""What trainees ask of the academy, answered from its records. Blocks: for threads."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nbformat import NotebookNode
from sqlalchemy import func, select

from dalil.curriculum import Module, find_modules, load_module, module_ids
from dalil.curriculum.memo import Memo
from dalil.errors import CurriculumError, RefusedError, TooLargeError, TranslationError
from dalil.exchange import Exchange, Receipt
from dalil.exchange.notice import with_notice
from dalil.exchange.store import Incoming
from dalil.grading.recording import KINDS as GRADED
from dalil.ledger import Event
from dalil.ledger.tables import CASES, SUBMISSIONS
from dalil.models import Language, TraineeId
from dalil.nbgrader.booked import Booked
from dalil.nbgrader.release import release_path, released
from dalil.notebooks import read_notebook
from dalil.progress.attainment import attainments
from dalil.roster import Roster
from dalil.service.learning import NO_CASE, Standing, may_submit, next_attempt
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue, localise

log = logging.getLogger(__name__)

KINDS = ("issued", "submitted", *GRADED, "hand-marked")
MAX_SUBMISSION_BYTES = 64 * 1024**2
TOO_LARGE = "the notebook is larger than 64 MiB; clear all outputs and save it again"


class Learner:
    """The academy as one trainee at a time sees it; for any number of threads."""

    def __init__(self, settings: Settings, exchange: Exchange, roster: Roster) -> None:
        self.settings, self.exchange, self.roster = settings, exchange, roster
        self.booked = Booked(settings)
        self._catalogues: Memo[Catalogue] = Memo(256)
        self._notebooks: Memo[NotebookNode] = Memo(256)

    def modules(self) -> list[Module]:
        """The curriculum in the order in which it is taken; a broken module is left out."""
        try:
            return find_modules(self.settings)
        except CurriculumError as error:
            log.error("%s", error)
        found = []
        for name in module_ids(self.settings):
            try:
                found.append(load_module(self.settings, name))
            except CurriculumError:
                continue
        return found

    def standings(
        self, trainee: TraineeId, modules: Sequence[Module], at: datetime | None = None
    ) -> dict[str, Standing]:
        """Where *trainee* stands in each of *modules*, by id, at the server's time."""
        now = at or datetime.now(UTC)
        calendar = self.roster.calendar_of(trainee)
        events = self.events(trainee, modules)
        marks = self.booked.of_trainee(trainee) if events else []
        attained = {one.module: one for one in attainments(events, modules, marks)}
        cases, stored = self._cases(trainee, modules)
        return {
            module.id: _standing(
                Standing(
                    rules=calendar.rules(module.id, trainee),
                    at=now,
                    released=release_path(self.settings, module).is_file(),
                    current_version=module.version,
                    attempt=cases.get(module.id, (0, "", 0))[0],
                    version=cases.get(module.id, (0, "", 0))[1],
                    attempts=cases.get(module.id, (0, "", 0))[2],
                    stored=stored.get(module.id, 0),
                    attained=attained.get(module.id),
                ),
                [event for event in events if event.module == module.id],
            )
            for module in modules
        }

    def standing(self, trainee: TraineeId, module: Module) -> Standing:
        """Where *trainee* stands in *module* now."""
        return self.standings(trainee, [module])[module.id]

    def issue(
        self, trainee: TraineeId, module: Module, speaks: Language, *, new: bool = False
    ) -> bytes:
        """The trainee's case as a zip, put on record if it is another attempt's.

        Raises ClosedError, SpentError, RefusedError, ForgingError.
        """
        attempt = next_attempt(self.standing(trainee, module), new=new)
        issued = self.exchange.issue(module, trainee, speaks, attempt)
        notebook = with_notice(
            released(self.settings, module, speaks), self.settings.limits, speaks
        )
        return self.exchange.parcel(issued, notebook).packed()

    def lesson(self, module: Module, speaks: Language) -> NotebookNode:
        """The lesson in that language; not to be changed."""
        files = [module.lesson, module.course / "locale" / f"{speaks}.po"]

        def make() -> NotebookNode:
            catalogue = find_catalogue(module.course, speaks)
            return localise(read_notebook(module.lesson), speaks, catalogue)

        return self._notebooks.get((module.lesson, speaks), files, make)

    def exercise(self, trainee: TraineeId, module: Module, speaks: Language) -> NotebookNode:
        """The notebook of the trainee's case in that language. Raises RefusedError: none."""
        if self.exchange.find(module, trainee) is None:
            raise RefusedError(NO_CASE)
        return with_notice(released(self.settings, module, speaks), self.settings.limits, speaks)

    def may_submit(self, trainee: TraineeId, module: Module, attempt: int | None) -> int:
        """The attempt that work is taken for now. Raises ClosedError, SpentError, RefusedError."""
        return may_submit(self.standing(trainee, module), attempt)

    def submit(
        self, trainee: TraineeId, module: Module, work: Incoming, attempt: int | None
    ) -> tuple[Receipt, bool]:
        """Take *work* in; returns its receipt, and whether it is new.

        What is on record as the newest work gets its receipt again whatever the rules say now: it
        was taken when they allowed it. Raises TooLargeError and as ``may_submit``.
        """
        if work.bytes > MAX_SUBMISSION_BYTES:
            raise TooLargeError(TOO_LARGE)
        with self.exchange.ledger.database.kept():
            known = self.exchange.newest(module, trainee)
            if known is not None and known.digest == work.digest:
                issued = self.exchange.find(module, trainee)
                if known.attempt == (attempt or (issued and issued.key.attempt)):
                    return known.receipt, False
            number = self.may_submit(trainee, module, attempt)
            return self.exchange.receive(module, trainee, work, number)

    def titles(self, module: Module, speaks: Language) -> Catalogue:
        """The module's texts in that language; English where there is no catalogue."""
        file = module.course / "locale" / f"{speaks}.po"

        def read() -> Catalogue:
            try:
                return find_catalogue(module.course, speaks)
            except TranslationError as error:
                log.error("%s", error)
                return Catalogue(speaks)

        return self._catalogues.get((module.course, speaks), [file], read)

    def events(self, trainee: TraineeId, modules: Iterable[Module]) -> list[Event]:
        """What is on record of *trainee* in *modules*, oldest first: all that marks come from."""
        ledger = self.exchange.ledger
        with ledger.database.kept():
            found = [e for m in modules for e in ledger.stream(KINDS, module=m.id, trainee=trainee)]
        return sorted(found, key=lambda event: event.seq)

    def _cases(
        self, trainee: TraineeId, modules: Sequence[Module]
    ) -> tuple[dict[str, tuple[int, str, int]], dict[str, int]]:
        """(latest attempt, its version, how many) of the trainee's cases, and bytes handed in, by
        module."""
        names = [module.id for module in modules]  # both tables are found by module and trainee
        cases = select(CASES.c.module, CASES.c.attempt, CASES.c.version).order_by(CASES.c.attempt)
        cases = cases.where(CASES.c.module.in_(names), CASES.c.trainee == trainee)
        work = select(SUBMISSIONS.c.module, func.sum(SUBMISSIONS.c.bytes))
        work = work.where(SUBMISSIONS.c.module.in_(names), SUBMISSIONS.c.trainee == trainee)
        latest: dict[str, tuple[int, str, int]] = {}
        with self.exchange.ledger.database.reading() as connection:
            for row in connection.execute(cases):
                before = latest.get(row.module, (0, "", 0))[2]
                latest[row.module] = (row.attempt, row.version, before + 1)
            stored = {
                name: int(size)
                for name, size in connection.execute(work.group_by(SUBMISSIONS.c.module))
            }
        return latest, stored


def _standing(known: Standing, events: Sequence[Event]) -> Standing:
    """*known* with what the *events* of that module say of the latest attempt's newest work."""
    handed = [e for e in events if e.kind == "submitted" and e.attempt == known.attempt]
    if not handed:
        return known
    newest = handed[-1]
    waits = not marked(events, newest.attempt, str(newest.what["submission"]))
    return replace(known, submitted=newest.at, serial=newest.seq, pending=waits)


def marked(events: Sequence[Event], attempt: int | None, digest: str) -> bool:
    """Whether the last marks in *events* are about that submission."""
    marks = [event for event in events if event.kind in GRADED]
    return bool(marks) and (marks[-1].attempt, marks[-1].what.get("submission")) == (
        attempt,
        digest,
    )
