"""Figures are judged as stated, shown as they are, and drawn."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from matplotlib import image
from rich.console import Console

from dalil.bench import apps, figures
from dalil.bench.figures import Figure
from dalil.bench.plot import draw
from dalil.bench.tables import machine, multiple, number, reach, table
from dalil.errors import DalilError
from dalil.limits import MIB

RATE = Figure("throughput", "30 submissions", "a minute", 200, 0.92, 210, "the floor", more=True)
PSS = Figure("memory", "One more", "MiB", 30, 1 / 5, 100, "cold kernel")
P95 = Figure("arrivals", "Submit to score", "s", 0.4, 0.5, others=0.31)
START = Figure("throughput", "with the start", "a minute", 150, None, 30, "nbgrader", more=True)


def test_each_direction_of_a_goal() -> None:
    assert RATE.met is True
    assert PSS.met is False
    assert P95.met is True
    assert START.met is None
    assert RATE.needed == pytest.approx(193.2)
    assert PSS.needed == pytest.approx(20)
    assert P95.needed == 0.5


def test_just_reached_is_reached() -> None:
    assert Figure("a", "a", "s", 92, 0.92, 100, "b", more=True).met
    assert Figure("a", "a", "s", 20, 1 / 5, 100, "b").met
    assert not Figure("a", "a", "s", 91.9, 0.92, 100, "b", more=True).met


def test_ratios_read_as_the_goals_are_worded() -> None:
    assert multiple(RATE.ratio) == "0.952 ×"
    assert multiple(PSS.ratio) == "1/3.33"
    assert multiple(1 / 18.2) == "1/18.2"
    assert multiple(None) == ""
    assert reach(RATE) == "≥ 0.92 ×"
    assert reach(PSS) == "≤ 1/5"
    assert reach(P95) == "≤ 0.5 s"
    assert reach(START) == ""
    assert [number(n) for n in (0.0123, 1.234, 12.34, 1234.4)] == ["0.0123", "1.23", "12.3", "1234"]


def test_the_table_marks_what_was_missed() -> None:
    out = io.StringIO()
    Console(file=out, width=150).print(table([RATE, PSS, P95, START], machine()))
    text = out.getvalue()
    assert text.count("MISSED") == 1
    assert "One more" in text[: text.index("MISSED")].splitlines()[-1]
    assert text.count(" met ") == 2
    assert "cores" in text
    assert "other work took up to 31% of the processors" in " ".join(text.split())


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_plot_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bench{suffix}"
    draw([RATE, PSS, P95, START], path, "2 cores")
    if suffix == ".png":
        assert image.imread(path).ndim == 3
    else:
        text = path.read_text(encoding="utf-8")
        assert "<svg" in text
        assert "One more: 30 MiB against cold kernel 100 MISSED" in text


def runs(*walls: float, **more: Any) -> list[dict[str, Any]]:
    common = {"ready": 1.0, "others": 0.25, **more}
    return [{"wall": wall, "cpu": 2 * wall, **common} for wall in walls]


def test_throughput_takes_medians_and_leaves_starts_out() -> None:
    raw = {
        "submissions": 30,
        "runs": {
            "dalil": runs(10, 9, 30),
            "floor": runs(9, 9, 9),
            "nbgrader": runs(72, 72, start={"wall": 2.0}),
        },
    }
    ready, whole, rate, cpu = figures.of_throughput(raw)
    assert ready.others == 0.25
    assert (ready.ours, ready.other) == (180, pytest.approx(60 * 30 / 70))
    assert (whole.ours, whole.other, whole.goal) == (pytest.approx(60 * 30 / 11), 25, None)
    assert (rate.ours, rate.other, rate.met) == (180, 200, False)
    assert (cpu.ours, cpu.other, cpu.met) == (pytest.approx(20 / 30), 0.6, False)


def test_throughput_without_nbgrader_says_nothing_of_it() -> None:
    raw = {"submissions": 2, "runs": {"dalil": runs(1), "floor": runs(1), "nbgrader": []}}
    assert [figure.against for figure in figures.of_throughput(raw)] == ["the floor"] * 2


def test_latency_and_memory() -> None:
    seconds = {"warm": [0.1, 0.07, 0.5], "nbclient": [1.5], "client": [1.1], "killed": [1.0]}
    ratio, *_, absolute = figures.of_latency({"seconds": seconds, "others": 0.1})
    assert (ratio.ours, ratio.met, absolute.met) == (100, True, True)
    mib = 2**20
    raw = {
        "warm": {"count": 100, "more": 18 * mib, "each": 21 * mib},
        "cold": {"each": 100 * mib},
    }
    more, each = figures.of_memory(raw)
    assert (more.ours, more.met, each.ours, each.met) == (18, True, 21, None)


def test_scaling_compares_a_large_batch_with_the_median_small_one() -> None:
    def batch(size: int, wall: float, pss: float) -> dict[str, Any]:
        return {
            "submissions": size,
            "wall": wall,
            "cpu": wall,
            "pss": pss,
            "peak": 7.0,
            "others": 0.0,
        }

    raw: dict[str, Any] = {
        "graded": [batch(100, wall, 2**20) for wall in (5, 4, 9)],
        "again": batch(1000, 1, 2**20),
    }
    raw["graded"].append(batch(1000, 56, 2**20))
    wall, cpu, memory, own, again = figures.of_scaling(raw)
    assert (wall.ours, wall.other, wall.met) == (56, 50, False)
    assert (cpu.goal, memory.met, own.goal) == (None, True, None)
    assert (again.ours, again.other, again.met) == (1, 56, None)
    assert figures.of_regrading(raw)[0].ratio == pytest.approx(1 / 56)


@pytest.mark.parametrize(("size", "slow", "met"), [(100, 5, True), (100, 6, False), (20, 1, True)])
def test_the_95th_of_100_counts(size: int, slow: int, met: bool) -> None:
    seconds = [9.0] * slow + [0.2] * (size - slow)
    p95, middle = figures.of_arrivals({"seconds": seconds, "others": 0.0})
    assert p95.met is met
    assert (middle.ours, middle.met) == (0.2, None)


def test_apps_are_compared_by_module() -> None:
    def side(visit: float, each: float, many: float) -> dict[str, object]:
        crowd = [0.1] * 18 + [many, 9.0]
        return {"first": 3.0, "visits": [visit] * 3, "each": each * MIB, "many": crowd}

    found = figures.of_apps(
        {"ours a": side(0.1, 10, 1.5), "stock a": side(1.0, 80, 20.0)},
    )
    assert [figure.met for figure in found] == [True, None, True, True, None]
    assert [round(figure.ours, 2) for figure in found] == [0.1, 3.0, 10, 1.5, 1.5]
    assert (found[1].other, found[1].title) == (3.0, "a: first visit, the stage to be made")
    slow = figures.of_apps({"ours a": side(0.3, 30, 2.5), "stock a": side(1.0, 80, 20.0)})
    assert [figure.met for figure in slow] == [False, None, False, False, None]


def test_how_long_a_stage_took_is_read_from_the_services_log() -> None:
    log = "custody (fr): on stage after 9.00 s\nINFO custody (en): on stage after 1.25 s\n"
    assert apps.staged(log, "custody") == 1.25
    with pytest.raises(DalilError, match="when firearms was on stage"):
        apps.staged(log, "firearms")
