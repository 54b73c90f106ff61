"""The stages: for each module and language a process in which its app was run, made when needed.

All are forked from one zygote, which has imported what the curriculum imports. A stage is made
anew when a file of the module changes, when it was killed, and after a day.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from nbformat import NotebookNode

from dalil.apps.children import Watched
from dalil.curriculum import Module, load_module, module_ids
from dalil.errors import DalilError, LostError, RunnerError
from dalil.grading.learned import curriculum_imports
from dalil.grading.runner import available
from dalil.limits import MIB
from dalil.models import Language, ModuleId
from dalil.notebooks import read_notebook
from dalil.sandbox import channel as frames
from dalil.sandbox.parent import Child, Parent, ask, environment
from dalil.sandbox.plan import Allowance, Kind, Plan, visible_paths
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue, localise

log = logging.getLogger(__name__)

Value = TypeVar("Value")
Outputs: TypeAlias = list[list[tuple[str, dict[str, Any]]]]  # (kind, content), per code cell

STAGE_SECONDS = 120.0  # that a notebook may take
DAY = 24 * 3600.0
IDLE = 3600.0  # a stage that nobody visits
MADE_AHEAD = 24  # stages
_FIRST_UID = 0x71000000  # far above any user's, and above the grader's
_STAGE_USERS, _STAGES = 128, 4096
_LARGEST_ANSWER = 64 * MIB
_TRIES = 3
# What one visitor's kernel may use. An app computes a figure now and then.
ALLOWANCE = Allowance(
    memory=512 * MIB, cpu_seconds=1800, processes=16, file=16 * MIB, scratch=32 * MIB
)


@dataclass(eq=False)
class Stage:
    """An app, run once. ``broken``: why it cannot be shown; ``sources`` are run by every visitor
    where they cannot be run ahead."""

    module: Module
    catalogue: Catalogue
    notebook: NotebookNode
    stamp: tuple[Any, ...]
    outputs: Outputs
    sources: list[str] = field(default_factory=list)
    broken: str = ""
    watched: Watched | None = None
    made: float = field(default_factory=time.monotonic)
    visits: int = 0
    used: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return f"{self.module.id} ({self.catalogue.language})"

    def end(self) -> None:
        """End its process, and all visits with it."""
        if self.watched is not None:
            self.watched.end()


class Stages:
    """Makes stages, keeps them, and forks visitors' kernels from them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The zygote is killed when the thread that started it ends.
        self._keeper = ThreadPoolExecutor(1, "zygote")
        self._workers = ThreadPoolExecutor(24, "stage")
        self._parent: Parent | None = None
        self._kept: dict[tuple[ModuleId, Language], asyncio.Task[Stage]] = {}
        self._retired: set[Stage] = set()
        self._number = 0

    async def find(self, module: ModuleId, language: Language) -> Stage:
        """Return the stage of that app, making it first if need be.

        Raises CurriculumError and its like for files that cannot be read, RunnerError.
        """
        key = (module, language)
        stamp = await asyncio.to_thread(_stamp, self._settings.courses, module)
        task = self._kept.get(key)
        if task is not None and task.done() and not _usable(task, stamp):
            self._retire(key)
            task = None
        if task is None:
            task = self._kept[key] = asyncio.create_task(self._make(module, language, stamp))
        stage = await asyncio.shield(task)
        stage.used = time.monotonic()
        return stage

    async def kernel(self, stage: Stage) -> tuple[Child, Outputs]:
        """Return a new kernel of *stage*, ready, and what it shows. Raises RunnerError."""
        return await self._in(self._workers, self._fork, stage)

    async def ahead(self) -> None:
        """Make the stages of the curriculum's apps, one after the other, before anybody asks."""
        languages: tuple[Language, ...] = ("ar", "fr", "en")
        for module in (await asyncio.to_thread(module_ids, self._settings))[: MADE_AHEAD // 3]:
            for language in languages:
                try:
                    await self.find(module, language)
                except DalilError as error:
                    log.error("%s (%s): %s", module, language, error)

    def sweep(self) -> None:
        """End stages that nobody has visited for long, and old ones that nobody visits any more."""
        for key, task in list(self._kept.items()):
            if not task.done():
                continue
            if task.exception() is not None or (
                not task.result().visits and time.monotonic() - task.result().used > IDLE
            ):
                self._retire(key)
        for stage in [stage for stage in self._retired if not stage.visits]:
            self._retired.discard(stage)
            stage.end()

    def close(self) -> None:
        """End everything."""
        for task in self._kept.values():
            task.cancel()
        if self._parent is not None:
            self._keeper.submit(self._parent.close).result(30)
        self._keeper.shutdown()
        self._workers.shutdown(wait=False)

    def _retire(self, key: tuple[ModuleId, Language]) -> None:
        task = self._kept.pop(key)
        if task.done() and not task.cancelled() and task.exception() is None:
            self._retired.add(task.result())

    async def _make(self, module: ModuleId, language: Language, stamp: tuple[Any, ...]) -> Stage:
        begun = time.monotonic()
        stage = await self._in(self._workers, self._read, module, language, stamp)
        sources = [cell.source for cell in stage.notebook.cells if cell.cell_type == "code"]
        child, told = await self._start(stage, sources)
        if why := told.get("unstaged"):
            log.warning("%s: run for each visitor anew, since %s", stage.name, why)
            stage.sources = sources
            child, told = await self._start(stage, [])
        stage.outputs = [[(kind, content) for kind, content in cell] for cell in told["outputs"]]
        stage.broken = error_in(stage.outputs)
        stage.watched = Watched(child, stage.name, lambda: self._gone(stage))
        if stage.broken:
            log.error("%s: the app does not work: %s", stage.name, stage.broken)
            stage.end()
        log.info("%s: on stage after %.2f s", stage.name, time.monotonic() - begun)
        return stage

    def _read(self, module: ModuleId, language: Language, stamp: tuple[Any, ...]) -> Stage:
        found = load_module(self._settings, module)
        catalogue = find_catalogue(found.course, language)
        notebook = localise(read_notebook(found.app), language, catalogue)
        return Stage(found, catalogue, notebook, stamp, [])

    async def _start(self, stage: Stage, sources: list[str]) -> tuple[Child, dict[str, Any]]:
        """Fork the process and have it run *sources*. Raises RunnerError."""
        for _ in range(_TRIES):
            child = await self._in(self._keeper, self._ask)
            self._number = (self._number + 1) % _STAGES
            request = {
                "number": self._number,
                "sources": sources,
                "env": {"DALIL_LANGUAGE": stage.catalogue.language},
                "cwd": str(stage.module.course),
            }
            try:
                told = await self._in(self._workers, _exchange, child, request)
            except LostError as error:
                log.warning("%s: %s; trying again", stage.name, error)
                continue
            if "failed" in told:
                raise RunnerError(f"{stage.name}: {told['failed']}")
            return child, told
        raise RunnerError(f"{stage.name}: its process was killed again and again")

    def _ask(self) -> Child:
        if self._parent is None:
            kind = self._kind()
            plan = Plan(
                kind=kind,
                warm=True,
                purpose="app",
                preload=(*self._settings.preload, *curriculum_imports(self._settings)),
                visible=visible_paths(self._settings.root) if kind else (),
                hidden=tuple(map(str, self._settings.sealed)),
                first_uid=_FIRST_UID + os.getpid() % 16 * _STAGE_USERS * _STAGES,
            )
            self._parent = Parent(plan, environment(self._settings.root))
        return self._parent.child()

    def _kind(self) -> Kind | None:
        if self._settings.isolation == "off":
            return None
        kind, why = available()
        if kind is None:
            raise RunnerError(
                f"apps are shown in a sandbox only, and this machine does not allow one ({why}); "
                'see `dalil doctor`, or set c.Dalil.isolation = "off" for a trial of your own'
            )
        return kind

    def _fork(self, stage: Stage) -> tuple[Child, Outputs]:
        if stage.watched is None or stage.watched.child.gone:
            raise LostError(f"{stage.name}: its stage is gone")
        try:
            with stage.lock:
                child = ask(stage.watched.child.channel)
        except (OSError, EOFError) as error:
            raise LostError(f"{stage.name}: {error}") from error
        request = {
            "allowance": asdict(ALLOWANCE),
            "cwd": str(stage.module.course),
            "sources": stage.sources,
        }
        told = _exchange(child, request)
        if "failed" in told:
            child.end()
            raise RunnerError(f"{stage.name}: {told['failed']}")
        return child, told["outputs"] if stage.sources else stage.outputs

    def _gone(self, stage: Stage) -> None:
        """Its process has ended: whoever comes next gets another stage."""
        key = (stage.module.id, stage.catalogue.language)
        task = self._kept.get(key)
        if stage.broken or task is None or not task.done() or task.cancelled():
            return
        if task.exception() is None and task.result() is stage:
            del self._kept[key]

    async def _in(
        self, pool: ThreadPoolExecutor, function: Callable[..., Value], *arguments: Any
    ) -> Value:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


def error_in(outputs: Outputs) -> str:
    """The error in *outputs*, in one line; "" if there is none."""
    for cell in outputs:
        for kind, content in cell:
            if kind == "error":
                return f"{content.get('ename')}: {content.get('evalue')}"[:300]
    return ""


def _exchange(child: Child, request: dict[str, Any]) -> dict[str, Any]:
    """Say *request* and return the answer; a child that gives none is ended. Raises LostError."""
    child.channel.settimeout(STAGE_SECONDS)
    try:
        frames.send_json(child.channel, request)
        told: dict[str, Any] = json.loads(frames.receive(child.channel, _LARGEST_ANSWER))
    except (OSError, EOFError, ValueError) as error:
        child.end()
        raise LostError(f"no answer ({error})") from error
    child.channel.settimeout(None)
    return told


def _usable(task: asyncio.Task[Stage], stamp: tuple[Any, ...]) -> bool:
    if task.cancelled() or task.exception() is not None:
        return False
    stage = task.result()
    return stage.stamp == stamp and time.monotonic() - stage.made < DAY


def _stamp(courses: Path, module: ModuleId) -> tuple[Any, ...]:
    """What changes whenever a file of the module does, or code of another, which it may import."""
    found = []
    for folder, folders, files in os.walk(courses):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        own = module in Path(folder).relative_to(courses).parts[:1]
        for name in sorted(files):
            if not own and not name.endswith(".py"):
                continue
            try:
                status = os.stat(os.path.join(folder, name))
            except OSError:
                continue
            found.append((folder, name, status.st_mtime_ns, status.st_size))
    return tuple(found)
