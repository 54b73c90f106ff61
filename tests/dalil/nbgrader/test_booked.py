"""The gradebook read in one statement says what nbgrader's own objects say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dalil.models import TraineeId
from dalil.nbgrader.booked import Booked
from tests.dalil.grading.scales import Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]


def test_marks_and_messages_of_one_trainee(academy: Academy) -> None:
    booked = Booked(academy.settings)
    assert booked.of_trainee("amina") == []
    people = [academy.submit(name, solve_unit="unit = 'kg'") for name in ("amina", "youssef")]
    with (
        ThreadPoolExecutor(1) as executor,
        academy.course.arrivals(academy.grader, executor) as arrivals,
    ):
        for whose in people:
            arrivals.grade(academy.module, whose).result(20)
    marks = booked.of_trainee("amina")
    assert marks == academy.course.marks(academy.module, "amina")
    assert {mark.trainee for mark in marks} == {"amina"}
    assert booked.of_trainee("amina", "elsewhere") == []
    messages = booked.messages(academy.module, people[0])
    assert {name for name, text in messages.items() if text} >= {"unit"}
    assert booked.messages(academy.module, TraineeId("nobody")) == {}
