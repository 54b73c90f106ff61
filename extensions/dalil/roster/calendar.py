"""When a module opens, is due and closes for a trainee, and how often it may be tried.

Pure. What counts, field by field: the cohort's dates, else those for everyone; then extensions of
the cohort and of the trainee, which only ever give more: a later due date (closing moves along
when it would come first) and more attempts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Any

from dalil.errors import SaidError
from dalil.models import N_

EVERYONE = ""
MAX_ATTEMPTS = 1000
_ORDER = {
    ("opens", "due"): N_("due must come after opens ({at})"),
    ("opens", "closes"): N_("closes must come after opens ({at})"),
    ("due", "closes"): N_("closes must come after due ({at})"),
}


@dataclass(frozen=True)
class Rules:
    """Aware times in UTC; None: no such limit. After ``due`` work is late, after ``closes`` it is
    not taken."""

    opens: datetime | None = None
    due: datetime | None = None
    closes: datetime | None = None
    attempts: int | None = None

    def late(self, at: datetime) -> bool:
        """Whether work that came *at* that time is late."""
        return self.due is not None and at > self.due

    def open(self, at: datetime) -> bool:
        """Whether work can be taken *at* that time."""
        return not (self.opens and at < self.opens) and not (self.closes and at > self.closes)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, times in ISO 8601 (UTC)."""
        return {name: plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Dates:
    """What was set for one module and cohort; EVERYONE is the cohort of all."""

    module: str
    cohort: str
    rules: Rules


@dataclass(frozen=True)
class Extension:
    """More time or attempts for one cohort or one trainee (the other is empty)."""

    module: str
    cohort: str
    trainee: str
    due: datetime | None
    attempts: int | None
    why: str
    granted_by: str
    granted: datetime

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: plain(value) for name, value in asdict(self).items()}


class Calendar:
    """All dates and extensions at one moment, for asking about many trainees."""

    def __init__(
        self,
        dates: Iterable[Dates],
        extensions: Iterable[Extension],
        cohorts: Mapping[str, str],
    ) -> None:
        """*cohorts*: trainee → cohort."""
        self.dates = tuple(dates)
        self.extensions = tuple(extensions)
        self._cohorts = cohorts
        self._dates = {(entry.module, entry.cohort): entry.rules for entry in self.dates}
        self._more = {(e.module, e.cohort, e.trainee): e for e in self.extensions}

    def rules(self, module: str, trainee: str) -> Rules:
        """What holds for that trainee."""
        rules = self.of_cohort(module, self._cohorts.get(trainee, EVERYONE))
        found = self._more.get((module, "", trainee))
        return extended(rules, found) if found else rules

    def of_cohort(self, module: str, cohort: str) -> Rules:
        """What holds for that cohort, its extension applied."""
        found = self._more.get((module, cohort, "")) if cohort else None
        rules = self.general(module, cohort)
        return extended(rules, found) if found else rules

    def own(self, module: str, cohort: str = EVERYONE) -> Rules:
        """What was set for exactly that cohort, or for everyone."""
        return self._dates.get((module, cohort), Rules())

    def general(self, module: str, cohort: str = EVERYONE) -> Rules:
        """What was set for that cohort, before extensions."""
        rules = self._dates.get((module, EVERYONE), Rules())
        own = self._dates.get((module, cohort)) if cohort else None
        if own is None:
            return rules
        given = {name: value for name, value in vars(own).items() if value is not None}
        return replace(rules, **given)


def extended(rules: Rules, extension: Extension) -> Rules:
    """*rules* with what *extension* adds."""
    due, closes, attempts = rules.due, rules.closes, rules.attempts
    if extension.due is not None and due is not None:
        due = max(due, extension.due)
        closes = closes and max(closes, due)
    if extension.attempts is not None and attempts is not None:
        attempts += extension.attempts
    return replace(rules, due=due, closes=closes, attempts=attempts)


def ordered(rules: Rules) -> Rules:
    """*rules*, if its times are aware and follow one another. Raises UsageError."""
    times = {"opens": rules.opens, "due": rules.due, "closes": rules.closes}
    known = [(name, at) for name, at in times.items() if at is not None]
    for name, at in known:
        if at.tzinfo is None:
            raise SaidError(
                N_("{name}: say the time zone, such as 2027-01-31T18:00+01:00"), name=name
            )
    for (first, start), (second, end) in pairwise(known):
        if end <= start:
            raise SaidError(_ORDER[first, second], at=f"{start:%Y-%m-%d %H:%M} UTC")
    if rules.attempts is not None and not 1 <= rules.attempts <= MAX_ATTEMPTS:
        raise SaidError(
            N_("attempts: from 1 to {most}, not {number}"),
            most=MAX_ATTEMPTS,
            number=rules.attempts,
        )
    opens, due, closes = (at and at.astimezone(UTC) for at in times.values())
    return Rules(opens, due, closes, rules.attempts)


def moment(text: str, *, end: bool = False) -> datetime:
    """The time that *text* says (ISO 8601), aware, UTC; without a zone it is the server's.

    A date alone is the beginning of that day, or with *end* its last second. Raises UsageError.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2027-01-31") and end:
            at = datetime.combine(at.date(), time(23, 59, 59))
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SaidError(
            N_("“{text}” is no time; write it as 2027-01-31 or 2027-01-31T18:00"), text=text[:40]
        ) from None


def plain(value: Any) -> Any:
    """A time as ISO 8601 text, anything else as it is."""
    return value.isoformat() if isinstance(value, datetime) else value
