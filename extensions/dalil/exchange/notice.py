"""What a trainee is told at fetch: the limits in force while the notebook is graded."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from dalil.case.voice import own_catalogue
from dalil.limits import GIB, KIB, MIB, Limits
from dalil.models import N_, Language
from dalil.translation import translate
from dalil.translation.direction import right_to_left

NOTICE = N_(
    "While it is graded, this notebook may use {memory} of memory, {cell} s per cell and {all} s "
    "in all, {processes} processes and threads, files of up to {file}, {output} of output per "
    "cell and {answer} per answer; no network."
)
_UNITS = {GIB: N_("{n} GiB"), MIB: N_("{n} MiB"), KIB: N_("{n} KiB")}
_ID = "limits"


def with_notice(notebook: NotebookNode, limits: Limits, language: Language) -> NotebookNode:
    """Return a copy of *notebook* whose second cell states *limits* in *language*.

    The cell belongs to the copy that a trainee works in: what is graded is rebuilt from the
    release, which has none.
    """
    told = copy.deepcopy(notebook)
    text = notice(limits, language)
    direction = "rtl" if language == "ar" else "ltr"
    cell = new_markdown_cell(
        right_to_left(text) if direction == "rtl" else text,
        id=_free({str(cell.get("id")) for cell in told.cells}),
        metadata={"dalil": {"direction": direction}, "deletable": False, "editable": False},
    )
    told.cells.insert(1, cell)
    return told


def notice(limits: Limits, language: Language) -> str:
    """Return the limits as one line of Markdown, the same for every trainee of a language."""
    catalogue = own_catalogue(language)

    def size(count: int) -> str:
        unit = next((unit for unit in _UNITS if count % unit == 0), KIB)
        return translate(_UNITS[unit], {"n": count // unit}, catalogue)

    values = {
        "memory": size(limits.memory_bytes),
        "cell": float(limits.cell_seconds),
        "all": float(limits.submission_seconds),
        "processes": limits.processes,
        "file": size(limits.file_bytes),
        "output": size(limits.output_bytes),
        "answer": size(limits.answer_bytes),
    }
    return f"*{translate(NOTICE, values, catalogue)}*"


def _free(taken: set[str]) -> str:
    """A cell id that says what the cell is, and that no other cell has."""
    name = _ID
    while name in taken:
        name += "-here"
    return name
