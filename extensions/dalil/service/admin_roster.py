"""The roster for admins: list, one person, import and export; as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from dalil.errors import SaidError, StaleError, UsageError
from dalil.models import N_
from dalil.roster import Person, Plan, Roster, write_people
from dalil.roster.people import FIELDS
from dalil.service.handlers import ApiHandler, needs

CHANGED: str = N_("Somebody else has changed this person meanwhile. Look again before you save.")
ONESELF: str = N_("You cannot take your own rights as an admin away; ask another admin.")


def change(roster: Roster, person: Person, who: str, seen: str) -> Plan:
    """Put *person* on the roster, or change who is there; *seen* is the tag that was looked at.

    Empty: nobody was there. Raises StaleError when somebody else was quicker, UsageError.
    """
    plan = roster.plan([person])
    before = plan.changed[0].before if plan.changed else None
    if plan.added and seen:
        raise StaleError(N_("{name}: was removed meanwhile"), name=person.id)
    if not plan.added and (before or person.checked()).tag != seen:
        raise StaleError(CHANGED)
    guard(plan, who)
    roster.apply(plan, who)
    return plan


def remove(roster: Roster, name: str, who: str, seen: str) -> None:
    """Take a person off the roster. Raises StaleError, UsageError."""
    plan = roster.plan(without=[name])
    if plan.removed[0].tag != seen:
        raise StaleError(CHANGED)
    guard(plan, who)
    roster.apply(plan, who)


def guard(plan: Plan, who: str) -> None:
    """Raise UsageError when *plan* would lock out the admin who applies it."""
    lost = {person.id for person in plan.removed if person.role == "admin"}
    lost |= {c.after.id for c in plan.changed if c.before.role == "admin" != c.after.role}
    if who in lost:
        raise SaidError(ONESELF)


def matching(people: list[Person], text: str, cohort: str, role: str) -> list[Person]:
    """Those of *people* whose id or name contains *text*, of that cohort and role ("": any)."""
    wanted = text.strip().casefold()
    return [
        person
        for person in people
        if (wanted in person.id.casefold() or wanted in person.name.casefold())
        and (not cohort or person.cohort == cohort)
        and (not role or person.role == role)
    ]


class People(ApiHandler):
    """``GET api/roster?q=&cohort=&role=``."""

    @needs("administer")
    async def get(self) -> None:
        people = await self.off(self.state.roster.people)
        chosen = matching(
            people, *(self.get_query_argument(k, "") for k in ("q", "cohort", "role"))
        )
        self.answer(
            {
                "people": [{**person.as_dict(), "tag": person.tag} for person in chosen],
                "cohorts": sorted({person.cohort for person in people if person.cohort}),
                "total": len(people),
            }
        )


class Sheet(ApiHandler):
    """``GET api/roster.csv``: everybody, as the import reads it."""

    @needs("administer")
    async def get(self) -> None:
        data = write_people(await self.off(self.state.roster.people))
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="roster.csv"')
        self.finish(data)


class One(ApiHandler):
    """``PUT`` and ``DELETE api/roster/{id}``; ``tag`` is that of the person who was looked at."""

    @needs("administer")
    async def put(self, quoted: str) -> None:
        values = self.body()
        seen = values.pop("tag", "")
        wrong = [k for k, v in values.items() if k not in FIELDS or not isinstance(v, str)]
        if wrong or not isinstance(seen, str):
            raise UsageError(f"{wrong[0] if wrong else 'tag'}: not a field of a person, or no text")
        person = Person(**{**values, "id": unquote(quoted)})
        plan = await self.off(change, self.state.roster, person, self.who, seen)
        self.answer(
            {**person.checked().as_dict(), "tag": person.checked().tag}, 201 if plan.added else 200
        )

    @needs("administer")
    async def delete(self, quoted: str) -> None:
        seen = self.get_query_argument("tag", "")
        await self.off(remove, self.state.roster, unquote(quoted), self.who, seen)
        self.set_status(204)


class Import(ApiHandler):
    """``POST api/roster/import?dry_run=&complete=&encoding=&basis=`` with the CSV as its body.

    Without ``dry_run`` it is done, if the roster is still the one of *basis* (of the dry run).
    """

    @needs("administer")
    async def post(self) -> None:
        plan = await self.off(
            self.state.roster.plan_import,
            self.request.body,
            complete=self.get_query_argument("complete", "") in ("1", "true"),
            encoding=self.get_query_argument("encoding", ""),
        )
        told = {**plan.as_dict(), "basis": plan.basis, "applied": False}
        if self.get_query_argument("dry_run", "") in ("1", "true"):
            self.answer(told)
            return
        if not plan.ok:
            self.answer({**told, "error": "lines must be mended first", "kind": "usage"}, 400)
            return
        await self.off(apply, self.state.roster, plan, self.who, self.get_query_argument("basis"))
        self.answer({**told, "applied": True})


def apply(roster: Roster, plan: Plan, who: str, basis: str) -> None:
    """Apply *plan* if it is the one that was looked at. Raises StaleError, UsageError."""
    if plan.basis != basis:
        raise StaleError(N_("the roster was changed meanwhile; look at it again"))
    guard(plan, who)
    roster.apply(plan, who)


ROUTES: list[tuple[str, Any]] = [
    (r"api/roster", People),
    (r"api/roster\.csv", Sheet),
    (r"api/roster/import", Import),
    (r"api/roster/([^/]+)", One),
]
