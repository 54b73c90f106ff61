"""The grader: from the bytes of a submission to marks, through rebuild, run and sealed checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

from nbformat import NotebookNode

from dalil.curriculum import Module
from dalil.errors import NotebookError
from dalil.exchange import Exchange, Issued
from dalil.grading.marking import mark, refuse
from dalil.grading.runner import Job, Run, Runner
from dalil.grading.sealed import load_checks
from dalil.models import Language, Outcome, TraineeId
from dalil.notebooks import grade_points, read_notebook, rebuild
from dalil.settings import Settings

RUN_FORMAT = 2  # of runs on record; a run of an earlier one is as good as none
Release: TypeAlias = Callable[[Module, Language], NotebookNode]


@dataclass(frozen=True)
class Prepared:
    """A submission made ready: the rebuilt notebook, the case it answers and what was odd."""

    module: Module
    trainee: TraineeId
    digest: str
    notebook: NotebookNode
    issued: Issued | None
    notes: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of everything that a run depends on: equal keys need no second run."""
        cells = [
            (cell.get("id"), cell.cell_type, cell.source, cell.metadata.get("nbgrader"))
            for cell in self.notebook.cells
        ]
        case = str(self.issued.key) if self.issued else ""
        return hashlib.sha256(json.dumps([RUN_FORMAT, case, cells]).encode()).hexdigest()


@dataclass
class Grader:
    """Grades submissions of any module.

    ``release`` gives a module's released notebook in a language (nbgrader's own release,
    localised); ``runner`` executes what was rebuilt from it.
    """

    settings: Settings
    exchange: Exchange
    runner: Runner
    release: Release
    _runs: dict[str, Run] = field(default_factory=dict)

    def prepare(self, module: Module, trainee: TraineeId, path: Path) -> Prepared:
        """Rebuild the submission at *path*: the release plus only the text of its answer cells.

        What cannot be read gives the untouched release and the reason; nothing is raised for
        anything that a trainee can hand in.
        """
        digest = _digest(path)
        issued, notes = self._case(module, trainee, digest)
        released = self.release(module, issued.language if issued else "en")
        try:
            if path.is_symlink():
                raise NotebookError(f"{path.name}: a link, not a notebook; hand in the file itself")
            submitted = read_notebook(path, outputs=False)
        except NotebookError as error:
            return Prepared(module, trainee, digest, released, issued, notes, str(error))
        rebuilt = rebuild(released, submitted)
        notes = (*notes, *rebuilt.notes)
        return Prepared(module, trainee, digest, rebuilt.notebook, issued, notes)

    def run(self, prepared: Prepared) -> Run | None:
        """Return the run of *prepared*, executing it only if no run of it is on record."""
        if prepared.issued is None or prepared.unreadable:
            return None
        if prepared.key in self._runs:
            return self._runs[prepared.key]
        stored = self.exchange.load_run(prepared.digest, prepared.key)
        if stored:
            run = Run(**json.loads(stored))
        else:
            run = self.runner.run(self.job(prepared, prepared.issued))
        self.remember(prepared, run, store=stored is None)
        return run

    def ready(self, prepared: Prepared) -> bool:
        """Tell whether *prepared* can be marked without running anything."""
        return (
            prepared.issued is None
            or bool(prepared.unreadable)
            or prepared.key in self._runs
            or self.exchange.load_run(prepared.digest, prepared.key) is not None
        )

    def remember(self, prepared: Prepared, run: Run, *, store: bool = True) -> None:
        """Keep *run*, in memory and (``store``) on record for marking again later."""
        self._runs[prepared.key] = run
        if store:
            self.exchange.save_run(prepared.digest, prepared.key, json.dumps(asdict(run)))

    def forget(self, prepared: Prepared) -> None:
        """Drop a run from memory; the one on record stays."""
        self._runs.pop(prepared.key, None)

    def job(self, prepared: Prepared, issued: Issued) -> Job:
        """Return what the runner needs, and nothing of the truth."""
        return Job(
            notebook=prepared.notebook,
            case=self.exchange.case(issued),
            exhibits=self.exchange.exhibits(issued),
            probes=self.exchange.probes(issued),
            limits=self.settings.limits,
        )

    def outcome(self, prepared: Prepared, run: Run | None) -> Outcome:
        """Mark *prepared* from its *run* by the module's sealed checks."""
        machine = {q.id: q.form for q in prepared.module.questions if q.form is not None}
        points = grade_points(prepared.notebook)
        asked = {question: points.get(question, 0.0) for question in machine}
        if prepared.unreadable:
            return refuse(asked, "unreadable", prepared.unreadable)
        if prepared.issued is None or run is None:
            reason = f"no case of {prepared.module.id} was issued to {prepared.trainee}"
            return refuse(asked, "unreadable", reason)
        sealed = load_checks(prepared.module.grader)
        truth = self.exchange.truth(prepared.issued)
        return mark(
            machine,
            asked,
            sealed.checks,
            truth,
            bundles=run.bundles,
            died=run.died,
            notes=prepared.notes,
            probes=self.exchange.probes(prepared.issued),
        )

    def _case(
        self, module: Module, trainee: TraineeId, digest: str
    ) -> tuple[Issued | None, tuple[str, ...]]:
        """Return the case that this submission answers, and a note when that is a guess."""
        sealed = [s for s in self.exchange.submissions(module.id, trainee) if s.digest == digest]
        if sealed:
            return self.exchange.find(module, trainee, sealed[-1].attempt), ()
        return self.exchange.find(module, trainee), ("submitted without a receipt",)


def _digest(path: Path) -> str:
    """SHA-256 of a submitted file; of nothing where there is no plain file."""
    if path.is_symlink() or not path.is_file():
        return hashlib.sha256(b"").hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
