"""Hand-made marks: whatever formgrader wrote into the gradebook becomes an event of the ledger."""

from __future__ import annotations

import getpass

from dalil.curriculum import Module
from dalil.ledger import Ledger
from dalil.nbgrader.course import Course


def record_hand_marks(course: Course, ledger: Ledger, module: Module) -> int:
    """Append a "hand-marked" event for every manual score the ledger does not know yet.

    nbgrader's gradebook does not say who gave a mark: the event names the account that ran this
    command. Returns the number of events.
    """
    given = course.hand_marks(module)
    if not given:
        return 0
    known: dict[tuple[str, str], float] = {}
    marked: dict[str, tuple[str | None, int | None]] = {}  # whose submission a mark is about
    for event in ledger.stream(("graded", "regraded", "hand-marked"), module=module.id):
        whose = event.trainee or ""
        if event.kind == "hand-marked":
            known[(whose, event.what["question"])] = event.what["points"]
        else:
            marked[whose] = (event.what.get("submission"), event.attempt)
    fresh = [mark for mark in given if known.get((mark.trainee, mark.question)) != mark.points]
    if not fresh:
        return 0
    with ledger.writing() as batch:
        for mark in fresh:
            submission, attempt = marked.get(mark.trainee, (None, None))
            batch.append(
                "hand-marked",
                who=getpass.getuser(),
                trainee=mark.trainee,
                module=module.id,
                attempt=attempt,
                what={
                    "submission": submission,
                    "question": mark.question,
                    "points": mark.points,
                    "max_points": mark.max_points,
                },
            )
    return len(fresh)
