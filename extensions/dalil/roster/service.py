"""The roster of one academy: what others ask, and the changes, each with its event."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Select, delete, insert, select, update

from dalil.errors import SaidError, StaleError, UsageError
from dalil.ledger import Ledger, canonical, now
from dalil.ledger.ledger import Batch
from dalil.ledger.tables import DATES, EXTENSIONS, PEOPLE
from dalil.models import N_, Language, language, module_id, trainee_id
from dalil.roster.calendar import (
    EVERYONE,
    MAX_ATTEMPTS,
    Calendar,
    Dates,
    Extension,
    Rules,
    ordered,
    plain,
)
from dalil.roster.people import MAX_TEXT, Person, checked, person_of
from dalil.roster.plan import Change, Plan, compare
from dalil.roster.sheet import merged, read_sheet

_UNKNOWN: str = N_("{name}: not on the roster")
# What an event keeps of a person. Names, sex and rank stay out of a record that nothing can be
# taken out of again: of these it says that they changed, not into what.
_ON_RECORD = ("cohort", "unit", "language", "role")


class Places(Protocol):
    """``dalil.settings.Settings``, as far as it is needed here."""

    @property
    def database_url(self) -> str: ...
    @property
    def keys(self) -> Path: ...


class Roster:
    """People, dates and extensions of an academy.

    Holds nothing between calls: any number of processes may use it. Every method raises
    RecordsError when the records cannot be used.
    """

    def __init__(self, settings: Places) -> None:
        self._ledger = Ledger(settings.database_url, settings.keys)

    def people(self, cohort: str | None = None) -> list[Person]:
        """Everybody, or one cohort, in the order of ids."""
        query = select(PEOPLE).order_by(PEOPLE.c.id)
        if cohort is not None:
            query = query.where(PEOPLE.c.cohort == cohort)
        with self._ledger.database.reading() as connection:
            return _people(connection, query)

    def person(self, name: str) -> Person | None:
        """The person of that id; None if there is none."""
        with self._ledger.database.reading() as connection:
            return _person(connection, name)

    def cohorts(self) -> list[str]:
        """Names of the cohorts that somebody belongs to."""
        query = select(PEOPLE.c.cohort).distinct().order_by(PEOPLE.c.cohort)
        with self._ledger.database.reading() as connection:
            return [name for name in connection.execute(query).scalars() if name]

    def language(self, name: str) -> Language | None:
        """The language of that person; None if it is not known."""
        person = self.person(name)
        return language(person.language) if person and person.language else None

    def set_language(self, name: str, speaks: str, who: str | None = None) -> Person:
        """Let that person be spoken to in that language; *who* changed it, if not they themselves.

        Raises UsageError for an unknown person or language.
        """
        with self._ledger.writing() as batch:
            before = _person(batch.connection, name)
            if before is None:
                raise SaidError(_UNKNOWN, name=name)
            after = replace(before, language=language(speaks))
            if after != before:
                _change(batch, Change(before, after), who or name)
        return after

    def enrol(self, people: Iterable[Person], who: str) -> Plan:
        """Add *people*, or bring up to date those who are there, all or none; returns what changed.

        Raises UsageError for a field that is not what it may be.
        """
        wanted = {person.id: person for person in (one.checked() for one in people)}
        with self._ledger.writing() as batch:
            known = _known(batch.connection)
            plan = compare(known, wanted, complete=False, basis=_basis(known))
            _apply(batch, plan, _name(who))
        return plan

    def remove(self, name: str, who: str) -> None:
        """Take a person off the roster; their work stays on record. Raises UsageError."""
        with self._ledger.writing() as batch:
            known = _person(batch.connection, name)
            if known is None:
                raise SaidError(_UNKNOWN, name=name)
            _apply(batch, Plan("", removed=(known,)), _name(who))

    def plan(self, people: Iterable[Person] = (), without: Iterable[str] = ()) -> Plan:
        """What enrolling *people* and removing those *without* would do; changes nothing.

        Raises UsageError for a field that is not what it may be, or somebody who is not there.
        """
        wanted = {person.id: person for person in (one.checked() for one in people)}
        with self._ledger.database.reading() as connection:
            known = _known(connection)
        gone = set(without)
        if unknown := gone - known.keys():
            raise SaidError(_UNKNOWN, name=min(unknown))
        plan = compare(known, wanted, complete=False, basis=_basis(known))
        return replace(plan, removed=tuple(known[name] for name in sorted(gone)))

    def plan_import(self, data: bytes, *, complete: bool = False, encoding: str = "") -> Plan:
        """What importing that CSV would do; changes nothing.

        Columns that the file lacks stay as they are. *complete*: the file holds everybody, so who
        is not in it is removed. *encoding*: of a file that is not Unicode.
        """
        sheet = read_sheet(data, encoding)
        with self._ledger.database.reading() as connection:
            known = _known(connection)
        basis = _basis(known)
        if sheet.problems:
            return Plan(basis, problems=tuple(sheet.problems))
        wanted = {name: merged(known.get(name), row) for name, row in sheet.people.items()}
        return compare(known, wanted, complete=complete, basis=basis)

    def apply(self, plan: Plan, who: str) -> None:
        """Do what *plan* says, all of it or nothing, an event for each person.

        Raises UsageError when the plan has problems, StaleError when the roster was changed since
        it was made.
        """
        if not plan.ok:
            raise SaidError(
                N_("problems: {number}; mend them first, nothing was changed"),
                number=len(plan.problems),
            )
        with self._ledger.writing() as batch:
            if _basis(_known(batch.connection)) != plan.basis:
                raise StaleError(N_("the roster was changed meanwhile; look at it again"))
            _apply(batch, plan, _name(who))

    def calendar(self) -> Calendar:
        """All dates and extensions as they are now, for asking about many trainees."""
        with self._ledger.database.reading() as connection:
            query = select(PEOPLE.c.id, PEOPLE.c.cohort).where(PEOPLE.c.cohort != "")
            cohorts = {row.id: row.cohort for row in connection.execute(query)}
            return _calendar(connection, cohorts)

    def calendar_of(self, trainee: str) -> Calendar:
        """As ``calendar``, for asking about one trainee."""
        with self._ledger.database.reading() as connection:
            person = _person(connection, trainee)
            cohorts = {trainee: person.cohort} if person else {}
            return _calendar(connection, cohorts, trainee=trainee)

    def rules(self, module: str, trainee: str) -> Rules:
        """What holds for that trainee in that module, extensions applied."""
        with self._ledger.database.reading() as connection:
            person = _person(connection, trainee)
            cohort = {trainee: person.cohort} if person else {}
            return _calendar(connection, cohort, module, trainee).rules(module, trainee)

    def set_dates(
        self,
        module: str,
        *,
        who: str,
        cohort: str = EVERYONE,
        rules: Rules,
        seen: Rules | None = None,
    ) -> Rules:
        """Let *rules* hold for that module, for a cohort or for everyone; returns what holds now.

        A None in *rules* of a cohort means what holds for everyone. *seen* is what was set when
        somebody looked. Raises UsageError when the times do not follow one another, StaleError
        when something else than *seen* is set.
        """
        name, group = module_id(module), checked("cohort", cohort)
        wanted = ordered(rules)
        with self._ledger.writing() as batch:
            if seen is not None and _calendar(batch.connection, {}, name).own(name, group) != seen:
                raise StaleError(N_("these dates were changed meanwhile; look at them again"))
            same = (DATES.c.module == name, DATES.c.cohort == group)
            batch.connection.execute(delete(DATES).where(*same))
            batch.connection.execute(
                insert(DATES).values(module=name, cohort=group, **wanted.as_dict())
            )
            calendar = _calendar(batch.connection, {}, name)
            for known in {"", *(entry.cohort for entry in calendar.dates)}:
                ordered(calendar.general(name, known))
            what = {"cohort": group, **wanted.as_dict()}
            batch.append("dates-set", who=_name(who), module=name, what=what)
        return calendar.general(name, group)

    def extend(
        self,
        module: str,
        *,
        who: str,
        why: str,
        trainee: str = "",
        cohort: str = "",
        due: datetime | None = None,
        attempts: int | None = None,
    ) -> Rules:
        """Give one trainee or one cohort until *due*, or so many more attempts, or both.

        Replaces an earlier extension of the same; with neither it is taken back. Returns what holds
        now. Raises UsageError: nobody or both named, no reason, nothing to extend, not later.
        """
        name = module_id(module)
        whose = trainee_id(trainee) if trainee else ""
        group = checked("cohort", cohort)
        if bool(whose) == bool(group):
            raise SaidError(
                N_("an extension is for one trainee or for one cohort: name one of them")
            )
        reason = " ".join(why.split())
        if not reason or len(reason) > 4 * MAX_TEXT:
            raise SaidError(N_("an extension wants a reason, in a sentence"))
        with self._ledger.writing() as batch:
            connection = batch.connection
            person = _person(connection, whose) if whose else None
            cohorts = {whose: person.cohort} if person else {}
            rules = _calendar(connection, cohorts, name, whose).general(
                name, group or cohorts.get(whose, EVERYONE)
            )
            given = _granted(rules, due, attempts)
            key = {"module": name, "cohort": group, "trainee": whose}
            connection.execute(
                delete(EXTENSIONS).where(*(EXTENSIONS.c[k] == v for k, v in key.items()))
            )
            if given:
                row = {**key, **given, "why": reason, "granted_by": _name(who), "granted": now()}
                connection.execute(insert(EXTENSIONS).values(row))
            batch.append(
                "extended",
                who=_name(who),
                trainee=whose or None,
                module=name,
                what={"cohort": group, "why": reason, **given},
            )
            after = _calendar(connection, cohorts, name, whose)
        if whose:
            return after.rules(name, whose)
        return after.of_cohort(name, group)


def _granted(rules: Rules, due: datetime | None, attempts: int | None) -> dict[str, Any]:
    """The columns of an extension; none when it is taken back. Raises UsageError."""
    if due is not None:
        if due.tzinfo is None:
            raise SaidError(
                N_("{name}: say the time zone, such as 2027-01-31T18:00+01:00"), name="due"
            )
        if rules.due is None:
            raise SaidError(N_("the module has no due date: there is nothing to extend"))
        if due <= rules.due:
            raise SaidError(
                N_("due already at {at}; choose a later time"),
                at=f"{rules.due:%Y-%m-%d %H:%M} UTC",
            )
    if attempts is not None:
        if rules.attempts is None:
            raise SaidError(N_("attempts are not limited: there is nothing to extend"))
        if not 1 <= attempts <= MAX_ATTEMPTS:
            raise SaidError(
                N_("attempts: from 1 to {most}, not {number}"), most=MAX_ATTEMPTS, number=attempts
            )
    if due is None and attempts is None:
        return {}
    return {"due": plain(due and due.astimezone(UTC)), "attempts": attempts}


def _name(who: str) -> str:
    if not who:
        raise UsageError("whoever changes the roster must be named")
    return who


def _people(connection: Connection, query: Select[Any]) -> list[Person]:
    return [person_of(row) for row in connection.execute(query).mappings()]


def _person(connection: Connection, name: str) -> Person | None:
    found = _people(connection, select(PEOPLE).where(PEOPLE.c.id == name))
    return found[0] if found else None


def _known(connection: Connection) -> dict[str, Person]:
    return {person.id: person for person in _people(connection, select(PEOPLE))}


def _basis(known: dict[str, Person]) -> str:
    rows = [list(known[name].as_dict().values()) for name in sorted(known)]
    return hashlib.sha256(canonical(rows)).hexdigest()


def _apply(batch: Batch, plan: Plan, who: str) -> None:
    for person in plan.added:
        kept = {name: getattr(person, name) for name in _ON_RECORD}
        batch.append("enrolled", who=who, trainee=person.id, what=kept)
    if plan.added:
        batch.connection.execute(insert(PEOPLE), [person.as_dict() for person in plan.added])
    for change in plan.changed:
        _change(batch, change, who)
    for person in plan.removed:
        batch.append("person-removed", who=who, trainee=person.id)
        batch.connection.execute(delete(PEOPLE).where(PEOPLE.c.id == person.id))


def _change(batch: Batch, change: Change, who: str) -> None:
    after = change.after
    what = {
        "fields": change.fields,
        **{
            name: [getattr(change.before, name), getattr(after, name)]
            for name in change.fields
            if name in _ON_RECORD
        },
    }
    batch.append("person-changed", who=who, trainee=after.id, what=what)
    batch.connection.execute(update(PEOPLE).where(PEOPLE.c.id == after.id).values(after.as_dict()))


def _calendar(
    connection: Connection, cohorts: dict[str, str], module: str = "", trainee: str | None = None
) -> Calendar:
    """Dates and extensions: all, or those of one *module* (and of cohorts and one *trainee*)."""
    dates, more = select(DATES), select(EXTENSIONS)
    if module:
        dates = dates.where(DATES.c.module == module)
        more = more.where(EXTENSIONS.c.module == module)
    if trainee is not None:
        more = more.where(EXTENSIONS.c.trainee.in_(["", trainee]))
    return Calendar(
        [
            Dates(
                row.module,
                row.cohort,
                Rules(_time(row.opens), _time(row.due), _time(row.closes), row.attempts),
            )
            for row in connection.execute(dates)
        ],
        [
            Extension(**{**row, "due": _time(row["due"]), "granted": _time(row["granted"])})
            for row in _rows(connection, more)
        ],
        cohorts,
    )


def _rows(connection: Connection, query: Select[Any]) -> Sequence[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
