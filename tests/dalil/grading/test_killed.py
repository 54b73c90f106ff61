"""Whoever is killed while a batch is graded, and whenever: the next `dalil grade` finishes it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from dalil.exchange import Exchange
from dalil.grading import runner
from dalil.grading.runner import FORGIVEN
from dalil.nbgrader.course import Mark
from tests.dalil.grading.scales import MODULE, Academy, academy, make_academy, template

__all__ = ["academy", "make_academy", "template"]

SLOW = "import time; time.sleep(0.2)"  # so that there is somebody to kill
VICTIMS = ("grader", "stub", "zygote", "child")
ACCEPTANCE = [pytest.mark.acceptance, pytest.mark.timeout(3600)]
SIZES = [pytest.param(3, 4, id="3"), pytest.param(200, 12, id="200", marks=ACCEPTANCE)]


@dataclass
class World:
    """An academy in which everybody has submitted and nothing is graded; put back at will."""

    academy: Academy
    cohort: int
    kept: Path
    scratch: Path  # where graders make temporary files
    said: Path  # what a grader said on its standard error

    @classmethod
    def of(cls, academy: Academy, cohort: int, folder: Path) -> World:
        for n in range(cohort):
            unit = "unit = 'kg'" if n == 0 else "unit = 'g'"
            academy.submit(f"trainee {n}", solve_unit=f"{SLOW}\n{unit}")
        (folder / "scratch").mkdir()
        shutil.copytree(academy.settings.academy, folder / "kept")
        return cls(academy, cohort, folder / "kept", folder / "scratch", folder / "said")

    @property
    def root(self) -> str:
        return str(self.academy.settings.root)

    def put_back(self) -> None:
        shutil.rmtree(self.academy.settings.academy)
        shutil.copytree(self.kept, self.academy.settings.academy)

    def grade(self, *options: str, output: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """`dalil grade` in a process of its own."""
        with self.said.open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "dalil", "grade", MODULE, *options],
                env={**os.environ, "DALIL_ROOT": self.root, "TMPDIR": str(self.scratch)},
                stdout=output,
                stderr=errors,
            )

    def finish(self) -> list[dict[str, object]]:
        """Grade undisturbed; return the results."""
        with self.grade("--json", output=subprocess.PIPE) as grader:
            output, _ = grader.communicate(timeout=200)
        assert grader.returncode == 0, self.said.read_text(encoding="utf-8")
        results: list[dict[str, object]] = json.loads(output)
        return results

    def state(self) -> State:
        """What grading left, of which nothing may depend on who was killed."""
        settings = self.academy.settings
        marks = self.academy.course.marks(self.academy.module)
        files = {
            str(path.relative_to(settings.academy))
            for path in settings.academy.rglob("*")
            if path.parent != settings.logs and path.suffix not in (".db-wal", ".db-shm")
        }
        graded = {path: path.read_text(encoding="utf-8") for path in self._graded()}
        return State(sorted(marks, key=lambda m: (m.trainee, m.question)), files, graded)

    def _graded(self) -> Iterator[Path]:
        return self.academy.settings.autograded.rglob("*.ipynb")

    def events(self) -> Counter[str]:
        """How often each submission was recorded as graded."""
        ledger = Exchange(self.academy.settings).ledger
        return Counter(
            str(event.trainee) for event in ledger.stream(("graded", "regraded"), module=MODULE)
        )

    def processes(self) -> list[psutil.Process]:
        """Every process of the machine that belongs to a grader of this academy."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                texts = [*process.environ().values(), *process.cmdline()]
                if any(self.root in text for text in texts):
                    found.append(process)
        return found

    def wait_alone(self) -> None:
        """Wait until nothing of a killed grader is left: an import may be under way."""
        _, alive = psutil.wait_procs(self.processes(), timeout=30)
        assert alive == [], "processes outlive the grader"


@dataclass(frozen=True)
class State:
    marks: list[Mark]
    files: set[str]  # relative to the academy
    graded: dict[Path, str]  # notebooks


def below(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        children = psutil.Process(pid).children()
        return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return []


def present(grader: int, victim: str) -> list[psutil.Process]:
    """The living processes below *grader* that are of that kind."""
    found = below(grader)
    for _ in range(VICTIMS.index(victim) - 1):
        found = [child for process in found for child in below(process.pid)]
    return found


@dataclass
class Killer:
    """Kills by a list of victims, in order, at moments drawn from the time a grading takes."""

    draw: random.Random
    victims: list[str]
    seconds: float
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def killed(self) -> int:
        return sum(self.outcomes.values())

    def harass(self, grader: subprocess.Popen[bytes]) -> str:
        """Kill what is next on the list, as far as *grader* lives long enough; say how it ended.

        It ends with the grader, or with as many helpers as one submission may lose.
        """
        begun = time.monotonic()
        next_ones = self.victims[:FORGIVEN]
        if "grader" in next_ones:
            next_ones = next_ones[: next_ones.index("grader") + 1]
        moments = sorted(self.draw.uniform(0, self.seconds) for _ in next_ones)
        hit = []
        for victim, moment in zip(next_ones, moments, strict=True):
            with suppress(subprocess.TimeoutExpired):
                grader.wait(begun + moment - time.monotonic())
            if not self._kill(grader, victim):
                break
            hit.append(victim)
        grader.wait(200)
        how = {0: "finished", 1: "failed"}.get(grader.returncode, "was killed, too")
        assert grader.returncode in (0, 1) or hit[-1] == "grader"
        self.outcomes.update((victim, how if victim != "grader" else "–") for victim in hit)
        del self.victims[: len(hit)]
        return how

    def _kill(self, grader: subprocess.Popen[bytes], victim: str) -> bool:
        """Kill one, as soon as there is one; false if the grader ended before."""
        while grader.poll() is None:
            if victim == "grader":
                grader.kill()
                return grader.wait() < 0  # it may have ended just before
            found = present(grader.pid, victim)
            if found:
                with suppress(psutil.NoSuchProcess):
                    self.draw.choice(found).kill()
                    return True
            time.sleep(0.005)
        return False

    def table(self) -> str:
        kinds = ("finished", "failed", "was killed, too", "–")
        heads = ("finished", "failed", "killed, too", "")
        lines = ["victim  | kills | its grader: " + " | ".join(f"{head:>11}" for head in heads)]
        for victim in VICTIMS:
            counts = [self.outcomes[victim, how] for how in kinds]
            cells = " | ".join(f"{n or '':>11}" for n in counts[:-1])
            lines.append(f"{victim:<7} | {sum(counts):>5} |             {cells}")
        return "\n".join(lines)


def victims(draw: random.Random, number: int) -> list[str]:
    """As many of each kind, in random order."""
    chosen = [VICTIMS[n % len(VICTIMS)] for n in range(number)]
    draw.shuffle(chosen)
    return chosen


def check(world: World, undisturbed: State) -> None:
    results = world.finish()
    assert len(results) == world.cohort
    assert not [result["error"] for result in results if result["error"]]
    state = world.state()
    assert state.marks == undisturbed.marks
    assert state.graded == undisturbed.graded
    assert state.files == undisturbed.files
    assert set(world.events().values()) == {1}
    assert len(world.events()) == world.cohort
    assert Exchange(world.academy.settings).audit().ok
    world.wait_alone()
    assert list(world.scratch.iterdir()) == []


@pytest.mark.parametrize(("kills", "cohort"), SIZES)
def test_nothing_is_lost_and_nothing_done_twice(
    academy: Academy, kills: int, cohort: int, tmp_path: Path
) -> None:
    kind, why = runner.available()
    if kind is None:
        pytest.skip(f"NOT TESTED: this machine does not allow a sandbox ({why})")
    world = World.of(academy, cohort, tmp_path)
    begun = time.monotonic()
    world.finish()
    undisturbed, seconds = world.state(), time.monotonic() - begun
    assert {mark.auto for mark in undisturbed.marks} == {2.0, 1.0, None}
    draw = random.Random(kills)
    killer, rounds = Killer(draw, victims(draw, kills), seconds), 0
    while killer.victims:
        world.put_back()
        rounds += 1
        while killer.victims and killer.harass(world.grade()) != "finished":
            world.wait_alone()
        check(world, undisturbed)
    assert killer.killed == kills
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{killer.table()}\n{kills} kills in {rounds} rounds, {minutes:.1f} minutes")
