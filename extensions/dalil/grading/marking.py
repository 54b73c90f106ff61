"""Marking: sealed checks score the values that a submission handed over.

A pure function of (answers, truth), in a process that never ran the trainee's code: correcting a
check marks a whole cohort again in seconds, without running a notebook. Whatever is in doubt
scores 0 for that question alone and carries a flag for a human.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from dalil.answers import MAX_ANSWER_BYTES, Form, decode
from dalil.errors import AnswerError
from dalil.grading import reasons
from dalil.models import N_, SOLVE, Flag, Json, Outcome, Score, Verdict

log = logging.getLogger(__name__)

Check: TypeAlias = Callable[[Any, dict[str, Json]], Verdict]

REASONS: dict[Flag, str] = {
    "unanswered": N_("No answer was handed over. Fill in the cell above and submit again."),
    "malformed": N_(
        "The answer has not the form that the question asks for. Run the cell: it says what is "
        "expected."
    ),
    "oversized": N_("The answer is larger than the {n} KiB that an answer may have."),
    "duplicated": N_("The answer was handed over {times} times; it must be handed over once."),
    "died": N_("The cell did not finish: {reason}"),
    "check-failed": N_("The answer could not be marked by machine; an instructor will look at it."),
    "unreadable": N_("The submission could not be read: {reason}"),
}


def mark(
    forms: Mapping[str, Form],
    points: Mapping[str, float],
    checks: Mapping[str, Check],
    truth: dict[str, Json],
    *,
    bundles: Iterable[Mapping[str, Any]],
    died: Mapping[str, str],
    notes: Sequence[str] = (),
    probes: Mapping[str, Sequence[Any]] | None = None,
) -> Outcome:
    """Score every question of *forms*.

    ``forms`` and ``checks`` go by question, ``points`` by grade_id (the same names); ``bundles``
    are ``{"cell": grade_id, "bundle": …}`` as they left the sandbox, of which only those of the
    question's own locked cell count; ``died`` says which cells did not finish, and why. The answer
    to a question of ``probes`` holds one result for each of its calls.
    """
    by_cell: dict[str, list[Any]] = {}
    for item in bundles:
        by_cell.setdefault(str(item.get("cell")), []).append(item.get("bundle"))
    scores = []
    for question, form in forms.items():
        reason = died.get(SOLVE + question) or died.get(question)  # the cause comes first
        handed = [b for b in by_cell.get(question, []) if _names(b, question)]
        calls = len(probes[question]) if probes and question in probes else None
        judged = _judge(question, form, checks, truth, handed=handed, reason=reason, calls=calls)
        flag, verdict = judged
        worth = points.get(question, 0.0)
        scores.append(Score(question, round(verdict.share * worth, 4), worth, verdict, flag))
    return Outcome(scores, tuple(notes))


def refuse(points: Mapping[str, float], flag: Flag, reason: str) -> Outcome:
    """Return the outcome of a submission that cannot be graded at all: 0 for every question."""
    verdict = doubt(flag, reason=reason)
    scores = [Score(question, 0.0, worth, verdict, flag) for question, worth in points.items()]
    return Outcome(scores, (reason,))


def doubt(flag: Flag, **values: str | int) -> Verdict:
    """Return the verdict that *flag* stands for: no points, and why."""
    return Verdict(0.0, REASONS[flag], values)


def died_verdict(reason: str) -> Verdict:
    """Return the verdict on a cell that died for *reason*, as the runner words it."""
    for known in reasons.ALL:
        if (values := known.read(reason)) is not None:
            return Verdict(0.0, known.told, values)
    return doubt("died", reason=reason)


def _names(bundle: Any, question: str) -> bool:
    return isinstance(bundle, dict) and bundle.get("question") in (question, None)


def _judge(
    question: str,
    form: Form,
    checks: Mapping[str, Check],
    truth: dict[str, Json],
    *,
    handed: list[Any],
    reason: str | None,
    calls: int | None,
) -> tuple[Flag | None, Verdict]:
    if not handed:
        if reason:
            return "died", died_verdict(reason)
        return "unanswered", doubt("unanswered")
    if len(handed) > 1:
        return "duplicated", doubt("duplicated", times=len(handed))
    if limit := handed[0].get("oversized"):
        known = type(limit) is int and 1024 <= limit <= MAX_ANSWER_BYTES  # a cell may forge it
        return "oversized", doubt("oversized", n=(limit if known else MAX_ANSWER_BYTES) // 1024)
    try:
        _, value = decode(handed[0])
        answer = form.read(value)
        if calls is not None and len(answer) != calls:  # dalil.case would not have made that
            raise AnswerError(f"{len(answer)} results of {calls} calls")
    except (AnswerError, RecursionError) as error:
        log.info("%s: malformed: %s", question, error)
        return "malformed", doubt("malformed")
    return _check(question, checks, truth, answer)


def _check(
    question: str, checks: Mapping[str, Check], truth: dict[str, Json], answer: Any
) -> tuple[Flag | None, Verdict]:
    try:
        verdict: object = checks[question](answer, truth)
    except Exception:  # a check is a module author's code: whatever it raises, a human must look
        log.exception("check %r failed", question)
        return "check-failed", doubt("check-failed")
    if not isinstance(verdict, Verdict):
        log.error("check %r returned %r instead of a Verdict", question, verdict)
        return "check-failed", doubt("check-failed")
    return None, verdict
