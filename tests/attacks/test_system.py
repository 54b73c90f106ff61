"""Notebooks against the machine. They are tried in a real sandbox only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbformat import NotebookNode, v4

from dalil.grading.runner import Job, runner_of
from dalil.limits import Limits
from dalil.settings import load_settings
from tests.attacks.family import Family
from tests.attacks.room import build
from tests.attacks.system import ATTACKS
from tests.attacks.system_probes import CANARY


def look(path: Path) -> NotebookNode:
    source = f"import os\nprint(os.path.exists({str(path)!r}))"
    return v4.new_notebook(cells=[v4.new_code_cell(source, id="look")])


@pytest.fixture(scope="class", autouse=True)
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip, and say so, where notebooks run without a sandbox: some of these would do harm."""
    root = tmp_path_factory.mktemp("sandboxed")
    build(root)
    (root / CANARY).write_text("the academy's root", encoding="utf-8")
    runner = runner_of(load_settings(root))
    try:
        run = runner.run(Job(look(root / CANARY), {}, {}, {}, Limits()))
    finally:
        runner.close()
    if "False" not in json.dumps(run.outputs):
        pytest.skip("NOT TESTED: on this machine notebooks run without a sandbox")


class TestSystem(Family):
    attacks = ATTACKS
