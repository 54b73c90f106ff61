"""That the notebooks everybody may read run from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.notebooks import cell_name

SECONDS = 60.0  # on a machine that has nothing else to do
PATIENCE = 5.0  # times as long, at most, on one that is busy
EXPECTED_ERROR = "raises-exception"  # the tag by which notebooks mark a cell that shows an error
LINE = 160


@rule(
    "lesson-runs",
    "The lesson runs top to bottom within 60 s, in an empty folder, without a network.",
    runs=True,
)
def lesson_runs(subject: Subject) -> Iterator[Fault]:
    yield from _played(subject, subject.lesson)


@rule(
    "app-runs",
    "The app runs top to bottom within 60 s, in an empty folder, without a network.",
    runs=True,
)
def app_runs(subject: Subject) -> Iterator[Fault]:
    yield from _played(subject, subject.app)


def busy() -> float:
    """How many times as long as on an idle machine something takes on this one now, about."""
    waiting: float = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    return min(max(1.0, waiting), PATIENCE)


def _played(subject: Subject, path: Path) -> Iterator[Fault]:
    run = subject.play(path, SECONDS * busy())
    for name, reason in run.died.items():
        hint = "make it smaller, or forge less"
        yield Fault(path, f"cell {name}: {reason}", hint, cell=name)
    for cell in subject.notebook(path).cells:
        if EXPECTED_ERROR in cell.metadata.get("tags", []):
            continue
        for output in run.outputs.get(cell_name(cell), ()):
            if output["output_type"] == "error":
                error = f"{output['ename']}: {output['evalue']}"
                message = f"cell {cell.id}: {error}".splitlines()[0][:LINE]
                hint = "restart and run all; mend it, or tag it raises-exception if it is meant"
                yield Fault(path, message, hint, cell=cell.id)
                return  # what follows may only be its consequence
