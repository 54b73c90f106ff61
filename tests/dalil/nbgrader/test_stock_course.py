"""A course that does not use our exhibits: nbgrader's own exchange and steps, left as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

FACTS = {"schema_version": 3, "task": False}
SOLVE = {**FACTS, "grade_id": "solve", "grade": False, "solution": True, "locked": False}
TEST = {**FACTS, "grade_id": "test", "grade": True, "solution": False, "locked": True, "points": 2}

# All steps in one process: each import of nbgrader's commands takes two seconds.
STEPS = """
import json, sys
from contextlib import suppress
from jupyter_core.application import NoStart
from nbgrader.apps.nbgraderapp import NbGraderApp
from nbgrader.exchange import ExchangeFactory

classes = set()
for words in json.load(sys.stdin):
    NbGraderApp.clear_instance()
    app = NbGraderApp.instance()
    app.initialize(words)
    factory = ExchangeFactory(config=app.subapp.config)
    classes |= {factory.fetch_assignment.__module__, factory.submit.__module__}
    with suppress(NoStart):  # raised after each subcommand
        app.start()
print(json.dumps(sorted(classes)))
"""


def write_course(place: Path, extra: str = "") -> None:
    cells = [
        new_code_cell("### BEGIN SOLUTION\nx = 42\n### END SOLUTION", metadata={"nbgrader": SOLVE}),
        new_code_cell("assert x == 42", metadata={"nbgrader": TEST}),
    ]
    source = place / "source" / "ps1"
    source.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), source / "problem.ipynb")
    for folder in ("exchange", "home", "work"):
        (place / folder).mkdir()
    (place / "exchange").chmod(0o777)
    lines = [
        "c = get_config()",
        'c.CourseDirectory.course_id = "stock"',
        f"c.CourseDirectory.root = {str(place)!r}",
        f"c.Exchange.root = {str(place / 'exchange')!r}",
        f"c.Exchange.assignment_dir = {str(place / 'work')!r}",
        extra,
    ]
    (place / "nbgrader_config.py").write_text("\n".join(lines), encoding="utf-8")


def run(place: Path, steps: list[list[str]], **more: str) -> list[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))}
    tools = str(Path(sys.executable).parent)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        input=json.dumps(steps),
        cwd=place,
        env={**kept, "PATH": path, "HOME": str(place / "home"), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


EXCHANGE = [
    ["list"],
    ["fetch_assignment", "ps1"],
    ["submit", "ps1"],
    ["list", "--cached"],
]
GRADING = [
    ["collect", "ps1"],
    ["autograde", "ps1"],
    ["generate_feedback", "ps1"],
    ["release_feedback", "ps1"],
    ["fetch_feedback", "ps1"],
]


def test_the_whole_cycle_in_nbgrader_s_own_configuration(tmp_path: Path) -> None:
    write_course(tmp_path)
    release = [["generate_assignment", "ps1"], ["release_assignment", "ps1"]]
    classes = run(tmp_path, [*release, *EXCHANGE, *GRADING])
    assert all(name.startswith("nbgrader.exchange.default") for name in classes)
    (page,) = (tmp_path / "work").glob("ps1/feedback/*/problem.html")
    assert "problem" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("behind", ["", "http://127.0.0.1:9/services/dalil/"])
def test_in_an_academy_another_course_keeps_nbgrader_s_exchange(
    tmp_path: Path, checkout: Path, behind: str
) -> None:
    """Our exchange classes are configured; they leave another course's work to nbgrader's own."""
    academy = tmp_path / "curriculum"
    (academy / "courses").mkdir(parents=True)
    text = (checkout / "jupyter_config.py").read_text(encoding="utf-8")
    (academy / "jupyter_config.py").write_text(text, encoding="utf-8")
    course = tmp_path / "stock"
    course.mkdir()
    folders = ("source", "release", "submitted", "autograded", "feedback")
    lines = [f'c.CourseDirectory.{name}_directory = "{name}"' for name in folders]
    write_course(course, "\n".join(lines))
    outbound = course / "exchange" / "stock" / "outbound" / "ps1"
    outbound.mkdir(parents=True)
    (outbound / "problem.ipynb").write_bytes(
        (course / "source" / "ps1" / "problem.ipynb").read_bytes()
    )
    (course / "exchange" / "stock" / "inbound").mkdir(mode=0o777)
    more = {"DALIL_SERVICE_URL": behind} if behind else {}
    classes = run(course, EXCHANGE, DALIL_ROOT=str(academy), **more)
    assert any(name.startswith("dalil.nbgrader") for name in classes)
    assert (course / "work" / "ps1" / "problem.ipynb").is_file()
    assert list((course / "exchange" / "stock" / "inbound").glob("*+ps1+*/problem.ipynb"))
