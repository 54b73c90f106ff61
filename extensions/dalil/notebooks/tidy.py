"""What keeps a notebook of the curriculum from being clean: the author's side of the contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

from dalil.notebooks.repair import REPAIRED

_WORD = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_RANDOM = re.compile(r"(?=.*\d)[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-.*|(?=.*[A-Z])(?=.*\d).{8,}")
_HOME = re.compile(r"""["'](/(?:home|Users|root|tmp|mnt|media|Volumes)/|[A-Za-z]:\\\\?Users)""")
_OPENED = re.compile(
    r"""\b(?:open|Path|chdir|imread|loadtxt|load|read_\w+)\(\s*[rbfu]{0,2}["'](/|~|[A-Za-z]:[\\/])"""
)
_LINKED = re.compile(r"""\]\((?:/|file:|[A-Za-z]:\\)|(?:src|href)=["'](?:/|file:)""")
_EMBEDDING = "\u202a\u202b\u202c\u202d\u202e"
_ISOLATES, _POP = "\u2066\u2067\u2068", "\u2069"
_MARKS = "\u200e\u200f\u061c"

_CELL_KEYS = frozenset(
    {"dalil", "deletable", "editable", "jupyter", "nbgrader", "slideshow", "tags"}
)
_NOTEBOOK_KEYS = frozenset({"authors", "dalil", "kernelspec", "language_info", "title"})


def untidy(nb: NotebookNode) -> list[str]:
    """Return what is unclean in *nb*, one line each, ``[]`` for a clean notebook.

    Outputs and counts, ids that are missing, repeated, random or differ from the grade_id, absolute
    paths, bidi controls outside of isolates, metadata that tools leave behind, a foreign kernel.
    """
    return [line for _, line in untidy_cells(nb)]


def untidy_cells(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """``untidy`` with the id of the cell before each line; "" for the notebook as a whole."""
    yield from (("", line) for line in _about_notebook(nb.metadata))
    seen = Counter(cell.get("id") for cell in nb.cells)
    for number, cell in enumerate(nb.cells, 1):
        identity = cell.get("id", "")
        found = [*_about_id(cell, seen[identity]), *_about_cell(cell), *_about_text(cell)]
        yield from ((identity, f"cell {number} ({identity}): {problem}") for problem in found)


def _about_notebook(metadata: dict[str, Any]) -> Iterator[str]:
    kernel = metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield f"notebook: kernelspec is {kernel!r}; set it to 'python3'"
    if extra := sorted(set(metadata) - _NOTEBOOK_KEYS):
        yield f"notebook: metadata {', '.join(extra)} left behind by a tool; remove it"
    if "version" in metadata.get("language_info", {}):
        yield "notebook: language_info.version differs between machines; remove it"


def _about_id(cell: NotebookNode, times: int) -> Iterator[str]:
    identity = cell.get("id", "")
    nbgrader = cell.metadata.get("nbgrader", {})
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    if not identity or identity.startswith(REPAIRED):
        yield "its id is missing, repeated or not valid; give it a short word"
    elif times > 1:
        yield "its id is used twice; give it one of its own"
    elif grade_id is not None and grade_id != identity:
        yield f"its id must equal its grade_id {grade_id!r}"
    elif _RANDOM.fullmatch(identity) or not _WORD.fullmatch(identity):
        yield "its id looks random; give it a short lower-case word"


def _about_cell(cell: NotebookNode) -> Iterator[str]:
    if cell.get("outputs"):
        yield "it has outputs; clear them"
    if cell.get("execution_count") is not None:
        yield "it has an execution count; clear it"
    if extra := sorted(set(cell.metadata) - _CELL_KEYS):
        yield f"metadata {', '.join(extra)} left behind by a tool; remove it"


def _about_text(cell: NotebookNode) -> Iterator[str]:
    code = cell.cell_type == "code"
    for pattern in (_HOME, _OPENED) if code else (_LINKED,):
        if match := pattern.search(cell.source):
            yield f"absolute path near {match.group()[:30]!r}; use a relative one"
            break
    for line in cell.source.split("\n"):
        if problem := bidi_problem(line, code):
            yield f"{problem} in {line.strip()[:30]!a}"
            break


def bidi_problem(line: str, code: bool) -> str:
    """What is wrong with the direction controls of one line: none may hide the order of text."""
    if any(c in line for c in _EMBEDDING):
        return "bidi embedding or override; use isolates (U+2066 … U+2069)"
    if code:
        hidden = any(c in line for c in _ISOLATES + _POP + _MARKS)
        return "bidi control in code; write it as an escape" if hidden else ""
    depth = 0
    for c in line:
        depth += (c in _ISOLATES) - (c == _POP)
        if depth < 0:
            break
    return "bidi isolate that is not closed on its line" if depth else ""
