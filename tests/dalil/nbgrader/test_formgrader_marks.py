"""Marks and comments by hand: gradebook and ledger agree, whoever writes and whatever breaks."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, make_url, text

from dalil.errors import LedgerError, RecordsError
from dalil.ledger import Ledger
from dalil.ledger.ledger import Batch
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import MAX_COMMENT, HandMarks, MarkingError, record_hand_marks
from dalil.nbgrader.marking_lists import courses, neighbour, position, submitted
from dalil.nbgrader.refreshing import Refresher
from dalil.nbgrader.remarks import remark
from dalil.progress import attainments
from dalil.settings import load_settings
from dalil.translation import ENGLISH, find_catalogue
from tests.dalil.ledger.test_postgresql import server

__all__ = ["server"]  # a fixture, used by its name

WHO = "مريم بنكهرمان"


@dataclass
class Book:
    """A gradebook with one written question, 4 points, and a ledger beside it."""

    course: Course
    ledger: Ledger
    marks: HandMarks
    module: Any
    grade: str
    comment: str

    def events(self, kind: str) -> list[Any]:
        return self.ledger.events(kind=kind, module="small")

    def stands(self) -> tuple[float | None, float | None, bool, str | None]:
        settings = self.course.settings
        with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
            grade = gradebook.find_grade_by_id(self.grade)
            text = gradebook.find_comment_by_id(self.comment).manual_comment
            return grade.manual_score, grade.extra_credit, grade.needs_manual_grade, text

    def directly(self, **values: Any) -> None:
        """Change the gradebook beside everything of ours."""
        settings = self.course.settings
        with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
            grade = gradebook.find_grade_by_id(self.grade)
            for name, value in values.items():
                setattr(grade, name, value)
            gradebook.db.commit()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]) -> Path:
    """A curriculum with an academy in which one written answer waits for a mark."""
    return _filled(make_curriculum(tmp_path_factory.mktemp("fresh")))


@pytest.fixture
def book(fresh: Path, tmp_path: Path) -> Book:
    return _opened(Path(shutil.copytree(fresh, tmp_path / "academy")))


@pytest.fixture
def served(server: str, tmp_path: Path, make_curriculum: Callable[..., Path]) -> Book:
    """The same on a PostgreSQL server."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    lines = []
    with engine.connect() as connection:
        for trait in ("database_url", "gradebook_url"):
            name = f"marks_{secrets.token_hex(6)}"
            connection.execute(text(f"CREATE DATABASE {name}"))
            there = make_url(server).set(database=name).render_as_string(False)
            lines.append(f"c.Dalil.{trait} = {there!r}")
    engine.dispose()
    return _opened(_filled(make_curriculum(tmp_path, lines="\n".join(lines))))


def _filled(root: Path) -> Path:
    settings = load_settings(root)
    settings.prepare()
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        gradebook.add_assignment("small")
        gradebook.add_notebook("small", "small")
        gradebook.add_grade_cell("essay", "small", "small", max_score=4, cell_type="markdown")
        gradebook.add_solution_cell("essay", "small", "small")
        gradebook.add_student(WHO)
        gradebook.add_submission("small", WHO)
    _graded(Ledger(settings.database_url, settings.keys), "a" * 64)
    return root


def _opened(root: Path) -> Book:
    settings = load_settings(root)
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        grade = gradebook.find_grade("essay", "small", "small", WHO).id
        comment = gradebook.find_comment("essay", "small", "small", WHO).id
    ledger = Ledger(settings.database_url, settings.keys)
    marks = HandMarks(settings.gradebook_url, ledger)
    return Book(Course(settings), ledger, marks, SimpleNamespace(id="small"), grade, comment)


def _graded(ledger: Ledger, submission: str) -> None:
    what = {"submission": submission, "points": 0, "max_points": 0, "questions": {}, "notes": []}
    ledger.append("graded", who="grader", trainee=WHO, module="small", attempt=2, what=what)


def test_a_mark_is_an_event_with_the_markers_name_and_both_values(book: Book) -> None:
    answer, standing = book.marks.mark(book.grade, "3", "", who="samira")
    assert (answer, standing and standing.points) == ("changed", 3.0)
    book.marks.mark(book.grade, 2.5, 1, who="karim")
    first, second = book.events("hand-marked")
    assert (first.who, first.trainee, first.attempt) == ("samira", WHO, 2)
    assert first.what == {
        "submission": "a" * 64,
        "question": "essay",
        "points": 3.0,
        "extra_credit": None,
        "max_points": 4.0,
        "before": {"points": None, "extra_credit": None},
    }
    assert second.who == "karim"
    assert second.what["before"] == {"points": 3.0, "extra_credit": None}
    assert book.stands() == (2.5, 1.0, False, None)
    assert book.ledger.verify().ok


def test_a_comment_is_an_event_with_both_texts(book: Book) -> None:
    book.marks.comment(book.comment, "جيد جدا", who="samira")
    book.marks.comment(book.comment, " ", who="samira")
    texts = [
        (event.what["before"]["comment"], event.what["comment"])
        for event in book.events("commented")
    ]
    assert texts == [(None, "جيد جدا"), ("جيد جدا", None)]
    assert book.stands()[3] is None


def test_the_same_request_again_is_no_second_event(book: Book) -> None:
    _, seen = book.marks.mark(book.grade, None, None, who="samira")
    assert seen
    assert book.marks.mark(book.grade, 3, None, who="samira", seen=seen.version)[0] == "changed"
    # The answer was lost on the way; the page sends it again, with what it had seen.
    assert book.marks.mark(book.grade, 3, None, who="samira", seen=seen.version)[0] == "same"
    assert len(book.events("hand-marked")) == 1


def test_what_somebody_else_changed_meanwhile_is_not_written_over(book: Book) -> None:
    _, seen = book.marks.mark(book.grade, 1, None, who="samira")
    assert seen
    book.marks.mark(book.grade, 4, None, who="karim")
    answer, current = book.marks.mark(book.grade, None, 2, who="samira", seen=seen.version)
    assert (answer, current and current.points) == ("outdated", 4.0)
    assert [event.what["points"] for event in book.events("hand-marked")] == [1.0, 4.0]
    assert book.stands()[:2] == (4.0, None)


def test_a_mark_taken_back_waits_again_and_counts_no_more(book: Book) -> None:
    book.marks.mark(book.grade, 3, None, who="samira")
    book.marks.mark(book.grade, "", None, who="samira")
    assert book.stands()[:3] == (None, None, True)
    question = SimpleNamespace(id="essay", title="Essay", competency="c", written=True)
    module = SimpleNamespace(id="small", title="Small", competencies={}, questions=[question])
    row = attainments(book.ledger.events(), [module])[0]
    assert (row.questions[0].points, row.questions[0].waits) == (None, True)


@pytest.mark.parametrize("points", [-1, 4.01, "five", "nan", float("inf"), True, [], "1e400", "٣x"])
def test_what_is_no_mark_changes_nothing(book: Book, points: Any) -> None:
    with pytest.raises(MarkingError, match="a number from 0 to 4"):
        book.marks.mark(book.grade, points, None, who="samira")
    assert book.stands()[0] is None
    assert book.events("hand-marked") == []


@pytest.mark.parametrize("text", [3, {"a": 1}, "x" * (MAX_COMMENT + 1)])
def test_what_is_no_comment_changes_nothing(book: Book, text: Any) -> None:
    with pytest.raises(MarkingError):
        book.marks.comment(book.comment, text, who="samira")
    assert book.events("commented") == []


def test_text_that_cannot_be_written_is_cleaned_and_unknown_rows_are_unknown(book: Book) -> None:
    book.marks.comment(book.comment, "a\0b\ud800c", who="samira")
    assert book.stands()[3] == "ab?c"
    assert book.marks.mark("nothing", 1, None, who="samira") == ("unknown", None)
    assert book.marks.comment("nothing", "x", who="samira") == ("unknown", None)


@pytest.mark.parametrize("kind", ["book", "served"])
def test_markers_at_once_lose_nothing_and_write_nothing_twice(
    request: pytest.FixtureRequest, kind: str
) -> None:
    """Each takes the other's mark for granted only when it has seen it; the events are a chain."""
    book: Book = request.getfixturevalue(kind)

    def mark(who: str) -> int:
        marks = HandMarks(book.course.settings.gradebook_url, book.ledger)
        _, standing = marks.mark(book.grade, None, None, who=who, seen="nothing")
        done = 0
        for n in range(40):
            assert standing
            points = (n % 8 + (0 if who == "samira" else 0.25)) / 2
            answer, standing = marks.mark(book.grade, points, None, who=who, seen=standing.version)
            done += answer == "changed"
        return done

    with ThreadPoolExecutor(2) as pool:
        changed = sum(pool.map(mark, ["samira", "karim"]))
    events = book.events("hand-marked")
    assert len(events) == changed
    assert {event.who for event in events} == {"samira", "karim"}
    chain = [None, *(event.what["points"] for event in events)]
    assert [event.what["before"]["points"] for event in events] == chain[:-1]
    assert book.stands()[0] == chain[-1]
    assert book.ledger.verify().ok


def test_no_mark_without_its_event(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **more: Any) -> None:
        raise RecordsError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Batch, "append", full)
        with pytest.raises(RecordsError):
            book.marks.mark(book.grade, 3, None, who="samira")
    assert book.stands()[0] is None


def test_a_gradebook_that_cannot_be_written_leaves_no_event(book: Book, tmp_path: Path) -> None:
    elsewhere = HandMarks(f"sqlite:///{tmp_path}/none/gradebook.db", book.ledger)
    with pytest.raises(RecordsError, match="gradebook"):
        elsewhere.mark(book.grade, 3, None, who="samira")
    assert book.events("hand-marked") == []


def test_what_the_ledger_missed_is_recorded_by_the_marker_who_sends_it_again(book: Book) -> None:
    book.directly(manual_score=3.0, needs_manual_grade=False)  # as after a crash in between
    assert book.marks.mark(book.grade, 3, None, who="samira")[0] == "same"
    assert [event.who for event in book.events("hand-marked")] == ["samira"]


def test_what_the_ledger_missed_is_found_later(book: Book) -> None:
    book.marks.mark(book.grade, 3, None, who="samira")
    book.directly(manual_score=1.0, extra_credit=0.5)
    assert record_hand_marks(book.course, book.ledger, book.module) == 1
    assert record_hand_marks(book.course, book.ledger, book.module) == 0
    last = book.events("hand-marked")[-1]
    assert (last.who, last.what["points"], last.what["extra_credit"]) == (getpass.getuser(), 1, 0.5)
    assert last.what["before"] == {"points": 3.0, "extra_credit": None}
    book.directly(manual_score=None, extra_credit=None)
    assert record_hand_marks(book.course, book.ledger, book.module) == 1
    assert book.events("hand-marked")[-1].what["points"] is None
    assert record_hand_marks(book.course, book.ledger, book.module) == 0


def test_marks_and_comments_through_us_are_not_found_again(book: Book) -> None:
    book.marks.mark(book.grade, 3, None, who="samira")
    book.marks.comment(book.comment, "Clear.", who="samira")
    assert record_hand_marks(book.course, book.ledger, book.module) == 0


def test_on_postgresql_too(served: Book) -> None:
    test_marks_and_comments_through_us_are_not_found_again(served)
    test_what_the_ledger_missed_is_found_later(served)


def test_a_mark_that_stands_for_a_newer_submission_is_an_event_once_confirmed(book: Book) -> None:
    book.marks.mark(book.grade, 3, None, who="samira")
    _graded(book.ledger, "b" * 64)
    book.directly(needs_manual_grade=True)  # nbgrader's rule after marking by machine again
    assert record_hand_marks(book.course, book.ledger, book.module) == 0
    book.marks.mark(book.grade, 3, None, who="karim")
    submissions = [event.what["submission"][0] for event in book.events("hand-marked")]
    assert submissions == ["a", "b"]
    assert book.stands()[2] is False


def test_a_page_that_trainees_have_is_made_again(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    settings = book.course.settings
    monkeypatch.setattr("dalil.nbgrader.refreshing.load_module", lambda settings, name: name)
    monkeypatch.setattr(Course, "feedback", lambda self, module, trainee: made.append(trainee))
    refresher = Refresher(settings, book.ledger, pause=60)
    page = settings.feedback / WHO / "small" / "small.html"
    refresher.soon("small", "amina")  # has no page yet: left to whoever releases feedback
    page.parent.mkdir(parents=True)
    page.write_text("old", encoding="utf-8")
    for _ in range(5):
        refresher.soon("small", WHO)
    refresher.close()
    assert made == [WHO]
    assert [event.trainee for event in book.events("feedback-released")] == [WHO]


def test_pages_older_than_a_mark_are_found_at_the_next_start(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    settings = book.course.settings
    monkeypatch.setattr("dalil.nbgrader.refreshing.load_module", lambda settings, name: name)
    monkeypatch.setattr(Course, "feedback", lambda self, module, trainee: made.append(trainee))
    page = settings.feedback / WHO / "small" / "small.html"
    page.parent.mkdir(parents=True)
    page.write_text("old", encoding="utf-8")
    book.marks.comment(book.comment, "Clear.", who="samira")
    for _ in range(2):
        refresher = Refresher(settings, book.ledger, pause=60)
        refresher.catch_up()
        refresher.close()
        os.utime(page)  # as the page made again would be
    assert made == [WHO]


def test_lists_go_on_to_what_has_a_graded_copy(book: Book) -> None:
    settings = book.course.settings
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        for name in ("amina", "youssef"):
            gradebook.add_student(name)
            gradebook.add_submission("small", name)
        (row,) = courses(gradebook.db)
        assert (row.assignment, row.submissions, row.waiting) == ("small", 3, 3)
        assert submitted(gradebook.db, settings, "small", "small") == []
        for name in (WHO, "youssef"):
            path = settings.autograded / name / "small" / "small.ipynb"
            path.parent.mkdir(parents=True)
            path.touch()
        rows = submitted(gradebook.db, settings, "small", "small")
        assert {one.trainee for one in rows} == {WHO, "youssef"}
        assert {(one.points, one.worth, one.waits) for one in rows} == {(0.0, 4.0, True)}
        first, last = (gradebook.find_submission_notebook_by_id(one.id) for one in rows)
        assert neighbour(gradebook.db, settings, first) == last.id
        assert neighbour(gradebook.db, settings, last, back=True) == first.id
        assert neighbour(gradebook.db, settings, last) is None
        assert neighbour(gradebook.db, settings, first, back=True) is None
        places = [position(gradebook.db, one) for one in (first, last)]
        assert [place["count"] for place in places] == [3, 3]
        assert places[0]["number"] < places[1]["number"]


NOTES = [
    "submitted without a receipt",
    "solve_breaks: the cell is missing; the released one stays",
    "solve_breaks: over 1000 bytes; the released cell stays",
    "essay: nbgrader's metadata is lost; the cell was found by its id",
    "essay: 2 cell(s) ignored, not of type markdown",
    "solve-x: 1 cell(s) ignored, not of type code",
    "essay: 3 cells joined in their order",
]


@pytest.mark.parametrize("note", NOTES)
def test_remarks_are_in_the_readers_language(note: str, checkout: Path) -> None:
    package = checkout / "extensions" / "dalil"
    said = {remark(note, find_catalogue(package, name)) for name in ("ar", "fr", "en")}
    assert len(said) == 3
    assert note not in said
    name = note.partition(":")[0]
    assert ":" not in note or all(name in text for text in said)


def test_a_remark_nobody_knows_stays_as_it_is() -> None:
    assert remark("<b>odd</b>: 1 cell", ENGLISH) == "<b>odd</b>: 1 cell"


def test_a_kind_nobody_knows_is_no_event(book: Book) -> None:
    with pytest.raises(LedgerError):
        book.ledger.append("remarked", who="samira")
