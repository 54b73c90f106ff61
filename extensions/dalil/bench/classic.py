"""The baseline: the same exercise as a course of stock nbgrader, graded by its own command.

A folder of its own, no configuration but the course's name, no line of Dalil's in its kernels: the
exhibits lie beside the notebook and each question is tested by asserts in the kernel.
"""

from __future__ import annotations

import copy
import csv
import json
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from dalil.bench.meter import Spent, machine_cpu
from dalil.bench.programs import Step, environment, last_line
from dalil.bench.workload import submission, trainee
from dalil.errors import DalilError
from dalil.notebooks import read_notebook, write_notebook

CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "bench"\n'
LOG = "nbgrader.log"
_EXHIBIT = re.compile(r'case\.exhibit\("(\w+)"\)')

# The tests of each question's cell, hidden from trainees; {…} are taken from the truth.
TESTS: Mapping[str, str] = {
    **{
        name: f"assert {name} == {{{name}!r}}"
        for name in ("digest", "failures", "bursts", "carved", "splice", "endings", "message")
    },
    "dense": "assert list(dense) == {dense!r}",
    "chain": "assert chain == {chain!r}",
    "noise": """\
place = {splice!r}
expected = np.zeros((16, 16))
expected[place["top"] : place["bottom"], place["left"] : place["right"]] = 1.0
assert noise.shape == expected.shape
assert np.corrcoef(noise.ravel(), expected.ravel())[0, 1] > 0.9""",
}


@dataclass(frozen=True)
class Classic:
    """A course of nbgrader in *folder* with one assignment, *name*."""

    folder: Path
    name: str

    def begin(self, source: NotebookNode, exhibits: Path, files: Mapping[str, str]) -> None:
        """Write the course and generate the assignment; *source* is Dalil's exercise."""
        truth = json.loads((exhibits / "truth.json").read_text(encoding="utf-8"))
        place = self.folder / "source" / self.name
        place.mkdir(parents=True)
        write_notebook(classic_source(source, files, truth), place / f"{self.name}.ipynb")
        (self.folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
        self._call("generate_assignment", self.name)

    def hand_in(self, size: int, exhibits: Path, files: Mapping[str, str]) -> None:
        """Lay the work of *size* trainees where nbgrader grades it."""
        file = f"{self.name}.ipynb"
        source = read_notebook(self.folder / "source" / self.name / file)
        released = read_notebook(self.folder / "release" / self.name / file)
        for number in range(1, size + 1):
            place = self.folder / "submitted" / trainee(number) / self.name
            (place / "exhibits").mkdir(parents=True)
            for exhibit in files.values():
                shutil.copy(exhibits / exhibit, place / "exhibits")
            write_notebook(submission(released, source, number), place / file)

    def autograde(self, size: int, step: Step) -> tuple[Spent, Spent]:
        """Grade everything; returns what it took, and what starting alone takes of that.

        The second is the command run again: it finds everything graded and does nothing.
        """
        graded = self.folder / "autograded"
        shutil.rmtree(graded, ignore_errors=True)
        (self.folder / "gradebook.db").unlink(missing_ok=True)
        self._call("generate_assignment", self.name, "--force")
        file = f"{self.name}/{self.name}.ipynb"
        whole = self._call(
            "autograde", self.name, step=lambda: step(len(list(graded.glob(f"*/{file}"))), size)
        )
        return whole, self._call("autograde", self.name)

    def points(self) -> dict[str, float]:
        """Each trainee's points as ``nbgrader export`` gives them."""
        self._call("export")
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as stream:
            return {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}

    def _call(self, *words: str, step: Any = lambda: None) -> Spent:
        """Run an nbgrader command to its end, calling *step* twice a second."""
        variables = {**environment(self.folder), "JUPYTER_NO_CONFIG": "1"}
        del variables["MPLBACKEND"]
        command = [sys.executable, "-m", "nbgrader", *words]
        spent, machine = Spent(), machine_cpu()
        cpu, begun = _children_cpu(), time.perf_counter()
        with (self.folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=log, stderr=log
            )
            try:
                while _running(process):
                    step()
            finally:
                process.kill()
                process.wait()
        wall = time.perf_counter() - begun
        spent.took(wall, _children_cpu() - cpu, machine_cpu() - machine)
        if process.returncode:
            reason = last_line(self.folder / LOG)
            raise DalilError(f"nbgrader {words[0]}: {reason} (more with --keep)")
        return spent


def classic_source(
    source: NotebookNode, files: Mapping[str, str], truth: Mapping[str, Any]
) -> NotebookNode:
    """Dalil's exercise with paths instead of ``case.exhibit``, asserts instead of answers."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        name = cell.metadata.nbgrader.grade_id
        if name == "exhibits":
            paths = _EXHIBIT.sub(lambda found: f'Path("exhibits/{files[found[1]]}")', cell.source)
            cell.source = paths.replace("from dalil import case", "from pathlib import Path")
        elif name in TESTS:
            test = TESTS[name].format(**truth)
            cell.source = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
    return notebook


def _running(process: subprocess.Popen[bytes]) -> bool:
    """Whether *process* still runs half a second from now."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return True
    return False


def _children_cpu() -> float:
    """CPU seconds of all processes that were waited for, and of those they waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
