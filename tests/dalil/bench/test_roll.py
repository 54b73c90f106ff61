"""The made-up academy of thousands is one that everything else takes for real."""

from __future__ import annotations

from pathlib import Path

from dalil.bench.figures import of_progress
from dalil.bench.programs import run_program
from dalil.bench.roll import roll_modules, write_roll
from dalil.ledger import Database, Ledger
from dalil.progress import Progress
from tests.dalil.progress.ledgers import Places


def test_its_ledger_is_unbroken_and_its_figures_add_up(tmp_path: Path) -> None:
    modules = roll_modules(3)
    places = Places(f"sqlite:///{tmp_path / 'dalil.db'}", tmp_path / "keys", tmp_path)
    events = write_roll(Database(places.database_url), 40, modules)
    report = Ledger(places.database_url, places.keys).verify()
    # No head vouches for rows that were written in bulk; the chain itself holds.
    assert all("sign" in str(p) or "head" in str(p) for p in report.problems), report.problems
    assert report.rows == events
    rows = Progress(places).figures(modules).by("module")["rows"]
    assert [row["people"] for row in rows] == [40, 40, 40]
    assert events == sum(row["issued"] + row["submitted"] + row["graded"] for row in rows)
    assert 0 < sum(row["graded"] for row in rows) < 120
    other = tmp_path / "again"
    other.mkdir()
    again = Places(f"sqlite:///{other / 'dalil.db'}", other / "keys", other)
    assert write_roll(Database(again.database_url), 40, modules) == events
    assert Progress(again).figures(modules).by("module")["rows"] == rows


def test_the_part_asks_for_everything(tmp_path: Path) -> None:
    request = {"folder": str(tmp_path), "people": 60, "modules": 4, "repeats": 2}
    raw = run_program("progress", request, tmp_path)
    assert {"build", "cold", "views", "event", "csv", "xlsx"} == set(raw["seconds"])
    assert len(raw["seconds"]["views"]) == 2 * (2 + 4 * 12)
    found = of_progress(raw)
    assert [f.goal for f in found if f.goal] == [0.5] * 3
    assert found[0].title == "Progress of 60 × 4, first view after start"
    assert found[0].ours == max(wall for wall, _ in raw["seconds"]["cold"])
