"""A real module: handed in, backed up, lost, restored, then graded as if nothing had happened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dalil.backup import make_backup, restore
from dalil.curriculum import load_module
from dalil.grading.batch import grade_batch
from dalil.models import module_id, trainee_id
from dalil.nbgrader.context import unsafe_grader_of
from dalil.nbgrader.course import Course
from dalil.settings import load_settings
from tests.dalil.backup.academy import still

AMINA, YOUSSEF = trainee_id("أمينة"), trainee_id("youssef")


def test_grading_goes_on_after_a_restore(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    settings = load_settings(make_curriculum(tmp_path / "root", "custody"), tmp_path / "academy")
    module, course = load_module(settings, module_id("custody")), Course(settings)
    course.release(module)
    receipts = []
    for trainee in (AMINA, YOUSSEF):
        desk = tmp_path / "desks" / trainee
        course.fetch(module, trainee, "ar", desk)
        receipts.append(course.submit(module, trainee, desk))
    course.collect(module)
    grader = unsafe_grader_of(settings)

    def grade(whose: str | None = None) -> dict[str, bool]:
        """Grade what is not graded; whether it was already, by trainee."""
        with ThreadPoolExecutor(1) as executor, course.gradebook as gradebook:
            wanted = trainee_id(whose) if whose else None
            results = grade_batch(grader, [module], gradebook, executor, whose=wanted)
        assert [result.error for result in results] == [""] * len(results)
        return {str(result.trainee): result.already for result in results}

    assert grade(AMINA) == {AMINA: False}
    marks = course.marks(module, AMINA)
    assert marks
    made = make_backup(settings, tmp_path / "b.zip", who="naima", step=still)
    shutil.rmtree(settings.academy)

    restore(settings, made.path, force=False, who="naima", step=still)
    assert course.marks(module, AMINA) == marks
    assert grade() == {AMINA: True, YOUSSEF: False}
    assert course.feedback(module, YOUSSEF).is_file()
    for receipt in receipts:
        grader.exchange.verify(receipt)
    assert grader.exchange.audit().ok
