"""Files made up by machine: each is refused in one line, or is the release with other answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from dalil.notebooks import answer_cells, rebuild
from tests.attacks.fuzz.properties import MODULES, only_answers_cross, read, release, source
from tests.attacks.fuzz.strategies import (
    Draw,
    File,
    as_file,
    fuzz,
    json_values,
    notebook_files,
    texts,
)

BUDGETS = [150, pytest.param(1_000, marks=pytest.mark.acceptance)]
ORIGINALS = {module: (json.dumps(source(module)),) for module in MODULES}


@pytest.mark.parametrize("cases", BUDGETS)
@pytest.mark.parametrize("module", MODULES)
def test_whatever_is_handed_in_only_answers_cross(tmp_path: Path, module: str, cases: int) -> None:
    def holds(data: bytes) -> None:
        only_answers_cross(data, module, tmp_path)

    fuzz(cases, notebook_files(ORIGINALS[module]), holds)


def _harmless(draw: Draw, cells: list[Any], names: set[str]) -> None:
    """Change something around the answers that must not matter."""
    at = draw(st.integers(0, len(cells) - 1))
    cell = cells[at]
    facts = cell["metadata"].get("nbgrader", {})
    if facts.get("grade_id") not in names:
        change = draw(st.sampled_from(["drop", "double", "bend", "retype"]))
        if change == "drop" and len(cells) > 1:
            del cells[at]
        elif change == "double":
            cells.insert(draw(st.integers(0, len(cells))), json.loads(json.dumps(cell)))
        elif change == "bend":
            cell[draw(st.sampled_from(["source", "outputs", "execution_count"]))] = draw(
                json_values
            )
        else:
            cell["cell_type"] = draw(st.sampled_from(["raw", "markdown", "code"]) | json_values)
        return
    field = draw(
        st.sampled_from(["outputs", "count", "id", "nbgrader", "metadata", "lines", "key"])
    )
    if field == "outputs":
        cell["outputs"] = draw(json_values)
    elif field == "count":
        cell["execution_count"] = draw(json_values)
    elif field == "id":
        cell["id"] = draw(json_values)
    elif field == "nbgrader":
        key = draw(st.sampled_from(["points", "solution", "grade", "locked", "checksum", "task"]))
        facts[key] = draw(json_values)
    elif field == "metadata":
        key = draw(st.sampled_from(["tags", "jupyter", "scrolled", "execution", "name"]) | texts)
        cell["metadata"][key] = draw(json_values)
    elif field == "lines" and isinstance(cell["source"], str):
        cell["source"] = cell["source"].splitlines(keepends=True)
    else:
        cell[draw(texts)] = draw(json_values)


@st.composite
def tampered(draw: Draw, module: str) -> File:
    """The right answers, in a notebook whose other parts were tampered with."""
    notebook = json.loads(ORIGINALS[module][0])
    names = set(answer_cells(release(module)))
    for _ in range(draw(st.integers(1, 12))):
        _harmless(draw, notebook["cells"], names)
    if draw(st.booleans()):
        notebook["cells"] = draw(st.permutations(notebook["cells"]))
    for key in draw(st.sets(st.sampled_from(["metadata", "nbformat_minor", "more"]))):
        notebook[key] = draw(json_values)
    return as_file(notebook)


@pytest.mark.parametrize("cases", BUDGETS)
@pytest.mark.parametrize("module", MODULES)
def test_honest_answers_survive_whatever_is_done_around_them(
    tmp_path: Path, module: str, cases: int
) -> None:
    honest = rebuild(release(module), source(module)).notebook

    def holds(data: bytes) -> None:
        submitted = read(data, tmp_path)
        assert submitted is not None
        assert rebuild(release(module), submitted).notebook == honest

    fuzz(cases, tampered(module), holds)
