"""Intervals against closed forms and scipy."""

from __future__ import annotations

import math

import pytest
from scipy.stats import binom, binomtest

from dalil.progress import median_interval, wilson


@pytest.mark.parametrize(("full", "n"), [(0, 1), (1, 1), (0, 7), (3, 10), (10, 10), (41, 60)])
def test_wilson_of_zeros_and_ones_is_that_of_a_proportion(full: int, n: int) -> None:
    expected = binomtest(full, n).proportion_ci(0.95, method="wilson")
    low, high = wilson([1.0] * full + [0.0] * (n - full))
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)


def test_wilson_of_one_full_mark_in_closed_form() -> None:
    z2 = 1.959963984540054**2
    low, high = wilson([1.0])
    assert low == pytest.approx(1 / (1 + z2))
    assert high == 1.0


def test_wilson_depends_on_mean_and_number_alone() -> None:
    assert wilson([0.5, 0.5]) == wilson([0.0, 1.0])
    assert wilson([0.5] * 50)[0] > wilson([0.5] * 5)[0]


def test_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no shares"):
        wilson([])
    assert median_interval([]) == (None, None, None)


def test_under_six_values_there_is_a_median_but_no_interval() -> None:
    assert median_interval([0.2, 1.0, 0.4]) == (0.4, None, None)
    assert median_interval([0, 1, 2, 3, 4, 5]) == (2.5, 0, 5)


@pytest.mark.parametrize("n", [6, 8, 9, 10, 20, 35, 101])
def test_the_median_interval_covers_as_it_says_and_no_narrower_one_does(n: int) -> None:
    median, low, high = median_interval([float(v) for v in range(n)])
    assert median == (n - 1) / 2
    assert low is not None
    assert high is not None
    assert low + high == n - 1
    k = int(low) + 1
    assert 1 - 2 * binom.cdf(k - 1, n, 0.5) >= 0.95
    assert 1 - 2 * binom.cdf(k, n, 0.5) < 0.95
    assert not math.isnan(low)
