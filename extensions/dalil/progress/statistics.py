"""Intervals for small groups: a share without its interval invites a wrong decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median

LEVEL = 0.95


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
    values: Sequence[float], level: float = LEVEL
) -> tuple[float | None, float | None, float | None]:
    """Return (median, low, high) of *values*; nothing is known of no values.

    The interval is the distribution-free one between order statistics: the k-th smallest and k-th
    largest value, for the largest k with P(Binomial(n, 1/2) < k) at most (1 - level) / 2. Fewer
    than 6 values give none at 95 %: then low and high are None.
    """
    if not values:
        return None, None, None
    ordered = sorted(values)
    n = len(ordered)
    k, below = 0, 0.0
    while (below := below + math.comb(n, k) * 0.5**n) <= (1 - level) / 2:
        k += 1
    if k == 0:
        return median(ordered), None, None
    return median(ordered), ordered[k - 1], ordered[n - k]
