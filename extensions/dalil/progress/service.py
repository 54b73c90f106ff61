"""Progress of one academy: its ledger, roster and curriculum brought together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from dalil.ledger import Ledger
from dalil.progress.attainment import ModuleLike
from dalil.progress.figures import Figures
from dalil.progress.snapshot import Marks, Snapshot, no_marks
from dalil.roster import Calendar, Person, Roster


class Places(Protocol):
    """``dalil.settings.Settings``, as far as it is needed here."""

    @property
    def database_url(self) -> str: ...
    @property
    def keys(self) -> Path: ...
    @property
    def records(self) -> Path: ...


class Progress:
    """Answers from memory what has not changed since it was asked last; for any thread."""

    def __init__(self, settings: Places, marks: Marks = no_marks) -> None:
        self._roster = Roster(settings)
        ledger = Ledger(settings.database_url, settings.keys)
        self._snapshot = Snapshot(ledger, settings.records, marks)
        self._known: tuple[str, list[Person], Calendar] | None = None

    def figures(self, modules: Sequence[ModuleLike], at: datetime | None = None) -> Figures:
        """The figures in these modules, as of now. Raises RecordsError."""
        standings = self._snapshot.now(modules)
        known = self._known
        # Every change of the roster and of dates is an event: what was read holds until the next.
        if known is None or known[0] != standings.hash or not standings.hash:
            known = (standings.hash, self._roster.people(), self._roster.calendar())
            self._known = known
        _, people, calendar = known
        return Figures(standings, people, calendar, modules, at or datetime.now(UTC))
