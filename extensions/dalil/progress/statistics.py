"""Intervals for small groups: a share without its interval invites a wrong decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
FIFTHS = 5


def wilson(shares: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """Return the Wilson score interval of the mean of *shares* (each 0 to 1; at least one).

    For shares of 0 and 1 alone it is Wilson's interval of a proportion (J. Am. Stat. Assoc. 22,
    1927, 209-212). Partial shares vary no more than that (a variable within 0 and 1 with mean p
    has variance p(1-p) at most), so there it is wider than need be, never too narrow in spread;
    it stays within 0 and 1 and does not collapse for a single value or for equal ones.
    """
    n = len(shares)
    if n == 0:
        raise ValueError("no shares: there is no interval of nothing")
    p = min(1.0, max(0.0, math.fsum(shares) / n))
    z2 = NormalDist().inv_cdf(0.5 + level / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def median_interval(
    values: Sequence[float] | NDArray[np.float64], level: float = LEVEL
) -> tuple[float | None, float | None, float | None]:
    """Return (median, low, high) of *values*; nothing is known of no values.

    The interval is the distribution-free one between order statistics: the k-th smallest and k-th
    largest value, for the largest k with P(Binomial(n, 1/2) < k) at most (1 - level) / 2. Fewer
    than 6 values give none at 95 %: then low and high are None.
    """
    if not len(values):
        return None, None, None
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    middle = float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    k = _rank(n, level)
    return (
        (middle, None, None) if k == 0 else (middle, float(ordered[k - 1]), float(ordered[n - k]))
    )


@lru_cache(maxsize=4096)
def _rank(n: int, level: float) -> int:
    """The k of ``median_interval``; by logarithms, because 0.5 ** n is 0 from n = 1075 on."""
    k = np.arange(1, n // 2 + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((n - k + 1) / k))])
    below = np.cumsum(np.exp(ways - n * math.log(2)))
    return int(np.searchsorted(below, (1 - level) / 2, side="right"))


def spread(shares: NDArray[np.float64]) -> dict[str, Any]:
    """Mean, median with its interval, and how many are in each fifth, from the lowest up.

    NaN is nobody. Four digits; None where nothing is known.
    """
    known = shares[~np.isnan(shares)]
    fifths = np.clip((known * FIFTHS + 1e-9).astype(np.int64), 0, FIFTHS - 1)
    values = (float(known.mean()) if len(known) else None, *median_interval(known))
    names = ("share", "median", "low", "high")
    return {
        **{n: None if v is None else round(v, 4) for n, v in zip(names, values, strict=True)},
        "bins": np.bincount(fifths, minlength=FIFTHS).tolist(),
    }
