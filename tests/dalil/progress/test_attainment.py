"""Folding events into attainments: what counts, what waits, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dalil.progress import attainments

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    id: str
    title: str
    competency: str
    written: bool = False


@dataclass(frozen=True)
class Module:
    id: str = "custody"
    title: str = "Chain of custody"
    competencies: Mapping[str, str] = field(default_factory=lambda: {"integrity": "Integrity"})
    questions: tuple[Question, ...] = (
        Question("breaks", "The breaks", "integrity"),
        Question("digest", "The digest", "integrity"),
        Question("conclusion", "The conclusion", "reporting", written=True),
    )


@dataclass(frozen=True)
class Event:
    kind: str
    at: datetime
    trainee: str | None = "amina"
    module: str | None = "custody"
    attempt: int | None = 1
    what: Mapping[str, Any] = field(default_factory=dict)
    who: str = "grader"


@dataclass(frozen=True)
class Mark:
    question: str
    points: float | None
    max_points: float
    needs_hand: bool = False
    manual: float | None = None
    trainee: str = "amina"
    module: str = "custody"


def graded(
    minute: int,
    breaks: float,
    digest: float = 2.0,
    *,
    kind: str = "graded",
    submission: str = "s1",
    flags: Mapping[str, str] | None = None,
    **more: Any,
) -> Event:
    points = {"breaks": (breaks, 4.0), "digest": (digest, 2.0)}
    questions = {
        name: {"points": got, "max_points": worth, "flag": (flags or {}).get(name)}
        for name, (got, worth) in points.items()
    }
    what = {"submission": submission, "questions": questions, "notes": ["late"]}
    return Event(kind, START + timedelta(minutes=minute), what=what, **more)


def hand(minute: int, question: str, points: float, worth: float = 5.0, **what: Any) -> Event:
    return Event(
        "hand-marked",
        START + timedelta(minutes=minute),
        attempt=None,
        who="marker",
        what={"question": question, "points": points, "max_points": worth, **what},
    )


def one(*events: Event, marks: tuple[Mark, ...] = ()) -> Any:
    (row,) = attainments(events, [Module()], marks)
    return row


def by_question(row: Any) -> dict[str, Any]:
    return {mark.question: mark for mark in row.questions}


def test_a_case_that_was_only_issued() -> None:
    row = one(Event("issued", START))
    assert (row.issued, row.submitted, row.graded) == (START, None, None)
    assert (row.points, row.max_points, row.share) == (None, None, None)
    assert (row.attempt, row.attempts, row.flags, row.waits) == (1, 1, 0, 0)


def test_marks_by_machine_and_by_hand_add_up() -> None:
    row = one(
        Event("issued", START),
        Event("submitted", START + timedelta(minutes=1)),
        graded(2, breaks=1.0, flags={"digest": "died"}, digest=0.0),
        hand(3, "conclusion", 3.0),
    )
    assert (row.points, row.max_points) == (4.0, 11.0)
    assert row.share == pytest.approx(4 / 11)
    assert (row.flags, row.waits) == (1, 0)
    assert row.notes == ("late",)
    assert row.graded == START + timedelta(minutes=2)


def test_a_written_question_waits_until_it_is_marked() -> None:
    row = one(graded(0, breaks=4.0))
    assert row.waits == 1
    assert by_question(row)["conclusion"].share is None
    assert row.share == 1.0


def test_a_failed_check_waits_and_its_zero_is_not_counted() -> None:
    row = one(graded(0, breaks=0.0, flags={"breaks": "check-failed"}), hand(1, "conclusion", 5.0))
    assert row.waits == 1
    assert by_question(row)["breaks"].points is None
    assert row.share == 1.0
    assert row.flags == 1


def test_the_last_regrade_wins_and_the_history_is_kept() -> None:
    row = one(
        graded(0, breaks=1.0),
        graded(5, breaks=2.0, kind="regraded"),
        graded(9, breaks=3.0, kind="regraded"),
    )
    assert by_question(row)["breaks"].points == 3.0
    assert [c.points for c in row.history if c.question == "breaks"] == [1.0, 2.0, 3.0]
    assert [c.kind for c in row.history if c.question == "breaks"] == [
        "graded",
        "regraded",
        "regraded",
    ]


def test_the_last_mark_by_hand_wins() -> None:
    row = one(graded(0, breaks=4.0), hand(1, "conclusion", 1.0), hand(2, "conclusion", 4.0))
    assert by_question(row)["conclusion"].points == 4.0
    assert [c.points for c in row.history if c.question == "conclusion"] == [1.0, 4.0]


def test_a_mark_by_hand_survives_the_regrade_of_the_same_submission() -> None:
    row = one(
        graded(0, breaks=0.0),
        hand(1, "breaks", 3.5, 4.0),
        graded(2, breaks=1.0, kind="regraded"),
    )
    assert by_question(row)["breaks"].points == 3.5
    assert by_question(row)["breaks"].by_hand


def test_a_mark_by_hand_for_an_earlier_submission_no_longer_counts() -> None:
    row = one(
        graded(0, breaks=1.0, submission="s1"),
        hand(1, "conclusion", 5.0, submission="s1"),
        graded(2, breaks=2.0, submission="s2"),
    )
    assert by_question(row)["conclusion"].points is None
    assert row.waits == 1
    assert [c.points for c in row.history if c.question == "conclusion"] == [5.0]


def test_a_retake_stands_once_it_is_graded() -> None:
    events = [
        Event("issued", START),
        graded(1, breaks=1.0),
        hand(2, "conclusion", 2.0),
        Event("issued", START + timedelta(minutes=3), attempt=2),
    ]
    row = one(*events)
    assert (row.attempt, row.attempts, row.points) == (1, 2, 5.0)
    row = one(*events, graded(4, breaks=4.0, submission="s9", attempt=2))
    assert (row.attempt, row.attempts, row.points, row.waits) == (2, 2, 6.0, 1)
    assert {c.attempt for c in row.history} == {1, 2}


def handed(minute: int, submission: str, attempt: int = 1) -> Event:
    at = START + timedelta(minutes=minute)
    return Event("submitted", at, attempt=attempt, what={"submission": submission})


def test_what_was_handed_in_is_pending_until_that_very_work_is_graded() -> None:
    issued = Event("issued", START)
    assert one(issued).pending is None
    assert one(issued, handed(1, "s1")).pending == START + timedelta(minutes=1)
    assert one(issued, handed(1, "s1"), graded(2, 1.0)).pending is None
    # handed in again while the first was being graded
    again = (issued, handed(1, "s1"), handed(2, "s2"), graded(3, 1.0))
    assert one(*again).pending == START + timedelta(minutes=2)
    assert one(*again, graded(4, 1.0, submission="s2")).pending is None
    # of an attempt that never was graded nobody speaks when a later one was
    late = Event("issued", START + timedelta(minutes=2), attempt=2)
    row = one(issued, handed(1, "s1"), late, handed(3, "s2", 2), graded(4, 1.0, attempt=2))
    assert row.pending == START + timedelta(minutes=3)
    row = one(issued, handed(1, "s1"), late, handed(3, "s2", 2))
    assert (row.pending, row.idle) == (START + timedelta(minutes=3), None)


def test_a_case_is_idle_until_something_is_handed_in_for_it() -> None:
    issued, later = Event("issued", START), Event("issued", START + timedelta(days=1), attempt=2)
    assert one(issued).idle == START
    assert one(issued, handed(1, "s1")).idle is None
    assert one(issued, handed(1, "s1"), later).idle == START + timedelta(days=1)
    assert one(issued, later, handed(5, "s2", 2)).idle is None


def test_a_submission_without_a_case_is_attempt_0() -> None:
    row = one(graded(0, breaks=0.0, digest=0.0, flags={"breaks": "unreadable"}, attempt=None))
    assert (row.attempt, row.attempts, row.share) == (0, 0, 0.0)


def test_the_gradebook_knows_that_an_empty_answer_needs_no_marker() -> None:
    row = one(graded(0, breaks=4.0), marks=(Mark("conclusion", 0.0, 5.0), Mark("breaks", 4.0, 4.0)))
    assert by_question(row)["conclusion"].points == 0.0
    assert row.waits == 0
    assert (row.points, row.max_points) == (6.0, 11.0)


def test_the_gradebook_knows_what_a_waiting_question_is_worth() -> None:
    row = one(graded(0, breaks=4.0), marks=(Mark("conclusion", None, 5.0, needs_hand=True),))
    assert by_question(row)["conclusion"].max_points == 5.0
    assert (row.waits, row.max_points) == (1, 6.0)


def test_rows_come_by_module_and_trainee_and_strangers_are_passed_over() -> None:
    modules = [Module(id="firearms"), Module()]
    events = [
        Event("issued", START, trainee="يوسف"),
        Event("issued", START, trainee="amina"),
        Event("issued", START, trainee="zineb", module="firearms"),
        Event("issued", START, module="removed"),
        Event("authorised", START, trainee=None),
    ]
    rows = attainments(events, modules)
    assert [(row.module, row.trainee) for row in rows] == [
        ("firearms", "zineb"),
        ("custody", "amina"),
        ("custody", "يوسف"),
    ]


def test_events_of_the_real_ledger_are_understood(tmp_path: Any) -> None:
    ledger = pytest.importorskip("dalil.ledger")
    book = ledger.Ledger(f"sqlite:///{tmp_path}/dalil.db", tmp_path / "keys")
    book.append("issued", who="x", trainee="amina", module="custody", attempt=1)
    what = graded(0, breaks=3.0).what
    book.append("graded", who="x", trainee="amina", module="custody", attempt=1, what=what)
    (row,) = attainments(book.events(), [Module()])
    assert (row.points, row.max_points) == (5.0, 6.0)
    assert row.issued is not None
    assert row.graded is not None
    assert row.issued <= row.graded
