"""One rule broken at a time that only running shows; the runner of these tests is quick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

EXERCISE = "exercises/sample.ipynb"
SECRET = "the door was opened from inside"


def reveal(sample: Any, *, message: str) -> None:
    """Let the truth hold a token, and the check of the median say *message*."""
    sample.edit("graders/evidence.py", "truth={", 'truth={"batch": seed.token("b", 24), ')
    sample.edit("graders/checks.py", "Verdict(0.0, message)", f"Verdict(0.0, {message})")


def sealed_explanation(sample: Any) -> None:
    reveal(sample, message='N_("Not so, the batch is {it}."), {"it": truth["batch"]}')


def sealed_release(sample: Any) -> None:
    sample.edit("graders/evidence.py", "truth={", f'truth={{"hint": "{SECRET}", ')
    sample.edit(EXERCISE, "in mm.", f"in mm, for {SECRET}.")


def sealed_number(sample: Any) -> None:
    sample.edit("graders/evidence.py", "truth={", 'truth={"factor": 0.73125841, ')
    sample.edit(EXERCISE, "in mm.", "in mm (73.126 %).")


def digest_of_exhibit(sample: Any) -> None:
    line = (
        "    import hashlib\n"
        '    digest = hashlib.sha256((folder / "readings.csv").read_bytes()).hexdigest()\n'
        '    return Evidence(truth={"digest": digest, '
    )
    sample.edit("graders/evidence.py", "    return Evidence(truth={", line)


def seed_in_exhibit(sample: Any) -> None:
    sample.edit("graders/evidence.py", '"length_mm"]', "seed._secret.hex()]")
    sample.edit("courses/methods.py", 'row["length_mm"]', "list(row.values())[1]")


def released_solution(sample: Any) -> None:
    sample.edit(EXERCISE, "in mm.", "in mm.\\n\\n    deviating = methods.deviating(lengths)")


def released_mark_scheme(sample: Any) -> None:
    sample.edit(EXERCISE, "in mm.", "in mm.\\n\\n=== BEGIN MARK SCHEME ===")


def wrong_reference(sample: Any) -> None:
    sample.edit(EXERCISE, "middle = median(lengths)", "middle = max(lengths)")


def raising_reference(sample: Any) -> None:
    sample.edit(EXERCISE, "middle = median(lengths)", "middle = 1 / 0")


def raising_check(sample: Any) -> None:
    line = 'def check_middle(answer: float, truth: dict[str, Any]) -> Verdict:\n    truth["mean"]\n'
    head = "def check_middle(answer: float, truth: dict[str, Any]) -> Verdict:\n"
    sample.edit("graders/checks.py", head, line)


def solution_outside(sample: Any) -> None:
    given = "deviating = [n for n, x in enumerate(lengths, 1) if x > sorted(lengths)[19]]"

    def give(notebook: Any, cells: dict[str, Any]) -> None:
        cells["solve_deviating"].source = given + "\n" + cells["solve_deviating"].source

    sample.notebook(EXERCISE, give)


def wrong_share(sample: Any) -> None:
    sample.edit("graders/checks.py", '"deviating": 0.75', '"deviating": 0.5')


def unnoticed(sample: Any) -> None:
    """The check does not see what the simulation does wrong."""
    sample.edit("graders/checks.py", "len(right - given), len(given - right)", "0, 0")


def bare_wrong(sample: Any) -> None:
    sample.edit("graders/checks.py", "Verdict(0.0, message)", 'Verdict(0.0, N_("Wrong."))')


def unmarked_message(sample: Any) -> None:
    said = '"This is not the median " + "of all readings of yours."'
    sample.edit("graders/checks.py", "Verdict(0.0, message)", f"Verdict(0.0, {said})")


def missing_value(sample: Any) -> None:
    sample.edit("graders/checks.py", '{"missed": missed, "false": false}', '{"missed": missed}')


def raising_lesson(sample: Any) -> None:
    sample.edit("courses/lesson.ipynb", "mean(lengths)", "mean([])")


def raising_app(sample: Any) -> None:
    sample.edit("courses/app.ipynb", "methods.LIMIT", "methods.LIMITS")


def same_answers(sample: Any) -> None:
    """Exhibits and truth differ, but not in what is asked for."""
    sample.edit("graders/evidence.py", 'rng = seed.rng("readings")', "rng = practice('x').rng('x')")
    sample.edit("graders/evidence.py", "import Seed,", "import Seed, practice,")
    sample.edit("graders/evidence.py", '"length_mm"]', "f\"length_{seed.token('n', 8)}\"]")
    sample.edit("courses/methods.py", 'row["length_mm"]', "list(row.values())[1]")
    sample.edit("graders/evidence.py", "truth={", 'truth={"noise": seed.token("n", 8), ')


RUNNING = [
    (sealed_explanation, "truth-sealed", {"graders/checks.py"}),
    (sealed_release, "truth-sealed", {EXERCISE}),
    (sealed_number, "truth-sealed", {EXERCISE}),
    (digest_of_exhibit, "truth-sealed", {"courses/module.toml"}),
    (seed_in_exhibit, "truth-sealed", {"graders/evidence.py"}),
    (released_solution, "release-sealed", {EXERCISE}),
    (released_mark_scheme, "release-sealed", {EXERCISE}),
    (wrong_reference, "reference-full", {EXERCISE}),
    (raising_reference, "reference-full", {EXERCISE}),
    (raising_check, "reference-full", {"graders/checks.py"}),
    (solution_outside, "untouched-zero", {EXERCISE}),
    (wrong_share, "simulations", {"graders/checks.py"}),
    (unnoticed, "simulations", {"graders/checks.py"}),
    (raising_check, "simulations", {"graders/checks.py"}),
    (bare_wrong, "explains", {"graders/checks.py"}),
    (unmarked_message, "explains", {"graders/checks.py"}),
    (missing_value, "explains", {"graders/checks.py"}),
    (raising_lesson, "lesson-runs", {"courses/lesson.ipynb"}),
    (raising_app, "app-runs", {"courses/app.ipynb"}),
    (same_answers, "answers-individual", {"graders/evidence.py"}),
]


def name_of(item: object) -> str | None:
    return getattr(item, "__name__", None)


@pytest.mark.parametrize(("breach", "rule", "places"), RUNNING, ids=name_of)
def test_a_breach_that_running_shows(
    sample: Any, quick: None, breach: Callable[[Any], None], rule: str, places: set[str]
) -> None:
    breach(sample)
    assert sample.breaches(rule) == {(rule, place) for place in places}


def test_what_only_some_cases_show_is_found_with_more_cases(sample: Any, quick: None) -> None:
    """A share that holds for the one case that is always tried, and not for each trainee's."""
    sample.edit("graders/checks.py", "(lengths)[:-1]", "(lengths)[: 3 if lengths[0] > 100 else 2]")
    assert sample.breaches("simulations") == set()
    assert sample.breaches("simulations", cases=6) == {("simulations", "graders/checks.py")}


def test_a_module_with_several_breaches_is_told_all_of_them(sample: Any, quick: None) -> None:
    raising_lesson(sample)
    sample.edit("courses/locale/fr.po", 'msgid "The median', 'msgid "A median')
    wrong_share(sample)
    assert {rule for rule, _ in sample.breaches()} >= {
        "lesson-runs",
        "simulations",
        "translated",
    }
