"""The iblagh lesson: it runs in Arabic, and what its prose claims is what its cells compute."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dalil.courses.iblagh import methods
from dalil.limits import ONE_THREAD
from dalil.notebooks import read_notebook
from dalil.translation import find_catalogue, localise

COURSE = Path(__file__).parents[2] / "courses" / "iblagh"
CHECKS = ("mask", "normal", "split", "enriched", "repeat", "decide")
NUMBERS = """
import json
half = scores >= 0.5
print(json.dumps({
    "figures": list(figures.values()),
    "missed_at_half": int((danger & ~half).sum()), "urgent": int(danger.sum()),
    "best": best, "missed_at_best": int((danger & (scores < best)).sum()),
    "cost_at_half": float(300 * (danger & ~half).sum() + (half & ~danger).sum()), "least": least,
    "kinds": [one.kind for one in methods.find_identifiers(text)],
    "b_cubed": f1, "largest": len(largest), "nothing": methods.b_cubed(incident, [])[2],
    "incidents": [len(texts), len(kept)], "truly": len(set(incident.values())),
    "everywhere": everywhere, "gap": width, "interval": interval,
}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lesson in Arabic, run in an empty folder, with one cell more that prints numbers."""
    place = tmp_path_factory.mktemp("lesson")
    notebook = localise(read_notebook(COURSE / "lesson.ipynb"), "ar", find_catalogue(COURSE, "ar"))
    notebook.cells.append(nbformat.v4.new_code_cell(NUMBERS, id="numbers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALIL_LANGUAGE", "ar")
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        for name, value in ONE_THREAD.items():
            patch.setenv(name, value)
        resources = {"metadata": {"path": str(place)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    return notebook


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    return [(c.id, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


@pytest.fixture(scope="module")
def numbers(run: Any) -> dict[str, Any]:
    printed = next(o.text for name, o in outputs(run) if name == "numbers")
    return dict(json.loads(printed))


def test_nothing_fails_and_every_picture_has_a_text_in_arabic(run: Any) -> None:
    assert [name for name, o in outputs(run) if o.output_type == "error"] == []
    shown = [o.data.get("text/html", "") for _, o in outputs(run) if "data" in o]
    texts = [alt for html in shown for alt in re.findall(r'<img alt="([^"]*)"', html)]
    assert len(texts) == 3
    assert all(re.search("[\u0600-\u06ff]{3}", text) for text in texts)
    sentences = [html for html in shown if html.startswith('<p dir="rtl"')]
    assert len(sentences) >= 4


def test_reports_are_shown_each_in_its_own_direction(run: Any) -> None:
    html = next(o.data["text/html"] for name, o in outputs(run) if name == "corpus")
    assert html.count('<td dir="auto"') == 5
    assert not re.search(r"09\d{8}|\+999", html)  # masked


def test_the_three_tests_fall_in_the_order_that_the_lesson_says(numbers: dict[str, Any]) -> None:
    known, unseen, new = numbers["figures"]
    assert known > 0.93
    assert known - 0.03 > unseen > new


def test_half_misses_what_a_threshold_by_cost_finds(numbers: dict[str, Any]) -> None:
    assert numbers["missed_at_half"] >= 3
    assert numbers["missed_at_best"] <= 1
    assert numbers["cost_at_half"] > 3 * numbers["least"]


def test_masking_finds_the_card_and_leaves_the_file(numbers: dict[str, Any]) -> None:
    assert numbers["kinds"] == ["phone", "card", "id", "mail"]
    assert "1200" not in numbers["everywhere"]


def test_repetitions_are_found_and_change_the_count(numbers: dict[str, Any]) -> None:
    assert numbers["b_cubed"] > 0.9
    assert numbers["largest"] == pytest.approx(13, abs=1)
    assert 0.82 < numbers["nothing"] < 0.95
    reports, incidents = numbers["incidents"]
    assert incidents < reports - 15
    assert incidents == pytest.approx(numbers["truly"], abs=4)


def test_the_intervals_in_the_prose_are_wilsons() -> None:
    for total, low in ((20, 0.84), (22, 0.85), (40, 0.91)):
        assert round(methods.wilson(total, total)[0], 2) == low
    assert [round(end, 2) for end in methods.wilson(97, 98)] == [0.94, 1.0]


def test_checks_are_offered(run: Any) -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    shown = {name for name, o in outputs(run) if kind in o.get("data", {})}
    assert shown == {f"check_{name}_answer" for name in CHECKS} | {"urgent"}
