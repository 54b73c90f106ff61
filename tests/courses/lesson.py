"""A lesson in Arabic, run as a trainee runs it, for tests of what it claims."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dalil.limits import ONE_THREAD
from dalil.notebooks import read_notebook
from dalil.translation import find_catalogue, localise

SECONDS = 240


def played(course: Path, place: Path, numbers: str) -> Any:
    """The lesson of *course*, run in the empty folder *place*, then a cell more: *numbers*."""
    notebook = localise(read_notebook(course / "lesson.ipynb"), "ar", find_catalogue(course, "ar"))
    notebook.cells.append(nbformat.v4.new_code_cell(numbers, id="numbers"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALIL_LANGUAGE", "ar")
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        for name, value in ONE_THREAD.items():
            patch.setenv(name, value)
        resources = {"metadata": {"path": str(place)}}
        NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources=resources
        ).execute()
    return notebook


def outputs(notebook: Any) -> list[tuple[str, Any]]:
    """(id of the cell, output) of everything that the lesson shows."""
    return [(c.id, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def printed(notebook: Any) -> dict[str, Any]:
    """What the cell *numbers* printed, as JSON."""
    text = "".join(o.get("text", "") for name, o in outputs(notebook) if name == "numbers")
    found: dict[str, Any] = json.loads(text)
    return found


def assert_silent(notebook: Any) -> None:
    """Nothing was complained about and nothing failed."""
    assert [(i, o.get("text")) for i, o in outputs(notebook) if o.get("name") == "stderr"] == []
    assert [i for i, o in outputs(notebook) if o.output_type == "error"] == []


def assert_pictures_have_texts(notebook: Any, count: int) -> None:
    """*count* pictures, each with a text in Arabic; sentences run from right to left."""
    shown = [o.data.get("text/html", "") for _, o in outputs(notebook) if "data" in o]
    texts = [alt for html in shown for alt in re.findall(r'<img alt="([^"]*)"', html)]
    assert len(texts) == count
    assert all(re.search("[\u0600-\u06ff]{3}", text) for text in texts)
    sentences = [html for html in shown if html.startswith("<p ")]
    assert sentences
    assert all('dir="rtl"' in html for html in sentences)


def value_of(source: str, name: str, scope: dict[str, Any]) -> Any:
    """Run the cell *source* in this process, in *scope*; what its last line gives, as Jupyter."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), scope)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), scope)


def verdicts(check: Any) -> dict[str, str]:
    """What a self-check says to each of its options, chosen one after the other."""
    choice, said = check.children
    found = {}
    for number, option in enumerate(choice.options):
        choice.index = number
        found[option] = said.value
    return found
