"""Whether ``checks.py`` names what it must: every question, and ways of answering to test with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.models import Simulation
from dalil.notebooks import answer_cells

NEEDED = ("good", "half", "wrong")
RESERVED = frozenset({"reference", "untouched", "perfect", "empty", "crashing", "cheating"})


@rule(
    "checks-complete",
    "CHECKS has each machine-marked question; SIMULATIONS has good, half and wrong, each less "
    "than full.",
)
def checks_complete(subject: Subject) -> Iterator[Fault]:
    path = subject.grader / "checks.py"
    if not subject.machine:
        message = "no question is marked by machine"
        yield Fault(subject.course / "module.toml", message, "give one of them a form")
        return
    machine, checks = set(subject.machine), set(subject.sealed.checks)
    for name in sorted(machine - checks):
        yield Fault(path, f"no check for {name}", f'add "{name}" to CHECKS')
    for name in sorted(checks - machine):
        message = f"a check for {name}, which no machine-marked question is called"
        yield Fault(path, message, "remove it, or ask the question in module.toml")
    names = Counter(simulation.name for simulation in subject.sealed.simulations)
    for name in NEEDED:
        if not names[name]:
            yield Fault(path, f"no simulation {name!r}", "add it to SIMULATIONS")
    for name, times in names.items():
        if times > 1:
            yield Fault(path, f"{times} simulations are called {name!r}", "rename one")
        if name in RESERVED:
            yield Fault(path, f"a simulation is called {name!r}", "that name is taken; rename it")
    known = set(answer_cells(subject.source))
    for simulation in subject.sealed.simulations:
        for message, hint in _simulation(simulation, machine, known):
            yield Fault(path, f"simulation {simulation.name!r}: {message}", hint)


def _simulation(
    simulation: Simulation, machine: set[str], cells: set[str]
) -> Iterator[tuple[str, str]]:
    for name in sorted(set(simulation.cells) - cells):
        yield f"the exercise has no solution cell {name}", "name the cells by their grade_id"
    for name in sorted(set(simulation.shares) - machine):
        yield f"no machine-marked question is called {name}", "state shares of questions only"
    for name, share in simulation.shares.items():
        if not 0 <= share <= 1:
            yield f"the share of {name} is {share:g}", "state a share from 0 to 1"
    if all(simulation.shares.get(name, 1.0) >= 1 for name in machine):
        yield "it earns everything", "a simulation answers at least one question less than well"
