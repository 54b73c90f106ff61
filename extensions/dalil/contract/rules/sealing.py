"""That nothing sealed leaves the grading side: not in releases, cases, explanations or pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dalil.contract.contents import contents, readable
from dalil.contract.findings import Fault, rule
from dalil.contract.forged import forging_key, secret_of, spellings
from dalil.contract.secrets import Secret, Secrets, page_text, text_of, words
from dalil.contract.subject import Attempted, Subject
from dalil.models import LANGUAGES
from dalil.nbgrader.release import FORBIDDEN
from dalil.notebooks.solving import BEGIN, END
from dalil.translation.catalogue import find_catalogue, translate

TELLING = 16  # characters of a line of the solution, blanks left out


@rule(
    "release-sealed",
    "nbgrader's release holds the notebook alone, without solution or mark scheme.",
    runs=True,
)
def release_sealed(subject: Subject) -> Iterator[Fault]:
    _ = subject.academy
    path = subject.exercise_notebook
    folder = subject.trial.release / subject.id
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    for name in names:
        if name != path.name:
            yield Fault(path, f"{name} is released too", f"move it out of exercises/{subject.id}")
    solution = set(_solution(subject))
    for language in LANGUAGES:
        for cell in subject.release(language).cells:
            for mark in (*FORBIDDEN, "BEGIN MARK SCHEME", "BEGIN HIDDEN TESTS"):
                if mark in cell.source:
                    message = f"cell {cell.id}: {mark} is released"
                    yield Fault(path, message, "mend the marks in the source", cell=cell.id)
            lines = {_dense(line) for line in cell.source.splitlines()}
            if found := sorted(lines & solution):
                message = f"cell {cell.id} ({language}): a line of the solution is released"
                hint = f"take {found[0][:40]!r} out of what is not stripped"
                yield Fault(path, message, hint, cell=cell.id)


def _solution(subject: Subject) -> Iterator[str]:
    """Telling lines of the solution, without blanks: no imports, comments or headers."""
    for cell in subject.source.cells:
        inside = False
        for line in cell.source.splitlines():
            if BEGIN in line or END in line:
                inside = BEGIN in line
                continue
            text = line.strip()
            plain = not text.startswith(("import ", "from ", "#", "def ", "class ", "@", "return"))
            if inside and plain and len(_dense(text)) >= TELLING:
                yield _dense(text)


def _dense(line: str) -> str:
    return "".join(line.split())


@rule(
    "truth-sealed",
    "No long or precise part of the truth, and no seed, stands in the release, the case, an "
    "explanation or a feedback page.",
    runs=True,
)
def truth_sealed(subject: Subject) -> Iterator[Fault]:
    truth = subject.judge.exchange.truth(subject.case)
    secrets = Secrets(truth, _declared(subject))
    yield from _release(subject, secrets)
    yield from _case(subject, secrets)
    yield from _explanations(subject, secrets)
    yield from _page(subject, secrets)
    yield from _seeds(subject)


def _declared(subject: Subject) -> Iterator[str]:
    """Texts that module.toml itself shows to everybody: options, names of fields, titles."""
    for question in subject.module.questions:
        yield question.title
    for exhibit in subject.module.exhibits:
        yield from (exhibit.title, exhibit.file)
    for asked in subject.case.questions.values():
        yield from words(asked)


def _release(subject: Subject, secrets: Secrets) -> Iterator[Fault]:
    """What stands in every trainee's exhibits as well, such as the name of a file, is no secret."""
    shown = readable(subject.exhibits)
    for language in LANGUAGES:
        notebook = subject.release(language)
        parts: list[tuple[str, Any]] = [("", notebook.metadata)]
        parts += [(cell.id, dict(cell)) for cell in notebook.cells]
        for cell, part in parts:
            for secret in _sorted(secrets.given_away(text_of(part))):
                if isinstance(secret.value, str) and secret.value.casefold() in shown:
                    continue
                place = f"cell {cell}" if cell else "its metadata"
                message = f"{place} ({language}): gives away {secret}"
                hint = "take it out, or forge it per case"
                yield Fault(subject.exercise_notebook, message, hint, cell=cell)


def _case(subject: Subject, secrets: Secrets) -> Iterator[Fault]:
    case = subject.judge.exchange.case(subject.case)
    for secret in _sorted(secrets.given_away(text_of(case))):
        message = f"case.json gives away {secret}"
        hint = "ask for something that the case's own table does not say"
        yield Fault(subject.course / "module.toml", message, hint)


def _explanations(subject: Subject, secrets: Secrets) -> Iterator[Fault]:
    """A trainee's own answer may be repeated: only what was not handed over counts."""
    seen: set[tuple[str, str, str]] = set()
    for name, attempted in subject.attempts.items():
        for score in attempted.outcome.scores:
            handed = _handed(attempted, score.question)
            for language in LANGUAGES:
                catalogue = find_catalogue(subject.exercise, language)
                text = translate(score.verdict.message, score.verdict.values, catalogue)
                for secret in _sorted(secrets.given_away(text) - secrets.given_away(handed)):
                    if (score.question, score.verdict.message, secret.place) in seen:
                        continue
                    seen.add((score.question, score.verdict.message, secret.place))
                    message = (
                        f"{score.question}, simulation {name!r} ({language}): the explanation "
                        f"gives away {secret}"
                    )
                    hint = "say how far off the answer is, not what is right"
                    yield Fault(subject.grader / "checks.py", message, hint)


def _handed(attempted: Attempted, question: str) -> str:
    bundles = [b["bundle"] for b in attempted.run.bundles if b["cell"] == question]
    return text_of(bundles)


def _page(subject: Subject, secrets: Secrets) -> Iterator[Fault]:
    """The page may show what the trainee's own cells said and printed, and nothing more."""
    if (attempted := subject.attempts.get("wrong")) is None:
        return
    own = text_of([attempted.prepared.notebook, attempted.run.outputs])
    own += page_text(own)  # what of it is HTML, as it reads
    text = page_text(subject.feedback.read_text(encoding="utf-8"))
    for secret in _sorted(secrets.given_away(text) - secrets.given_away(own)):
        message = f"the feedback page of simulation 'wrong' gives away {secret}"
        yield Fault(subject.grader / "checks.py", message, "take it out of the explanations")


def _seeds(subject: Subject) -> Iterator[Fault]:
    """A seed anywhere in an exhibit would let its holder forge the truth."""
    case = subject.case.key
    signs = [*spellings(forging_key(subject.id)), *spellings(secret_of(case))]
    for name, data in contents(subject.exhibits):
        if any(sign in data for sign in signs):
            message = f"{name} holds the seed of the case"
            yield Fault(subject.grader / "evidence.py", message, "leave it out")


def _sorted(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(secrets, key=lambda secret: secret.place)
