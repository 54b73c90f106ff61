"""Evaluation of evidence: from scores to likelihood ratios, and whether they deserve belief.

The laboratory's shared code. The chain is ``fit_logistic`` (or ``fit_densities``) on pairs whose
truth is known -> ``on_line`` -> ``within`` the bounds of ``elub`` -> ``verbal``; ``cllr``,
``cllr_min``, ``ece``, ``tippett``, ``det`` and ``misleading`` say how well a set of ratios does;
``lr_interval`` and ``cllr_interval`` what few data leave open. All ratios are log10 LR, positive
for H1, that both items have one source. ``normals`` and ``betas`` are populations whose true ratio
is known in closed form.

Each part names its sources; they are, above all, Brümmer and du Preez 2006, Ramos and
Gonzalez-Rodriguez 2013, Vergeer et al. 2016, and the ENFSI guideline of 2015.
"""

from dalil.courses.evaluation.methods.calibration import (
    Densities,
    fit_densities,
    fit_logistic,
    on_line,
    pav,
)
from dalil.courses.evaluation.methods.groups import EvaluationError, two_groups
from dalil.courses.evaluation.methods.limits import elub, expected_utility, within
from dalil.courses.evaluation.methods.performance import (
    Misleading,
    auc,
    cllr,
    cllr_min,
    cost_different,
    cost_same,
    det,
    ece,
    ece_neutral,
    eer,
    misleading,
    tippett,
)
from dalil.courses.evaluation.methods.pictures import (
    draw_det,
    draw_ece,
    draw_pav,
    draw_scores,
    draw_tippett,
)
from dalil.courses.evaluation.methods.populations import (
    APART,
    Population,
    ScoreSet,
    betas,
    line_of,
    normals,
    score_set,
)
from dalil.courses.evaluation.methods.texts import PROPOSITIONS, STATEMENTS
from dalil.courses.evaluation.methods.uncertainty import (
    cllr_interval,
    cllr_interval_of_sources,
    lr_interval,
)
from dalil.courses.evaluation.methods.words import (
    SCALE,
    fallacy,
    posterior,
    prior_needed,
    verbal,
)

__all__ = [
    "APART",
    "PROPOSITIONS",
    "SCALE",
    "STATEMENTS",
    "Densities",
    "EvaluationError",
    "Misleading",
    "Population",
    "ScoreSet",
    "auc",
    "betas",
    "cllr",
    "cllr_interval",
    "cllr_interval_of_sources",
    "cllr_min",
    "cost_different",
    "cost_same",
    "det",
    "draw_det",
    "draw_ece",
    "draw_pav",
    "draw_scores",
    "draw_tippett",
    "ece",
    "ece_neutral",
    "eer",
    "elub",
    "expected_utility",
    "fallacy",
    "fit_densities",
    "fit_logistic",
    "line_of",
    "lr_interval",
    "misleading",
    "normals",
    "on_line",
    "pav",
    "posterior",
    "prior_needed",
    "score_set",
    "tippett",
    "two_groups",
    "verbal",
    "within",
]
