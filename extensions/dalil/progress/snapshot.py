"""Keeping standings up to date with the ledger without reading all of it again.

A file beside the records holds them; it is a copy of what the ledger says and may be deleted at
any time. Whoever asks first after an event brings the rows concerned up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from sqlalchemy import select

from dalil.errors import RecordsError
from dalil.ledger import Ledger
from dalil.ledger.files import write_private
from dalil.ledger.tables import EVENTS
from dalil.progress.attainment import Attainment, MarkLike, ModuleLike, attainments
from dalil.progress.standings import Standings, content_of

log = logging.getLogger(__name__)

NAME = "progress.npz"
KINDS = ("issued", "submitted", "graded", "regraded", "hand-marked")
_SINGLY = 200  # more trainees than that: reading the whole module is faster
_WORTH_SAVING = 500  # events; fewer are read again sooner than the file is written

# The gradebook's present rows of one module, of these trainees or, where none is named, of all: it
# knows what a written question is worth and that an empty answer needs no marker, which no event
# says.
Marks: TypeAlias = Callable[[ModuleLike, Sequence[str]], Iterable[MarkLike]]


def no_marks(module: ModuleLike, trainees: Sequence[str]) -> Iterable[MarkLike]:
    """For an academy without a gradebook at hand."""
    return ()


class Snapshot:
    """The standings of one academy, for any number of threads."""

    def __init__(self, ledger: Ledger, folder: Path, marks: Marks = no_marks) -> None:
        self._ledger = ledger
        self._file = folder / NAME
        self._marks = marks
        self._lock = Lock()
        self._last: Standings | None = None
        self._saved = 0

    def now(self, modules: Sequence[ModuleLike]) -> Standings:
        """The standings in these modules as the ledger has them. Raises RecordsError."""
        with self._lock, self._ledger.database.kept():
            known = self._trusted(self._last or self._read())
            fresh = self._advanced(known, modules)
            if fresh.seq - self._saved >= _WORTH_SAVING or fresh.contents != known.contents:
                self._save(fresh)
            self._last = fresh
            return fresh

    def _read(self) -> Standings:
        try:
            found = Standings.from_bytes(self._file.read_bytes())
        except FileNotFoundError:
            return Standings()
        except (OSError, ValueError) as error:
            log.warning("%s: made anew: %s", self._file, error)
            return Standings()
        self._saved = found.seq
        return found

    def _trusted(self, known: Standings) -> Standings:
        """*known* if the ledger still has the row that it ends with; an academy restored from a
        backup has another one."""
        if not known.seq:
            return known
        query = select(EVENTS.c.hash).where(EVENTS.c.seq == known.seq)
        with self._ledger.database.reading() as connection:
            if connection.execute(query).scalar() == known.hash:
                return known
        self._saved = 0
        return Standings()

    def _advanced(self, known: Standings, modules: Sequence[ModuleLike]) -> Standings:
        fresh, touched = self._end(known)
        contents = dict(known.contents)
        singly: dict[str, set[str]] = {}
        found: list[Attainment] = []
        for module in modules:
            content = content_of(module)
            whom = touched.pop(module.id, set())
            if contents.get(module.id) != content or len(whom) > _SINGLY:
                fresh = fresh.without({module.id: None}).with_rows(self._everybody(module))
            elif whom:
                singly[module.id] = whom
                found += self._these(module, whom)
            contents[module.id] = content
        if singly:
            fresh = fresh.without(singly).with_rows(found)
        # what was touched of a module that nobody asked for is read when somebody does
        for name in touched:
            contents.pop(name, None)
        return replace(fresh, contents=contents)

    def _end(self, known: Standings) -> tuple[Standings, dict[str, set[str]]]:
        """*known* with the ledger's last row, and whom later events concern, by module."""
        columns = (EVENTS.c.seq, EVENTS.c.hash, EVENTS.c.kind, EVENTS.c.trainee, EVENTS.c.module)
        query = select(*columns).where(EVENTS.c.seq > known.seq).order_by(EVENTS.c.seq)
        seq, digest = known.seq, known.hash
        touched: dict[str, set[str]] = {}
        with self._ledger.database.reading() as connection:
            for row in connection.execute(query, execution_options={"yield_per": 1000}):
                seq, digest = row.seq, row.hash
                if row.kind in KINDS and row.trainee and row.module:
                    touched.setdefault(row.module, set()).add(row.trainee)
        return replace(known, seq=seq, hash=digest), touched

    def _everybody(self, module: ModuleLike) -> list[Attainment]:
        marks = self._marks(module, ())
        return attainments(self._ledger.stream(KINDS, module=module.id), [module], marks)

    def _these(self, module: ModuleLike, whom: set[str]) -> Iterator[Attainment]:
        names = sorted(whom)
        booked: dict[str, list[MarkLike]] = {}
        for mark in self._marks(module, names):
            booked.setdefault(mark.trainee, []).append(mark)
        for name in names:
            events = self._ledger.stream(KINDS, module=module.id, trainee=name)
            yield from attainments(events, [module], booked.get(name, ()))

    def _save(self, fresh: Standings) -> None:
        try:
            write_private(self._file, fresh.to_bytes())
        except RecordsError as error:  # only the next start is slower
            log.warning("%s", error)
            return
        self._saved = fresh.seq
