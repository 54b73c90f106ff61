"""What the reference solution, the untouched release and plausible wrong ways must earn."""

from __future__ import annotations

from collections.abc import Iterator

from dalil.answers import decode
from dalil.contract.findings import Fault, rule
from dalil.contract.rules.cells import WORKSPACE
from dalil.contract.subject import REFERENCE, UNTOUCHED, Attempted, Subject
from dalil.models import SOLVE, Score
from dalil.translation.catalogue import ENGLISH, PLACE, translate

TOLERANCE = 1e-6  # of a share
ENOUGH_WORDS = 4
ERROR_WORDS = 160  # characters of an error that a line still has room for


@rule("reference-full", "The author's own solution earns all points of the machine.", runs=True)
def reference_full(subject: Subject) -> Iterator[Fault]:
    for attempted, score in _scores(subject, REFERENCE):
        if score.points < score.max_points:
            message = f"{score.question}: the reference solution earns {_earned(score)}"
            hint = _why(subject, attempted, score)
            if score.flag == "check-failed":
                yield Fault(subject.grader / "checks.py", message, hint)
            else:
                cell = SOLVE + score.question
                yield Fault(subject.exercise_notebook, message, hint, cell=cell)


@rule("untouched-zero", "The release as it is handed out earns nothing.", runs=True)
def untouched_zero(subject: Subject) -> Iterator[Fault]:
    for _, score in _scores(subject, UNTOUCHED):
        if score.points > 0:
            message = f"{score.question}: the untouched release earns {_earned(score)}"
            hint = "put all of the solution between the marks, and let no value be there before"
            cell = SOLVE + score.question
            yield Fault(subject.exercise_notebook, message, hint, cell=cell)


@rule(
    "simulations",
    "Each simulated way of answering earns exactly what it states, and less than full.",
    runs=True,
)
def simulations(subject: Subject) -> Iterator[Fault]:
    path = subject.grader / "checks.py"
    for attempted in subject.every_attempt:
        name = attempted.simulation.name
        if name in (REFERENCE, UNTOUCHED):
            continue
        for score in attempted.outcome.scores:
            share = score.points / score.max_points if score.max_points else 0.0
            stated = attempted.simulation.shares.get(score.question, 1.0)
            if abs(share - stated) > TOLERANCE + 1e-4 / max(score.max_points, 1e-9):
                message = (
                    f"simulation {name!r}: {score.question} earns {share:.6g} of its points, "
                    f"not {stated:.6g} as stated"
                )
                yield Fault(path, message, _why(subject, attempted, score))
            if score.flag == "check-failed":
                message = f"simulation {name!r}: the check of {score.question} fails"
                yield Fault(path, message, _failure(subject, attempted, score.question))
        if attempted.outcome.points >= attempted.outcome.max_points:
            message = f"simulation {name!r}: earns everything"
            yield Fault(path, message, "let the checks see what is wrong with it")


@rule(
    "explains",
    "Every check says what was expected of the method, not only right or wrong.",
    runs=True,
)
def explains(subject: Subject) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    marked = {entry.message for domain in subject.domains for entry in domain.entries}
    for attempted in subject.every_attempt:
        name = attempted.simulation.name
        for score in attempted.outcome.scores:
            said = (score.question, score.verdict.message)
            if score.flag or said in seen:
                continue
            seen.add(said)
            for message, hint in _explanation(score, marked):
                yield Fault(
                    subject.grader / "checks.py",
                    f"{score.question}, simulation {name!r}: {message}",
                    hint,
                )


def _explanation(score: Score, marked: set[str]) -> Iterator[tuple[str, str]]:
    message, values = score.verdict.message, score.verdict.values
    enough = ENOUGH_WORDS if score.verdict.share < 1 else 1
    if len(message.split()) < enough:
        hint = "say what was expected of the method, how far off it is, what to read again"
        yield f"the explanation is {message!r}", hint
    elif message not in marked:
        yield f"{message[:40]!r} is not marked for translation", "write it as N_(…)"
    if missing := sorted(set(PLACE.findall(message)) - set(values)):
        yield f"no value for {', '.join(missing)}", "give the verdict all values of its message"


def _scores(subject: Subject, name: str) -> Iterator[tuple[Attempted, Score]]:
    """Every score of one way of answering, on every case."""
    for attempted in subject.every_attempt:
        if attempted.simulation.name == name:
            for score in attempted.outcome.scores:
                yield attempted, score


def _earned(score: Score) -> str:
    return f"{score.points:g} of {score.max_points:g} points"


def _why(subject: Subject, attempted: Attempted, score: Score) -> str:
    """What is known of the reason for a score: the cell's error, the doubt or the explanation."""
    cells = {score.question, SOLVE + score.question, WORKSPACE}
    for name, outputs in attempted.run.outputs.items():
        for output in outputs if name in cells else ():
            if output["output_type"] == "error":
                return f"{name} raises {output['ename']}: {output['evalue']}"[:ERROR_WORDS]
    if score.flag == "check-failed":
        return _failure(subject, attempted, score.question)
    return translate(score.verdict.message, score.verdict.values, ENGLISH)


def _failure(subject: Subject, attempted: Attempted, question: str) -> str:
    """What the check of *question* raises on the answer of *attempted*."""
    handed = [b["bundle"] for b in attempted.run.bundles if b["cell"] == question]
    form = subject.module.question(question).form
    assert form is not None
    answer = form.read(decode(handed[0])[1])
    try:
        subject.sealed.checks[question](answer, subject.judge.exchange.truth(attempted.issued))
    except Exception as error:  # a check is a module author's code
        return f"{type(error).__name__}: {error}"[:ERROR_WORDS]
    return "let it return a Verdict"
