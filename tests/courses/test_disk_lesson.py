"""The disk lesson: it runs in Arabic, and what its prose claims is what its cells compute."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dalil.notebooks import read_notebook
from dalil.translation import find_catalogue, localise

COURSE = Path(__file__).parents[2] / "courses" / "disk"
CHECKS = ("piece", "deleted", "zone", "order", "twin")
NUMBERS = """
print(json.dumps({
    "pieces": methods.differing(image, record), "count": len(record),
    "hidden": hidden, "clusters": len(clusters), "size": deleted.size, "older":
    methods.slack(clusters, deleted.size, 1024)[1],
    "naive": attempts, "carved": [(p.complete, len(p.data)) for p in pictures],
    "free": all(any(at <= n * methods.PIECE and (n + 1) * methods.PIECE <= at + length
                    for at, length in free) for n in methods.differing(image, record)),
    "recorded": (recent[path] - deadline).total_seconds(),
    "corrected": (visited - deadline).total_seconds(),
    "accessed": (methods.true_time(accessed, error) - deadline).total_seconds(),
    "bound": float(request["clock_uncertainty_s"]), "opened": staged.opened,
}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lesson in Arabic, run in an empty folder, with one cell more that prints numbers."""
    place = tmp_path_factory.mktemp("lesson")
    catalogue = find_catalogue(COURSE, "ar")
    notebook = localise(read_notebook(COURSE / "lesson.ipynb"), "ar", catalogue)
    notebook.cells.append(nbformat.v4.new_code_cell(f"import json\n{NUMBERS}", id="numbers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALIL_LANGUAGE", "ar")
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        resources = {"metadata": {"path": str(place)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    return notebook


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    return [(c.id, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


@pytest.fixture(scope="module")
def numbers(run: Any) -> dict[str, Any]:
    printed = "".join(o.get("text", "") for name, o in outputs(run) if name == "numbers")
    found: dict[str, Any] = json.loads(printed)
    return found


def text_of(run: Any, name: str) -> str:
    return next(str(cell.source) for cell in run.cells if cell.id == name)


def test_nothing_is_complained_about(run: Any) -> None:
    complaints = [(i, o.get("text")) for i, o in outputs(run) if o.get("name") == "stderr"]
    assert complaints == []
    assert [i for i, o in outputs(run) if o.output_type == "error"] == []


def test_every_picture_has_a_text_in_arabic(run: Any) -> None:
    shown = [o.data.get("text/html", "") for _, o in outputs(run) if "data" in o]
    texts = [alt for html in shown for alt in re.findall(r'<img alt="([^"]*)"', html)]
    assert len(texts) == 3
    assert all(re.search("[\u0600-\u06ff]{3}", text) for text in texts)


def test_one_piece_differs_and_lies_in_free_space(run: Any, numbers: dict[str, Any]) -> None:
    assert len(numbers["pieces"]) == 1
    assert numbers["count"] == 576
    assert numbers["free"]
    assert "576" in text_of(run, "piece")


def test_a_hidden_file_system_and_slack_are_there(numbers: dict[str, Any]) -> None:
    assert [kind for _, kind in numbers["hidden"]] == ["fat"]
    assert numbers["clusters"] > numbers["size"]
    assert numbers["older"] > 0


def test_the_mistake_shows_and_the_cure_works(numbers: dict[str, Any]) -> None:
    whole = [size for complete, size in numbers["carved"] if complete]
    assert len(whole) == 2
    assert len(numbers["carved"]) == 3
    assert all(size < 2000 for _, size in numbers["naive"])
    assert min(whole) > 5000


def test_the_clock_turns_the_decision(numbers: dict[str, Any]) -> None:
    assert numbers["recorded"] > numbers["bound"]
    assert numbers["corrected"] < -numbers["bound"]
    assert numbers["accessed"] > 0
    assert numbers["opened"] == "undetermined"


def test_checks_are_offered(run: Any) -> None:
    kind = "application/vnd.jupyter.widget-view+json"
    shown = [name for name, o in outputs(run) if kind in o.get("data", {})]
    assert shown == [
        *(f"check_{name}_answer" for name in CHECKS[:2]),
        "words_widget",
        "check_zone_answer",
        "timeline_widget",
        *(f"check_{name}_answer" for name in CHECKS[3:]),
    ]
