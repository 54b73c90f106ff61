"""What each trainee has attained in each module, folded from the ledger's events.

Pure: rows in, rows out. An event is never lost: what a later one replaced stays in ``history``.
Which mark counts is nbgrader's own rule, so that these views and the gradebook agree:

* of marks by machine, the last one (``graded``, then each ``regraded``);
* a mark by hand stands above marks by machine, so correcting the check of one question does not
  wipe what a person decided about another; of several by hand, the last one;
* a mark by hand for an earlier submission of the same attempt no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# The flag that says: the sealed check itself failed, a person must look.
CHECK_FAILED = "check-failed"


class EventLike(Protocol):
    """What is read of ``dalil.ledger.Event``; events come oldest first."""

    @property
    def kind(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def trainee(self) -> str | None: ...
    @property
    def module(self) -> str | None: ...
    @property
    def attempt(self) -> int | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def what(self) -> Mapping[str, Any]: ...


class QuestionLike(Protocol):
    """What is read of a question of the curriculum."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def competency(self) -> str: ...
    @property
    def written(self) -> bool: ...


class ModuleLike(Protocol):
    """What is read of ``dalil.curriculum.Module``."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def competencies(self) -> Mapping[str, str]: ...
    @property
    def questions(self) -> Sequence[QuestionLike]: ...


class MarkLike(Protocol):
    """What is read of ``dalil.nbgrader.course.Mark``: one graded cell as the gradebook has it."""

    @property
    def trainee(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def points(self) -> float | None: ...
    @property
    def manual(self) -> float | None: ...
    @property
    def max_points(self) -> float: ...
    @property
    def needs_hand(self) -> bool: ...


@dataclass(frozen=True)
class Change:
    """One mark as it was given, kept although a later one may have replaced it.

    ``attempt`` is 0 when no case was on record for the submission.
    """

    at: datetime
    kind: str
    who: str
    attempt: int
    question: str
    points: float
    max_points: float
    flag: str | None = None
    submission: str | None = None


@dataclass(frozen=True)
class QuestionMark:
    """The mark that counts for one question; ``points`` is None while there is none.

    ``max_points`` is None while nobody has said what a written question is worth.
    """

    question: str
    title: str
    competency: str
    competency_title: str
    points: float | None = None
    max_points: float | None = None
    flag: str | None = None
    by_hand: bool = False
    waits: bool = False

    @property
    def share(self) -> float | None:
        """Points over maximum, within 0 and 1 unless a marker gave extra; None if not marked."""
        if self.points is None or not self.max_points:
            return None
        return self.points / self.max_points


@dataclass(frozen=True)
class Attainment:
    """One trainee in one module: the newest attempt that was graded, else the newest one.

    Times are the server's, UTC. ``attempts`` counts the cases issued; ``history`` holds every mark
    ever given to this trainee in this module, oldest first. Of all attempts, ``pending`` says when
    the newest work came if it is not graded yet, and ``idle`` since when the newest case is out
    with nothing handed in for it.
    """

    trainee: str
    module: str
    title: str
    attempt: int
    attempts: int
    questions: tuple[QuestionMark, ...]
    issued: datetime | None = None
    submitted: datetime | None = None
    graded: datetime | None = None
    pending: datetime | None = None
    idle: datetime | None = None
    notes: tuple[str, ...] = ()
    history: tuple[Change, ...] = ()

    @property
    def points(self) -> float | None:
        """Points earned so far; None before anything is marked."""
        marked = [q.points for q in self.questions if q.points is not None]
        return sum(marked) if marked else None

    @property
    def max_points(self) -> float | None:
        """What the questions marked so far are worth."""
        worth = [q.max_points or 0.0 for q in self.questions if q.points is not None]
        return sum(worth) if worth else None

    @property
    def share(self) -> float | None:
        """Part of the points of the questions marked so far; None before anything is marked."""
        if self.points is None or not self.max_points:
            return None
        return self.points / self.max_points

    @property
    def flags(self) -> int:
        """How many questions carry a flag."""
        return sum(q.flag is not None for q in self.questions)

    @property
    def waits(self) -> int:
        """How many questions a person must still mark."""
        return sum(q.waits for q in self.questions)


@dataclass
class _Attempt:
    """What is known of one attempt while events are folded into it."""

    issued: datetime | None = None
    submitted: datetime | None = None
    graded: datetime | None = None
    handed_in: str | None = None
    submission: str | None = None
    notes: tuple[str, ...] = ()
    machine: dict[str, Change] = field(default_factory=dict)
    hand: dict[str, Change] = field(default_factory=dict)


@dataclass
class _Work:
    """All attempts of one trainee at one module."""

    attempts: dict[int, _Attempt] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)

    @property
    def standing(self) -> int:
        """The newest attempt that was graded, else the newest one."""
        graded = [number for number, attempt in self.attempts.items() if attempt.graded]
        return max(graded or self.attempts)

    @property
    def pending(self) -> datetime | None:
        """When the newest work came, over all attempts, if what was graded is not that."""
        handed = [(one.submitted, one) for one in self.attempts.values() if one.submitted]
        if not handed:
            return None
        at, newest = max(handed, key=lambda pair: pair[0])
        other = newest.handed_in and newest.handed_in != newest.submission
        return at if newest.graded is None or newest.graded < at or other else None

    @property
    def idle(self) -> datetime | None:
        """When the newest case was issued, if nothing was handed in for it."""
        newest = self.attempts[max(self.attempts)]
        return None if newest.submitted or newest.graded else newest.issued

    def take(self, event: EventLike) -> None:
        """Fold one event in; kinds that say nothing about attainment change nothing."""
        number = event.attempt
        if number is None:
            number = self.standing if event.kind == "hand-marked" and self.attempts else 0
        match event.kind:
            case "issued":
                self._attempt(number).issued = event.at
            case "submitted":
                attempt = self._attempt(number)
                attempt.submitted = event.at
                attempt.handed_in = event.what.get("submission")
            case "graded" | "regraded":
                self._grade(event, number)
            case "hand-marked":
                if event.what["points"] is None:  # taken back: the machine's mark stands again
                    self._attempt(number).hand.pop(event.what["question"], None)
                    return
                change = _change(event, number, event.what["question"], event.what)
                self._attempt(number).hand[change.question] = change
                self.history.append(change)

    def _attempt(self, number: int) -> _Attempt:
        return self.attempts.setdefault(number, _Attempt())

    def _grade(self, event: EventLike, number: int) -> None:
        attempt = self._attempt(number)
        attempt.graded = event.at
        attempt.submission = event.what.get("submission")
        attempt.notes = tuple(event.what.get("notes", ()))
        attempt.machine = {
            question: _change(event, number, question, mark)
            for question, mark in event.what["questions"].items()
        }
        self.history.extend(attempt.machine.values())


def attainments(
    events: Iterable[EventLike],
    modules: Sequence[ModuleLike],
    marks: Iterable[MarkLike] = (),
) -> list[Attainment]:
    """Return one row per trainee and module of *modules*, in the order of modules, then trainees.

    *events* come oldest first, as ``Ledger.events()`` gives them; those of other modules and those
    about nobody are passed over. *marks*, if given, are the gradebook's present rows: they know
    what a written question is worth and that an empty one needs no marker, which no event says.
    """
    work: dict[tuple[str, str], _Work] = {}
    wanted = {module.id for module in modules}
    for event in events:
        if event.trainee is not None and event.module in wanted:
            work.setdefault((event.trainee, event.module), _Work()).take(event)
    booked = {(mark.trainee, mark.module, mark.question): mark for mark in marks}
    return [
        _attainment(trainee, module, found, booked)
        for module in modules
        for (trainee, name), found in sorted(work.items())
        if name == module.id and found.attempts
    ]


def _attainment(
    trainee: str,
    module: ModuleLike,
    work: _Work,
    booked: Mapping[tuple[str, str, str], MarkLike],
) -> Attainment:
    number = work.standing
    attempt = work.attempts[number]
    return Attainment(
        trainee=trainee,
        module=module.id,
        title=module.title,
        attempt=number,
        attempts=sum(1 for other in work.attempts.values() if other.issued),
        questions=tuple(
            _mark(question, module, attempt, booked.get((trainee, module.id, question.id)))
            for question in module.questions
        ),
        issued=attempt.issued,
        submitted=attempt.submitted,
        graded=attempt.graded,
        pending=work.pending,
        idle=work.idle,
        notes=attempt.notes,
        history=tuple(work.history),
    )


def _mark(
    question: QuestionLike, module: ModuleLike, attempt: _Attempt, booked: MarkLike | None
) -> QuestionMark:
    machine = attempt.machine.get(question.id)
    hand = attempt.hand.get(question.id)
    if hand and hand.submission and attempt.submission not in (None, hand.submission):
        hand = None
    flag = machine.flag if machine else None
    needed = question.written or flag == CHECK_FAILED
    points, worth = _points(hand or machine)
    waits = attempt.graded is not None and needed and hand is None
    if booked is not None and attempt.graded is not None:
        worth = booked.max_points
        points = booked.points
        waits = booked.needs_hand or (flag == CHECK_FAILED and booked.manual is None)
    by_hand = hand is not None or (booked is not None and booked.manual is not None)
    if waits and not by_hand:
        points = None  # the 0 of a check that failed is not the trainee's
    return QuestionMark(
        question=question.id,
        title=question.title,
        competency=question.competency,
        competency_title=module.competencies.get(question.competency, question.competency),
        points=points,
        max_points=worth,
        flag=flag,
        by_hand=by_hand,
        waits=waits,
    )


def _points(change: Change | None) -> tuple[float | None, float | None]:
    return (None, None) if change is None else (change.points, change.max_points)


def _change(event: EventLike, attempt: int, question: str, mark: Mapping[str, Any]) -> Change:
    return Change(
        at=event.at,
        kind=event.kind,
        who=event.who,
        attempt=attempt,
        question=question,
        points=float(mark["points"]),
        max_points=float(mark["max_points"]),
        flag=mark.get("flag"),
        submission=event.what.get("submission"),
    )
