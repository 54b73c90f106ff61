"""What a trainee may do with a module, and what state it is in: decided here, and nowhere else.

Pure. Whoever asks brings a ``Standing``: what the records say of one trainee in one module.

An attempt is a case of its own. Within it work may be handed in again until it is graded; where
attempts are counted, a graded attempt is over, and a new one brings new exhibits. Where they are
not, one may go on handing in. Work in hand is never taken away: a case that was issued can be
fetched again whatever the dates say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from dalil.errors import ClosedError, RefusedError, SpentError
from dalil.models import N_
from dalil.progress.attainment import Attainment
from dalil.roster import Rules

State: TypeAlias = Literal["closed", "open", "issued", "submitted", "graded", "mastered"]
Action: TypeAlias = Literal["lesson", "app", "issue", "submit", "result", "attempt"]
MASTERY = 0.8  # of the points, once every question is marked
MAX_STORED_BYTES = 2 * 1024**3  # of all that one trainee handed in for a module

NOT_RELEASED = N_("This exercise is not handed out yet.")
NOT_OPEN = N_("This exercise opens on {opens} (UTC).")
CLOSED = N_("This exercise closed on {closes} (UTC); ask an instructor for more time.")
SPENT = N_("All {allowed} attempts are used up; ask an instructor for another one.")
OVER = N_("Attempt {attempt} is graded: begin a new attempt.")
NO_CASE = N_("Get your exhibits first: this exercise was not issued to you yet.")
OTHER = N_("This is the work of attempt {given}; your present attempt is {attempt}.")
WAITS = N_("Attempt {attempt} is being graded; a new one may begin when its result is there.")
TOO_MUCH = N_("You have handed in {gib} GiB for this exercise; ask an instructor.")


@dataclass(frozen=True)
class Standing:
    """One trainee in one module.

    ``attempt`` is the latest case (0: none was issued), ``version`` the module's at that time,
    ``attempts`` how many were issued. ``submitted`` and ``serial`` are of the newest submission of
    the latest attempt, ``pending`` says that it is not graded. ``stored`` are the bytes of all
    submissions. ``attained`` is what the ledger's events add up to.
    """

    rules: Rules
    at: datetime
    released: bool
    current_version: str
    attempt: int = 0
    version: str = ""
    attempts: int = 0
    submitted: datetime | None = None
    serial: int = 0
    pending: bool = False
    stored: int = 0
    attained: Attainment | None = None

    @property
    def graded(self) -> bool:
        """Whether the latest attempt's newest submission has its marks."""
        return self.submitted is not None and not self.pending

    @property
    def mastered(self) -> bool:
        """Whether every question is marked and enough is right, in the attempt that counts."""
        found = self.attained
        if found is None or found.graded is None or found.waits:
            return False
        return found.share is not None and found.share >= MASTERY

    @property
    def late(self) -> bool:
        """Whether the newest submission of the latest attempt came too late."""
        return self.submitted is not None and self.rules.late(self.submitted)

    @property
    def attempts_left(self) -> bool:
        """Whether another case may be issued."""
        return self.rules.attempts is None or self.attempts < self.rules.attempts


def state_of(standing: Standing) -> State:
    """The one word for a module in the trainee's list."""
    if standing.submitted is not None:
        if standing.pending:
            return "submitted"
        return "mastered" if standing.mastered else "graded"
    if not standing.rules.open(standing.at) or not (standing.released or standing.attempt):
        return "closed"
    return "issued" if standing.attempt else "open"


def actions_of(standing: Standing, *, lesson: bool, app: bool) -> list[Action]:
    """What the trainee may do now; *lesson* and *app* say whether the module has them."""
    found: list[tuple[Action, bool]] = [
        ("lesson", lesson),
        ("app", app),
        ("issue", _allowed(next_attempt, standing, new=False)),
        ("submit", _allowed(may_submit, standing, standing.attempt or None)),
        ("result", standing.stored > 0),
        ("attempt", standing.graded and _allowed(next_attempt, standing, new=True)),
    ]
    return [action for action, allowed in found if allowed]


def next_attempt(standing: Standing, *, new: bool) -> int:
    """The attempt whose case the trainee gets; *new* asks for another one than before.

    Asked again before anything was handed in, a new attempt is the one that was begun. Raises
    ClosedError, SpentError, RefusedError.
    """
    if standing.attempt:
        same = standing.version == standing.current_version
        begun = standing.submitted is None
        if same and (begun or not new):
            return standing.attempt
        if same and standing.pending:
            raise RefusedError(WAITS, attempt=standing.attempt)
    _open(standing)
    if not standing.attempts_left:
        raise SpentError(SPENT, allowed=standing.rules.attempts or 0)
    return standing.attempt + 1


def may_submit(standing: Standing, given: int | None = None) -> int:
    """The attempt that work is taken for; *given* is the one it says it belongs to.

    Raises ClosedError, SpentError, RefusedError.
    """
    if not standing.attempt:
        raise RefusedError(NO_CASE)
    if given is not None and given != standing.attempt:
        raise RefusedError(OTHER, given=given, attempt=standing.attempt)
    _open(standing)
    if standing.graded and standing.rules.attempts is not None:
        if standing.attempts_left:
            raise SpentError(OVER, attempt=standing.attempt)
        raise SpentError(SPENT, allowed=standing.rules.attempts)
    if standing.stored >= MAX_STORED_BYTES:
        raise RefusedError(TOO_MUCH, gib=MAX_STORED_BYTES // 1024**3)
    return standing.attempt


def _open(standing: Standing) -> None:
    """Raise ClosedError unless the dates allow work now."""
    rules, at = standing.rules, standing.at
    if rules.opens is not None and at < rules.opens:
        raise ClosedError(NOT_OPEN, opens=f"{rules.opens:%Y-%m-%d %H:%M}")
    if rules.closes is not None and at > rules.closes:
        raise ClosedError(CLOSED, closes=f"{rules.closes:%Y-%m-%d %H:%M}")
    if not standing.released:
        raise ClosedError(NOT_RELEASED)


def _allowed(rule, *args: object, **more: object) -> bool:  # type: ignore[no-untyped-def]
    """Whether *rule* raises nothing."""
    try:
        rule(*args, **more)
    except RefusedError:
        return False
    return True
