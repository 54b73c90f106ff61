"""Looking at a module as a trainee: what is in the zip, what never is, and what is not recorded."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dalil.curriculum import load_module
from dalil.errors import CurriculumError, NotebookError
from dalil.exchange.sealed import run_forge
from dalil.forging import practice
from dalil.ledger import Ledger
from dalil.models import TraineeId
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.drafting import draft
from dalil.nbgrader.release import released
from dalil.service.teaching_preview import preview, previewed
from dalil.settings import Settings
from tests.dalil.service.teaching_room import GLASS, change_cells, settings

__all__ = ["settings"]

AMINA = TraineeId("أمينة")
SLOW = pytest.mark.acceptance  # a process of seconds each


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_preview_is_what_a_trainee_would_get(settings: Settings) -> None:
    module = load_module(settings, GLASS)
    members = unpacked(preview(settings, module, AMINA, "ar"))
    files = {f"exhibits/{exhibit.file}" for exhibit in module.exhibits}
    assert set(members) == {"case.json", "glass.ipynb"} | files
    case = json.loads(members["case.json"])
    assert (case["trainee"], case["language"], case["preview"]) == (AMINA, "ar", "practice")
    assert case["grading"] is False
    notebook = json.loads(members["glass.ipynb"])
    assert notebook["metadata"]["dalil"] == {"language": "ar", "direction": "rtl"}
    assert "limits" in [cell["id"] for cell in notebook["cells"]]
    assert unpacked(preview(settings, module, AMINA, "ar"))["case.json"] == members["case.json"]
    other = unpacked(preview(settings, module, TraineeId("youssef"), "ar"))
    assert all(other[name] != members[name] for name in files)


def test_nothing_sealed_is_in_it_and_nothing_goes_on_record(
    settings: Settings, tmp_path: Path
) -> None:
    module = load_module(settings, GLASS)
    ledger = Ledger(settings.database_url, settings.keys)
    before = ledger.events()
    text = b"\n".join(unpacked(preview(settings, module, AMINA, "en")).values()).decode()
    seed = practice(f"preview|glass|{module.version}|{AMINA}")
    forged = run_forge(module, seed, tmp_path / "workshop")
    assert json.loads(forged.truth)
    assert forged.truth not in text
    for word in ("BEGIN SOLUTION", "truth", "probes", "salt", seed._secret.hex()):
        assert word not in text
    assert ledger.events() == before
    assert not list(settings.release.glob("*"))
    assert exchange_of(settings).find(module, AMINA) is None


def test_a_trainee_who_has_exhibits_is_shown_with_them(settings: Settings) -> None:
    module = load_module(settings, GLASS)
    exchange = exchange_of(settings)
    issued = exchange.issue(module, AMINA, "ar")
    members = unpacked(preview(settings, module, AMINA, "fr"))
    case = json.loads(members["case.json"])
    assert (case["preview"], case["language"]) == ("issued", "fr")
    for file, content in exchange.exhibits(issued).items():
        assert members[f"exhibits/{file}"] == content


def test_the_draft_is_what_a_release_would_be(settings: Settings) -> None:
    from dalil.nbgrader.course import Course

    module = load_module(settings, GLASS)
    drafted = draft(settings, module, "en")
    Course(settings).release(module)
    made = released(settings, module, "en")
    assert [(c.id, c.source) for c in drafted.cells] == [(c.id, c.source) for c in made.cells]


def test_marks_that_do_not_match_are_refused(settings: Settings) -> None:
    def open_end(cells: dict[str, Any]) -> None:
        cells["solve_middle"].source = "### BEGIN SOLUTION\nmiddle = 3"

    change_cells(settings.root, open_end)
    with pytest.raises(NotebookError, match=r"glass\.ipynb: .*"):
        draft(settings, load_module(settings, GLASS), "en")


@pytest.mark.parametrize(
    ("evidence", "said", "seconds"),
    [
        ("raise ValueError('no glass')", "no glass", 120.0),
        pytest.param("import os\nos._exit(3)", "result \\(3\\)", 120.0, marks=SLOW),
        pytest.param("print(1)\n", "forge", 120.0, marks=SLOW),
        ("while True: pass", "took longer than 8 s; see evidence.py", 8.0),
    ],
)
def test_evidence_that_is_wrong_in_any_way_is_one_line(
    settings: Settings, evidence: str, said: str, seconds: float
) -> None:
    (settings.graders / "glass" / "evidence.py").write_text(evidence, encoding="utf-8")
    with pytest.raises(CurriculumError, match=said) as caught:
        asyncio.run(previewed(settings, GLASS, AMINA, "ar", seconds=seconds))
    assert "\n" not in str(caught.value)
    assert str(settings.root) not in str(caught.value)


def test_a_process_of_its_own_gives_the_same(settings: Settings) -> None:
    content = asyncio.run(previewed(settings, GLASS, AMINA, "ar"))
    module = load_module(settings, GLASS)
    assert unpacked(content) == unpacked(preview(settings, module, AMINA, "ar"))
