"""A module and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, get_args

from dalil.answers import Form
from dalil.models import ModuleId

# Anderson & Krathwohl 2001, the revision of Bloom's taxonomy, from the lowest level up.
Level: TypeAlias = Literal["remember", "understand", "apply", "analyse", "evaluate", "create"]
LEVELS: tuple[Level, ...] = get_args(Level)


METHODS = "methods"
PUBLIC_FACE = "__init__.py"


class Folders(Protocol):
    """What of ``dalil.settings.Settings`` says where a curriculum lies."""

    @property
    def root(self) -> Path: ...
    @property
    def courses(self) -> Path: ...
    @property
    def exercises(self) -> Path: ...
    @property
    def graders(self) -> Path: ...


@dataclass(frozen=True)
class Exhibit:
    """One file of evidence; ``file`` is its plain name in the trainee's ``exhibits/``."""

    name: str
    file: str
    title: str


@dataclass(frozen=True)
class Question:
    """One question; ``id`` is the grade_id of its graded cell.

    ``form`` is None for a written question, which a human marks; ``table`` is the form as it
    stands in ``module.toml``, for ``case.json``.
    """

    id: str
    title: str
    competency: str
    level: Level
    form: Form | None = None
    table: Mapping[str, Any] | None = None

    @property
    def written(self) -> bool:
        return self.form is None


@dataclass(frozen=True)
class Module:
    """What ``module.toml`` says, and the folders and files of the module."""

    id: ModuleId
    code: str
    version: str
    title: str
    summary: str
    hours: float
    prerequisites: tuple[ModuleId, ...]
    standards: tuple[str, ...]
    outcomes: tuple[str, ...]
    competencies: Mapping[str, str]
    exhibits: tuple[Exhibit, ...]
    questions: tuple[Question, ...]
    course: Path
    exercise: Path
    grader: Path

    @property
    def lesson(self) -> Path:
        return self.course / "lesson.ipynb"

    @property
    def app(self) -> Path:
        return self.course / "app.ipynb"

    @property
    def methods(self) -> tuple[Path, ...]:
        """The Python files of the reference method; see ``methods_of``."""
        return methods_of(self.course)

    @property
    def notebook(self) -> Path:
        """The exercise: nbgrader's source notebook, with solutions."""
        return self.exercise / f"{self.id}.ipynb"

    def question(self, name: str) -> Question:
        """Return the question *name*; raises KeyError."""
        for question in self.questions:
            if question.id == name:
                return question
        raise KeyError(name)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield (place in ``module.toml``, English text) of all that is translated."""
        yield "title", self.title
        yield "summary", self.summary
        for number, outcome in enumerate(self.outcomes, 1):
            yield f"outcomes.{number}", outcome
        for name, title in self.competencies.items():
            yield f"competencies.{name}", title
        for exhibit in self.exhibits:
            yield f"exhibits.{exhibit.name}", exhibit.title
        for question in self.questions:
            yield f"questions.{question.id}", question.title


def methods_of(course: Path) -> tuple[Path, ...]:
    """Return the Python files of the reference method of the course in the folder *course*.

    ``methods.py``; or, where there is a folder ``methods``, ``methods/__init__.py``, its public
    face, and the parts beside it in the order of their names. The first one need not exist.
    """
    package = course / METHODS
    if not package.is_dir():
        return (package.with_suffix(".py"),)
    face = package / PUBLIC_FACE
    parts = (p for p in package.glob("*.py") if p != face and p.stem.isidentifier())
    return (face, *sorted(parts))
