"""The runner: executes a rebuilt notebook, which is foreign code, and returns what it handed over.

``SandboxRunner`` keeps a zygote (``dalil.sandbox``) and asks it for a child per submission, which
runs the cells within the sandbox and its limits. Nobody vouches for what comes back: only outputs,
answers and reasons are taken from it, after a look.
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nbformat import NotebookNode

from dalil.answers import MIME
from dalil.errors import LostError, RunnerError
from dalil.grading import reasons
from dalil.grading.hits import hit
from dalil.grading.learned import curriculum_imports
from dalil.grading.outputs import Displays, Record
from dalil.grading.session import Furniture, Session
from dalil.limits import Limits
from dalil.notebooks import cell_name
from dalil.sandbox import cgroups
from dalil.sandbox.parent import Parent, environment
from dalil.sandbox.plan import TMP, Kind, Plan, visible_paths
from dalil.settings import Settings

log = logging.getLogger(__name__)

RESTARTS = 5
FORGIVEN = 3  # kills of a job's processes by others: no fault of its cells
_FIRST_UID = 0x70000000  # far above any user's
_UIDS = 64  # of one runner


@dataclass(frozen=True)
class Job:
    """What to run: never the truth.

    ``case`` and ``probes`` become ``case.json`` (with ``grading`` true) and ``probes.json`` beside
    the notebook; ``exhibits``, content by relative file name, its ``exhibits/``.
    """

    notebook: NotebookNode
    case: dict[str, Any]
    exhibits: Mapping[str, bytes]
    probes: dict[str, Any]
    limits: Limits = field(default_factory=Limits)

    @property
    def cells(self) -> list[tuple[str, str]]:
        """(name, source) of the code cells that are not empty, in order."""
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        return [(cell_name(cell), cell.source) for cell in code if cell.source.strip()]


@dataclass(frozen=True)
class Run:
    """What came of it. Cells go by grade_id, those without one by cell id.

    ``outputs``: cell → outputs as nbformat 4 has them, each text in one piece. ``bundles``:
    ``{"cell": …, "bundle": …}`` in the order they were handed over, of cells that did not die.
    ``died``: cell → why, in one line. ``seconds``: wall clock.
    """

    outputs: dict[str, list[dict[str, Any]]]
    bundles: list[dict[str, Any]]
    died: dict[str, str]
    seconds: float


class Runner(Protocol):
    """Executes notebooks, several at once if asked from several threads."""

    def run(self, job: Job) -> Run:
        """Run *job*; on return, no process of it is left. Raises RunnerError."""

    def close(self) -> None:
        """End whatever is kept ready for the next job; closing again is fine."""


def runner_of(settings: Settings, *, unsafe: bool = False) -> Runner:
    """Return the runner of an academy; whoever asks for it closes it.

    Without a sandbox it refuses to run anything, unless *unsafe* work is allowed.
    """
    isolation = settings.isolation
    if isolation == "auto" and not unsafe:
        isolation = "required"
    preload = (*settings.preload, *curriculum_imports(settings))
    return SandboxRunner(isolation, settings.root, settings.sealed, preload)


@dataclass
class SandboxRunner:
    """Runs each job in a child forked from a warm process, and ends all that the child started.

    ``isolation``: "required" refuses to run without a sandbox; "auto" warns where there is none;
    "off" never uses one: a notebook can then read what its user can read, and reach the network.
    ``root`` is the curriculum, of which a notebook sees nothing that is ``hidden``; ``preload``
    names modules worth importing ahead. Safe to call from several threads.
    """

    isolation: str = "required"
    root: Path | None = None
    hidden: tuple[Path, ...] = ()
    preload: Sequence[str] = ()
    warm: bool = sys.platform == "linux"  # elsewhere a fork after such imports is unsafe
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _parent: Parent | None = field(default=None, repr=False)

    def run(self, job: Job) -> Run:
        """Run *job*. Raises RunnerError when nothing is known about its answers."""
        begun = time.monotonic()
        work = _Work(job)
        parent = self._ready()
        while self._pass(work, parent):
            if work.ended > RESTARTS:
                work.give_up(reasons.TOO_OFTEN(n=work.ended))
                break
        return work.result(time.monotonic() - begun)

    def close(self) -> None:
        """End the zygote; the next job starts another one."""
        with self._lock:
            if self._parent is not None:
                self._parent.close()
                self._parent = None

    def _pass(self, work: _Work, parent: Parent) -> bool:
        """Run the cells that did not die so far in a new child; whether another is needed."""
        if work.died and time.monotonic() > work.deadline:
            work.give_up(work.late)
            return False
        with _folder(parent) as folder:
            try:
                session = Session(parent, work.job.limits, work.furniture(folder), _delegated())
                with session:
                    return work.run(session)
            except RunnerError as error:
                if isinstance(error, LostError) and work.forgives():
                    return True
                if not work.died:
                    raise
                log.exception("a submission could not be started again")
                work.give_up(reasons.NOT_AGAIN())
                return False

    def _ready(self) -> Parent:
        with self._lock:
            if self._parent is None:
                self._parent = self._start(self._kind())
            return self._parent

    def _kind(self) -> Kind | None:
        if self.isolation == "off":
            return None
        kind, why = available()
        if kind is None and self.isolation == "required":
            raise RunnerError(
                f"submissions are run in a sandbox only, and this machine does not allow one "
                f"({why}); see `dalil doctor`, or grade work that you trust with --unsafe"
            )
        if kind is None:
            _warn(why)
        return kind

    def _start(self, kind: Kind | None) -> Parent:
        plan = Plan(
            kind=kind,
            warm=self.warm,
            purpose="cells",
            preload=tuple(self.preload),
            visible=visible_paths(self.root) if kind else (),
            hidden=tuple(map(str, self.hidden)),
            first_uid=_FIRST_UID + os.getpid() * _UIDS,
        )
        return Parent(plan, environment(self.root))


class _Work:
    """One job under way: what its cells put out and handed over so far, and which died.

    ``ended``: how often a cell ended the process; ``forgiven``: how often somebody else did.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.ended, self.forgiven = job, 0, 0
        self.deadline = time.monotonic() + job.limits.submission_seconds
        self.records: dict[str, Record] = {}
        self.died: dict[str, str] = {}
        self.late = reasons.TOO_LATE(n=job.limits.submission_seconds)

    def furniture(self, folder: str) -> Furniture:
        case = {**self.job.case, "grading": True}
        return Furniture(folder, case, self.job.probes, self.job.exhibits)

    def run(self, session: Session) -> bool:
        """Run the cells in *session*; true if one ended it, so that the others need another."""
        limits, displays = self.job.limits, Displays()
        self.records = {}
        for name, source in self.job.cells:
            if name in self.died:
                continue
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.died[name] = self.late
                continue
            record = Record(MIME, limits.output_bytes, limits.answer_bytes, displays)
            self.records[name] = record
            seconds, late = limits.cell_seconds, reasons.CELL_TIME(n=limits.cell_seconds)
            if left < seconds:
                late = reasons.ALL_TIME(n=round(left), total=limits.submission_seconds)
                seconds = left
            reason = session.execute(source, record, seconds, late)
            if session.killed and self.forgives():
                return True
            if reason:
                self.died[name] = reason
            if not session.alive:
                self.ended += 1
                return True
        return False

    def forgives(self) -> bool:
        """Whether a kill by somebody else is made good by starting again, with all the time."""
        if self.forgiven == FORGIVEN:
            return False
        self.forgiven += 1
        self.deadline = time.monotonic() + self.job.limits.submission_seconds
        return True

    def give_up(self, reason: str) -> None:
        for name, _ in self.job.cells:
            if name not in self.records:
                self.died.setdefault(name, reason)

    def result(self, seconds: float) -> Run:
        outputs = {name: record.finished() for name, record in self.records.items()}
        bundles = [
            {"cell": name, "bundle": bundle}
            for name, record in self.records.items()
            if name not in self.died
            for bundle in record.bundles
        ]
        hits = {
            name: hit(said, self.job.limits)
            for name, said in outputs.items()
            if not self.records[name].bundles  # what was handed over stands
        }
        died = {**{name: reason for name, reason in hits.items() if reason}, **self.died}
        died = {name: " ".join(reason.split())[:300] for name, reason in died.items()}
        return Run(outputs, bundles, died, seconds)


@contextmanager
def _folder(parent: Parent) -> Iterator[str]:
    """Yield where a child makes its folders: its own /tmp, or a private folder of the machine's."""
    if parent.plan.kind is not None:
        yield TMP
        return
    folder = tempfile.mkdtemp(prefix="dalil-")
    try:
        yield os.path.realpath(folder)
    finally:
        shutil.rmtree(folder, onerror=_force)


def _force(function: Any, path: str, information: Any) -> None:
    """Try once more with permissions; what stays is told."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        function(path)
    except OSError:
        log.error("%s: cannot be removed; remove it by hand", path)


_trying = threading.Lock()


def available() -> tuple[Kind | None, str]:
    """Return the kind of sandbox that was found to work on this machine, or why none does."""
    with _trying:
        return _try_kinds()


@functools.cache
def _try_kinds() -> tuple[Kind | None, str]:
    if sys.platform != "linux":
        return None, "it needs Linux"
    kinds: tuple[Kind, ...] = ("root", "user") if os.geteuid() == 0 else ("user",)
    why = ""
    for kind in kinds:
        why = _refusal(kind)
        if not why:
            return kind, ""
    return None, why


def _refusal(kind: Kind) -> str:
    """Try a sandbox of *kind*; return why this machine does not allow it, "" if it does."""
    why = ""
    parent = Parent(
        Plan(kind, False, "cells", (), visible_paths(None), first_uid=_FIRST_UID),
        environment(None),
    )
    try:
        for _ in range(1 + FORGIVEN):
            try:
                with Session(parent, Limits(), Furniture(TMP, {}, {}, {})):
                    return ""
            except LostError as error:  # a kill says nothing of the machine
                why = str(error)
    except RunnerError as error:
        return str(error)
    finally:
        parent.close()
    return why


@functools.cache
def _delegated() -> cgroups.Delegated | None:
    """Where control groups can be made, found once."""
    return cgroups.find()


@functools.cache
def _warn(why: str) -> None:
    log.warning(
        "Notebooks are run without a sandbox: they can read what this user can read, and reach "
        "the network (%s). See `dalil doctor`.",
        why,
    )
