"""What waits for marks is read from the records, whatever was handed in again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dalil.grading.pending import pending
from tests.dalil.grading.scales import Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]


def waiting(academy: Academy) -> list[str]:
    return [one.trainee for one in pending(academy.grader.exchange.ledger)]


def test_the_newest_work_waits_until_its_marks_are_the_last(academy: Academy) -> None:
    assert waiting(academy) == []
    first, second = academy.submit("first"), academy.submit("second")
    assert waiting(academy) == [first, second]
    with (
        ThreadPoolExecutor(1) as executor,
        academy.course.arrivals(academy.grader, executor) as arrivals,
    ):
        arrivals.grade(academy.module, first).result(20)
        assert waiting(academy) == [second]
        # other work, graded; then the first again: its marks must be the last word
        academy.submit("first", solve_unit="unit = 'kg'")
        assert waiting(academy) == [second, first]
        arrivals.grade(academy.module, first).result(20)
        assert waiting(academy) == [second]
        academy.submit("first")
        assert waiting(academy) == [second, first]
        arrivals.grade(academy.module, first).result(20)
        assert waiting(academy) == [second]
    marks = [event.what["points"] for event in academy.events("first")]
    assert marks == [4.0, 3.0, 4.0]
