"""A curriculum with an academy in one temporary folder, worked on by programs of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from dalil.bench.programs import Step, run_program
from dalil.bench.workload import write_curriculum
from dalil.models import ModuleId

Progress: TypeAlias = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True)
class Site:
    """An academy of *module*; ``files`` of the exhibits in ``exhibits``, by exhibit name."""

    folder: Path
    module: ModuleId
    workers: int
    files: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.folder / "curriculum"

    @property
    def exhibits(self) -> Path:
        """The first trainee's exhibits, and ``truth.json``."""
        return self.folder / "exhibits"

    @property
    def notebook(self) -> Path:
        """The exercise, with its solutions."""
        return self.root / "exercises" / self.module / f"{self.module}.ipynb"

    def prepare(self, size: int, step: Step) -> Site:
        """Fill the new folder with an academy of *size* submissions, collected and not graded."""
        self.folder.mkdir(parents=True)
        write_curriculum(self.root)
        begun = self.run("prepare", step, size=size, exhibits=str(self.exhibits))
        return Site(self.folder, self.module, self.workers, begun["files"])

    def copy(self, name: str) -> Site:
        """The same in a folder *name* beside this one."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder)
        return Site(folder, self.module, self.workers, self.files)

    def submissions(self) -> dict[str, str]:
        """The collected notebooks by trainee."""
        found = (self.folder / "academy" / "submitted").glob(f"*/{self.module}/*.ipynb")
        return {path.parts[-3]: str(path) for path in found}

    def run(
        self,
        task: str,
        step: Step = lambda done, total: None,
        *,
        watch: Callable[[int], None] = lambda pid: None,
        **request: Any,
    ) -> dict[str, Any]:
        """Let the engine do *task*; returns what it reports."""
        whole = {
            "task": task,
            "root": str(self.root),
            "academy": str(self.folder / "academy"),
            "module": self.module,
            "workers": self.workers,
            **request,
        }
        return run_program("engine", whole, self.folder, step, watch=watch)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
