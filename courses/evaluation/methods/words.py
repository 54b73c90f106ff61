"""What a likelihood ratio says in words, what it does to odds, and what it does not say.

Sources: ENFSI, "Guideline for evaluative reporting in forensic science" (2015), with its verbal
scale; W. Thompson and E. Schumann, "Interpretation of statistical evidence in criminal trials: the
prosecutor's fallacy and the defense attorney's fallacy", Law and Human Behavior 11 (1987) 167.
"""

from __future__ import annotations

import math

from dalil.courses.evaluation.methods.groups import EvaluationError

# (least log10 LR, word). The guideline's steps begin at LR 2; what lies between 1 and 2 supports
# neither proposition in practice, and is called so here.
SCALE = (
    (math.log10(2), "weak"),
    (1.0, "moderate"),
    (2.0, "moderately strong"),
    (3.0, "strong"),
    (4.0, "very strong"),
    (6.0, "extremely strong"),
)
NEUTRAL = "none"


def verbal(log10_lr: float) -> tuple[str, str]:
    """(word, proposition) of the ENFSI scale: ("moderate", "H1"), or ("none", "") near LR 1.

    A ratio below 1 is inverted first, and its support is for H2.
    """
    if math.isnan(log10_lr):
        raise EvaluationError("no likelihood ratio, no words")
    word = NEUTRAL
    for least, name in SCALE:
        # The least step above rounding: log10(100) must be "moderately strong" on every machine.
        if abs(log10_lr) >= least - 1e-9:
            word = name
    return word, "" if word == NEUTRAL else "H1" if log10_lr > 0 else "H2"


def posterior(log10_lr: float, prior: float) -> float:
    """Probability (0..1) of H1 after the findings, from the *prior* probability: odds form of
    Bayes' theorem. That step belongs to the court."""
    if not 0 <= prior <= 1:
        raise EvaluationError(f"a probability lies from 0 to 1, not at {prior}")
    if prior in (0.0, 1.0):
        return float(prior)
    return 1 / (1 + 10.0 ** -(log10_lr + math.log10(prior / (1 - prior))))


def prior_needed(log10_lr: float, wanted: float) -> float:
    """The prior probability (0..1) of H1 from which the findings lead to the posterior *wanted*."""
    return posterior(-log10_lr, wanted)


def fallacy(log10_lr: float) -> float:
    """What the prosecutor's fallacy takes for the probability of H1: LR / (LR + 1)."""
    return posterior(log10_lr, 0.5)
