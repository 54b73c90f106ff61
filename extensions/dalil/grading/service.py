"""The grader: from the bytes of a submission to marks, through rebuild, run and sealed checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
from nbformat import NotebookNode

from dalil.curriculum import Module
from dalil.curriculum.memo import Memo
from dalil.errors import NotebookError
from dalil.exchange import Exchange, Forged, Issued, Saved
from dalil.grading.marking import mark, refuse
from dalil.grading.runner import Job, Run, Runner
from dalil.grading.sealed import Sealed, load_checks
from dalil.models import Language, Outcome, TraineeId
from dalil.notebooks import grade_points, read_bytes, read_submission, rebuild
from dalil.settings import Settings

RUN_FORMAT = 2  # of runs on record; a run of an earlier one is as good as none
UNSEALED = "submitted without a receipt"
Release: TypeAlias = Callable[[Module, Language], NotebookNode]


@dataclass(frozen=True)
class Prepared:
    """A submission made ready: the rebuilt notebook, the case it answers and what was odd.

    ``sealed`` is for the grading side alone.
    """

    module: Module
    trainee: TraineeId
    digest: str
    notebook: NotebookNode
    issued: Issued | None
    notes: tuple[str, ...] = ()
    unreadable: str = ""
    sealed: Forged | None = field(default=None, repr=False)

    @cached_property
    def key(self) -> str:
        """SHA-256 of everything that a run depends on: equal keys need no second run."""
        cells = [
            (cell.get("id"), cell.cell_type, cell.source, cell.metadata.get("nbgrader"))
            for cell in self.notebook.cells
        ]
        case = str(self.issued.key) if self.issued else ""
        return hashlib.sha256(json.dumps([RUN_FORMAT, case, cells]).encode()).hexdigest()

    @property
    def runnable(self) -> bool:
        """Whether there is anything to run."""
        return self.issued is not None and not self.unreadable


@dataclass
class Grader:
    """Grades submissions of any module.

    ``release`` gives a module's released notebook in a language (nbgrader's own release,
    localised), which is not changed; ``runner`` executes what was rebuilt from it. What is the same
    for many submissions is read once, and again when its files change.
    """

    settings: Settings
    exchange: Exchange
    runner: Runner
    release: Release
    _checks: Memo[Sealed] = field(default_factory=Memo)

    def prepare(self, module: Module, trainee: TraineeId, path: Path) -> Prepared:
        """Rebuild the submission at *path*: the release plus only the text of its answer cells.

        What cannot be read gives the untouched release and the reason; nothing is raised for
        anything that a trainee can hand in.
        """
        data, unreadable = submission_bytes(path)
        digest = hashlib.sha256(data).hexdigest()
        opened, handed_in = self.exchange.answered(module, trainee, digest)
        issued, sealed = opened if opened else (None, None)
        released = self.release(module, issued.language if issued else "en")
        notes = () if handed_in else (UNSEALED,)
        try:
            if unreadable:
                raise NotebookError(unreadable)
            rebuilt = rebuild(released, read_submission(data, path.name))
        except NotebookError as error:
            untouched = nbformat.from_dict(released)
            return Prepared(module, trainee, digest, untouched, issued, notes, str(error), sealed)
        notes = (*notes, *rebuilt.notes)
        return Prepared(module, trainee, digest, rebuilt.notebook, issued, notes, sealed=sealed)

    def run(self, prepared: Prepared) -> Run | None:
        """Return the run of *prepared*, executing it only if no run of it is on record."""
        run = self.recorded(prepared)
        if run is None and prepared.runnable:
            run = self.runner.run(self.job(prepared))
            self.keep(prepared, run)
        return run

    def recorded(self, prepared: Prepared) -> Run | None:
        """Return the run of *prepared* that is on record, if one is."""
        if not prepared.runnable:
            return None
        saved = self.exchange.load_run(prepared.digest, prepared.key)
        return read_run(saved) if saved else None

    def keep(self, prepared: Prepared, run: Run) -> None:
        """Put *run* on record, for marking again later."""
        self.exchange.save_run(saved_run(prepared, run))

    def job(self, prepared: Prepared) -> Job:
        """Return what the runner needs, and nothing of the truth."""
        assert prepared.issued is not None
        assert prepared.sealed is not None
        return Job(
            notebook=prepared.notebook,
            case=self.exchange.case(prepared.issued),
            exhibits=self.exchange.exhibits(prepared.issued),
            probes=json.loads(prepared.sealed.probes),
            limits=self.settings.limits,
        )

    def outcome(self, prepared: Prepared, run: Run | None) -> Outcome:
        """Mark *prepared* from its *run* by the module's sealed checks."""
        points = grade_points(prepared.notebook)
        if prepared.unreadable:
            return refuse(asked(prepared.module, points), "unreadable", prepared.unreadable)
        if prepared.sealed is None or run is None:
            reason = f"no case of {prepared.module.id} was issued to {prepared.trainee}"
            return refuse(asked(prepared.module, points), "unreadable", reason)
        handed = (run.bundles, run.died)
        return self.mark(prepared.module, points, prepared.sealed, handed, prepared.notes)

    def mark(
        self,
        module: Module,
        points: Mapping[str, float],
        case: Forged,
        handed: tuple[Sequence[Mapping[str, Any]], Mapping[str, str]],
        notes: Sequence[str],
    ) -> Outcome:
        """Mark what was *handed* over (bundles, and which cells died) by today's checks."""
        files = [module.grader / "checks.py"]
        sealed = self._checks.get(module.grader, files, lambda: load_checks(module.grader))
        forms = {q.id: q.form for q in module.questions if q.form is not None}
        bundles, died = handed
        return mark(
            forms,
            asked(module, points),
            sealed.checks,
            json.loads(case.truth),
            bundles=bundles,
            died=died,
            notes=notes,
            probes=json.loads(case.probes),
        )


def asked(module: Module, points: Mapping[str, float]) -> dict[str, float]:
    """The points of the questions that a machine marks, out of those by grade_id."""
    return {q.id: points.get(q.id, 0.0) for q in module.questions if q.form is not None}


def submission_bytes(path: Path) -> tuple[bytes, str]:
    """The content of a submitted file, and why it cannot be had ("" if it can)."""
    if path.is_symlink():
        return b"", f"{path.name}: a link, not a notebook; hand in the file itself"
    try:
        return read_bytes(path), ""
    except NotebookError as error:
        return b"", str(error)


def saved_run(prepared: Prepared, run: Run) -> Saved:
    """*run* as it is put on record: answers apart, since marking again needs nothing else."""
    answers = {"bundles": run.bundles, "died": run.died}
    payload = {"outputs": run.outputs, "seconds": run.seconds}
    return Saved(prepared.digest, prepared.key, _text(answers), _text(payload))


def read_run(saved: Saved) -> Run:
    """The run that ``saved_run`` wrote."""
    return Run(**json.loads(saved.answers), **json.loads(saved.payload))


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # ASCII: what ran may put out any character
