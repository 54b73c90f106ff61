"""A review panel's log, invented: what officers wrote beside what a machine had proposed.

It holds no text. Whoever measures a machine need not read what happened to people, so the log is
made of classes, scores and weights alone. Its shares of error are those that the reference method
shows on unseen wordings (``python -m dalil.validate iblagh``), or a drawn, worse one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dalil.courses.iblagh.methods.grammar import CLASSES, VARIETIES

MIX = (0.36, 0.22, 0.16, 0.13, 0.13)  # of the classes in a log, where rare ones are read more often
# Where errors go, measured: from each class (row) to the others, shares of its errors.
_ERRORS = np.array(
    [
        [0.0, 0.25, 0.25, 0.05, 0.45],
        [0.55, 0.0, 0.25, 0.1, 0.1],
        [0.4, 0.2, 0.0, 0.15, 0.25],
        [0.15, 0.15, 0.5, 0.0, 0.2],
        [0.6, 0.15, 0.2, 0.05, 0.0],
    ]
)
# Log odds of the urgency score: urgent reports, others, and others that use the same words.
_URGENT, _PLAIN, _CALM = (1.4, 1.7), (-4.2, 1.3), (-1.2, 1.2)
_CALM_SHARE = 0.15


@dataclass(frozen=True)
class Entry:
    """One report that the panel has read; ``stands_for`` of the queue's reports are like it."""

    variety: str
    label: str
    proposed: str
    urgent: bool
    urgency: float
    stands_for: int


def make_log(
    rng: np.random.Generator,
    urgent: int,
    others: int,
    right: Mapping[str, float],
    stands_for: int,
) -> list[Entry]:
    """*urgent* and *others* reports in chance order; *right* is the share of right classes.

    All urgent reports of the year were read, and of the others one in *stands_for*.
    """
    entries = [
        _entry(rng, right, is_urgent, 1 if is_urgent else stands_for)
        for is_urgent in [True] * urgent + [False] * others
    ]
    return [entries[int(n)] for n in rng.permutation(len(entries))]


def _entry(
    rng: np.random.Generator, right: Mapping[str, float], urgent: bool, stands_for: int
) -> Entry:
    variety = str(rng.choice(VARIETIES))
    label = int(rng.choice(len(CLASSES), p=MIX))
    proposed = label
    if rng.random() >= right[variety]:
        proposed = int(rng.choice(len(CLASSES), p=_ERRORS[label]))
    middle, spread = _URGENT if urgent else _CALM if rng.random() < _CALM_SHARE else _PLAIN
    urgency = 1 / (1 + np.exp(-rng.normal(middle, spread)))
    return Entry(
        variety, CLASSES[label], CLASSES[proposed], urgent, round(float(urgency), 4), stands_for
    )
