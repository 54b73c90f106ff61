"""Submissions graded as they arrive: futures that always end, one writer, the newest counts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dalil.errors import UsageError
from dalil.grading.arrivals import Arrivals
from dalil.models import TraineeId
from tests.dalil.grading.scales import Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]


@pytest.fixture
def arrivals(academy: Academy) -> Iterator[Arrivals]:
    with (
        ThreadPoolExecutor(2) as executor,
        academy.course.arrivals(academy.grader, executor) as arrivals,
    ):
        yield arrivals
        academy.runner.gate.set()


def test_a_result_comes_within_half_a_second(academy: Academy, arrivals: Arrivals) -> None:
    seconds = []
    for n in range(20):
        name = academy.submit(f"trainee {n}")
        begun = time.perf_counter()
        result = arrivals.grade(academy.module, name).result(10)
        seconds.append(time.perf_counter() - begun)
        assert result.error == ""
        assert academy.points(name)["total"] == 2.0
    assert statistics.quantiles(seconds, n=20)[-1] < 0.5


def test_many_at_once_are_all_graded(academy: Academy, arrivals: Arrivals) -> None:
    arrivals.at_once = 2
    names = [academy.submit(f"trainee {n}") for n in range(9)]
    with ThreadPoolExecutor(4) as askers:
        futures = list(askers.map(lambda name: arrivals.grade(academy.module, name), names))
    assert [future.result(20).error for future in futures] == [""] * 9
    assert {len(academy.events(name)) for name in names} == {1}


def test_asking_again_and_again_grades_once(academy: Academy, arrivals: Arrivals) -> None:
    academy.submit("impatient")
    academy.runner.gate.clear()
    futures = [arrivals.grade(academy.module, TraineeId("impatient")) for _ in range(5)]
    academy.runner.gate.set()
    assert {future.result(10).outcome.points for future in futures} == {4.0}  # type: ignore[union-attr]
    assert len(academy.runner.jobs) == 1
    assert len(academy.events("impatient")) == 1


def test_the_newest_submission_has_the_last_word(academy: Academy, arrivals: Arrivals) -> None:
    """The older one still runs when the newer arrives; it must not end behind it."""
    academy.submit("quick", solve_unit="unit = 'kg'")
    academy.runner.gate.clear()
    first = arrivals.grade(academy.module, TraineeId("quick"))
    while not academy.runner.jobs:
        time.sleep(0.01)
    academy.submit("quick")
    second = arrivals.grade(academy.module, TraineeId("quick"))
    academy.runner.gate.set()
    assert first.result(10).outcome.points == 3.0  # type: ignore[union-attr]
    assert second.result(10).outcome.points == 4.0  # type: ignore[union-attr]
    assert academy.points("quick")["unit"] == 2.0


def test_failures_are_results(academy: Academy, arrivals: Arrivals) -> None:
    academy.submit("fails", solve_total="FAIL")
    academy.submit("breaks", solve_total="BREAK")
    reasons = [
        arrivals.grade(academy.module, TraineeId(name)).result(10).error
        for name in ("fails", "breaks", "nobody")
    ]
    assert reasons[0] == "the machine is on fire; put it out"
    assert "ZeroDivisionError" in reasons[1]
    assert "nothing was submitted" in reasons[2]
    academy.submit("fine")
    assert arrivals.grade(academy.module, TraineeId("fine")).result(10).error == ""


def test_closing_waits_for_what_was_asked(academy: Academy) -> None:
    names = [academy.submit(f"trainee {n}") for n in range(3)]
    with ThreadPoolExecutor(2) as executor:
        arrivals = academy.course.arrivals(academy.grader, executor)
        futures = [arrivals.grade(academy.module, name) for name in names]
        arrivals.close()
        assert all(future.done() for future in futures)
        with pytest.raises(UsageError, match="grading has ended"):
            arrivals.grade(academy.module, names[0])


def test_an_executor_that_is_gone_is_told(academy: Academy) -> None:
    academy.submit("unlucky")
    executor = ThreadPoolExecutor(1)
    with academy.course.arrivals(academy.grader, executor) as arrivals:
        executor.shutdown()
        result = arrivals.grade(academy.module, TraineeId("unlucky")).result(10)
    assert "RuntimeError" in result.error
