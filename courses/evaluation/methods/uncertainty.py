"""What few data leave open: bootstrap intervals for a likelihood ratio and for Cllr.

Source: B. Efron and R. Tibshirani, "An introduction to the bootstrap" (1993) ch. 13 (percentile
interval); for pairs that share items, A. Owen, "The pigeonhole bootstrap", Ann. Appl. Stat. 1
(2007) 386.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dalil.courses.evaluation.methods.calibration import fit_logistic, on_line
from dalil.courses.evaluation.methods.groups import EvaluationError, Floats, two_groups
from dalil.courses.evaluation.methods.performance import cllr, cost_different, cost_same

ROUNDS = 300


def lr_interval(
    score: float,
    same: npt.ArrayLike,
    different: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
    level: float = 0.95,
) -> tuple[float, float]:
    """(low, high) of the log10 LR of *score*: how far the calibration line could have come out
    elsewhere with other pairs of the same kind. Percentile bootstrap over pairs, each group by
    itself. It says nothing about a wrong population or a wrong model."""
    a, b = two_groups(same, different)
    found = [
        float(on_line(score, fit_logistic(rng.choice(a, a.size), rng.choice(b, b.size))))
        for _ in range(rounds)
    ]
    return _percentiles(found, level)


def cllr_interval(
    same_log10_lr: npt.ArrayLike,
    different_log10_lr: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
    level: float = 0.95,
) -> tuple[float, float]:
    """(low, high) of Cllr over independent pairs, by percentile bootstrap."""
    a, b = two_groups(same_log10_lr, different_log10_lr)
    return _percentiles(
        [cllr(rng.choice(a, a.size), rng.choice(b, b.size)) for _ in range(rounds)], level
    )


def cllr_interval_of_sources(
    log10_lr: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
    level: float = 0.95,
) -> tuple[float, float]:
    """(low, high) of Cllr where pairs share sources: whole sources are drawn again, not pairs.

    *first* and *second* name the sources of each pair, shape (N,); equal names are a same-source
    pair. A pair weighs as often as both of its sources were drawn (Owen 2007).
    """
    ratios = np.ravel(np.asarray(log10_lr, float))
    one, two = np.ravel(np.asarray(first)), np.ravel(np.asarray(second))
    if not ratios.size == one.size == two.size or not np.isfinite(ratios).all():
        raise EvaluationError("every pair needs a finite ratio and two sources")
    names, places = np.unique(np.concatenate([one, two]), return_inverse=True)
    i, j = places[: one.size], places[one.size :]
    same = i == j
    if same.all() or not same.any():
        raise EvaluationError("both kinds of pairs are needed")
    bits = np.where(same, cost_same(ratios), cost_different(ratios))
    found = []
    for _ in range(rounds):
        drawn = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)
        weight = np.where(same, drawn[i], drawn[i] * drawn[j])
        total = [weight[kind].sum() for kind in (same, ~same)]
        if min(total):
            parts = [(weight * bits)[kind].sum() for kind in (same, ~same)]
            found.append(float(parts[0] / total[0] + parts[1] / total[1]) / 2)
    return _percentiles(found, level)


def _percentiles(found: list[float] | Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
