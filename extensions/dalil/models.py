"""The words of the domain as types: who, which case, what evidence, which verdict."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NewType, TypeAlias, get_args

from dalil.errors import SaidError, UsageError

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Language: TypeAlias = Literal["en", "fr", "ar"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
RIGHT_TO_LEFT: frozenset[Language] = frozenset({"ar"})

TraineeId = NewType("TraineeId", str)
ModuleId = NewType("ModuleId", str)

MAX_TRAINEE_BYTES = 64
_MODULE = re.compile(r"[a-z][a-z0-9]{1,31}")
_TRAINEE_PUNCTUATION = frozenset(" -_.@'")


def trainee_id(text: str) -> TraineeId:
    """Return *text* as a trainee's id, in Unicode NFC.

    Letters of any script, digits, spaces and ``- _ . @ '`` are welcome, so أمينة بنعلي is a good
    id; what could leave a folder, hide in a page or be a pattern is not.

    Raises UsageError naming the offending character.
    """
    name = unicodedata.normalize("NFC", text)
    if not name or len(name.encode("utf-8", "replace")) > MAX_TRAINEE_BYTES:
        raise SaidError(
            N_("trainee id {name}: must be 1 to {most} bytes long; choose another"),
            name=repr(text[:20]),
            most=MAX_TRAINEE_BYTES,
        )
    if name != name.strip() or name.startswith((".", "-")):
        raise SaidError(
            N_("trainee id {name}: must not begin with '.' or '-', nor end in a space"),
            name=repr(text),
        )
    for character in name:
        letter = unicodedata.category(character)[0] in "LMN"
        if not letter and character not in _TRAINEE_PUNCTUATION:
            raise SaidError(
                N_(
                    "trainee id {name}: the character {character} is not allowed; "
                    "use letters, digits, spaces and - _ . @ '"
                ),
                name=repr(text),
                character=repr(character),
            )
    return TraineeId(name)


def module_id(text: str) -> ModuleId:
    """Return *text* as a module's id: one lower-case word. Raises UsageError."""
    if not _MODULE.fullmatch(text):
        raise UsageError(f"module id {text!r}: must be one lower-case word, such as firearms")
    return ModuleId(text)


def language(text: str) -> Language:
    """Return *text* as one of the academy's languages. Raises UsageError."""
    for known in LANGUAGES:
        if text == known:
            return known
    raise UsageError(f"language {text!r}: choose one of {', '.join(LANGUAGES)}")


@dataclass(frozen=True, order=True)
class CaseKey:
    """Which case: the evidence of one trainee, for one version of a module, at one attempt."""

    module: ModuleId
    version: str
    trainee: TraineeId
    attempt: int = 1

    def __str__(self) -> str:
        return f"{self.module}|{self.version}|{self.trainee}|{self.attempt}"


@dataclass(frozen=True)
class Evidence:
    """What ``graders/<module>/evidence.py`` returns once the exhibits lie in their folder.

    ``truth`` is what the forge knows, by whatever names the checks use: it stays on the grading
    side. ``probes`` are the hidden inputs of function answers, question → list of argument lists;
    they go into the trainee's process while grading, the expected results (in ``truth``) never do.
    """

    truth: dict[str, Json]
    probes: dict[str, list[list[Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a sealed check says of one answer.

    ``share`` is the part of the question's points that the answer earns, 0 to 1. ``message`` is an
    English msgid with ``{named}`` places filled from ``values``: what was expected of the method,
    how far off, what to re-read, and never the truth itself.
    """

    share: float
    message: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"a verdict's share must be within 0 and 1, not {self.share!r}")


SOLVE = "solve_"  # the cell in which a question is solved has this before the question's id


@dataclass(frozen=True)
class Simulation:
    """One way of answering, for the demonstration cohort and the contract's test.

    ``cells`` replaces the reference solution's source by grade_id; ``None`` leaves the released
    (empty) cell as it is. ``shares`` says what each machine-marked question must then earn, 0 to 1;
    questions that are not named must earn everything.
    """

    name: str
    cells: Mapping[str, str | None]
    shares: Mapping[str, float]


Flag: TypeAlias = Literal[
    "unanswered",  # nothing was handed over
    "malformed",  # not the form that the question asks for
    "oversized",  # larger than an answer may be
    "duplicated",  # handed over more than once
    "died",  # the process died, hung or hit a limit in this question's cells
    "check-failed",  # the sealed check itself raised: a human must look
    "unreadable",  # the submission is not a notebook
]


@dataclass(frozen=True)
class Score:
    """One question of one submission, marked."""

    question: str
    points: float
    max_points: float
    verdict: Verdict
    flag: Flag | None = None


@dataclass(frozen=True)
class Handed:
    """A value as it left the sandbox: JSON, or a numpy array read from ``.npy`` without pickle.

    ``cell`` is the grade_id of the cell during which it was handed over.
    """

    question: str
    value: Any
    cell: str = ""


@dataclass(frozen=True)
class Outcome:
    """All scores of one submission, and whatever a human should look at."""

    scores: Sequence[Score]
    notes: Sequence[str] = ()

    @property
    def points(self) -> float:
        return sum(score.points for score in self.scores)

    @property
    def max_points(self) -> float:
        return sum(score.max_points for score in self.scores)


def N_(message: str) -> str:  # noqa: N802 -- gettext's customary name, which Babel looks for
    """Mark *message* as a msgid and return it as it is; it is translated where it is shown."""
    return message
