"""Score distributions whose true likelihood ratio is known in closed form.

Real scores come without their densities; of these, every ratio can be checked. Lessons, apps and
the forge draw from them. They are fictive: no instrument was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import integrate, stats

from dalil.courses.evaluation.methods.calibration import fit_logistic, on_line
from dalil.courses.evaluation.methods.groups import LN10, EvaluationError, Floats
from dalil.courses.evaluation.methods.limits import elub
from dalil.courses.evaluation.methods.performance import cost_different, cost_same

APART = (2.7, 3.2)
"""How many spreads the means of the exercise's two groups lie apart, at least and at most."""


@dataclass(frozen=True, eq=False)
class Population:
    """Scores of pairs of one source, and of pairs of two: distributions of ``scipy.stats``."""

    same: Any
    different: Any

    def log10_lr(self, scores: npt.ArrayLike) -> Floats:
        """The true log10 LR of each score: the quotient of the two densities."""
        at = np.asarray(scores, dtype=np.float64)
        return np.asarray((self.same.logpdf(at) - self.different.logpdf(at)) / LN10)

    def draw(self, rng: np.random.Generator, same: int, different: int) -> tuple[Floats, Floats]:
        """That many scores of each kind, by inversion: equal for equal generators."""
        return (
            np.asarray(self.same.ppf(rng.random(same)), dtype=np.float64),
            np.asarray(self.different.ppf(rng.random(different)), dtype=np.float64),
        )

    def cllr(self) -> float:
        """Cllr of the true ratios: what no system can beat on these scores."""
        parts = []
        for law, cost in ((self.same, cost_same), (self.different, cost_different)):
            low, high = law.ppf([1e-9, 1 - 1e-9])
            parts.append(
                integrate.quad(
                    lambda s, law=law, cost=cost: law.pdf(s) * float(cost(self.log10_lr(s))),
                    low,
                    high,
                    limit=200,
                )[0]
            )
        return float(sum(parts) / 2)


def normals(
    same: float, different: float, spread: float = 1.0, spread_different: float | None = None
) -> Population:
    """Two normal distributions. With one *spread* the log10 LR is a straight line in the score:
    slope (same - different) / spread^2 / ln 10, zero half-way between the means."""
    other = spread if spread_different is None else spread_different
    if min(spread, other) <= 0:
        raise EvaluationError(f"spreads must be positive, not {spread} and {other}")
    return Population(stats.norm(same, spread), stats.norm(different, other))


def betas(same: tuple[float, float], different: tuple[float, float]) -> Population:
    """Two beta distributions, for scores from 0 to 1; log LR is a line in ln s and ln (1 - s)."""
    if min(*same, *different) <= 0:
        raise EvaluationError("the parameters of a beta distribution are positive")
    return Population(stats.beta(*same), stats.beta(*different))


def line_of(same: float, different: float, spread: float) -> tuple[float, float]:
    """(offset, slope) of the true log10 LR for two normals of one *spread*."""
    slope = (same - different) / spread**2 / LN10
    return -slope * (same + different) / 2, slope


@dataclass(frozen=True, eq=False)
class ScoreSet:
    """Scores of known truth, (N,) of one source and (M,) of two, and the population they are of."""

    population: Population
    same: Floats
    different: Floats

    @cached_property
    def line(self) -> tuple[float, float]:
        """The calibration line fitted on this set."""
        return fit_logistic(self.same, self.different)

    def ratios(self, line: tuple[float, float]) -> tuple[Floats, Floats]:
        """log10 LR of both groups by a calibration line."""
        return on_line(self.same, line), on_line(self.different, line)

    def bounds(self, line: tuple[float, float]) -> tuple[float, float]:
        """Lower and upper bound of log10 LR that this set supports."""
        return elub(*self.ratios(line))


def score_set(
    rng: np.random.Generator, population: Population, same: int, different: int, digits: int = 3
) -> ScoreSet:
    """That many scores of each kind, rounded as a file would hold them."""
    groups = (np.round(group, digits) for group in population.draw(rng, same, different))
    return ScoreSet(population, *groups)
