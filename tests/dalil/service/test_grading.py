"""The grader's process is started again, whatever ended the one before."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from dalil.grading.pending import Pending
from dalil.service import grading
from dalil.service.changes import Changes

WORK = Pending("custody", "amina", 7)
HONEST = """
import json, sys
for line in sys.stdin:
    print(json.dumps({**json.loads(line), "error": "no points"}), flush=True)
"""
ENDLESS_LINE = "import sys; print('x' * 200_000, flush=True); sys.stdin.read()"
NO_JSON = "import sys; print('not JSON', flush=True); sys.stdin.read()"
NO_ANSWER = "import sys; print('[1]', flush=True); sys.stdin.read()"
DEAD = ""


@pytest.mark.parametrize("first", [None, ENDLESS_LINE, NO_JSON, NO_ANSWER, DEAD])
def test_work_is_graded_whatever_became_of_the_first_grader(
    monkeypatch: pytest.MonkeyPatch, first: str | None
) -> None:
    """*first*: what that grader does; None: it cannot be started at all."""
    monkeypatch.setattr(grading, "_SECONDS", (0.01,))
    start = asyncio.create_subprocess_exec
    starts: list[int] = []

    async def begin(*line: str, **more: Any) -> Any:
        starts.append(len(starts))
        script = first if len(starts) == 1 else HONEST
        if script is None:
            raise OSError(11, "Resource temporarily unavailable")
        return await start(sys.executable, "-c", script, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin)

    async def play() -> None:
        changes = Changes()
        kept = grading.Grading(changes)
        kept.start()
        async with asyncio.timeout(60):
            while len(starts) < 2 or kept._process is None:
                await asyncio.sleep(0.01)
            kept.ask(WORK)
            await changes.after(0, 60, WORK.module, WORK.trainee)
        assert kept.failures == {("custody", "amina"): (7, "no points")}
        assert not kept.waiting
        await kept.close()

    asyncio.run(play())
    assert len(starts) == 2
