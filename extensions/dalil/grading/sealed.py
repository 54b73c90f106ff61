"""Loading ``graders/<module>/checks.py``: by file, never importable by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dalil.curriculum.sealed import load_sealed
from dalil.errors import CurriculumError
from dalil.grading.marking import Check
from dalil.models import Simulation


@dataclass(frozen=True)
class Sealed:
    """The checks of one module, and the ways of answering that they are tested with."""

    checks: Mapping[str, Check]
    simulations: tuple[Simulation, ...]


def load_checks(grader: Path) -> Sealed:
    """Load ``checks.py`` of the folder *grader*. Raises CurriculumError naming the file."""
    path = grader / "checks.py"
    try:
        module = load_sealed(path)
    except FileNotFoundError:
        raise CurriculumError(f"{path}: missing; write CHECKS and SIMULATIONS there") from None
    except Exception as error:  # the file is a module author's code
        raise CurriculumError(f"{path}: {type(error).__name__}: {error}") from error
    checks = getattr(module, "CHECKS", None)
    simulations = getattr(module, "SIMULATIONS", None)
    if not isinstance(checks, dict) or not all(callable(check) for check in checks.values()):
        raise CurriculumError(f"{path}: CHECKS must be a dict of question → function")
    if not isinstance(simulations, tuple) or not all(
        isinstance(simulation, Simulation) for simulation in simulations
    ):
        raise CurriculumError(f"{path}: SIMULATIONS must be a tuple of Simulation")
    return Sealed(checks, simulations)
