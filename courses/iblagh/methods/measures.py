"""How well a proposal serves: intervals, confusion, costs, and whether languages fare alike.

Sources: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209 for the interval of a share; C. Elkan,
"The foundations of cost-sensitive learning", IJCAI (2001); A. Bagga and B. Baldwin, "Algorithms
for scoring coreference chains", LREC (1998) for B-cubed; B. Efron, "Bootstrap methods", Ann. Stat.
7 (1979) 1; M. Hardt et al., "Equality of opportunity in supervised learning", NIPS (2016).
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson interval of a share of *hits* in *total*; 95 % unless *z* says otherwise.

    Raises ValueError unless 0 <= hits <= total and total > 0.
    """
    if not 0 <= hits <= total or total == 0:
        raise ValueError(f"{hits} of {total} is no share")
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = (
        z
        / (1 + z * z / total)
        * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def confusion(
    truth: Sequence[str], proposed: Sequence[str], classes: Sequence[str]
) -> npt.NDArray[np.int64]:
    """(K, K) counts: row = class by the officers, column = class proposed."""
    place = {name: n for n, name in enumerate(classes)}
    table = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for one, other in zip(truth, proposed, strict=True):
        table[place[one], place[other]] += 1
    return table


def macro_f1(truth: Sequence[str], proposed: Sequence[str], classes: Sequence[str]) -> float:
    """The mean over the classes of F1, each class counting alike; 0 to 1.

    A class that neither occurs nor is proposed is left out.
    """
    table = confusion(truth, proposed, classes)
    sums = table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * np.diag(table)[sums > 0] / sums[sums > 0]))


def cost_curve(
    scores: Floats,
    urgent: npt.NDArray[np.bool_],
    weights: Floats,
    thresholds: Floats,
    *,
    miss: float,
    alarm: float,
) -> Floats:
    """Cost at each threshold: *miss* for each urgent report below it, *alarm* for others.

    A report counts as often as its weight says (how many of the queue it stands for).
    """
    flagged = scores[None, :] >= thresholds[:, None]
    missed = (~flagged & urgent[None, :]) @ weights
    alarms = (flagged & ~urgent[None, :]) @ weights
    return np.asarray(miss * missed + alarm * alarms, dtype=np.float64)


def best_threshold(
    scores: Floats,
    urgent: npt.NDArray[np.bool_],
    *,
    miss: float,
    alarm: float,
    weights: Floats | None = None,
) -> tuple[float, float]:
    """The threshold of least cost and that cost; of equal ones the lowest, which misses least.

    Each score is a candidate, and 1.01 for "flag nothing".
    """
    weights = np.ones(len(scores)) if weights is None else weights
    candidates = np.append(np.unique(scores), 1.01)
    costs = cost_curve(scores, urgent, weights, candidates, miss=miss, alarm=alarm)
    best = int(np.argmin(costs))
    return float(candidates[best]), float(costs[best])


def by_group(
    truth: Sequence[str], proposed: Sequence[str], groups: Sequence[str], classes: Sequence[str]
) -> dict[str, float]:
    """Macro-F1 of each group, such as each variety of language."""
    return {
        group: macro_f1(
            [t for t, g in zip(truth, groups, strict=True) if g == group],
            [p for p, g in zip(proposed, groups, strict=True) if g == group],
            classes,
        )
        for group in dict.fromkeys(groups)
    }


def gap(figures: Mapping[str, float]) -> tuple[float, str]:
    """The difference of the best and the worst figure, and whose the worst is."""
    worst = min(figures, key=lambda name: figures[name])
    return max(figures.values()) - figures[worst], worst


def difference_interval(hits: Sequence[int], totals: Sequence[int]) -> tuple[float, float]:
    """95 % interval of the first share less the second (Newcombe 1998, method 10)."""
    first, second = (n / m for n, m in zip(hits, totals, strict=True))
    (low1, high1), (low2, high2) = (wilson(n, m) for n, m in zip(hits, totals, strict=True))
    return (
        first - second - math.hypot(first - low1, high2 - second),
        first - second + math.hypot(high1 - first, second - low2),
    )


def b_cubed(
    truth: Mapping[str, int], clusters: Iterable[Iterable[str]], *, repeated: bool = False
) -> tuple[float, float, float]:
    """Precision, recall and F1 of *clusters* of the items whose incidents *truth* holds.

    An item in no cluster is alone; in several, it counts with the first. Names that *truth* does
    not know are left out. Where most items are alone, finding nothing scores high: *repeated* asks
    for the mean over those alone that share an incident, or were said to.
    """
    found: dict[str, int] = {}
    for number, cluster in enumerate(clusters):
        for item in cluster:
            if item in truth:
                found.setdefault(item, number)
    for number, item in enumerate(truth):
        found.setdefault(item, -1 - number)
    precisions, recalls = [], []
    for item in truth:
        together = {other for other in truth if found[other] == found[item]}
        same = {other for other in truth if truth[other] == truth[item]}
        if repeated and len(together) == len(same) == 1:
            continue
        precisions.append(len(together & same) / len(together))
        recalls.append(len(together & same) / len(same))
    if not precisions:
        return 1.0, 1.0, 1.0
    precision, recall = float(np.mean(precisions)), float(np.mean(recalls))
    return precision, recall, 2 * precision * recall / (precision + recall)
