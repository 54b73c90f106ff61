"""The harness: hostile notebooks, handed in by different trainees and graded in one batch.

An ``Attack`` says what it tries, what its honest content deserves (stated by hand) and what stops
it. ``Cohort`` submits all attacks of a family, honest trainees in between, grades them as
``dalil grade`` does, and then compares the gradebook with what each deserves. A family is a file
beside this one with ``ATTACKS``, and a ``test_<family>.py`` that looks like the others.
"""

from __future__ import annotations

import copy
import gc
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from dalil.curriculum import Module, load_module
from dalil.errors import DalilError
from dalil.grading.batch import grade_batch
from dalil.grading.pipeline import Result
from dalil.models import Outcome, Score, TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course, Mark
from dalil.notebooks import read_notebook, solve
from dalil.settings import Settings, load_settings
from tests.attacks.room import BLANK, HONEST, MODULE, POINTS, REPORT, build
from tests.attacks.surroundings import Surroundings

FULL: Mapping[str, float] = POINTS
NOTHING: Mapping[str, float] = dict.fromkeys(POINTS, 0.0)
HONEST_NEIGHBOURS = 3
BYSTANDER, BYSTANDERS_REPORT = TraineeId("graded before"), 4.5


def only(**points: float) -> dict[str, float]:
    """What is deserved by who answers these questions and no others."""
    return {**NOTHING, **points}


def full_but(*questions: str, **points: float) -> dict[str, float]:
    """What is deserved by who loses *questions* entirely, or gets *points* for them."""
    return {**FULL, **dict.fromkeys(questions, 0.0), **points}


# A function that changes the notebook, or returns another one or the bytes of the file to hand in.
Spoil: TypeAlias = Callable[[NotebookNode, "Academy"], NotebookNode | str | bytes | None]


@dataclass(frozen=True)
class Attack:
    """One hostile (or unlucky) submission.

    ``answers`` are the sources of answer cells by question (or "workspace"), over ``work``:
    BLANK, or HONEST for someone who could have had full marks. ``flags`` are the flags that a human
    must see, by question, alternatives with spaces in between; a question with points has none.
    ``desk`` changes the trainee's folder before it is submitted, ``handed_in`` the academy after;
    ``refused`` is a pattern of the reason if nothing can be handed in at all, and ``after`` looks
    at whatever else must hold. ``heavy`` ones run in ``make acceptance`` only.
    """

    name: str
    what: str
    deserved: Mapping[str, float]
    stopped_by: str
    answers: Mapping[str, str] = field(default_factory=dict)
    work: Mapping[str, str] = field(default_factory=lambda: BLANK)
    spoil: Spoil | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    desk: Callable[[Path], None] | None = None
    handed_in: Callable[[Academy, TraineeId], None] | None = None
    refused: str = ""
    after: Callable[[Graded, Attack], None] | None = None
    breaks: bool = False  # its code in the workspace may raise; other code that does is a dud
    trainee: str = ""  # another name than the attack's own
    heavy: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass
class Academy:
    """An academy with the exhibit room released; ``whose`` notebook is being handed in."""

    settings: Settings
    course: Course
    module: Module
    whose: TraineeId = BYSTANDER

    @classmethod
    def at(cls, root: Path) -> Academy:
        build(root)
        settings = load_settings(root)
        academy = cls(settings, Course(settings), load_module(settings, MODULE))
        academy.course.release(academy.module)
        return academy

    def fetch(self, trainee: TraineeId) -> Path:
        """Fetch for *trainee* and return the path of the notebook."""
        desk = self.settings.desks / trainee
        return self.course.fetch(self.module, trainee, "en", desk) / f"{MODULE}.ipynb"

    def hand_in(self, trainee: TraineeId, attack: Attack) -> None:
        """Fetch, answer, spoil and submit. Raises DalilError if it cannot be submitted."""
        self.whose = trainee
        path = self.fetch(trainee)
        answers = {f"solve_{q}": text for q, text in {**attack.work, **attack.answers}.items()}
        notebook = solve(read_notebook(path), answers, {})
        spoiled = attack.spoil(notebook, self) if attack.spoil else None
        data = notebook if spoiled is None else spoiled
        if not isinstance(data, str | bytes):  # json.dumps: what nbformat would refuse to write
            data = json.dumps(data)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        if attack.desk:
            attack.desk(path.parent)
        self.course.submit(self.module, trainee, path.parent.parent)
        if attack.handed_in:
            attack.handed_in(self, trainee)

    def truth(self, whose: TraineeId | None = None) -> dict[str, Any]:
        """What only the grading side knows of a case (of ``self.whose``), for forgeries that pay.

        A forged wrong answer proves nothing: it would earn nothing if it were believed, too.
        """
        exchange = exchange_of(self.settings)
        issued = exchange.find(self.module, whose or self.whose)
        assert issued is not None
        return dict(exchange.truth(issued))

    def grade(self) -> dict[str, Result]:
        """Grade what was collected, as ``dalil grade`` does; no runner is left behind."""
        grader = grader_of(self.settings)
        try:
            with ThreadPoolExecutor(2) as executor:
                results = grade_batch(grader, [self.module], self.course.gradebook, executor)
        finally:
            grader_of.cache_clear()
            grader.runner.close()
            del grader
            gc.collect()
        return {result.trainee: result for result in results}

    def marks(self, trainee: TraineeId) -> dict[str, Mark]:
        """The gradebook's marks of *trainee*, by question."""
        return {mark.question: mark for mark in self.course.marks(self.module, trainee)}

    def graded_notebook(self, trainee: TraineeId) -> NotebookNode:
        """What formgrader shows of *trainee*."""
        folder = self.settings.autograded / trainee / MODULE
        return nbformat.read(folder / f"{MODULE}.ipynb", as_version=4)

    def gradebook_file(self) -> Path:
        return self.settings.records / "gradebook.db"

    def mark_by_hand(self, trainee: TraineeId, points: float) -> None:
        with Gradebook(self.settings.gradebook_url, self.settings.course_id) as gradebook:
            grade = gradebook.find_grade(REPORT, MODULE, MODULE, trainee)
            grade.manual_score = points
            grade.needs_manual_grade = False
            gradebook.db.commit()


@dataclass
class Graded:
    """A family after its batch."""

    academy: Academy
    attacks: Sequence[Attack]
    trainees: dict[str, TraineeId]  # by the attack's name
    honest: list[TraineeId]
    refusals: dict[str, str]  # why a submission was refused, by the attack's name
    results: dict[str, Result]
    before: Surroundings
    after: Surroundings

    def outcome(self, trainee: TraineeId) -> Outcome:
        result = self.results[trainee]
        assert result.outcome is not None, result.error
        return result.outcome

    def score(self, attack: Attack, question: str) -> Score:
        scores = self.outcome(self.trainees[attack.name]).scores
        return next(score for score in scores if score.question == question)

    def awarded(self, trainee: TraineeId) -> dict[str, float]:
        """Points by machine-marked question, as nbgrader's gradebook has them."""
        marks = self.academy.marks(trainee)
        return {question: marks[question].auto or 0.0 for question in POINTS}

    def check(self, attack: Attack) -> None:
        """Assert that *attack* got what it deserves, and what else must hold of it."""
        if attack.refused:
            assert attack.name in self.refusals, "it was accepted"
            assert re.search(attack.refused, self.refusals[attack.name])
            assert self.academy.marks(self.trainees[attack.name]) == {}
        else:
            assert attack.name not in self.refusals, self.refusals[attack.name]
            self._check_marks(attack)
        if attack.after:
            attack.after(self, attack)

    def _check_marks(self, attack: Attack) -> None:
        trainee = self.trainees[attack.name]
        scores = {score.question: score for score in self.outcome(trainee).scores}
        assert self.awarded(trainee) == pytest.approx(dict(attack.deserved))
        assert {q: s.points for q, s in scores.items()} == pytest.approx(dict(attack.deserved))
        marks = self.academy.marks(trainee)
        assert set(marks) == {*POINTS, REPORT}
        assert {q: marks[q].max_points for q in POINTS} == POINTS
        assert all(mark.manual is None for mark in marks.values())
        assert not marks[REPORT].points
        for question, score in scores.items():
            if question in attack.flags:
                assert score.flag in attack.flags[question].split()
            elif score.points:
                assert score.flag is None
        assert attack.breaks or not self._error_in_workspace(trainee), "the attack did not run"

    def _error_in_workspace(self, trainee: TraineeId) -> str:
        """The error of the workspace cell, but for the one of the released cell."""
        outputs = cell(self.academy.graded_notebook(trainee), "solve_workspace").outputs
        errors = [output.ename for output in outputs if output.output_type == "error"]
        return "".join(name for name in errors if name != "NotImplementedError")


def run_family(root: Path, attacks: Sequence[Attack]) -> Graded:
    """Submit *attacks* as one cohort in a new academy at *root*, grade it in one batch."""
    academy = Academy.at(root)
    _graded_before(academy)
    plain = Attack("honest", "nothing", FULL, "–", work=HONEST)
    trainees: dict[str, TraineeId] = {}
    honest, refusals = [], {}
    step = max(1, len(attacks) // (HONEST_NEIGHBOURS - 1))
    for number, attack in enumerate(attacks):
        if number % step == 0:
            honest.append(trainee_id(f"{number:03} honest"))
            academy.hand_in(honest[-1], plain)
        plain_name = re.sub(r"[^\w -]", "", attack.name)
        name = TraineeId(attack.trainee or f"{number:03} {plain_name}")
        trainees[attack.name] = name
        try:
            academy.hand_in(trainee_id(name), attack)
        except DalilError as error:
            refusals[attack.name] = str(error)
    honest.append(trainee_id("zzz honest"))
    academy.hand_in(honest[-1], plain)
    academy.course.collect(academy.module)
    before = Surroundings.of(root, academy.gradebook_file())
    results = academy.grade()
    after = Surroundings.of(root, academy.gradebook_file())
    return Graded(academy, attacks, trainees, honest, refusals, results, before, after)


def _graded_before(academy: Academy) -> None:
    """One trainee whose marks, by machine and by hand, are in the gradebook already."""
    academy.hand_in(BYSTANDER, Attack("honest", "nothing", FULL, "–", work=HONEST))
    academy.course.collect(academy.module)
    result = academy.grade()[BYSTANDER]
    assert not result.error, result.error
    academy.mark_by_hand(BYSTANDER, BYSTANDERS_REPORT)


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell with the grade_id *name*."""
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def copied(notebook: NotebookNode, name: str, new_id: str) -> NotebookNode:
    """A copy of the cell *name* with another cell id, not yet in the notebook."""
    made = copy.deepcopy(cell(notebook, name))
    made.id = new_id
    return made


def ledger_is_whole(academy: Academy) -> bool:
    return bool(exchange_of(academy.settings).ledger.verify().ok)
