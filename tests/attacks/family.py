"""The tests of a family. ``class TestStructure(Family): attacks = ATTACKS`` is a whole file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tests.attacks.harness import (
    BYSTANDER,
    BYSTANDERS_REPORT,
    FULL,
    HONEST_NEIGHBOURS,
    Attack,
    Graded,
    ledger_is_whole,
)
from tests.attacks.room import CHECKOUT, REPORT
from tests.attacks.surroundings import (
    MARK,
    below,
    marked_files,
    marked_processes,
    shared_folders,
)


class Family:
    """One cohort, one batch; then a test for each attack and for what lies around the batch."""

    attacks: ClassVar[Sequence[Attack]] = ()

    def test_gets_what_its_honest_content_deserves(self, graded: Graded, attack: Attack) -> None:
        graded.check(attack)

    def test_honest_neighbours_get_full_marks(self, graded: Graded) -> None:
        check_neighbours(graded)

    def test_files_are_as_before(self, graded: Graded) -> None:
        check_files(graded)

    def test_the_gradebook_and_the_ledger_are_as_before(self, graded: Graded) -> None:
        check_records(graded)

    def test_no_process_and_no_listener_is_left(self, graded: Graded) -> None:
        check_machine(graded)


def check_neighbours(graded: Graded) -> None:
    assert len(graded.honest) >= HONEST_NEIGHBOURS
    for trainee in graded.honest:
        assert graded.awarded(trainee) == dict(FULL)
        assert all(score.flag is None for score in graded.outcome(trainee).scores)


def check_files(graded: Graded) -> None:
    """The curriculum and the academy; then whatever carries the mark anywhere else.

    People work in the checkout while tests run, so there only marked files count.
    """
    before, after = graded.before, graded.after
    assert before.lost_files(after) == []
    assert before.new_files(after, {*graded.trainees.values(), *graded.honest}) == []
    packages = [CHECKOUT / "extensions", *(CHECKOUT / part for part in ("courses", "graders"))]
    assert marked_files(*packages, since=before.at) == []
    elsewhere = marked_files(*shared_folders(), since=before.at)
    assert [path for path in elsewhere if graded.academy.settings.root not in path.parents] == []


def check_records(graded: Graded) -> None:
    before, after = graded.before, graded.after
    assert before.tables == after.tables
    assert before.lost_rows(after) == []
    assert graded.academy.marks(BYSTANDER)[REPORT].manual == BYSTANDERS_REPORT
    assert ledger_is_whole(graded.academy)


def check_machine(graded: Graded) -> None:
    assert [p for p in below() if p.pid not in graded.before.children] == []
    assert marked_processes() == [], MARK
    assert graded.after.listening <= graded.before.listening
