"""The exhibit room: a module made for attacks, in a curriculum of its own.

Trivial to answer, impossible to guess: every truth hangs on the trainee's own seed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode, v4

from dalil.notebooks import write_notebook

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
MODULE = "exhibitroom"

# Points of each machine-marked question, by its form: number, text, list, record, array, function
# and digest. `missing` and `serial` give partial credit.
POINTS: Mapping[str, float] = {
    "mean": 2,
    "label": 1,
    "missing": 3,
    "heaviest": 2,
    "counts": 2,
    "serial": 4,
    "digest": 1,
}
REPORT = "report"  # the written question
REPORT_POINTS = 5

OPENING = """\
import csv

from dalil import case

with open(case.exhibit("register"), encoding="utf-8") as stream:
    rows = list(csv.DictReader(stream))
"""
HONEST: Mapping[str, str] = {
    "workspace": "def grams(row):\n    return int(row['grams'])",
    "mean": "mean = sum(map(grams, rows)) / len(rows)",
    "label": "label = max(rows, key=grams)['label']",
    "missing": "missing = [row['item'] for row in rows if not row['shelf']]",
    "heaviest": (
        "top = max(rows, key=grams)\nheaviest = {'item': top['item'], 'grams': grams(top)}"
    ),
    "counts": (
        "import numpy as np\n\n"
        "counts = np.zeros((4, 3))\n"
        "for row in rows:\n"
        "    if row['shelf']:\n"
        "        counts[int(row['room']), int(row['shelf'])] += 1"
    ),
    "serial": "def serial(text):\n    return int.from_bytes(text.encode(), 'big') % 999983",
    "digest": (
        "import hashlib\n\ndigest = hashlib.sha256(case.exhibit('photo').read_bytes()).hexdigest()"
    ),
}
BLANK: Mapping[str, str] = {}  # the released cells, which raise NotImplementedError

LIMITS = """\
c.Dalil.cell_seconds = 8
c.Dalil.submission_seconds = 60
c.Dalil.memory_mib = 512
c.Dalil.output_kib = 256
"""


def build(root: Path) -> None:
    """Write a curriculum with the exhibit room alone into the folder *root*."""
    for part, names in {
        "courses": ["module.toml"],
        "graders": ["evidence.py", "checks.py"],
    }.items():
        folder = root / part / MODULE
        folder.mkdir(parents=True)
        for name in names:
            shutil.copyfile(HERE / MODULE / name, folder / name)
    exercise = root / "exercises" / MODULE
    exercise.mkdir(parents=True)
    write_notebook(source(), exercise / f"{MODULE}.ipynb")
    text = (CHECKOUT / "jupyter_config.py").read_text(encoding="utf-8")
    text = text.replace("apply(c, __file__)", f"{LIMITS}\napply(c, __file__)")
    (root / "jupyter_config.py").write_text(text, encoding="utf-8")


def source() -> NotebookNode:
    """The exercise: nbgrader's source notebook, with solutions."""
    cells = [_cell("open_exhibits", OPENING, locked=True)]
    for question, solution in HONEST.items():
        marked = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
        cells.append(_cell(f"solve_{question}", marked, solution=True))
        if question in POINTS:
            hand_over = f'case.answer("{question}", {question})'
            points = POINTS[question]
            cells.append(_cell(question, hand_over, grade=True, locked=True, points=points))
    written = {"grade": True, "solution": True, "points": REPORT_POINTS}
    cells.append(_cell(REPORT, "Your report.", kind="markdown", **written))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _cell(name: str, text: str, kind: str = "code", **marks: object) -> NotebookNode:
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    nbgrader = {
        **{"grade": False, "locked": False, "solution": False, "task": False},
        **{"schema_version": 3, "grade_id": name, **marks},
    }
    return make(text, id=name, metadata={"nbgrader": nbgrader})
