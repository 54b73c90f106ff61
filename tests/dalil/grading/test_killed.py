"""Whoever is killed while a batch is graded, and whenever: the next `dalil grade` finishes it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dalil.models import TraineeId
from dalil.nbgrader.context import exchange_of
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]

COHORT = 10
SLOW = "import time; time.sleep(0.2)"
ONCE = [pytest.param(6, id="6 kills"), pytest.param(200, marks=pytest.mark.acceptance)]


def start(academy: Academy) -> subprocess.Popen[bytes]:
    """`dalil grade` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "dalil", "grade", MODULE],
        env={**os.environ, "DALIL_ROOT": str(academy.settings.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def below(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_somebody(grader: subprocess.Popen[bytes], draw: random.Random, wanted: str) -> str:
    """Kill the grader, or a process below it if there is one; says who, "" if all was over."""
    time.sleep(draw.uniform(0.0, 4.0))
    started = below(grader.pid)
    if grader.poll() is not None:
        return ""
    if not started or wanted == "grader":
        grader.kill()
        grader.wait()
        _, alive = psutil.wait_procs(started, timeout=20)
        assert alive == [], "processes outlive the grader"
        return "grader"
    with contextlib.suppress(psutil.NoSuchProcess):
        draw.choice(started).kill()
    grader.wait(120)
    return "helper"


def hand_in(academy: Academy, version: int) -> None:
    """Let everybody submit something new; all of it is right."""
    for n in range(COHORT):
        academy.submit(f"trainee {n}", solve_unit=f"{SLOW}\nunit = 'g'  # version {version}")


def waiting(academy: Academy) -> int:
    """How many newest submissions no event speaks of."""
    newest = {s.trainee: s.digest for s in exchange_of(academy.settings).submissions(MODULE)}
    return sum(
        digest not in [event.what["submission"] for event in academy.events(name)]
        for name, digest in newest.items()
    )


@pytest.mark.parametrize("kills", ONCE)
def test_nothing_is_lost_and_nothing_done_twice(academy: Academy, kills: int) -> None:
    draw, version = random.Random(kills), 1
    killed = {"grader": 0, "helper": 0}
    hand_in(academy, version)
    while sum(killed.values()) < kills:
        if waiting(academy) == 0:
            version += 1
            hand_in(academy, version)
        if who := kill_somebody(start(academy), draw, min(killed, key=lambda who: killed[who])):
            killed[who] += 1
    assert start(academy).wait(300) == 0
    assert waiting(academy) == 0
    for n in range(COHORT):
        name = f"trainee {n}"
        assert academy.points(TraineeId(name)) == {"total": 2.0, "unit": 2.0, "report": None}
        graded = [event.what["submission"] for event in academy.events(name)]
        assert len(graded) == len(set(graded)), "an outcome was recorded twice"
        assert {event.kind for event in academy.events(name)} == {"graded"}
        json.loads(academy.graded_file(name).read_text(encoding="utf-8"))
        assert leftovers(academy.graded_file(name).parent) == []
    assert exchange_of(academy.settings).audit().ok
    print(f"\n{killed['grader']} graders and {killed['helper']} of their processes killed")


def leftovers(folder: Path) -> list[str]:
    return sorted({path.name for path in folder.iterdir()} - {f"{MODULE}.ipynb", "timestamp.txt"})
