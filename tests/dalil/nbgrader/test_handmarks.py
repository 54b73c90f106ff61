"""Marks that a person gave in formgrader become events of the ledger, once each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from dalil.curriculum import Module, load_module
from dalil.grading.batch import grade_batch
from dalil.models import TraineeId, module_id, trainee_id
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import record_hand_marks
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.settings import load_settings

WHO = trainee_id("مريم بنكهرمان")


@pytest.fixture(scope="module")
def graded(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> tuple[Course, Module]:
    """One trainee's work, marked by machine; its conclusion waits for a person."""
    root = make_curriculum(tmp_path_factory.mktemp("hand-marks"), "custody")
    settings = load_settings(root)
    course, module = Course(settings), load_module(settings, module_id("custody"))
    course.release(module)
    folder = course.fetch(module, WHO, "ar", settings.desks / WHO)
    path = folder / "custody.ipynb"
    cells = reference(read_notebook(module.notebook))
    write_notebook(solve(read_notebook(path), cells, {}), path)
    course.submit(module, WHO, folder.parent)
    course.collect(module)
    with ThreadPoolExecutor(1) as executor:
        grade_batch(grader_of(settings), [module], course.gradebook, executor)
    return course, module


def by_hand(course: Course, question: str, points: float) -> None:
    """What formgrader does when a marker types a score."""
    settings = course.settings
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        grade = gradebook.find_grade(question, "custody", "custody", WHO)
        grade.manual_score = points
        grade.needs_manual_grade = False
        gradebook.db.commit()


def test_a_written_answer_waits_until_a_person_marks_it(graded: tuple[Course, Module]) -> None:
    course, module = graded
    marks = {mark.question: mark for mark in course.marks(module, TraineeId(WHO))}
    assert marks["conclusion"].needs_hand
    assert marks["conclusion"].points is None
    assert marks["breaks"].points == marks["breaks"].max_points


def test_hand_marks_are_recorded_once_and_again_when_they_change(
    graded: tuple[Course, Module],
) -> None:
    course, module = graded
    ledger = grader_of(course.settings).exchange.ledger
    assert record_hand_marks(course, ledger, module) == 0
    by_hand(course, "conclusion", 3.0)
    assert record_hand_marks(course, ledger, module) == 1
    assert record_hand_marks(course, ledger, module) == 0
    by_hand(course, "conclusion", 2.5)
    assert record_hand_marks(course, ledger, module) == 1
    events = list(ledger.events(kind="hand-marked", module=module.id))
    assert [event.what["points"] for event in events] == [3.0, 2.5]
    submitted = grader_of(course.settings).exchange.submissions(module.id, WHO)[-1]
    assert {event.what["submission"] for event in events} == {submitted.digest}
    assert {event.attempt for event in events} == {1}
    assert ledger.verify().ok
