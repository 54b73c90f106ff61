"""A batch: nothing lost, nothing twice, few in memory, and one failure stops nobody else."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from dalil.grading import pipeline, recording
from dalil.grading.batch import Progress, grade_batch
from dalil.grading.pipeline import Pipeline
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.writing import GradebookWriter
from dalil.notebooks import read_notebook
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]

FULL = {"total": 2.0, "unit": 2.0, "report": None}


class Strolling(Executor):
    """Runs a job when somebody waits for more than it has; counts what is under way."""

    def __init__(self) -> None:
        self.under_way = self.most = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        future: Future[Any] = Future()
        future.set_result(function(*arguments, **named))
        return future


def test_each_gets_what_its_answers_deserve(academy: Academy) -> None:
    academy.submit("أمينة")
    academy.submit("half", solve_unit="unit = 'kg'")
    academy.submit("broken", solve_total="1 / 0")
    academy.submit("none", spoilt="not a notebook")
    results = academy.grade()
    assert {name: result.error for name, result in results.items() if result.error} == {}
    assert academy.points("أمينة") == FULL
    assert academy.points("half") == {**FULL, "unit": 1.0}
    assert academy.points("broken") == {**FULL, "total": 0.0}
    assert academy.points("none") == {"total": 0.0, "unit": 0.0, "report": 0.0}
    (event,) = academy.events("half")
    assert event.kind == "graded"
    assert event.who == "grader"
    assert (event.what["points"], event.what["max_points"]) == (3.0, 4.0)
    assert results["half"].seconds == 0.25
    shown = str(read_notebook(academy.graded_file("half")).cells)
    assert "weighed" in shown
    assert "What the slip says." in shown


def test_again_finds_nothing_to_do(academy: Academy) -> None:
    academy.submit("one")
    academy.submit("none", spoilt="not a notebook")
    academy.grade()
    before = academy.graded_file("one").stat()
    again = academy.grade()
    assert all(result.already for result in again.values())
    assert academy.graded_file("one").stat() == before
    assert len(academy.runner.jobs) == len(academy.events("one")) == 1
    assert len(academy.events("none")) == 1


def test_a_failure_costs_its_own_submission_only(academy: Academy) -> None:
    academy.submit("fails", solve_total="FAIL")
    academy.submit("breaks", solve_total="BREAK")
    academy.submit("fine")
    folder = academy.settings.submitted / "a*b" / MODULE
    folder.mkdir(parents=True)
    (academy.settings.submitted / "empty" / MODULE).mkdir(parents=True)
    results = academy.grade()
    assert results["fine"].outcome is not None
    assert results["fails"].error == "the machine is on fire; put it out"
    assert "ZeroDivisionError" in results["breaks"].error
    assert "not allowed" in results["a*b"].error
    assert "is missing (nothing is there)" in results["empty"].error
    assert all("\n" not in result.error for result in results.values())
    assert academy.events("fails") == []


def test_few_are_under_way_whatever_the_cohort(academy: Academy) -> None:
    for n in range(12):
        academy.submit(f"trainee {n}")
    academy.course.collect(academy.module)
    executor = Strolling()
    finish = Pipeline.finish

    def finished(*arguments: Any, **named: Any) -> Any:
        executor.under_way -= 1
        return finish(*arguments, **named)

    seen: list[Progress] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "finish", finished)
        results = grade_batch(
            academy.grader,
            [academy.module],
            academy.course.gradebook,
            executor,
            at_once=3,
            progress=seen.append,
        )
    assert len(results) == 12
    assert executor.most == 3
    assert [now.done for now in seen] == list(range(13))
    assert {now.total for now in seen} == {12}


def test_the_newest_comes_first(academy: Academy) -> None:
    for name in ("first", "second", "third"):
        academy.submit(name)
    academy.course.collect(academy.module)
    with ThreadPoolExecutor(1) as executor:
        grade_batch(academy.grader, [academy.module], academy.course.gradebook, executor, at_once=1)
    asked = [job.case["trainee"] for job in academy.runner.jobs]
    assert asked == ["third", "second", "first"]


def test_a_newer_submission_is_graded_the_older_stays_on_record(academy: Academy) -> None:
    academy.submit("again", solve_unit="unit = 'kg'")
    academy.grade()
    academy.submit("again")
    result = academy.grade()["again"]
    assert not result.already
    assert academy.points("again") == FULL
    assert [event.kind for event in academy.events("again")] == ["graded", "graded"]


def test_a_job_can_travel_and_knows_nothing_sealed(academy: Academy) -> None:
    academy.submit("curious")
    academy.grade()
    (job,) = academy.runner.jobs
    packed = pickle.dumps(job)
    assert b"never-in-a-job" not in packed
    assert pickle.loads(packed).case["trainee"] == "curious"


@pytest.mark.parametrize("place", ["write", "record", "outcome"])
def test_stopped_anywhere_the_next_one_finishes(
    academy: Academy, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a SIGKILL there: what was written before stays, what comes after is missing."""
    names = [academy.submit(f"trainee {n}") for n in range(4)]
    with monkeypatch.context() as patch:
        stop_after(patch, place, academy)
        with pytest.raises(KeyboardInterrupt):
            academy.grade()
    results = academy.grade()
    assert {result.error for result in results.values()} == {""}
    for name in names:
        assert academy.points(name) == FULL
        assert len(academy.events(name)) == 1
    assert all(result.already for result in academy.grade().values())
    assert exchange_of(academy.settings).audit().ok


def stop_after(patch: pytest.MonkeyPatch, place: str, academy: Academy) -> None:
    """Stop the batch behind the second call of *place*."""
    owner, name = {
        "write": (GradebookWriter, "write"),
        "record": (pipeline, "record"),
        "outcome": (type(academy.grader), "outcome"),
    }[place]
    real, calls = getattr(owner, name), []

    def stopping(*arguments: Any, **named: Any) -> Any:
        done = real(*arguments, **named)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    patch.setattr(owner, name, stopping)


def test_lost_marks_are_written_again_without_a_run(academy: Academy) -> None:
    for name in ("file", "rows"):
        academy.submit(name)
    academy.grade()
    shutil.rmtree(academy.graded_file("file").parent)
    engine = create_engine(academy.settings.gradebook_url)
    with engine.begin() as connection:
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    results = academy.grade()
    assert not any(result.already or result.error for result in results.values())
    assert len(academy.runner.jobs) == 2
    for name in ("file", "rows"):
        assert academy.points(name) == FULL
        assert len(academy.events(name)) == 1
        assert academy.graded_file(name).is_file()


def test_two_graders_at_once_record_an_outcome_once(academy: Academy) -> None:
    academy.submit("wanted")
    academy.course.collect(academy.module)
    path = academy.settings.submitted / "wanted" / MODULE / f"{MODULE}.ipynb"
    grader = academy.grader
    prepared = [grader.prepare(academy.module, "wanted", path) for _ in range(2)]
    run = academy.runner.run(grader.job(prepared[0]))
    for each in prepared:
        recording.record(grader.exchange, each, grader.outcome(each, run), fresh=run)
    assert [event.kind for event in academy.events("wanted")] == ["graded"]


class Refusing(Executor):
    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        raise RuntimeError("no worker is left")


class Cancelling(Executor):
    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


@pytest.mark.parametrize(
    ("executor", "reason"), [(Refusing(), "no worker is left"), (Cancelling(), "Cancelled")]
)
def test_an_executor_that_gives_up_is_told(
    academy: Academy, executor: Executor, reason: str
) -> None:
    academy.submit("unlucky")
    academy.course.collect(academy.module)
    gradebook = academy.course.gradebook
    (result,) = grade_batch(academy.grader, [academy.module], gradebook, executor)
    assert reason in result.error
    assert CancelledError.__name__ in result.error or "RuntimeError" in result.error
    assert academy.events("unlucky") == []


def test_a_changed_release_and_changed_checks_are_noticed(academy: Academy) -> None:
    academy.submit("early", solve_unit="unit = 'kg'")
    academy.grade()
    academy.change_checks("0.5 if", "0.25 if")
    academy.submit("later", solve_unit="unit = 'kg'")
    academy.grade()
    assert (academy.points("early")["unit"], academy.points("later")["unit"]) == (1.0, 0.5)
