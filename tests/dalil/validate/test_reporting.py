"""What validators report with: figures, bounds, files, and the command that runs every course."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure as Plot

from dalil.errors import UsageError
from dalil.validate import __main__ as command
from dalil.validate.reporting import Figure, Report, output_folder


@pytest.mark.parametrize(
    ("value", "direction", "bound", "met"),
    [
        (0.5, "at least", 0.5, True),
        (0.499, "at least", 0.5, False),
        (0.5, "at most", 0.5, True),
        (0.501, "at most", 0.5, False),
        (float("nan"), "at least", 0.5, False),
        (float("nan"), "at most", 0.5, False),
        (3, "at most", None, None),
        ("0.5", "at most", 0.1, None),
    ],
)
def test_a_bound_is_met_or_missed(value, direction, bound, met):
    figure = Figure("error", value, "mm", bound, direction)
    assert figure.met is met
    assert bool(figure.missed) is (met is False)


def test_a_missed_bound_is_a_sentence():
    figure = Figure("recall", np.float64(0.84996), "", 0.85, "at least")
    assert figure.missed == "recall: 0.84996 where at least 0.85 is promised"


def test_a_report_writes_what_json_can_read(tmp_path: Path):
    report = Report("glass", tmp_path / "deep" / "out")
    assert not report.output.exists()
    report.at_least("pieces", np.int64(12), 10)
    report.at_most("error", np.float32(0.25), 0.1, "mm")
    report.at_most("nothing", float("nan"), 1)
    report.note("spread", "0.1 ± 0.2")
    drawing = Plot()
    drawing.subplots().plot([1, 2])
    report.plot("glass", drawing)
    report.csv("rows", ["a", "b"], [[1, "ب"], [2, "c"]])
    told = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert [(f["value"], f["met"]) for f in told["figures"]] == [
        (12, True), (0.25, False), ("nan", False), ("0.1 ± 0.2", None)
    ]  # fmt: skip
    assert len(told["missed"]) == 2
    assert told["files"] == [str(report.output / "glass.png"), str(report.output / "rows.csv")]
    with (report.output / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["1", "ب"], ["2", "c"]]


def test_plots_of_equal_figures_are_equal(tmp_path: Path):
    written = []
    for name in ("one", "two"):
        drawing = Plot()
        drawing.subplots().plot([1, 3, 2])
        written.append(Report("glass", tmp_path / name).plot("glass", drawing).read_bytes())
    assert written[0] == written[1]


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    report = Report("glass", tmp_path)
    assert list(report.track(iter("abc"), "letter", total=3)) == ["a", "b", "c"]
    told = capsys.readouterr()
    assert told.out == ""
    assert "glass" in told.err
    assert "3/3" in told.err


def test_data_that_are_not_there_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DALIL_DATA", str(tmp_path))
    report = Report("glass", tmp_path)
    with pytest.raises(UsageError, match=r"no .*/glass/panes\.csv: name the folder of the glass"):
        report.folder("panes.csv")
    (tmp_path / "glass").mkdir()
    (tmp_path / "glass" / "panes.csv").touch()
    assert report.folder("panes.csv") == tmp_path / "glass"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "panes.csv").touch()
    assert Report("glass", tmp_path, tmp_path / "mine").folder("panes.csv") == tmp_path / "mine"


def test_plots_go_to_the_cache_unless_told_otherwise(checkout: Path):
    assert output_folder("glass") == checkout / ".cache" / "acceptance" / "glass"


# --- every course in one run


def course(bound: float, *, data: bool = True) -> SimpleNamespace:
    """A validator of one figure, 0.5, held to at most *bound*."""

    def validate(report: Report, options: argparse.Namespace) -> None:
        if not data:
            report.folder("panes.csv")
        report.at_most("error", 0.5, bound)
        report.csv("rows", ["error"], [[0.5]])

    return SimpleNamespace(__doc__="A course.", validate=validate)


@pytest.mark.parametrize("data", [True, False])
@pytest.mark.parametrize("bound", [0.6, 0.4])
def test_all_courses_in_one_table(data, bound, tmp_path, monkeypatch, capsys):
    status = 1 if bound < 0.5 else 0 if data else 2
    courses = {"glass": course(1.0, data=data), "paint": course(bound)}
    monkeypatch.setenv("DALIL_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setattr(command, "courses", lambda: sorted(courses))
    monkeypatch.setattr(command, "_module", courses.__getitem__)
    assert command.main(["--all", "--output", str(tmp_path / "out")]) == status
    told = capsys.readouterr()
    assert told.out.count("Methods against their bounds") == 1
    assert f"≤ {bound}" in told.out
    assert ("missed: paint: error: 0.5 where at most 0.4" in told.err) is (status == 1)
    assert (tmp_path / "out" / "paint" / "rows.csv").is_file()
    assert data is not ("NOT MEASURED: glass: no " in told.err)
    assert command.main(["--all", "--json", "--output", str(tmp_path / "out")]) == status
    read = json.loads(capsys.readouterr().out)
    measured = [one["course"] for one in read["courses"]]
    assert sorted([*measured, *read["not_measured"]]) == ["glass", "paint"]


def test_every_course_offers_what_the_command_calls():
    courses = command.courses()
    assert "firearms" in courses
    for name in courses:
        module = command._module(name)
        assert module.__doc__
        assert callable(module.validate)
