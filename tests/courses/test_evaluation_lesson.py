"""The evaluation lesson: it runs in Arabic, and its prose claims what its cells and data give."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lir.algorithms.bayeserror import elub as lir_elub
from lir.algorithms.logistic_regression import LogitCalibrator
from lir.data.models import LLRData
from lir.metrics import cllr as lir_cllr
from lir.metrics import cllr_min as lir_cllr_min

from dalil.courses.evaluation import methods
from dalil.errors import UsageError
from dalil.notebooks import read_notebook
from dalil.validate import evaluation
from dalil.validate.reporting import Report, data_folder
from tests.courses.lesson import assert_pictures_have_texts, assert_silent, outputs, played, printed

COURSE = Path(__file__).parents[2] / "courses" / "evaluation"
CHECKS = (
    "check_propositions_answer",
    "cost",
    "check_cost_answer",
    "check_tippett_answer",
    "check_bounds_answer",
    "check_shift_answer",
    "check_fallacy_answer",
)
NUMBERS = """
import json
print(json.dumps({
    "true": true_ratio, "stated": float(methods.on_line(SCORE, line)),
    "prior": float(methods.on_line(SCORE, with_prior)), "beyond": beyond, "bounds": [low, high],
    "fair": [methods.cllr(*fair), methods.cllr_min(*fair)],
    "doubled": [methods.cllr(*doubled), methods.cllr_min(*doubled)],
    "portable": [methods.cllr(*portable.ratios(line)), methods.cllr_min(*portable.ratios(line)),
                 methods.cllr(*portable.ratios(again))],
    "half": float((portable.ratios(line)[1] > 0).mean()),
    "same": same.tolist(), "different": different.tolist(),
}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lesson in Arabic, run in an empty folder, with one cell more that prints numbers."""
    return played(COURSE, tmp_path_factory.mktemp("lesson"), NUMBERS)


@pytest.fixture(scope="module")
def numbers(run: Any) -> dict[str, Any]:
    return printed(run)


def source(notebook: Any, cell: str) -> str:
    return str(next(one.source for one in notebook.cells if one.id == cell))


def test_nothing_is_complained_about_and_pictures_speak_arabic(run: Any) -> None:
    assert_silent(run)
    assert_pictures_have_texts(run, 7)
    kind = "application/vnd.jupyter.widget-view+json"
    assert tuple(name for name, o in outputs(run) if kind in o.get("data", {})) == CHECKS


def test_the_prose_says_what_the_cells_compute(numbers: dict[str, Any], run: Any) -> None:
    english = read_notebook(COURSE / "lesson.ipynb")
    report = source(english, "report")
    assert round(10 ** numbers["stated"]) == 25
    assert "about 25 times" in report
    assert 450 < 10 ** numbers["bounds"][1] < 550
    assert "up to about 500" in report
    assert round(10 ** numbers["beyond"] / 1e6) == 46
    assert "forty-six million" in source(english, "bounds_text")
    assert numbers["true"] == pytest.approx(1.5, abs=0.01)


def test_no_two_steps_of_the_scale_in_arabic_can_be_taken_for_each_other(run: Any) -> None:
    rows = [line.split("|") for line in source(run, "words_text").splitlines() if "|" in line]
    words = [row[2].strip() for row in rows[3:]]  # below the head, its rule, and "none"
    assert words == ["ضعيف", "متوسط", "قوي نسبيا", "قوي", "قوي جدا", "بالغ القوة"]
    assert f"إسناد {words[1]}" in source(run, "report")


def test_the_mistakes_show(numbers: dict[str, Any]) -> None:
    assert numbers["stated"] - numbers["prior"] == pytest.approx(1)  # 200 pairs to 2,000
    assert numbers["doubled"][1] == pytest.approx(numbers["fair"][1])
    assert numbers["doubled"][0] > numbers["fair"][0] + 0.08
    old, least, own = numbers["portable"]
    assert old > 1  # worse than saying nothing
    assert own < least + 0.1
    assert numbers["half"] == pytest.approx(0.5, abs=0.06)


def test_forged_scores_lie_where_the_real_ones_do(numbers: dict[str, Any]) -> None:
    counts = {}
    for node in ast.parse(source(read_notebook(COURSE / "lesson.ipynb"), "real")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("REAL_"):
            counts[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
    assert {name: sum(c) for name, c in counts.items()} == {
        "REAL_SAME": 199,
        "REAL_DIFFERENT": 19_701,
    }
    middles = np.arange(-4, 20) / 20 + 0.025
    for name, forged in (("REAL_SAME", "same"), ("REAL_DIFFERENT", "different")):
        real = np.repeat(middles, counts[name])
        assert np.mean(numbers[forged]) == pytest.approx(real.mean(), abs=0.02)
        assert np.std(numbers[forged]) == pytest.approx(real.std(), abs=0.02)


# ------------------------------------------------------------------------------------- real data


def real() -> Path:
    try:
        return data_folder("evaluation", file=evaluation.FILE) / evaluation.FILE
    except UsageError as error:
        pytest.skip(f"NO REAL DATA: {error}")


@pytest.mark.parametrize("name", evaluation.SPLITS)
def test_real_scores_are_what_lir_makes_of_them(name: str) -> None:
    split = evaluation.read(real(), name)
    y, t = (np.repeat([1, 0], [a.size, b.size]) for a, b in (split.validation, split.training))
    fitted = LogitCalibrator(C=1e10, tol=1e-9, max_iter=5000).fit(np.concatenate(split.training), t)
    theirs = fitted.transform(np.concatenate(split.validation))
    line = methods.fit_logistic(*split.training, doubt=0)
    ours = [methods.on_line(group, line) for group in split.validation]
    np.testing.assert_allclose(np.concatenate(ours), theirs, atol=0.005)
    data = LLRData(features=theirs, labels=y)
    assert methods.cllr(*ours) == pytest.approx(lir_cllr(data), abs=0.005)
    assert methods.cllr_min(*ours) == pytest.approx(lir_cllr_min(data), abs=0.005)
    training = [methods.on_line(group, line) for group in split.training]
    assert methods.elub(*training) == pytest.approx(
        lir_elub(np.concatenate(training), t), abs=0.005
    )


@pytest.mark.parametrize("name", evaluation.SPLITS)
def test_the_page_says_how_far_the_usual_line_lies_from_lir(name: str) -> None:
    split = evaluation.read(real(), name)
    plain, usual = evaluation.beside_lir(split, 0.0), evaluation.beside_lir(split, 0.5)
    assert plain <= evaluation.MOST_DIFFERENCE < usual < 14.5
    page = (COURSE.parents[1] / "docs/modules/evaluation.md").read_text(encoding="utf-8")
    for doubt, row in ((0.5, "Cllr, logistic"), (0.0, "Cllr, logistic without doubt, as `lir`")):
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {row} |")]
        assert f"{methods.cllr(*evaluation.by_line(split, doubt)[1]):.4f}" in line


def test_without_lir_it_is_said_that_nothing_was_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lir.metrics", None)
    groups = np.linspace(0.4, 1, 30), np.linspace(0, 0.6, 30)
    split = evaluation.Split(groups, groups, np.array([]), np.array([]))
    report = Report("evaluation", tmp_path)
    evaluation._compare(report, "split1", split)
    (figure,) = report.figures
    assert str(figure.value).startswith("NOT COMPARED")


def test_the_real_cost_is_as_the_lesson_says() -> None:
    cost = methods.cllr(*evaluation.by_line(evaluation.read(real(), "split1"))[1])
    assert cost <= evaluation.MOST_CLLR
    assert f"**{cost:.3f}**" in source(read_notebook(COURSE / "lesson.ipynb"), "real_text")


@pytest.mark.acceptance
def test_real_figures(tmp_path: Path) -> None:
    real()
    report = Report("evaluation", tmp_path)
    evaluation.validate(report, argparse.Namespace())
    assert report.missed == []
