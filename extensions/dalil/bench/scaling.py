"""Whether a submission costs the same in a large batch, and what marking it again costs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dalil.bench.meter import tree_pss
from dalil.bench.programs import Step
from dalil.bench.site import Progress, Site
from dalil.models import ModuleId

EVERY = 0.5  # seconds between two looks at the memory


def batches(
    folder: Path, workers: int, *, module: ModuleId, sizes: list[int], progress: Progress
) -> dict[str, Any]:
    """Grade batches of *sizes*, each by a process of its own, then mark the last one again."""
    folder.mkdir()
    graded = []
    again: dict[str, Any] = {}
    ready: dict[int, Site] = {}
    for size in sorted(set(sizes)):
        place = Site(folder / f"ready-{size}", module, workers)
        ready[size] = place.prepare(size, partial(progress, f"prepare {size} {module}"))
    for number, size in enumerate(sizes, 1):
        site = ready[size].copy(f"batch-{number}")
        graded.append(_batch(site, size, partial(progress, f"grade {size} {module}")))
        if number == len(sizes):
            again = _batch(site, size, partial(progress, f"regrade {size}"), again=True)
        site.remove()
    return {"module": module, "graded": graded, "again": again}


def _batch(site: Site, size: int, step: Step, *, again: bool = False) -> dict[str, Any]:
    """Grade (or mark again) all; what ``engine`` reports with the tree's highest ``pss``."""
    highest = _Highest()
    with highest.watching():
        found = site.run("grade", step, watch=highest.look_at, again=again)
    del found["points"]
    return {"submissions": size, **found, "pss": highest.pss}


@dataclass
class _Highest:
    """The highest PSS of a tree of processes, looked at from a thread."""

    pss: int = 0
    pid: int = 0

    def look_at(self, pid: int) -> None:
        self.pid = pid

    @contextmanager
    def watching(self) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(EVERY):
                if self.pid:
                    self.pss = max(self.pss, tree_pss(self.pid))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
