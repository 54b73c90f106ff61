"""The process that grades, as the service sees it: kept alive, asked, listened to."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from contextlib import suppress

from dalil.grading.pending import Pending
from dalil.service.changes import Changes

log = logging.getLogger(__name__)

_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)  # between starts of a grader that ends at once
_LIVED = 30.0  # one that lived longer may start again at once


class Grading:
    """Asks for marks, by (module, trainee): ``waiting`` names those that were asked for,
    ``failures`` says of which submission (its serial) they could not be had, and why.

    In the event loop's thread only.
    """

    def __init__(self, changes: Changes) -> None:
        self.failures: dict[tuple[str, str], tuple[int, str]] = {}
        self.waiting: set[tuple[str, str]] = set()
        self._changes = changes
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the grader finds by itself what is on record and not graded."""
        self._task = asyncio.create_task(self._keep())

    def ask(self, wanted: Pending) -> None:
        """Have *wanted* graded; a grader that is just starting finds it on record."""
        key = (wanted.module, wanted.trainee)
        self.failures.pop(key, None)
        self.waiting.add(key)
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, RuntimeError):  # it has just ended: the next one finds it
                self._process.stdin.write(f"{json.dumps(vars(wanted))}\n".encode())

    async def close(self) -> None:
        """End the grader."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._end()

    async def _keep(self) -> None:
        """Start a grader whenever there is none."""
        clock = asyncio.get_running_loop().time
        failed = 0
        while True:
            begun = clock()
            try:
                await self._one()
            except Exception:  # or nothing would be graded until the service starts anew
                log.exception("the grader could not be started or understood; another follows")
            await self._end()
            failed = 0 if clock() - begun > _LIVED else failed + 1
            if failed:
                await asyncio.sleep(_SECONDS[min(failed, len(_SECONDS)) - 1])

    async def _one(self) -> None:
        """One grader, until it ends."""
        # It needs no rights at the hub.
        kept = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTERHUB_")}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dalil.service.grader"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=kept,
        )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._take(line)

    async def _end(self) -> None:
        if (process := self._process) is None:
            return
        self._process = None
        self.waiting.clear()  # the next one finds them on record
        if process.stdin is not None:
            process.stdin.close()  # it ends with whoever asks
        try:
            async with asyncio.timeout(10):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            status = await process.wait()
        log.info("the grader has ended with status %s", status)

    def _take(self, line: bytes) -> None:
        """One submission is graded, or cannot be."""
        told = json.loads(line)
        key = (told["module"], told["trainee"])
        self.waiting.discard(key)
        if told["error"]:
            self.failures[key] = (told["serial"], told["error"])
        else:
            self.failures.pop(key, None)
        self._changes.tell(*key)
