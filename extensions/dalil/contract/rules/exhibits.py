"""Exhibits: exactly the declared ones, the same for equal seeds, others for other trainees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import REFERENCE, Subject
from dalil.grading.marking import mark
from dalil.notebooks import grade_points
from dalil.syntax import parse

CLOCKS = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.monotonic"),
    }
)
CHANCE = frozenset(
    {
        *("os.urandom", "uuid.uuid1", "uuid.uuid4", "random.random", "random.randint"),
        *("random.choice", "random.shuffle", "random.sample", "random.seed", "random.Random"),
        *("secrets.token_hex", "secrets.token_bytes", "secrets.choice", "random.default_rng"),
        *("np.random.seed", "np.random.rand", "np.random.randint"),
    }
)


@rule("exhibits-declared", "forge() runs, and writes exactly the exhibits of module.toml.")
def exhibits_declared(subject: Subject) -> Iterator[Fault]:
    _ = subject.forged  # raises what the forge of the academy itself finds
    yield from ()


@rule(
    "exhibits-deterministic",
    "Equal seeds give equal bytes and truth, whatever hash seed, time zone, locale and hour.",
)
def exhibits_deterministic(subject: Subject) -> Iterator[Fault]:
    path = subject.grader / "evidence.py"
    once, again = subject.forged[0], subject.forged_again
    hint = "draw from seed.rng(…) and seed.clock(…), sort what has no order, name encodings"
    for name in sorted(set(once.digests) | set(again.digests)):
        if once.digests.get(name) != again.digests.get(name):
            yield Fault(path, f"{name} differs between two forgings with one seed", hint)
    if once.truth != again.truth:
        yield Fault(path, "the truth differs between two forgings with one seed", hint)
    if once.probes != again.probes:
        yield Fault(path, "the probes differ between two forgings with one seed", hint)
    for source in (path, *subject.methods):
        for line, name in _undetermined(source):
            message = f"line {line} asks {name}"
            yield Fault(
                source, message, "take moments from seed.clock(…), numbers from seed.rng(…)"
            )


def _undetermined(path: Path) -> Iterator[tuple[int, str]]:
    """Calls whose result no seed decides, by line."""
    try:
        tree = parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last = ".".join(name.split(".")[-2:])
            unseeded = last == "random.default_rng" and not node.args and not node.keywords
            if last in CLOCKS or (last in CHANCE and last != "random.default_rng") or unseeded:
                yield node.lineno, name


@rule("exhibits-individual", "Other trainees and later attempts get other exhibits and truths.")
def exhibits_individual(subject: Subject) -> Iterator[Fault]:
    path = subject.grader / "evidence.py"
    first, *others = subject.forged
    for other, who in zip(others, ("another trainee", "a second attempt"), strict=True):
        if first.digests == other.digests:
            yield Fault(path, f"{who} gets the same exhibits", "draw them from the seed")
        elif first.truth == other.truth:
            yield Fault(path, f"{who} gets the same truth", "draw what is asked for from the seed")


@rule(
    "answers-individual",
    "One trainee's right answers do not earn full marks in another trainee's case.",
    runs=True,
)
def answers_individual(subject: Subject) -> Iterator[Fault]:
    attempted = subject.attempts[REFERENCE]
    forms = {q.id: q.form for q in subject.module.questions if q.form is not None}
    points = grade_points(subject.source)
    run, checks = attempted.run, subject.sealed.checks
    scored = [
        mark(forms, points, checks, other.truth, bundles=run.bundles, died=run.died)
        for other in subject.forged[1:]
    ]
    if all(outcome.points >= outcome.max_points for outcome in scored):
        message = "the answers of one trainee earn full marks in every other case"
        yield Fault(subject.grader / "evidence.py", message, "draw what is asked for from the seed")
