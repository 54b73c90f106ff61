"""The DNA app, moved by its own widgets in one process: what is typed and slid shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dalil.courses.dna import methods
from dalil.notebooks import read_notebook

APP = Path(__file__).parents[2] / "courses" / "dna" / "app.ipynb"


@pytest.fixture(scope="module")
def cells() -> Iterator[dict[str, Any]]:
    """The names of the app's cells once all have run, in Arabic."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALIL_LANGUAGE", "ar")
        scope: dict[str, Any] = {}
        for cell in read_notebook(APP).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell.id, "exec"), scope)
        yield scope


@pytest.fixture
def app(cells: dict[str, Any]) -> dict[str, Any]:
    """The app with the first stain as it was forged, and the controls where they began."""
    for name, value in (("stain", 1), ("amount", 80), ("others", 0), ("dropout", 0.2)):
        cells[name].value = value
    return cells


def ratio(app: dict[str, Any]) -> float:
    """log10 LR as the status line says it."""
    found = re.search(r"log10 LR = (-?[\d.]+)", app["status"].value)
    assert found is not None
    return float(found[1])


def test_moving_pr_d_moves_the_ratio_and_what_is_plausible_is_said(app: dict[str, Any]) -> None:
    assert 'dir="rtl"' in app["status"].value
    low, high = app["state"]["bounds"]
    before, picture = ratio(app), app["ratio_view"].value
    app["dropout"].value = 0.99
    assert ratio(app) != before
    assert app["ratio_view"].value != picture
    assert "غير معقول" in app["status"].value
    app["dropout"].value = (low + high) / 2
    assert "غير معقول" not in app["status"].value


def test_the_giver_is_supported_and_the_stranger_is_not(app: dict[str, Any]) -> None:
    roles = {str(role): letter for letter, role in app["state"]["stain"][3].items()}
    app["who"].value = roles["stranger"]
    stranger = ratio(app)
    assert "Hd" in app["status"].value.rsplit("<br>", 1)[1]
    app["who"].value = roles["giver"]
    assert stranger < 0
    assert ratio(app) > 3
    assert "Hp" in app["status"].value.rsplit("<br>", 1)[1]


def test_a_trace_and_a_crowd_are_declined(app: dict[str, Any]) -> None:
    app["amount"].value = 15
    roles = {str(role): letter for letter, role in app["state"]["stain"][3].items()}
    app["who"].value = roles["giver"]
    assert "غير حاسم" in app["status"].value
    app["state"].update(least=4)
    app["redraw"]()
    assert "أكثر من ثلاثة مساهمين" in app["status"].value


def test_a_guess_is_answered_and_a_new_stain_hides_the_truth(app: dict[str, Any]) -> None:
    roles = {str(role): letter for letter, role in app["state"]["stain"][3].items()}
    app["guess"].value = roles["giver"]
    app["reveal"].click()
    assert "تخمينك صحيح" in app["answer"].value
    before = app["runs_view"].value
    app["fresh"].click()
    assert app["stain"].value == 2
    assert app["answer"].value == ""
    assert app["guess"].value is None
    assert app["runs_view"].value != before


def test_every_control_changes_what_is_shown(app: dict[str, Any]) -> None:
    shown = app["runs_view"].value
    app["dye"].value = "red"
    assert app["runs_view"].value != shown
    for control, value in (("conditioned", False), ("others", 1)):
        before = app["ratio_view"].value
        app[control].value = value
        assert app["ratio_view"].value != before
    assert len(app["state"]["question"].others) == 0
    assert app["state"]["question"].unknowns == 2
    assert isinstance(app["state"]["question"], methods.Question)


def test_letters_are_dealt_evenly(app: dict[str, Any]) -> None:
    letters = []
    for number in range(1, 19):
        roles = app["forge_stain"](number, 80, 0)[3]
        letters.append(next(letter for letter, role in roles.items() if role == "giver"))
    assert all(letters.count(letter) >= 2 for letter in "ABC")
