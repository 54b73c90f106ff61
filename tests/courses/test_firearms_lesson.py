"""The firearms lesson: it runs in Arabic, and what its prose claims is what its cells compute."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.errors import UsageError
from dalil.notebooks import read_notebook
from dalil.validate import data_folder, firearms
from tests.courses.lesson import assert_pictures_have_texts, assert_silent, outputs, played, printed

COURSE = Path(__file__).parents[2] / "courses" / "firearms"
CHECKS = ("units", "band", "cells", "ratio", "trap", "prior")
NUMBERS = """
import json
print(json.dumps({
    "raw": raw, "treated": treated, "loose": loose.tolist(), "strict": strict.tolist(),
    "off": [abs(found["Q2"].rotation - truth[0]), found["Q2"].dx - truth[1],
            found["Q2"].dy - truth[2]],
    "lr": 10 ** ratios["Q2"], "cells": {n: sum(c.congruent for c in m) for n, m in cells.items()},
    "same": same_scores, "different": different_scores, "misleading":
    [int((same_lr < 0).sum()), int((different_lr > 0).sum())],
    "cllr": methods.cllr(same_lr, different_lr),
    "trap": trap_lr.tolist(), "trap_cllr": methods.cllr(same_lr, trap_lr),
    "trap_cells": [c.cmc for c in trap], "same_cells": [c.cmc for c in same],
}))
"""


def constants(notebook: str) -> dict[str, list[int]]:
    """The counts of the real scores that a notebook quotes."""
    found = {}
    for cell in read_notebook(COURSE / notebook).cells:
        if cell.cell_type == "code":
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0])[:5] == "REAL_":
                    found[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return played(COURSE, tmp_path_factory.mktemp("lesson"), NUMBERS)


@pytest.fixture(scope="module")
def numbers(run: Any) -> dict[str, Any]:
    return printed(run)


def test_nothing_is_complained_about(run: Any) -> None:
    assert_silent(run)


def test_every_picture_has_a_text_in_arabic(run: Any) -> None:
    assert_pictures_have_texts(run, 13)


def test_the_mistakes_show(numbers: dict[str, Any]) -> None:
    assert max(numbers["raw"]) > 0.5
    assert max(map(abs, numbers["treated"])) < 0.2
    assert numbers["loose"][-1] > 3 * numbers["strict"][-1] > 0


def test_the_method_finds_the_true_place(numbers: dict[str, Any]) -> None:
    rotation, dx, dy = numbers["off"]
    assert rotation < 0.8
    assert abs(dx) < 15
    assert abs(dy) < 15
    assert numbers["cells"]["Q2"] >= 6
    assert numbers["cells"]["Q3"] <= 2


def test_the_quoted_ratio_is_the_computed_one(numbers: dict[str, Any], run: Any) -> None:
    assert round(numbers["lr"], -1) == 80
    report = next(cell for cell in run.cells if cell.id == "report")
    assert "77.31" in report.source
    assert numbers["lr"] == pytest.approx(77.31, abs=1)


def test_forged_scores_lie_where_the_real_ones_do(numbers: dict[str, Any]) -> None:
    middles = np.arange(-10, 5) / 5 + 0.1
    for name, forged in (("REAL_SAME", "same"), ("REAL_DIFFERENT", "different")):
        real = np.average(middles, weights=constants("lesson.ipynb")[name])
        assert np.mean(numbers[forged]) == pytest.approx(real, abs=0.1)
    assert numbers["misleading"] == [0, 0]
    assert numbers["cllr"] < 0.05


def test_the_trap_misleads_the_ratio_and_not_the_cells(numbers: dict[str, Any]) -> None:
    assert min(numbers["trap"]) > 0
    assert numbers["trap_cllr"] > 1
    assert max(numbers["trap_cells"]) < 6 <= min(numbers["same_cells"])


def test_checks_are_offered(run: Any) -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    shown = [name for name, o in outputs(run) if kind in o.get("data", {})]
    assert shown == [f"check_{name}_answer" for name in CHECKS]


def test_real_counts_are_those_of_63_and_717_pairs_in_lesson_and_app() -> None:
    counts = constants("lesson.ipynb")
    assert counts == constants("app.ipynb")
    assert {name: (len(c), sum(c)) for name, c in counts.items()} == {
        "REAL_SAME": (15, 63),
        "REAL_DIFFERENT": (15, 717),
    }


@pytest.mark.acceptance
def test_real_counts_are_measured() -> None:
    try:
        folder = data_folder("firearms")
    except UsageError as error:
        pytest.skip(str(error))
    pairs = firearms.measure(folder)
    for name, same in (("REAL_SAME", True), ("REAL_DIFFERENT", False)):
        scores = [pair.score for pair in pairs if pair.same is same]
        found = np.histogram(scores, np.arange(-10, 6) / 5)[0]
        # a score at the edge of a step may fall either way on another processor
        assert np.abs(found - constants("lesson.ipynb")[name]).max() <= 3
