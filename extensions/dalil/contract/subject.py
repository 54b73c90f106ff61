"""The module that is looked at, and the parts of it that several rules share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode

from dalil.contract.findings import BrokenError, Fault, Finding
from dalil.contract.forged import AHEAD, OTHER, PLAIN, Forged, forge, forging_key
from dalil.contract.parts import shared
from dalil.contract.scratch import scratch
from dalil.curriculum import Module, load_module, methods_of
from dalil.errors import DalilError
from dalil.exchange import Issued
from dalil.exchange.service import FORGING_KEY
from dalil.grading.runner import Job, Run, Runner, runner_of
from dalil.grading.sealed import Sealed, load_checks
from dalil.grading.service import Grader, Prepared
from dalil.ledger.files import create_once
from dalil.models import LANGUAGES, Language, ModuleId, Outcome, Simulation, TraineeId
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.settings import Settings
from dalil.translation import Domain, extract

TRAINEE, ANOTHER = TraineeId("amina"), TraineeId("يوسف")
SPOKEN: Language = "ar"  # of the case that the simulations answer: the farthest from the source
REFERENCE, UNTOUCHED = "reference", "untouched"
AT_ONCE = 2  # child processes of one check


@dataclass(frozen=True)
class Attempted:
    """One way of answering a case, run and marked."""

    issued: Issued
    simulation: Simulation
    prepared: Prepared
    run: Run
    outcome: Outcome


class Subject:
    """A module under test; use as a context manager, which removes what was tried.

    Every way of answering is tried on *cases* cases. A part that cannot be had raises BrokenError
    with the finding of the rule that owns it.
    """

    def __init__(self, settings: Settings, name: ModuleId, cases: int = 1) -> None:
        self.settings, self.id, self.cases = settings, name, cases
        self.course = settings.courses / name
        self.exercise = settings.exercises / name
        self.grader = settings.graders / name
        self.lesson, self.app = self.course / "lesson.ipynb", self.course / "app.ipynb"
        self.exercise_notebook = self.exercise / f"{name}.ipynb"
        self.roots = [settings.root]  # of the curriculum, and of the copy once there is one
        self.slots = threading.Semaphore(AT_ONCE)
        self._stack = ExitStack()
        self._notebooks: dict[Path, NotebookNode] = {}

    def __enter__(self) -> Subject:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    # --- files

    @property
    def notebook_paths(self) -> tuple[Path, ...]:
        return (self.lesson, self.app, self.exercise_notebook)

    @property
    def methods(self) -> tuple[Path, ...]:
        """The Python files of the reference method, a module or a package."""
        return methods_of(self.course)

    @property
    def grader_files(self) -> tuple[Path, ...]:
        return (self.grader / "evidence.py", self.grader / "checks.py")

    @property
    def expected_files(self) -> tuple[Path, ...]:
        """Every file of the contract."""
        return (
            self.course / "module.toml",
            *self.methods,
            *self.notebook_paths,
            *(folder / "locale" / f"{language}.po" for folder, language in self.catalogues),
            *self.grader_files,
        )

    @property
    def catalogues(self) -> tuple[tuple[Path, Language], ...]:
        """(folder, language) of each catalogue."""
        spoken = [language for language in LANGUAGES if language != "en"]
        return tuple((folder, s) for folder in (self.course, self.exercise) for s in spoken)

    def finding(self, rule: str, fault: Fault) -> Finding:
        """Return *fault* as a finding of *rule*."""
        message, hint = (" ".join(text.split()) for text in (fault.message, fault.hint))
        cell = f"{self.name_of(fault.notebook or fault.path)}#{fault.cell}" if fault.cell else ""
        return Finding(self.name_of(fault.path), rule, message, hint, fault.severity, cell)

    def name_of(self, path: Path) -> str:
        """Return *path* relative to the curriculum's root, with ``/``."""
        root = self.settings.root
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

    @staticmethod
    def unusable(path: Path) -> Fault | None:
        """Why *path* is no file that can be read at all."""
        hint = "write it, or take it from a new module"
        if not os.path.lexists(path):
            return Fault(path, "missing", hint)
        if not path.is_file():
            return Fault(path, "not a file", "put a file of that name there")
        return None if path.stat().st_size else Fault(path, "empty", hint)

    def require(self, *paths: Path) -> None:
        """Raise BrokenError, for the rule ``files``, unless all *paths* can be read."""
        faults = [fault for path in paths if (fault := self.unusable(path))]
        if faults:
            raise BrokenError(*(self.finding("files", fault) for fault in faults))

    @contextmanager
    def owning(self, rule: str, path: Path, hint: str) -> Iterator[None]:
        """Turn an error into findings of *rule* about *path*, one for each of its lines."""
        try:
            yield
        except DalilError as error:
            faults = [_fault(self, line, path, hint) for line in str(error).splitlines()]
            raise BrokenError(*(self.finding(rule, fault) for fault in faults)) from error

    # --- what can be read

    @shared
    def module(self) -> Module:
        path = self.course / "module.toml"
        self.require(path)
        with self.owning("schema", path, "see docs/authoring.md"):
            return load_module(self.settings, self.id)

    @property
    def machine(self) -> tuple[str, ...]:
        """Questions that a machine marks."""
        return tuple(question.id for question in self.module.questions if not question.written)

    def notebook(self, path: Path) -> NotebookNode:
        """Return one of the module's notebooks; it must not be changed."""
        if path not in self._notebooks:
            self.require(path)
            with self.owning("clean-notebooks", path, "save it again as a notebook"):
                self._notebooks[path] = read_notebook(path)
        return self._notebooks[path]

    @property
    def source(self) -> NotebookNode:
        """The exercise as its author wrote it, with solutions."""
        return self.notebook(self.exercise_notebook)

    @shared
    def solutions(self) -> dict[str, str]:
        """The reference solution by grade_id."""
        with self.owning("exercise-cells", self.exercise_notebook, "rename one of them"):
            return reference(self.source)

    @shared
    def sealed(self) -> Sealed:
        path = self.grader / "checks.py"
        self.require(path)
        graders = self.trial.graders  # there the checks find the course that they belong to
        with self.owning("checks-complete", path, "see docs/authoring.md"):
            return load_checks(graders / self.id)

    @shared
    def domains(self) -> tuple[Domain, ...]:
        """The messages of the course and of the exercise with its checks."""
        self.require(*self.expected_files)
        module = self.module
        try:
            return extract(module)
        except DalilError as error:
            place, _, rest = str(error).partition(": ")
            name, _, cell = place.partition("#")
            paths = (p for p in self.expected_files if p.as_posix().endswith(f"/{name}"))
            path = next(paths, module.course)
            hint = "mend what keeps its texts from being read"
            fault = replace(_fault(self, rest, path, hint), cell=cell)
            raise BrokenError(self.finding("translated", fault)) from error

    # --- what is tried

    @shared
    def trial(self) -> Settings:
        """Settings of a copy of the curriculum, with an academy of its own."""
        self.require(*self.expected_files)
        trial = self._stack.enter_context(scratch(self.settings, self.id))
        self.roots.append(trial.root)
        return trial

    @shared
    def folder(self) -> Path:
        """A folder for whatever a rule writes."""
        return Path(self._stack.enter_context(TemporaryDirectory(prefix="dalil-check-")))

    @shared
    def trial_module(self) -> Module:
        _ = self.module
        return load_module(self.trial, self.id)

    @shared
    def academy(self) -> Course:
        """nbgrader's course of the trial, with the module released."""
        course = Course(self.trial)
        create_once(self.trial.keys / FORGING_KEY, lambda: forging_key(self.id))
        with self.owning("release-sealed", self.exercise_notebook, "mend it and release again"):
            course.release(self.trial_module)
        return course

    def release(self, language: Language) -> NotebookNode:
        """The released notebook in *language*."""
        _ = self.academy
        with self.owning("translated", self.exercise_notebook, "update the catalogues"):
            return released(self.trial, self.trial_module, language)

    @shared
    def judge(self) -> Grader:
        """The real grader of the trial."""
        _ = self.academy
        return grader_of(self.trial)

    @shared
    def case(self) -> Issued:
        """The case that is looked at closely."""
        return self._issue(TRAINEE)

    def _issue(self, trainee: TraineeId) -> Issued:
        with self.owning("exhibits-declared", self.grader / "evidence.py", "mend forge()"):
            return self.judge.exchange.issue(self.trial_module, trainee, SPOKEN)

    @shared
    def attempts(self) -> dict[str, Attempted]:
        """The reference, the untouched release and every simulation on the case, by name."""
        return self._attempts(self.case)

    @shared
    def every_attempt(self) -> list[Attempted]:
        """The same on all cases."""
        others = [TraineeId(f"{TRAINEE} {number}") for number in range(2, self.cases + 1)]
        rounds = [self.attempts, *(self._attempts(self._issue(other)) for other in others)]
        return [attempted for found in rounds for attempted in found.values()]

    def _attempts(self, case: Issued) -> dict[str, Attempted]:
        """One run and mark of each way of answering *case*."""
        nothing = dict.fromkeys(self.machine, 0.0)
        untouched = Simulation(UNTOUCHED, dict.fromkeys(self.solutions), nothing)
        ways = [Simulation(REFERENCE, {}, {}), untouched, *self.sealed.simulations]
        notebook = self.release(SPOKEN)
        prepared = [self._prepare(case, notebook, way) for way in ways]
        jobs = [self.judge.job(each) for each in prepared]
        with ThreadPoolExecutor(AT_ONCE) as executor:
            runs = list(executor.map(self.run, jobs))
        outcomes = map(self.judge.outcome, prepared, runs)
        return {
            parts[0].name: Attempted(case, *parts)
            for parts in zip(ways, prepared, runs, outcomes, strict=True)
        }

    def _prepare(self, case: Issued, notebook: NotebookNode, way: Simulation) -> Prepared:
        path = self.folder / f"{way.name}.ipynb"
        write_notebook(solve(notebook, self.solutions, way.cells), path)
        return self.judge.prepare(self.trial_module, case.key.trainee, path)

    @shared
    def runner(self) -> Runner:
        """Runs the author's own notebooks, so that a sandbox is welcome but not required."""
        return self._stack.enter_context(closing(runner_of(self.trial, unsafe=True)))

    def run(self, job: Job) -> Run:
        """Run *job* as soon as one of the slots for child processes is free."""
        runner = self.runner
        with self.slots:
            return runner.run(job)

    @shared
    def exhibits(self) -> Path:
        """A folder with the exhibits of the case."""
        folder = self.folder / "exhibits"
        self.judge.exchange.copy_exhibits(self.case, folder)
        return folder

    @shared
    def feedback(self) -> Path:
        """The feedback page of the simulation ``wrong``, through nbgrader's own steps."""
        course, module, wrong = self.academy, self.trial_module, self.attempts["wrong"]
        desk = course.fetch(module, TRAINEE, SPOKEN, self.folder / "desk")
        path = desk / f"{self.id}.ipynb"
        write_notebook(solve(read_notebook(path), self.solutions, wrong.simulation.cells), path)
        course.submit(module, TRAINEE, desk.parent)
        course.collect(module)
        collected = self.trial.submitted / TRAINEE / self.id / path.name
        # The same answers have run already: nbgrader's autograde finds that run on record.
        self.judge.keep(self.judge.prepare(module, TRAINEE, collected), wrong.run)
        course.autograde(module, TRAINEE)
        return course.feedback(module, TRAINEE)

    @shared
    def forged(self) -> list[Forged]:
        """Three cases forged apart from the academy: one, another trainee's, a second attempt."""
        cases = [(TRAINEE, 1), (ANOTHER, 1), (TRAINEE, 2)]
        with self.owning("exhibits-declared", self.grader / "evidence.py", "mend forge()"):
            return self._forge(cases, "plain", PLAIN)

    @shared
    def forged_again(self) -> Forged:
        """The first of those cases, forged elsewhere and later."""
        _ = self.forged
        hint = "forge() must not depend on hash seed, time zone, locale or clock"
        with self.owning("exhibits-deterministic", self.grader / "evidence.py", hint):
            return self._forge([(TRAINEE, 1)], "other", OTHER, AHEAD)[0]

    def _forge(
        self,
        cases: Sequence[tuple[str, int]],
        name: str,
        environment: Mapping[str, str],
        ahead: float = 0.0,
    ) -> list[Forged]:
        folder, root = self.folder / name, self.trial.root
        with self.slots:
            return forge(root, self.id, cases, folder, environment=environment, ahead=ahead)

    def play(self, path: Path, seconds: float) -> Run:
        """Run a notebook of the course in an empty folder, within the sandbox of submissions."""
        # The worker keeps a part of the time for itself.
        limits = replace(self.settings.limits, cell_seconds=seconds, submission_seconds=seconds + 6)
        return self.run(Job(self.notebook(path), case={}, exhibits={}, probes={}, limits=limits))


def _fault(subject: Subject, line: str, path: Path, hint: str) -> Fault:
    """*line* of an error without the place that the finding names anyway; "…; what to do"."""
    for root in subject.roots:
        line = line.replace(f"{root}/", "")
    for place in (f"{subject.name_of(path)}: ", f"{path.name}: "):
        line = line.removeprefix(place)
    message, _, advice = line.rpartition("; ")
    return Fault(path, message, advice) if message else Fault(path, line, hint)
