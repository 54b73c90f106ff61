"""The whole life of a cohort without a browser: release, fetch, solve, submit, grade, feedback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dalil.curriculum import Module
from dalil.demo.trainees import SimulatedTrainee, simulation_of
from dalil.errors import DalilError
from dalil.grading.batch import grade_batch
from dalil.grading.sealed import load_checks
from dalil.nbgrader.context import exchange_of, grader_of, unsafe_grader_of
from dalil.nbgrader.course import Course
from dalil.notebooks import grade_points, read_notebook, reference, solve, write_notebook
from dalil.settings import Settings

TOLERANCE = 1e-3


@dataclass(frozen=True)
class Comparison:
    """One trainee's submission: the points that it must earn beside those it was awarded."""

    trainee: str
    skill: str
    language: str
    module: str
    expected: float
    awarded: float | None
    max_points: float
    flags: dict[str, str] = field(default_factory=dict)
    differs: dict[str, tuple[float, float]] = field(default_factory=dict)
    waits: bool = False
    digest: str = ""
    error: str = ""

    @property
    def agrees(self) -> bool:
        return self.awarded is not None and not self.differs and not self.error


@dataclass(frozen=True)
class Demonstration:
    """What a demonstration did: every comparison, and where the academy lies."""

    academy: Path
    comparisons: tuple[Comparison, ...]
    feedback: tuple[Path, ...]
    exhibits_differ: bool

    @property
    def agrees(self) -> bool:
        return self.exhibits_differ and all(c.agrees for c in self.comparisons)


def run_demonstration(
    settings: Settings,
    modules: Sequence[Module],
    trainees: Sequence[SimulatedTrainee],
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
    *,
    unsafe: bool = False,
) -> Demonstration:
    """Take *trainees* through *modules*; ``progress(step, done, total)`` follows the work.

    Without a sandbox it grades *unsafe* only: the cohort holds cheats, if only of our own making.
    """
    course = Course(settings)
    grader = unsafe_grader_of(settings) if unsafe else grader_of(settings)
    for n, module in enumerate(modules, 1):
        course.release(module)
        progress("release", n, len(modules))
    expected, digests = _work(settings, course, modules, trainees, progress)
    for module in modules:
        course.collect(module)
    with ThreadPoolExecutor(settings.workers) as executor:
        results = grade_batch(
            grader,
            modules,
            course.gradebook,
            executor,
            progress=lambda now: progress("grade", now.done, now.total),
        )
    grader.runner.close()
    course.gradebook.close()
    grader.exchange.ledger.checkpoint()
    errors = {(r.trainee, r.module): r.error for r in results if r.error}
    pages = _feedback(course, modules, trainees, errors, progress)
    comparisons = [
        _compare(
            settings, course, module, trainee, expected=expected, digests=digests, errors=errors
        )
        for trainee in trainees
        for module in modules
    ]
    every = [digest for digest in digests.values() if digest]
    return Demonstration(
        settings.academy, tuple(comparisons), tuple(pages), len(set(every)) == len(every)
    )


Expected = dict[tuple[str, str], dict[str, float]]


def _work(
    settings: Settings,
    course: Course,
    modules: Sequence[Module],
    trainees: Sequence[SimulatedTrainee],
    progress: Callable[[str, int, int], None],
) -> tuple[Expected, dict[tuple[str, str], str]]:
    """Fetch, answer and submit; return what each must earn, and digests of exhibits."""
    expected: Expected = {}
    digests: dict[tuple[str, str], str] = {}
    done, total = 0, len(modules) * len(trainees)
    for module in modules:
        source = read_notebook(module.notebook)
        cells, points = reference(source), grade_points(source)
        simulations = load_checks(module.grader).simulations
        for trainee in trainees:
            desk = settings.desks / trainee.name
            folder = course.fetch(module, trainee.name, trainee.language, desk)
            simulation = simulation_of(trainee.skill, module, simulations, cells)
            path = folder / f"{module.id}.ipynb"
            write_notebook(solve(read_notebook(path), cells, simulation.cells), path)
            course.submit(module, trainee.name, desk)
            key = (trainee.name, module.id)
            expected[key] = {
                question.id: points[question.id] * simulation.shares.get(question.id, 1.0)
                for question in module.questions
                if not question.written
            }
            issued = exchange_of(settings).find(module, trainee.name)
            digests[key] = "+".join(sorted(issued.digests.values())) if issued else ""
            done += 1
            progress("fetch, solve, submit", done, total)
    return expected, digests


def _feedback(
    course: Course,
    modules: Sequence[Module],
    trainees: Sequence[SimulatedTrainee],
    errors: dict[tuple[str, str], str],
    progress: Callable[[str, int, int], None],
) -> list[Path]:
    pages: list[Path] = []
    work = [(m, t) for m in modules for t in trainees if (t.name, m.id) not in errors]
    for n, (module, trainee) in enumerate(work, 1):
        try:
            pages.append(course.feedback(module, trainee.name))
        except DalilError as error:
            errors[(trainee.name, module.id)] = str(error)
        progress("feedback", n, len(work))
    return pages


def _compare(
    settings: Settings,
    course: Course,
    module: Module,
    trainee: SimulatedTrainee,
    *,
    expected: Expected,
    digests: dict[tuple[str, str], str],
    errors: dict[tuple[str, str], str],
) -> Comparison:
    """Compare what nbgrader's gradebook holds with what was stated beforehand."""
    key = (trainee.name, module.id)
    written = {question.id for question in module.questions if question.written}
    marks = {mark.question: mark for mark in course.marks(module, trainee.name)}
    awarded = {q: mark.auto or 0.0 for q, mark in marks.items() if q not in written}
    wanted = expected[key]
    differs = {
        question: (points, awarded.get(question, float("nan")))
        for question, points in wanted.items()
        if not abs(awarded.get(question, float("nan")) - points) <= TOLERANCE
    }
    graded = settings.autograded / trainee.name / module.id / f"{module.id}.ipynb"
    flags = read_notebook(graded).metadata.get("dalil", {}).get("flags", {}) if marks else {}
    return Comparison(
        trainee=trainee.name,
        skill=trainee.skill,
        language=trainee.language,
        module=module.id,
        expected=round(sum(wanted.values()), 4),
        awarded=round(sum(awarded.values()), 4) if marks else None,
        max_points=sum(m.max_points for q, m in marks.items() if q not in written),
        flags=dict(flags),
        differs=differs,
        waits=any(mark.needs_hand for mark in marks.values()),
        digest=digests[key],
        error=errors.get(key, ""),
    )
