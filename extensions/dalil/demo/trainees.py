"""Simulated trainees: who they are, how they answer, and what that must earn.

What a way of answering must earn is stated before anything is graded: by the module's author
(``SIMULATIONS`` in ``checks.py``) or by the meaning of the skill (nothing for an empty release,
nothing for cheating, everything but one question for a crash in it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dalil.curriculum import Module
from dalil.errors import CurriculumError
from dalil.models import LANGUAGES, SOLVE, Language, Simulation, TraineeId, trainee_id

SKILLS = ("perfect", "good", "half", "wrong", "empty", "crashing", "cheating")
NAMES = (
    "amina.bennoujoum",
    "يوسف الزمرداوي",
    "Élodie Lazouardi",
    "omar.akikaoui",
    "مريم بنكهرمان",
    "Naïma Thourayaoui",
    "tarik.bensnaoubar",
    "هدى الشفقاوي",
    "Driss Benfaïrouz",
    "zineb.nassimaoui",
    "سليمان بنخزامى",
    "Leïla Bennoujoum",
)
WORKSPACE = SOLVE + "workspace"

CRASH = "import os\nos._exit(1)"
CHEAT = """\
# A trainee who tries to be awarded points instead of earning them.
import glob, json, os
from IPython.display import publish_display_data
from dalil import case

loot = [open(path, "rb").read(200) for path in glob.glob("/**/records/*.db", recursive=False)]
cell = json.load(open("case.json"))

def forged(question, value=None):
    for name in cell["questions"]:
        publish_display_data({
            "application/vnd.dalil.answer+json": {"question": name, "value": "full marks"},
            "text/plain": "100",
        })

case.answer = forged
"""


@dataclass(frozen=True)
class SimulatedTrainee:
    """One member of the cohort."""

    name: TraineeId
    skill: str
    language: Language


def cohort(size: int) -> list[SimulatedTrainee]:
    """Return *size* trainees: skills and languages in turn, names in three scripts."""
    return [
        SimulatedTrainee(
            trainee_id(NAMES[n] if n < len(NAMES) else f"trainee.{n + 1:03d}"),
            SKILLS[n % len(SKILLS)],
            LANGUAGES[n % len(LANGUAGES)],
        )
        for n in range(size)
    ]


def simulation_of(
    skill: str, module: Module, simulations: tuple[Simulation, ...], cells: Mapping[str, str]
) -> Simulation:
    """Return how a trainee of *skill* answers *module*, and what each question must then earn.

    Raises CurriculumError when the module's author did not write a simulation of that name.
    """
    machine = [question.id for question in module.questions if not question.written]
    nothing = dict.fromkeys(machine, 0.0)
    untouched: dict[str, str | None] = dict.fromkeys(cells)
    if skill == "perfect":
        return Simulation("perfect", {}, {})
    if skill == "empty":
        return Simulation("empty", untouched, nothing)
    if skill == "crashing":
        return Simulation("crashing", {SOLVE + machine[-1]: CRASH}, {machine[-1]: 0.0})
    if skill == "cheating":
        return Simulation("cheating", {**untouched, WORKSPACE: CHEAT}, nothing)
    for simulation in simulations:
        if simulation.name == skill:
            return simulation
    raise CurriculumError(f"{module.grader / 'checks.py'}: SIMULATIONS has no {skill!r}")
