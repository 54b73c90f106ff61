"""The work that is measured: two small modules, and trainees who answer them in stated ways."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from nbformat import NotebookNode

from dalil.curriculum import Module, load_module
from dalil.exchange import Exchange
from dalil.models import ModuleId, TraineeId, trainee_id
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.course import Course
from dalil.nbgrader.release import released
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.settings import CONFIG_NAME, Settings

MODULES = Path(__file__).with_name("modules")
TRIAGE, TRIVIAL = ModuleId("triage"), ModuleId("trivial")

_CONFIG = """\
from dalil.configuration import apply

c = get_config()
c.Dalil.isolation = "required"
apply(c, __file__)
"""

Way: TypeAlias = Literal["right", "wrong", "blank", "broken"]
Step: TypeAlias = Callable[[int, int], None]

# In a hundred answers; the first two cost the question's whole work.
SHARES: Mapping[Way, int] = {"right": 74, "wrong": 12, "blank": 8, "broken": 6}

# What a wrong answer has in place of the reference's words: it costs as much and earns nothing.
SLIPS: Mapping[str, tuple[str, str]] = {
    "digest": ("read_bytes()", "read_bytes()[1:]"),
    "failures": ('log[log["result"] == "failed"]', "log"),
    "bursts": ("counted >= 10", "counted >= 2"),
    "carved": (' b"%PDF": "pdf",', ""),
    "dense": ("entropy > 7.5", "entropy > 3"),
    "noise": ("axis=(1, 3))", "axis=(1, 3)).T"),
    "splice": ('"top", "left", "bottom", "right"', '"left", "top", "right", "bottom"'),
    "endings": ("ends[12:-12", "lines[12:-12"),
    "message": ("max(texts", "min(texts"),
    "chain": ('chain = entry["number"]', 'chain = entry["number"] + 1'),
    "total": ("sum(", "max("),
}


def write_curriculum(root: Path) -> None:
    """Make a curriculum of the bench's own modules in the new folder *root*; sandbox required."""
    for source in MODULES.iterdir():
        if not source.is_dir():
            continue
        parts = {
            "courses": ["module.toml"],
            "exercises": [f"{source.name}.ipynb"],
            "graders": ["evidence.py", "checks.py"],
        }
        for part, files in parts.items():
            folder = root / part / source.name
            folder.mkdir(parents=True)
            for file in files:
                shutil.copy(source / file, folder)
    (root / CONFIG_NAME).write_text(_CONFIG, encoding="utf-8")


def trainee(number: int) -> TraineeId:
    """The trainee of that number, from 1."""
    return trainee_id(f"trainee.{number:04d}")


def way(number: int, question: str) -> Way:
    """How trainee *number* answers *question*: always the same, in the proportions of SHARES."""
    drawn = hashlib.sha256(f"{number} {question}".encode()).digest()
    place = int.from_bytes(drawn[:4], "big") % 100
    for name, share in SHARES.items():
        place -= share
        if place < 0:
            return name
    raise AssertionError("the shares of SHARES add up to less than 100")


def answers(number: int, solution: Mapping[str, str]) -> dict[str, str | None]:
    """Trainee *number*'s answer cells by grade_id; None leaves the released cell as it is.

    *solution* is the reference by grade_id. No two trainees hand in the same bytes.
    """
    cells: dict[str, str | None] = {}
    for cell, source in solution.items():
        question = cell.removeprefix("solve_")
        written = {
            "right": source,
            "wrong": source.replace(*SLIPS[question]),
            "blank": None,
            "broken": f"{source}\n)",
        }[way(number, question)]
        cells[cell] = None if written is None else f"# {trainee(number)}\n{written}"
    return cells


def points(module: Module, number: int, worth: Mapping[str, float]) -> float:
    """What trainee *number* must earn, *worth* being the points of each question."""
    return sum(worth[q.id] for q in module.questions if way(number, q.id) == "right")


def submission(notebook: NotebookNode, source: NotebookNode, number: int) -> NotebookNode:
    """The released *notebook* as trainee *number* hands it in; *source* holds the reference."""
    solution = reference(source)
    handed = solve(notebook, solution, answers(number, solution))
    handed.metadata["title"] = trainee(number)
    return handed


def prepare(settings: Settings, name: ModuleId, size: int, step: Step) -> None:
    """Release *name*, issue it to *size* trainees, hand their work in and collect it.

    The work goes straight to the exchange: what is prepared is not measured.
    """
    course, exchange = Course(settings), exchange_of(settings)
    for number, (module, whose, desk) in enumerate(desks(settings, name, size), 1):
        exchange.seal(module, whose, desk)
        step(number, size)
    course.collect(load_module(settings, name))


def desks(
    settings: Settings, name: ModuleId, size: int
) -> Iterator[tuple[Module, TraineeId, Path]]:
    """Release *name* and issue it; yields whose work lies done in which folder, not handed in."""
    module = load_module(settings, name)
    Course(settings).release(module)
    source, blank = read_notebook(module.notebook), released(settings, module, "en")
    for number in range(1, size + 1):
        whose, desk = trainee(number), settings.desks / trainee(number)
        exchange_of(settings).issue(module, whose, "en")
        desk.mkdir(parents=True, exist_ok=True)
        write_notebook(submission(blank, source, number), desk / f"{module.id}.ipynb")
        yield module, whose, desk


def correct_check(settings: Settings, name: ModuleId) -> None:
    """Change the module's checks, as an author would: what is right is worth half."""
    path = settings.graders / name / "checks.py"
    before = path.read_text(encoding="utf-8")
    after = before.replace("Verdict(1.0,", "Verdict(0.5,")
    assert after != before, f"{path}: nothing to change"
    path.write_text(after, encoding="utf-8")


def lay_out(exchange: Exchange, module: Module, folder: Path) -> dict[str, str]:
    """Write the first trainee's exhibits and ``truth.json`` into the new *folder*.

    Returns file by exhibit name.
    """
    issued = exchange.issue(module, trainee(1), "en")
    folder.mkdir(parents=True)
    for file, content in exchange.exhibits(issued).items():
        (folder / file).write_bytes(content)
    (folder / "truth.json").write_text(json.dumps(exchange.truth(issued)), encoding="utf-8")
    return {exhibit.name: exhibit.file for exhibit in issued.exhibits}
