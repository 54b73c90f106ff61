"""A small academy with one module, as far as the exchange needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from dalil.answers import form_from
from dalil.exchange import Exchange

EVIDENCE = """
from __future__ import annotations

from dataclasses import dataclass
from dalil.forging import write_csv
from dalil.models import Evidence


@dataclass
class Plan:
    number: int


def forge(seed, folder):
    plan = Plan(int(seed.rng("plan").integers(10**6)))
    write_csv(folder / "log.csv", ["n"], [[plan.number]])
    (folder / "image.bin").write_bytes(seed.rng("image").bytes(1000))
    return Evidence(truth={"number": plan.number, "secret": "TRUTH-7f3a"},
                    probes={"f": [[1, 2], [plan.number, "PROBE-9b1c"]]})
"""


@dataclass
class Module:
    """A module as far as the exchange needs it."""

    course: Path
    grader: Path
    id: str = "custody"
    version: str = "1"
    exhibits: list[Any] = field(
        default_factory=lambda: [
            SimpleNamespace(name="log", file="log.csv", title="Log"),
            SimpleNamespace(name="image", file="image.bin", title="Image"),
        ]
    )
    questions: list[Any] = field(
        default_factory=lambda: [
            SimpleNamespace(
                id="number",
                title="The number",
                form=form_from({"type": "integer", "min": 0, "unit": "rows"}),
            ),
            SimpleNamespace(id="conclusion", title="The conclusion", form=None),
        ]
    )


def make_settings(folder: Path) -> Any:
    records = folder / "records"
    return SimpleNamespace(
        course_id="academy",
        records=records,
        keys=records / "keys",
        exhibits=records / "exhibits",
        database_url=f"sqlite:///{records / 'dalil.db'}",
    )


def make_exchange(folder: Path) -> Exchange:
    return Exchange(make_settings(folder))


def make_module(folder: Path, evidence: str = EVIDENCE) -> Module:
    module = Module(course=folder / "courses" / "custody", grader=folder / "graders" / "custody")
    module.grader.mkdir(parents=True, exist_ok=True)
    (module.grader / "evidence.py").write_text(evidence, encoding="utf-8")
    return module


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return make_exchange(tmp_path)


@pytest.fixture
def reopened(tmp_path: Path) -> Exchange:
    """The same academy as another process sees it."""
    return make_exchange(tmp_path)


@pytest.fixture
def module(tmp_path: Path) -> Module:
    return make_module(tmp_path)


@pytest.fixture
def write_evidence(tmp_path: Path) -> Callable[[str], Module]:
    """Return a function that makes the module with another ``evidence.py``."""
    return lambda source: make_module(tmp_path, source)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return tmp_path / "desks" / "أمينة بنعلي" / "custody"


@pytest.fixture
def notebook() -> Any:
    cell = nbformat.v4.new_markdown_cell("untouched", id="intro")
    return nbformat.v4.new_notebook(cells=[cell])
