"""What the learner's routes answer, as JSON has it. Pure: from what ``Learner`` found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dalil.curriculum import Module
from dalil.exchange import Issued, Submission
from dalil.ledger import Event
from dalil.models import Language
from dalil.progress.attainment import Attainment
from dalil.service.learning import Standing, actions_of, state_of
from dalil.translation import Catalogue

# What a trainee's own history holds of an event: nothing sealed, nothing of others.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "issued": ("version", "language", "exhibits"),
    "submitted": ("submission", "bytes", "version"),
    "graded": ("submission", "points", "max_points"),
    "regraded": ("submission", "points", "max_points"),
    "hand-marked": ("question", "points", "max_points"),
    "commented": ("question",),
    "feedback-released": (),
}
Titles = Callable[[Module], Catalogue]


def curriculum(
    modules: Sequence[Module],
    standings: Mapping[str, Standing],
    titles: Titles,
    language: Language,
    at: datetime,
) -> dict[str, Any]:
    """All modules with what one trainee may do, and the competencies they add up to."""
    return {
        "language": language,
        "at": iso(at),
        "modules": [_module(one, standings[one.id], titles(one)) for one in modules],
        "competencies": _competencies(modules, standings, titles),
    }


def _module(module: Module, standing: Standing, titles: Catalogue) -> dict[str, Any]:
    attained = standing.attained
    return {
        "id": module.id,
        "code": module.code,
        "title": titles.get(module.title),
        "summary": titles.get(module.summary),
        "hours": module.hours,
        "competencies": [
            {"id": name, "title": titles.get(title)} for name, title in module.competencies.items()
        ],
        "prerequisites": list(module.prerequisites),
        "opens": iso(standing.rules.opens),
        "due": iso(standing.rules.due),
        "closes": iso(standing.rules.closes),
        "attempts_allowed": standing.rules.attempts,
        "attempt": standing.attempt,
        "attempts": standing.attempts,
        "state": state_of(standing),
        "points": attained.points if attained else None,
        "max_points": attained.max_points if attained else None,
        "share": attained.share if attained else None,
        "mastered": standing.mastered,
        "late": standing.late,
        "waits": attained.waits if attained else 0,
        "issued": iso(attained.issued) if attained else None,
        "submitted": iso(standing.submitted),
        "graded": iso(attained.graded) if attained else None,
        "app": module.app.is_file(),
        "actions": actions_of(standing, lesson=module.lesson.is_file(), app=module.app.is_file()),
    }


def _competencies(
    modules: Sequence[Module], standings: Mapping[str, Standing], titles: Titles
) -> list[dict[str, Any]]:
    """Each competency with its modules, and the part of its marked points that was earned."""
    found: dict[str, dict[str, Any]] = {}
    earned: dict[str, tuple[float, float]] = {}
    for module in modules:
        for name, title in module.competencies.items():
            known = {"id": name, "title": titles(module).get(title), "modules": []}
            found.setdefault(name, known)["modules"].append(module.id)
        attained = standings[module.id].attained
        for mark in attained.questions if attained else ():
            if mark.points is not None and mark.max_points:
                points, worth = earned.get(mark.competency, (0.0, 0.0))
                earned[mark.competency] = (points + mark.points, worth + mark.max_points)
    for name, one in found.items():
        points, worth = earned.get(name, (0.0, 0.0))
        one["share"] = points / worth if worth else None
    return list(found.values())


def nothing() -> dict[str, Any]:
    """The result of a trainee who has handed in nothing."""
    return _result("nothing", None)


def waiting(newest: Submission, late: bool, failure: str = "") -> dict[str, Any]:
    """The result of work that is not graded yet, or that could not be graded: *failure*."""
    more = {"remarks": [failure]} if failure else {}
    return {**_result("failed" if failure else "waiting", newest), "late": late, **more}


def result(
    newest: Submission,
    attained: Attainment,
    *,
    late: bool,
    messages: Mapping[str, str],
    remarks: Iterable[str],
    titles: Catalogue,
    feedback: str,
) -> dict[str, Any]:
    """The result of graded work; *messages* are what the checks said, by question."""
    return {
        **_result("graded", newest),
        "late": late,
        "points": attained.points,
        "max_points": attained.max_points,
        "graded": iso(attained.graded),
        "questions": [
            {
                "id": mark.question,
                "title": titles.get(mark.title),
                "points": mark.points,
                "max_points": mark.max_points,
                "message": messages.get(mark.question, ""),
                "flag": mark.flag,
                "waits": mark.waits,
                "by_hand": mark.by_hand,
            }
            for mark in attained.questions
        ],
        "remarks": list(remarks),
        "feedback": feedback,
    }


def _result(state: str, newest: Submission | None) -> dict[str, Any]:
    return {
        "state": state,
        "attempt": newest.attempt if newest else None,
        "receipt": vars(newest.receipt) if newest else None,
        "late": False,
        "points": None,
        "max_points": None,
        "graded": None,
        "questions": [],
        "remarks": [],
        "feedback": None,
    }


def history(
    module: Module,
    issued: Issued | None,
    events: Iterable[Event],
    submissions: Iterable[Submission],
    titles: Catalogue,
) -> dict[str, Any]:
    """What happened to a trainee's own case: exhibits with digests, events, receipts."""
    names = {exhibit.name: titles.get(exhibit.title) for exhibit in module.exhibits}
    return {
        "exhibits": [
            {**vars(exhibit), "title": names.get(exhibit.name, exhibit.name)}
            for exhibit in (issued.exhibits if issued else ())
        ],
        "events": [
            {
                "seq": event.seq,
                "at": iso(event.at),
                "kind": event.kind,
                "who": event.who,
                "attempt": event.attempt,
                "what": {n: event.what[n] for n in SHOWN[event.kind] if n in event.what},
            }
            for event in events
            if event.kind in SHOWN
        ],
        "receipts": [vars(submission.receipt) for submission in submissions],
    }


def iso(at: datetime | None) -> str | None:
    """A moment in UTC as ISO 8601."""
    return None if at is None else at.isoformat()
