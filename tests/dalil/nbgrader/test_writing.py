"""The quick way into nbgrader's gradebook leaves what nbgrader's own ``autograde`` leaves."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Assignment, Gradebook
from sqlalchemy import create_engine, make_url, text

from dalil.curriculum import load_module
from dalil.errors import GradingError, RecordsError
from dalil.grading.batch import grade_batch
from dalil.grading.runner import Job, Run
from dalil.models import trainee_id
from dalil.nbgrader.context import exchange_of, grader_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.settings import load_settings
from tests.dalil.ledger.test_postgresql import server

__all__ = ["server"]

HONEST, UNTOUCHED, UNREADABLE, LATE = "honest", "مريم untouched", "unreadable", "late"
NAMES = (HONEST, UNTOUCHED, UNREADABLE, LATE)
PENALTY = "c.LateSubmissionPlugin.penalty_method = 'zero'"
EVERYTHING = """
SELECT 'student', s.id, s.first_name, s.last_name, s.email, s.lms_user_id, NULL, NULL, NULL
FROM student s
UNION ALL SELECT 'submission', b.student_id, a.name, CAST(b.timestamp AS TEXT),
    CAST(b.extension AS TEXT), NULL, NULL, NULL, NULL
FROM submitted_assignment b JOIN assignment a ON a.id = b.assignment_id
UNION ALL SELECT 'notebook', b.student_id, n.name, CAST(sn.flagged AS TEXT),
    CAST(sn.late_submission_penalty AS TEXT), NULL, NULL, NULL, NULL
FROM submitted_notebook sn JOIN submitted_assignment b ON b.id = sn.assignment_id
    JOIN notebook n ON n.id = sn.notebook_id
UNION ALL SELECT 'grade', b.student_id, c.name, c.type, CAST(g.auto_score AS TEXT),
    CAST(g.manual_score AS TEXT), CAST(g.extra_credit AS TEXT),
    CAST(g.needs_manual_grade AS TEXT), NULL
FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook sn
    ON sn.id = g.notebook_id JOIN submitted_assignment b ON b.id = sn.assignment_id
UNION ALL SELECT 'comment', b.student_id, c.name, c.type, m.auto_comment, m.manual_comment,
    NULL, NULL, NULL
FROM comment m JOIN base_cell c ON c.id = m.cell_id JOIN submitted_notebook sn
    ON sn.id = m.notebook_id JOIN submitted_assignment b ON b.id = sn.assignment_id
"""


class Replay:
    """Runs notebooks once in earnest, and for another academy gives the same again."""

    def __init__(self, runner: Any) -> None:
        self.runner, self.runs = runner, dict[tuple[str, str], Run]()

    def run(self, job: Job) -> Run:
        key = (job.case["trainee"], "\n".join(cell.source for cell in job.notebook.cells))
        if key not in self.runs:
            self.runs[key] = self.runner.run(job)
        return self.runs[key]

    def close(self) -> None:
        self.runner.close()


class Academy:
    """One of two academies with the same submissions."""

    def __init__(self, root: Path) -> None:
        self.settings = load_settings(root)
        self.course = Course(self.settings)
        self.module = load_module(self.settings, "custody")
        self.grader = grader_of(self.settings)

    def answer(self, name: str, **cells: str | None) -> None:
        """Submit the reference solution with other *cells* in it; None: as released."""
        who = trainee_id(name)
        folder = self.course.fetch(self.module, who, "ar", self.settings.desks / who)
        path = folder / "custody.ipynb"
        solution = reference(read_notebook(self.module.notebook))
        untouched = released(self.settings, self.module, "ar")
        write_notebook(solve(untouched, solution, cells), path)
        self.submit(name)

    def submit(self, name: str) -> None:
        self.course.submit(self.module, trainee_id(name), self.settings.desks / name)

    def query(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        engine = create_engine(self.settings.gradebook_url)
        with engine.begin() as connection:
            done = connection.execute(text(statement), values)
            rows = [tuple(row) for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    def rows(self) -> list[tuple[Any, ...]]:
        """Every row about submissions, by names instead of numbers."""
        return sorted(self.query(EVERYTHING), key=str)

    def files(self) -> dict[str, tuple[int, bytes]]:
        """The folder of graded notebooks: permissions and content."""
        folder = self.settings.autograded
        return {
            str(path.relative_to(folder)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
            for path in folder.rglob("*")
            if path.is_file()
        }

    def by_nbgrader(self) -> None:
        for name in NAMES:
            self.course.autograde(self.module, trainee_id(name))

    def quickly(self) -> None:
        """As ``dalil grade``, but all of them again."""
        for name in NAMES:
            path = self.settings.submitted / name / "custody" / "custody.ipynb"
            prepared = self.grader.prepare(self.module, trainee_id(name), path)
            run = self.grader.run(prepared)
            self.course.gradebook.write(prepared, run, self.grader.outcome(prepared, run))
        self.course.gradebook.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_curriculum: Callable[..., Path],
) -> Iterator[tuple[Academy, Academy]]:
    """The same submissions twice: (nbgrader's way, ours), nothing graded yet."""
    folder = tmp_path_factory.mktemp("pair")
    first = make_curriculum(folder / "nbgrader", "custody", lines=PENALTY)
    academy = Academy(first)
    academy.course.release(academy.module)
    academy.answer(HONEST)
    academy.answer(UNTOUCHED, conclusion=None, solve_breaks=None)
    academy.answer(UNREADABLE)
    (academy.settings.desks / UNREADABLE / "custody" / "custody.ipynb").write_text("not one")
    academy.submit(UNREADABLE)
    academy.answer(LATE, solve_seals="1 / 0")
    academy.course.collect(academy.module)
    with Gradebook(academy.settings.gradebook_url, academy.settings.course_id) as gradebook:
        gradebook.db.query(Assignment).one().duedate = datetime(2026, 1, 1)
        gradebook.db.commit()
    shutil.copytree(first, folder / "dalil")
    if request.param == "postgresql":
        request.getfixturevalue("server")
        _move(request.getfixturevalue("server"), folder)
    pair = Academy(folder / "nbgrader"), Academy(folder / "dalil")
    replay = Replay(pair[0].grader.runner)
    for each in pair:
        each.grader.runner = replay
    yield pair
    grader_of.cache_clear()
    exchange_of.cache_clear()


def _move(url: str, folder: Path) -> None:
    """Let both academies keep their gradebook in a database of its own at *url*."""
    for name in ("nbgrader", "dalil"):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE gradebook_{name}"))
        engine.dispose()
        there = make_url(url).set(database=f"gradebook_{name}").render_as_string(False)
        config = folder / name / "jupyter_config.py"
        line = f"c.Dalil.gradebook_url = {there!r}\napply(c, __file__)"
        config.write_text(config.read_text().replace("apply(c, __file__)", line))
        academy = Academy(folder / name)
        academy.course.release(academy.module)
        with Gradebook(there, academy.settings.course_id) as gradebook:
            gradebook.db.query(Assignment).one().duedate = datetime(2026, 1, 1)
            gradebook.db.commit()


def both(pair: tuple[Academy, Academy]) -> list[tuple[Any, ...]]:
    """Grade both academies, each its way, and compare everything; returns the rows."""
    theirs, ours = pair
    theirs.by_nbgrader()
    ours.quickly()
    assert ours.rows() == theirs.rows()
    assert ours.files() == theirs.files()
    return ours.rows()


def value(rows: list[tuple[Any, ...]], *start: str) -> tuple[Any, ...]:
    (found,) = [row for row in rows if row[: len(start)] == start]
    return found[len(start) :]


def test_1_first_submissions(pair: tuple[Academy, Academy]) -> None:
    rows = both(pair)
    assert float(value(rows, "grade", HONEST, "breaks")[1]) == 4.0
    assert float(value(rows, "grade", UNTOUCHED, "breaks")[1]) == 0.0
    assert float(value(rows, "grade", UNTOUCHED, "conclusion")[1]) == 0.0
    assert value(rows, "comment", UNTOUCHED, "conclusion")[1] == "No response."
    assert value(rows, "grade", HONEST, "conclusion")[1] is None
    assert value(rows, "grade", HONEST, "conclusion")[4] in ("1", "true")
    assert float(value(rows, "grade", UNREADABLE, "breaks")[1]) == 0.0
    assert float(value(rows, "notebook", LATE, "custody")[1]) > 0
    files = pair[1].files()
    assert {Path(name).name for name in files} == {"custody.ipynb", "timestamp.txt"}
    assert {mode for mode, _ in files.values()} == {0o444}


def test_2_again_after_marks_by_hand(pair: tuple[Academy, Academy]) -> None:
    for academy in pair:
        academy.query(
            "UPDATE grade SET manual_score = 2.5, extra_credit = 0.5, needs_manual_grade = :no "
            "WHERE cell_id IN (SELECT id FROM base_cell WHERE name IN ('conclusion', 'seals'))",
            no=False,
        )
        academy.query("UPDATE comment SET manual_comment = 'Read chapter 2.'")
        academy.query("UPDATE submitted_notebook SET flagged = :yes", yes=True)
    rows = both(pair)
    assert float(value(rows, "grade", HONEST, "conclusion")[2]) == 2.5
    assert value(rows, "grade", HONEST, "seals")[4] in ("1", "true")
    assert value(rows, "comment", HONEST, "conclusion")[2] == "Read chapter 2."


def test_3_a_second_submission(pair: tuple[Academy, Academy]) -> None:
    _, ours = pair
    for academy in pair:
        academy.answer(HONEST, solve_breaks="1 / 0")
        academy.answer(UNREADABLE)
        academy.course.collect(academy.module)
    for name in (HONEST, UNREADABLE):  # as if it had been the same moment
        stamps = [a.settings.submitted / name / "custody" / "timestamp.txt" for a in pair]
        shutil.copy(*stamps)
    stale = ours.settings.autograded / HONEST / "custody" / "stale.txt"
    stale.write_text("of an earlier submission")
    rows = both(pair)
    assert float(value(rows, "grade", HONEST, "breaks")[1]) < 4.0
    assert float(value(rows, "grade", UNREADABLE, "breaks")[1]) == 4.0


def test_4_an_extension_lifts_the_penalty(pair: tuple[Academy, Academy]) -> None:
    for academy in pair:
        with Gradebook(academy.settings.gradebook_url, academy.settings.course_id) as gradebook:
            gradebook.grant_extension("custody", LATE, weeks=520)
    assert value(both(pair), "notebook", LATE, "custody")[1] is None


def test_5_nbgrader_goes_on_from_there(pair: tuple[Academy, Academy]) -> None:
    _, ours = pair
    rows, files = ours.rows(), ours.files()
    ours.by_nbgrader()
    assert (ours.rows(), ours.files()) == (rows, files)


def test_6_grading_again_finds_nothing_to_do(pair: tuple[Academy, Academy]) -> None:
    _, ours = pair
    assert set(ours.course.gradebook.graded(ours.module)) == set(NAMES)
    (ours.settings.autograded / LATE / "custody" / "custody.ipynb").unlink()
    assert set(ours.course.gradebook.graded(ours.module)) == set(NAMES) - {LATE}
    with ThreadPoolExecutor(1) as executor:
        results = grade_batch(ours.grader, [ours.module], ours.course.gradebook, executor)
    assert {r.trainee for r in results if not r.already} == {LATE}
    assert set(ours.course.gradebook.graded(ours.module)) == set(NAMES)


def test_7_a_module_that_was_not_released_is_told(pair: tuple[Academy, Academy]) -> None:
    _, ours = pair
    ours.query("UPDATE assignment SET name = 'other'")
    try:
        with pytest.raises(GradingError, match="dalil release custody"):
            ours.quickly()
    finally:
        ours.query("UPDATE assignment SET name = 'custody'")


def test_8_a_gradebook_that_cannot_be_read_is_told(pair: tuple[Academy, Academy]) -> None:
    _, ours = pair
    ours.query("ALTER TABLE grade RENAME TO elsewhere")
    try:
        with pytest.raises(RecordsError, match="grade") as caught:
            ours.quickly()
        assert "\n" not in str(caught.value)
    finally:
        ours.query("ALTER TABLE elsewhere RENAME TO grade")
