"""A demonstration cohort: simulated trainees of stated skill, and what each must be awarded."""

from dalil.demo.cohort import Comparison, Demonstration, run_demonstration
from dalil.demo.trainees import SKILLS, SimulatedTrainee, cohort

__all__ = [
    "SKILLS",
    "Comparison",
    "Demonstration",
    "SimulatedTrainee",
    "cohort",
    "run_demonstration",
]
