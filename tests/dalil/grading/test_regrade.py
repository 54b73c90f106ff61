"""Marking again: from the answers on record, only what changed, with who and why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from nbgrader.api import Gradebook

from dalil.grading import regrade
from dalil.grading.batch import Progress
from dalil.grading.pipeline import Result
from dalil.grading.regrade import Why, regrade_batch
from dalil.models import TraineeId
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.writing import GradebookWriter
from dalil.notebooks import read_notebook
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]

KILOS = {"solve_unit": "unit = 'kg'"}
STRICTER = ("0.5 if", "0.25 if")


def again(academy: Academy, **options: Any) -> dict[str, Result]:
    """Mark everything again; a notebook that runs is an error."""
    grader = academy.grader
    grader.runner = None  # type: ignore[assignment]
    why = Why("Zineb", "kg was too generous")
    with academy.course.gradebook as gradebook:
        results = regrade_batch(grader, [academy.module], gradebook, why, **options)
    grader.runner = academy.runner
    return {result.trainee: result for result in results}


def state(academy: Academy) -> tuple[object, ...]:
    """Everything that marking again could have changed."""
    found = {p: p.stat() for p in academy.settings.autograded.rglob("*")}
    files = {p: (s.st_ino, s.st_size, s.st_mode, s.st_mtime_ns) for p, s in found.items()}
    ledger = exchange_of(academy.settings).ledger
    with closing(sqlite3.connect(academy.settings.records / "gradebook.db")) as connection:
        rows = list(connection.iterdump())
    return files, len(ledger.events()), rows


def test_the_same_checks_change_nothing(academy: Academy) -> None:
    academy.submit("kilos", **KILOS)
    academy.submit("right")
    academy.submit("none", spoilt="not a notebook")
    academy.grade()
    before = state(academy)
    results = again(academy)
    assert state(academy) == before
    assert not any(result.changed or result.error for result in results.values())
    assert {n: r.outcome and r.outcome.points for n, r in results.items()} == {
        "kilos": 3.0,
        "right": 4.0,
        "none": 0.0,
    }


def test_what_changes_is_written_everywhere(academy: Academy) -> None:
    academy.submit("kilos", **KILOS)
    academy.submit("right")
    academy.grade()
    academy.change_checks(*STRICTER)
    academy.change_checks("What the slip says.", "Read the slip again.")
    results = again(academy)
    assert (results["kilos"].changed, results["kilos"].before) == (True, 3.0)
    assert not results["right"].changed
    assert academy.points("kilos") == {"total": 2.0, "unit": 0.5, "report": None}
    shown = str(read_notebook(academy.graded_file("kilos")).cells)
    assert "Read the slip again." in shown
    assert "weighed" in shown
    first, second = academy.events("kilos")
    assert (second.kind, second.who, second.attempt) == ("regraded", "Zineb", 1)
    assert second.what["reason"] == "kg was too generous"
    assert second.what["before"]["points"] == first.what["points"] == 3.0
    assert second.what["before"]["questions"]["unit"]["points"] == 1.0
    assert second.what["questions"]["unit"]["points"] == 0.5
    assert len(academy.events("right")) == 1
    assert not any(result.changed for result in again(academy).values())
    assert exchange_of(academy.settings).audit().ok
    assert all(result.already for result in academy.grade().values())


def test_marks_by_hand_stay_and_want_another_look(academy: Academy) -> None:
    academy.submit("kilos", **KILOS)
    academy.grade()
    with Gradebook(academy.settings.gradebook_url, academy.settings.course_id) as gradebook:
        grade = gradebook.find_grade("unit", MODULE, MODULE, "kilos")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    academy.change_checks(*STRICTER)
    again(academy)
    (mark,) = [m for m in academy.course.marks(academy.module) if m.question == "unit"]
    assert (mark.auto, mark.manual, mark.needs_hand) == (0.5, 2.0, True)


def test_only_one_trainee(academy: Academy) -> None:
    for name in ("one", "other"):
        academy.submit(name, **KILOS)
    academy.grade()
    academy.change_checks(*STRICTER)
    assert set(again(academy, whose=TraineeId("one"))) == {"one"}
    assert (academy.points("one")["unit"], academy.points("other")["unit"]) == (0.5, 1.0)


def test_what_was_not_graded_is_not_marked(academy: Academy) -> None:
    academy.submit("graded", **KILOS)
    academy.grade()
    academy.submit("new")
    academy.submit("graded")  # a newer one, not graded yet: what counts is what has marks
    academy.course.collect(academy.module)
    academy.change_checks(*STRICTER)
    assert set(again(academy)) == {"graded"}
    assert academy.points("graded")["unit"] == 0.5
    assert not academy.grade()["graded"].already
    assert academy.points("graded")["unit"] == 2.0


def test_many_share_transactions(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrade, "CHUNK", 3)
    names = [academy.submit(f"trainee {n}", **KILOS) for n in range(7)]
    academy.grade()
    academy.change_checks(*STRICTER)
    seen: list[Progress] = []
    results = again(academy, progress=seen.append)
    assert set(results) == set(names)
    assert all(result.changed for result in results.values())
    assert [now.done for now in seen] == [0, 3, 6, 7]
    assert {academy.points(name)["unit"] for name in names} == {0.5}


@pytest.mark.parametrize("place", ["rewrite", "put"])
def test_stopped_half_way_it_is_finished_the_next_time(
    academy: Academy, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [academy.submit(f"trainee {n}", **KILOS) for n in range(3)]
    academy.grade()
    academy.change_checks(*STRICTER)
    real = getattr(GradebookWriter, {"rewrite": "rewrite", "put": "_put"}[place])

    def stopping(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, real.__name__, stopping)
        with pytest.raises(KeyboardInterrupt):
            again(academy)
    assert all(result.changed for result in again(academy).values())
    for name in names:
        assert academy.points(name)["unit"] == 0.5
        assert [event.kind for event in academy.events(name)] == ["graded", "regraded"]
        assert "0.5" in str(read_notebook(academy.graded_file(name)).cells)


def test_a_check_that_fails_is_a_flag(academy: Academy) -> None:
    academy.submit("right")
    academy.grade()
    academy.change_checks('answer == truth["grams"]', "1 / 0")
    outcome = again(academy)["right"].outcome
    assert outcome is not None
    assert [(s.question, s.flag) for s in outcome.scores] == [
        ("total", "check-failed"),
        ("unit", None),
    ]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE runs SET answers = '{}'", "answers are not on record"),
        ("DELETE FROM runs", "answers are not on record"),
        ("UPDATE cases SET truth = '{}'", "answers are not on record"),
    ],
)
def test_records_that_were_altered_are_not_marked(
    academy: Academy, statement: str, reason: str
) -> None:
    academy.submit("victim", **KILOS)
    academy.grade()
    with closing(sqlite3.connect(academy.settings.records / "dalil.db")) as connection, connection:
        connection.execute(statement)
    academy.change_checks(*STRICTER)
    result = again(academy)["victim"]
    assert reason in result.error
    assert academy.points("victim")["unit"] == 1.0
    assert len(academy.events("victim")) == 1


def test_a_graded_notebook_that_is_gone_or_broken_is_told(academy: Academy) -> None:
    for name in ("gone", "broken", "fine"):
        academy.submit(name, **KILOS)
    academy.grade()
    academy.graded_file("gone").unlink()
    academy.graded_file("broken").unlink()
    academy.graded_file("broken").write_text("{", encoding="utf-8")
    academy.change_checks(*STRICTER)
    results = again(academy)
    assert "run: dalil grade" in results["gone"].error
    assert "not as it was written; remove it and run: dalil grade" in results["broken"].error
    assert results["fine"].changed
    assert (academy.points("gone")["unit"], academy.points("fine")["unit"]) == (1.0, 0.5)
