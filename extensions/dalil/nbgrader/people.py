"""Names and languages of people for formgrader, as the roster has them."""

from __future__ import annotations

import logging
from typing import Any

from dalil.errors import DalilError
from dalil.roster import Person, Roster

log = logging.getLogger(__name__)


class People:
    """Looks people up; without a roster that can be read, nobody has a name."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def name(self, trainee: str) -> str:
        """The name of *trainee*, empty when it is not known."""
        person = self._person(trainee)
        return person.name if person else ""

    def language(self, who: str) -> str:
        """The language that *who* reads, empty when it is not known."""
        person = self._person(who)
        return person.language if person else ""

    def names(self) -> dict[str, str]:
        """The name of everybody who has one, by id."""
        try:
            return {person.id: person.name for person in self._roster.people() if person.name}
        except DalilError as error:
            log.error("lists without names: %s", error)
            return {}

    def named(self, rows: Any, key: str) -> Any:
        """Return nbgrader's *rows* (a list of them or one) with the roster's names.

        A name of one piece stands where nbgrader keeps the last one.
        """
        known = self.names()
        for row in rows if isinstance(rows, list) else [rows]:
            if row.get(key) in known:
                row["last_name"], row["first_name"] = known[row[key]], ""
        return rows

    def _person(self, who: str) -> Person | None:
        try:
            return self._roster.person(who)
        except DalilError as error:
            log.error("%s: not looked up: %s", who, error)
            return None
