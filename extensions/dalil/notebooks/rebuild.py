"""A submission, rebuilt: the released notebook with nothing of the trainee's but answers' text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from dalil.errors import NotebookError

MAX_SOURCE_BYTES = 200_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # Unicode's category Cc but for \t \n


@dataclass(frozen=True)
class Rebuilt:
    """A notebook that is the academy's own but for its solution cells, and what a human may ask."""

    notebook: NotebookNode
    notes: tuple[str, ...] = ()


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _grade_id(cell: Mapping[str, Any]) -> str:
    found = _nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def cell_name(cell: Mapping[str, Any]) -> str:
    """What a cell goes by: nbgrader's grade_id, or the cell's id."""
    return _grade_id(cell) or str(cell.get("id"))


def answer_cells(nb: NotebookNode) -> dict[str, NotebookNode]:
    """Return the solution cells of a release or source, by grade_id, in document order.

    Raises NotebookError for a grade_id that two solution cells share.
    """
    cells: dict[str, NotebookNode] = {}
    for cell in nb.cells:
        name = _grade_id(cell)
        if not name or _nbgrader(cell).get("solution") is not True:
            continue
        if name in cells:
            raise NotebookError(f"two solution cells have the grade_id {name!r}; rename one")
        cells[name] = cell
    return cells


def grade_points(nb: NotebookNode) -> dict[str, float]:
    """Return the points of each graded cell, by grade_id (= question), in document order.

    Raises NotebookError for points that are not a number of 0 or more, or a grade_id used twice.
    """
    points: dict[str, float] = {}
    for cell in nb.cells:
        name = _grade_id(cell)
        if not name or _nbgrader(cell).get("grade") is not True:
            continue
        value = _nbgrader(cell).get("points")
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e9:
            raise NotebookError(f"cell {name!r}: points must be a number of 0 or more")
        if name in points:
            raise NotebookError(f"two graded cells have the grade_id {name!r}; rename one")
        points[name] = float(value)
    return points


def rebuild(release: NotebookNode, submitted: NotebookNode) -> Rebuilt:
    """Return *release* with the source of its solution cells replaced by the submitted text.

    Cells are matched by nbgrader's grade_id; several with one grade_id (copied or split) are joined
    in order. Nothing else of *submitted* counts: not its locked cells, points, tags, metadata,
    kernel or outputs. Neither notebook is changed.
    """
    notebook = nbformat.from_dict(release)  # a copy, all the way down
    notes: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for name, cell in answer_cells(notebook).items():
        parts = _parts(submitted, name, cell.cell_type, notes)
        if parts is None:
            notes.append(f"{name}: the cell is missing; the released one stays")
            continue
        if parts:
            source = "\n".join(_worked_on(parts, cell.source))
            if len(source.encode("utf-8")) > MAX_SOURCE_BYTES:
                notes.append(f"{name}: over {MAX_SOURCE_BYTES} bytes; the released cell stays")
            else:
                cell.source = source
    return Rebuilt(notebook, tuple(notes))


def _parts(nb: NotebookNode, name: str, kind: str, notes: list[str]) -> list[str] | None:
    """Texts of the submitted cells called *name*; [] when all were refused, None if none is there.

    Some editors lose nbgrader's metadata but keep cell ids, which equal the grade_id.
    """
    cells = [cell for cell in nb.cells if _grade_id(cell) == name]
    if not cells:
        cells = [cell for cell in nb.cells if cell.get("id") == name and not _nbgrader(cell)]
        if not cells:
            return None
        notes.append(f"{name}: nbgrader's metadata is lost; the cell was found by its id")
    fitting = [cell for cell in cells if cell.cell_type == kind]
    if len(fitting) < len(cells):
        notes.append(f"{name}: {len(cells) - len(fitting)} cell(s) ignored, not of type {kind}")
    if len(fitting) > 1:
        notes.append(f"{name}: {len(fitting)} cells joined in their order")
    return [_clean(cell.source) for cell in fitting]


def _worked_on(parts: list[str], released: str) -> list[str]:
    """*parts* without those that are as released, whose line would raise before the answer.

    Someone who answers in a copy of the cell leaves one. All of them untouched: the first.
    """
    return [part for part in parts if part.strip() != released.strip()] or parts[:1]


def _clean(source: str) -> str:
    """*source* with plain line ends and without control characters other than tab and newline."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", text)
