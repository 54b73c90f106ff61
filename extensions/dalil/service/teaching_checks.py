"""Checks of modules for instructors: each in a process of its own, how far it is, what it found."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias

from dalil.errors import CurriculumError
from dalil.models import ModuleId
from dalil.service.state import Changes
from dalil.settings import ACADEMY_VARIABLE, ROOT_VARIABLE, Settings

log = logging.getLogger(__name__)

AT_ONCE = 2  # checks; each keeps up to two processors busy
SECONDS = 300.0  # after which a check is ended
MAX_FINDINGS = 1000
State: TypeAlias = Literal["none", "waiting", "running", "done", "failed"]
AT_WORK: frozenset[State] = frozenset({"waiting", "running"})


@dataclass
class Check:
    """The newest check of one module.

    ``done`` of ``total`` rules were tried, ``rule`` is the last of them. ``findings`` are
    ``dalil.contract.Finding`` as JSON. ``stamp`` says which files were checked; ``serial`` grows
    with everything that is new about it.
    """

    module: ModuleId
    state: State = "none"
    by: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    rule: str = ""
    done: int = 0
    total: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""
    stamp: str = ""
    serial: int = 0

    @property
    def errors(self) -> int:
        return sum(finding["severity"] == "error" for finding in self.findings)

    def clean(self, present: str) -> bool:
        """Whether the files of the stamp *present* were checked and nothing keeps them back."""
        return self.state == "done" and self.stamp == present and not self.errors

    def as_dict(self, present: str) -> dict[str, Any]:
        """As JSON has it; *present* is the stamp of the files as they are now."""
        told = {name: value for name, value in asdict(self).items() if name != "stamp"}
        return {
            **told,
            "began": self.began and self.began.isoformat(),
            "ended": self.ended and self.ended.isoformat(),
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "outdated": self.state in ("done", "failed") and self.stamp != present,
        }


class Checks:
    """Starts checks, one at a time for each module; for use in the event loop's thread.

    Results last as long as the service: a module is checked again in seconds.
    """

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self._settings, self._seconds = settings, seconds
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._known: dict[str, Check] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.changes = Changes()

    def of(self, module: ModuleId) -> Check:
        """The newest check of *module*."""
        return self._known.get(module) or Check(module)

    async def start(self, module: ModuleId, who: str, present: str) -> Check:
        """Check *module*, whose files have the stamp *present*; returns at once.

        Whoever asks while these very files are checked shares that check. One of files that have
        changed meanwhile is ended and begins anew.
        """
        while (before := self.of(module)).state in AT_WORK:
            if before.stamp == present:
                return before
            await self.stop(module)
        check = Check(module, "waiting", by=who, began=datetime.now(UTC), stamp=present)
        self._known[module] = check
        self._tasks[module] = asyncio.create_task(self._run(check))
        self._changed(check)
        return check

    async def news(self, module: ModuleId, after: int, seconds: float) -> Check:
        """The newest check of *module* once its serial is above *after*, at the latest after
        *seconds*."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.of(module).serial <= after and not self.changes.closed:
                    await self.changes.after(self.changes.count, seconds)
        return self.of(module)

    async def result(self, module: ModuleId) -> Check:
        """The newest check of *module* once it has ended."""
        while (check := self.of(module)).state in AT_WORK:
            await self.changes.after(self.changes.count, self._seconds)
        return check

    async def stop(self, module: ModuleId) -> None:
        """End the check of *module*, if one is at work, and all its processes."""
        check = self.of(module)
        if (task := self._tasks.get(module)) is not None:
            task.cancel()
            await asyncio.wait({task})
            if check.state in AT_WORK:  # ended before it had begun
                self._fail(check, "the check was ended")

    async def _run(self, check: Check) -> None:
        try:
            async with self._slots:
                check.state = "running"
                self._changed(check)
                with TemporaryDirectory(prefix="dalil-checks-", ignore_cleanup_errors=True) as own:
                    await self._follow(check, Path(own))
        except asyncio.CancelledError:
            self._fail(check, "the check was ended")
            raise
        except Exception as error:  # whatever goes wrong, nobody waits for ever
            log.exception("%s: check", check.module)
            self._fail(check, f"{type(error).__name__}: {error}")
        else:
            check.ended = datetime.now(UTC)
            self._changed(check)

    def _fail(self, check: Check, reason: str) -> None:
        check.state, check.error = "failed", f"{check.module}: {reason}"
        check.ended = datetime.now(UTC)
        self._changed(check)

    async def _follow(self, check: Check, own: Path) -> None:
        """Run the process of *check* with the temporary folder *own* and keep what it tells."""
        errors = own / "errors.txt"
        with errors.open("wb") as stream:
            process = begin(
                self._settings, own, "dalil.contract", check.module, stdout=PIPE, stderr=stream
            )
        loop = asyncio.get_running_loop()
        last: dict[str, Any] = {}

        def take(line: bytes) -> None:
            last.clear()
            last.update(json.loads(line))
            if "rule" in last:
                check.rule, check.done, check.total = last["rule"], last["done"], last["total"]
                self._changed(check)

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                loop.call_soon_threadsafe(take, line)

        try:
            async with asyncio.timeout(self._seconds):
                await asyncio.to_thread(read)
        except TimeoutError:
            last = {"error": f"{check.module}: the check took longer than {self._seconds:g} s"}
        finally:
            end(process)
        if "findings" in last:
            check.state, check.findings = "done", last["findings"][:MAX_FINDINGS]
            return
        silent = f"{check.module}: the check ended without a result{_last_line(errors)}"
        check.state, check.error = "failed", last.get("error", silent)

    def _changed(self, check: Check) -> None:
        check.serial = self.changes.count + 1
        self.changes.tell()


def surroundings(settings: Settings) -> dict[str, str]:
    """The environment of a process that runs a module's own code: without the hub's secrets."""
    kept: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith("JUPYTERHUB_")
    }
    return {**kept, ROOT_VARIABLE: str(settings.root), ACADEMY_VARIABLE: str(settings.academy)}


def begin(
    settings: Settings, own: Path, module: str, *arguments: str, **streams: Any
) -> Popen[bytes]:
    """Start the Python *module* for a module's own code, with *own* for its temporary files."""
    return Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=DEVNULL,
        cwd=own,
        env={**surroundings(settings), "TMPDIR": str(own)},
        start_new_session=True,
        **streams,
    )


def end(process: Popen[bytes]) -> None:
    """End *process* and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_line(path: Path) -> str:
    """`: …` with the last line that a process complained with; empty if it said nothing."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4096))
        lines = stream.read().decode("utf-8", "replace").split("\n")
    said = [" ".join(line.split()) for line in lines if line.strip()]
    return f": {said[-1][:300]}" if said else ""


def refused(check: Check) -> CurriculumError:
    """Why *check* keeps its module from being released, in one line."""
    if check.state != "done":
        return CurriculumError(check.error or f"{check.module}: not checked")
    first = next(item for item in check.findings if item["severity"] == "error")
    more = f" (and {check.errors - 1} more)" if check.errors > 1 else ""
    return CurriculumError(
        f"{check.module} is not released: {first['file']}: {first['message']}{more}; "
        "mend what the check names"
    )
