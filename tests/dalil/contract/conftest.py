"""A small module to break, and a runner that is quick because it trusts the notebook."""

from __future__ import annotations

import functools
import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbgrader.api
import pytest
from nbformat import NotebookNode

import dalil.case.handover
from dalil.contract import subject
from dalil.contract.check import check_module
from dalil.contract.findings import Finding
from dalil.curriculum import new_module
from dalil.grading.runner import Job, Run
from dalil.models import ModuleId
from dalil.notebooks import read_notebook, write_notebook
from dalil.settings import load_settings

# A process of its own each time: seconds.
ALEMBIC_VERSION = functools.cache(nbgrader.api.get_alembic_version)
CONFIG = """\
from dalil.configuration import apply

c = get_config()
apply(c, __file__)
"""


@dataclass(frozen=True)
class Sample:
    """The module ``sample`` in a curriculum of its own; places go by ``courses/lesson.ipynb``."""

    root: Path

    def path(self, place: str) -> Path:
        part, _, name = place.partition("/")
        return self.root / part / "sample" / name

    def edit(self, place: str, old: str, new: str) -> None:
        """Replace *old*, which must be there, by *new*."""
        path = self.path(place)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, place: str, text: str) -> None:
        with self.path(place).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def notebook(self, place: str, change: Callable[[Any, dict[str, Any]], None]) -> None:
        """Call ``change(notebook, cells by id)`` and write what became of the notebook."""
        path = self.path(place)
        notebook = read_notebook(path)
        change(notebook, {cell.id: cell for cell in notebook.cells})
        write_notebook(notebook, path)

    def breaches(self, *only: str, **options: Any) -> set[tuple[str, str]]:
        """(rule, place) of what ``check`` finds."""
        found = self.check(*only, **options)
        return {(item.rule, item.file.replace("/sample/", "/", 1)) for item in found}

    def check(self, *only: str, **options: Any) -> list[Finding]:
        """The findings of the rules *only* (default: all)."""
        return check_module(load_settings(self.root), "sample", only=only or None, **options)


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A curriculum that holds the module ``sample`` as ``dalil module new`` makes it."""
    root = tmp_path_factory.mktemp("curriculum")
    for part in ("courses", "exercises", "graders"):
        (root / part).mkdir()
    (root / "jupyter_config.py").write_text(CONFIG, encoding="utf-8")
    new_module(load_settings(root), ModuleId("sample"), "A sample of everything")
    return root


@pytest.fixture
def sample(untouched: Path, tmp_path: Path) -> Sample:
    """A copy of it to break."""
    root = tmp_path / "curriculum"
    shutil.copytree(untouched, root)
    return Sample(root)


class TrustingRunner:
    """Runs cells in this process: for modules of these tests alone, and in milliseconds."""

    lock = threading.Lock()

    def close(self) -> None:
        """Nothing is kept."""

    def run(self, job: Job) -> Run:
        handed: list[dict[str, Any]] = []
        with self.lock, TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
            case = Path(name, "case.json")
            case.write_text(json.dumps({**job.case, "grading": True}), encoding="utf-8")
            Path(name, "exhibits").mkdir()
            for file, content in job.exhibits.items():
                Path(name, "exhibits", file).write_bytes(content)
            patch.setenv("DALIL_CASE", str(case))
            patch.setattr(dalil.case.handover, "_emit", handed.append)
            return _executed(job.notebook, handed)


def _executed(notebook: NotebookNode, handed: list[dict[str, Any]]) -> Run:
    """Execute the code cells one after the other, whatever each of them raises."""
    outputs: dict[str, list[dict[str, Any]]] = {}
    names: dict[str, Any] = {}
    bundles: list[dict[str, Any]] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        handed.clear()
        try:
            with redirect_stdout(io.StringIO()):
                exec(cell.source, names)
        except Exception as error:
            kind = type(error).__name__
            said = {"output_type": "error", "ename": kind, "evalue": str(error), "traceback": []}
            outputs[cell.id] = [said]
        bundles += [{"cell": cell.id, "bundle": bundle} for bundle in handed]
    return Run(outputs, bundles, {}, 0.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run notebooks without kernels, and ask for the version of nbgrader's tables once."""
    monkeypatch.setattr(nbgrader.api, "get_alembic_version", ALEMBIC_VERSION)
    monkeypatch.setattr(subject, "runner_of", lambda settings, unsafe: TrustingRunner())
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
