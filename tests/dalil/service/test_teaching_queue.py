"""The queue: each submission's state, and how it changes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dalil.grading.arrivals import Arrivals
from dalil.ledger import Ledger
from dalil.nbgrader.waiting import waiting
from dalil.roster import Person, Roster, Rules
from dalil.service.teaching_queue import AtWork, Entry, queue, serial
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]


@pytest.fixture
def arrivals(academy: Academy) -> Iterator[Arrivals]:
    with (
        ThreadPoolExecutor(1) as executor,
        academy.course.arrivals(academy.grader, executor) as arrivals,
    ):
        yield arrivals


def looked(academy: Academy, at_work: AtWork | None = None, limit: int = 100) -> list[Entry]:
    ledger = Ledger(academy.settings.database_url, academy.settings.keys)
    return queue(academy.settings, ledger, "fr", at_work or AtWork(), limit)


def test_an_empty_queue(academy: Academy) -> None:
    assert looked(academy) == []
    assert waiting(academy.settings) == {}


def test_a_submission_waits_is_marked_and_then_waits_for_a_hand(
    academy: Academy, arrivals: Arrivals
) -> None:
    name = academy.submit("أمينة بنعلي")
    ledger = Ledger(academy.settings.database_url, academy.settings.keys)
    before = serial(ledger)
    (entry,) = looked(academy)
    assert (entry.state, entry.submission, entry.points) == ("waiting", "", None)
    (entry,) = looked(academy, AtWork(grading={(MODULE, name)}))
    assert entry.state == "grading"
    (entry,) = looked(academy, AtWork(failed={(MODULE, name): "the disk is full"}))
    assert (entry.state, entry.error) == ("failed", "the disk is full")

    assert arrivals.grade(academy.module, name).result(30).error == ""
    assert serial(ledger) > before
    (entry,) = looked(academy)
    assert (entry.state, entry.points, entry.max_points) == ("manual", 4.0, 9.0)
    assert entry.submission
    assert waiting(academy.settings) == {MODULE: 1}

    academy.submit(name, solve_unit="unit = 'kg'")  # newer work waits again
    (entry,) = looked(academy)
    assert (entry.state, entry.submission) == ("waiting", "")


def test_the_newest_come_first_with_their_names(academy: Academy) -> None:
    Roster(academy.settings).enrol([Person("b", name="Badr"), Person("a")], who="tests")
    for name in ("a", "b", "c", "a"):
        academy.submit(name)
    assert [(entry.trainee, entry.name) for entry in looked(academy)] == [
        ("a", "a"),
        ("c", "c"),
        ("b", "Badr"),
    ]
    assert [entry.trainee for entry in looked(academy, limit=1)] == ["a"]


def test_late_work_is_said_to_be_late(academy: Academy) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    roster = Roster(academy.settings)
    academy.submit("a")
    roster.set_dates(MODULE, who="tests", rules=Rules(due=yesterday))
    assert [entry.late for entry in looked(academy)] == [True]
    roster.set_dates(MODULE, who="tests", rules=Rules(due=yesterday + timedelta(days=9)))
    assert [entry.late for entry in looked(academy)] == [False]


def test_a_module_that_is_being_changed_keeps_its_submissions(academy: Academy) -> None:
    academy.submit("a")
    (academy.settings.courses / MODULE / "module.toml").write_text("id = ", encoding="utf-8")
    assert [entry.title for entry in looked(academy)] == [MODULE]
