"""The methods of evaluation: closed forms, NFI's lir, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lir.algorithms.bayeserror import elub as lir_elub
from lir.algorithms.isotonic_regression import IsotonicCalibrator
from lir.algorithms.kde import KDECalibrator
from lir.algorithms.logistic_regression import LogitCalibrator
from lir.data.models import LLRData
from lir.metrics import cllr as lir_cllr
from lir.metrics import cllr_min as lir_cllr_min
from lir.plotting.expected_calibration_error import calculate_ece

from dalil.courses.evaluation import methods
from dalil.courses.evaluation.methods.limits import STEP

SETS = {
    "overlapping": methods.normals(1.5, 0.0),
    "apart": methods.normals(3.5, 0.0, 1.0, 0.8),
    "beta": methods.betas((6, 2), (2, 5)),
}


def drawn(name: str, same: int = 150, different: int = 900) -> tuple[np.ndarray, np.ndarray]:
    return SETS[name].draw(np.random.Generator(np.random.PCG64(5)), same, different)


def labelled(same: np.ndarray, different: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([same, different]), np.repeat([1, 0], [same.size, different.size])


# ------------------------------------------------------------------------------ lir says the same


@pytest.mark.parametrize("name", SETS)
def test_what_lir_says(name: str) -> None:
    same, different = drawn(name)
    scores, y = labelled(same, different)
    line = methods.fit_logistic(same, different, doubt=0)
    theirs = LogitCalibrator(C=1e10, tol=1e-8, max_iter=1000).fit(scores, y).transform(scores)
    ours = methods.on_line(scores, line)
    np.testing.assert_allclose(ours, theirs, atol=0.005)
    a, b = ours[: same.size], ours[same.size :]
    data = LLRData(features=theirs, labels=y)
    assert methods.cllr(a, b) == pytest.approx(lir_cllr(data), abs=0.005)
    assert methods.cllr_min(a, b) == pytest.approx(lir_cllr_min(data), abs=1e-9)
    assert methods.elub(a, b) == pytest.approx(lir_elub(ours.copy(), y), abs=STEP / 2)
    pooled = IsotonicCalibrator().fit_transform(ours, y)
    # Infinite ends are equal where both are; lir's finite ones lose digits next to 0 and 1.
    np.testing.assert_allclose(np.concatenate(methods.pav(a, b)), pooled, atol=1e-9)
    kernel = KDECalibrator(bandwidth="silverman").fit(scores.reshape(-1, 1), y)
    np.testing.assert_allclose(
        methods.fit_densities(same, different).log10_lr(scores),
        kernel.transform(scores.reshape(-1, 1)).ravel(),
        atol=0.005,
    )
    odds = np.array([-2.0, -0.5, 0.0, 1.0])
    priors = 10**odds / (1 + 10**odds)
    np.testing.assert_allclose(methods.ece(a, b, odds), calculate_ece(10**ours, y, priors), 1e-6)


# ---------------------------------------------------------------------------------- closed forms


def test_the_line_of_two_normals_is_found() -> None:
    rng = np.random.Generator(np.random.PCG64(8))
    population = methods.normals(0.9, 0.4, 0.2)
    true = methods.line_of(0.9, 0.4, 0.2)
    at = np.array([0.2, 0.65, 1.1])
    np.testing.assert_allclose(methods.on_line(at, true), population.log10_lr(at), atol=1e-12)
    assert methods.on_line(0.65, true) == pytest.approx(0, abs=1e-12)
    line = methods.fit_logistic(*population.draw(rng, 20_000, 60_000))
    assert line == pytest.approx(true, rel=0.03)
    lost = methods.fit_logistic(*population.draw(rng, 20_000, 2_000))
    assert lost == pytest.approx(true, rel=0.05)  # sizes are no prior odds


def test_kernel_densities_find_a_curve_that_no_line_is() -> None:
    population = methods.normals(2.0, 0.0, 0.5, 1.5)
    same, different = population.draw(np.random.Generator(np.random.PCG64(1)), 4000, 20_000)
    at = np.array([0.8, 1.5, 2.0, 2.5, 3.3])
    found = methods.fit_densities(same, different).log10_lr(at)
    np.testing.assert_allclose(found, population.log10_lr(at), atol=0.1)


def test_cllr_in_closed_form_and_of_a_population() -> None:
    assert methods.cllr([0, 0], [0]) == pytest.approx(1)
    ratio = math.log10(9)
    assert methods.cllr([ratio], [-ratio]) == pytest.approx(math.log2(10 / 9))
    assert methods.cllr([-300], [300]) > 900
    population = methods.normals(2.0, 0.0)
    same, different = population.draw(np.random.Generator(np.random.PCG64(2)), 50_000, 50_000)
    drawn = methods.cllr(population.log10_lr(same), population.log10_lr(different))
    assert drawn == pytest.approx(population.cllr(), abs=0.01)
    shifted = methods.cllr(population.log10_lr(same) + 1, population.log10_lr(different) + 1)
    assert shifted > drawn  # a proper rule: nothing beats the true ratio


def test_cllr_min_is_blind_to_calibration_and_a_line_cannot_beat_it() -> None:
    same, different = drawn("overlapping")
    least = methods.cllr_min(same, different)
    assert methods.cllr_min(3 * same + 7, 3 * different + 7) == pytest.approx(least)
    line = methods.fit_logistic(same, different)
    cost = methods.cllr(methods.on_line(same, line), methods.on_line(different, line))
    assert least < cost < least + 0.05
    assert methods.cllr_min([1.0, 1.0], [1.0]) == pytest.approx(1)


def test_ece_at_even_odds_is_cllr_and_neutral_ratios_cost_the_prior() -> None:
    a, b = np.array([0.5, 2.0, -0.1]), np.array([-1.0, 0.3])
    assert methods.ece(a, b, [0.0])[0] == pytest.approx(methods.cllr(a, b))
    prior = 1 / 11
    entropy = -prior * math.log2(prior) - (1 - prior) * math.log2(1 - prior)
    assert methods.ece_neutral([-1.0])[0] == pytest.approx(entropy)


def test_error_rates_of_two_normals() -> None:
    """Equal spread, d apart: AUC = Phi(d / sqrt 2), EER = Phi(-d / 2)."""
    rng = np.random.Generator(np.random.PCG64(7))
    same, different = rng.normal(2, 1, 40_000), rng.normal(0, 1, 40_000)
    assert methods.auc(same, different) == pytest.approx(0.92135, abs=0.004)
    assert methods.eer(same, different) == pytest.approx(0.15866, abs=0.004)
    missed, false = methods.det(same, different)
    assert (missed[0], false[0]) == (0, 1)
    assert (missed[-1], false[-1]) == (1, 0)
    assert (np.diff(missed) >= 0).all()
    assert (np.diff(false) <= 0).all()


def test_misleading_ratios_and_the_rule_of_three() -> None:
    ours, theirs = methods.misleading([1, 2, -1, 0], [-1] * 60)
    assert (ours.count, ours.of, ours.rate) == (1, 4, 0.25)
    assert theirs.bound == pytest.approx(1 - 0.05 ** (1 / 60))
    assert theirs.bound == pytest.approx(0.0487, abs=1e-4)
    assert methods.misleading([-1], [1])[0].bound == 1.0


def test_tippett_counts_from_above() -> None:
    assert methods.tippett([1, 2, 3, 4], [0, 2, 4, 5]).tolist() == [1, 0.75, 0.25, 0]
    with pytest.raises(methods.EvaluationError, match="no likelihood ratios"):
        methods.tippett([], [0])


def test_bounds_never_exceed_what_the_sizes_allow() -> None:
    low, high = methods.elub(np.full(20, 9.0), np.full(200, -9.0))
    assert -math.log10(21) <= low <= -1
    assert 2 <= high <= math.log10(201) + STEP
    assert methods.elub([-1.0, -2.0], [1.0, 2.0]) == (0, 0)  # of no use at all
    with pytest.raises(methods.EvaluationError, match="two pairs"):
        methods.elub([1.0], [0.0, 1.0])
    assert methods.within([-9, 0, 9], (-1, 2)).tolist() == [-1, 0, 2]


# ------------------------------------------------------------------------------------ uncertainty


def test_an_interval_holds_the_true_ratio_about_as_often_as_it_says() -> None:
    population, rng = methods.normals(2.0, 0.0), np.random.Generator(np.random.PCG64(3))
    score, held, widths = 1.8, 0, []
    true = float(population.log10_lr(score))
    for _ in range(15):
        low, high = methods.lr_interval(score, *population.draw(rng, 60, 200), rng, rounds=50)
        held += low <= true <= high
        widths.append(high - low)
    assert held >= 12
    few = methods.lr_interval(score, *population.draw(rng, 15, 50), rng, rounds=50)
    assert few[1] - few[0] > np.mean(widths)


def test_pairs_that_share_sources_leave_more_open() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    names = np.arange(24)
    first, second = (g.ravel() for g in np.meshgrid(names, names))
    upper = first <= second
    first, second = first[upper], second[upper]
    effect = rng.normal(0, 0.7, names.size)
    ratios = np.where(first == second, 6.0, -1.5) + effect[first] + effect[second]
    same = first == second
    alone = methods.cllr_interval(ratios[same], ratios[~same], rng, rounds=200)
    whole = methods.cllr_interval_of_sources(ratios, first, second, rng, rounds=200)
    cost = methods.cllr(ratios[same], ratios[~same])
    assert whole[0] < cost < whole[1]
    assert whole[1] - whole[0] > 1.1 * (alone[1] - alone[0])
    with pytest.raises(methods.EvaluationError, match="both kinds"):
        methods.cllr_interval_of_sources([1.0], ["a"], ["a"], rng)
    with pytest.raises(methods.EvaluationError, match="two sources"):
        methods.cllr_interval_of_sources([1.0], ["a", "b"], ["a", "b"], rng)


# ------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("lr", "said"),
    [
        (1, ("none", "")),
        (1.9, ("none", "")),
        (2, ("weak", "H1")),
        (0.5, ("weak", "H2")),
        (10, ("moderate", "H1")),
        (100, ("moderately strong", "H1")),
        (1 / 1000, ("strong", "H2")),
        (10_000, ("very strong", "H1")),
        (999_000, ("very strong", "H1")),
        (1e6, ("extremely strong", "H1")),
    ],
)
def test_the_words_of_enfsi(lr: float, said: tuple[str, str]) -> None:
    assert methods.verbal(math.log10(lr)) == said


def test_odds_form_of_bayes() -> None:
    assert methods.posterior(2, 1 / 101) == pytest.approx(0.5)
    assert methods.posterior(5, 0) == 0
    assert methods.posterior(-5, 1) == 1
    assert methods.posterior(1.3, methods.prior_needed(1.3, 0.95)) == pytest.approx(0.95)
    assert methods.fallacy(2) == pytest.approx(100 / 101)
    with pytest.raises(methods.EvaluationError, match="probability"):
        methods.posterior(1, 1.5)
    with pytest.raises(methods.EvaluationError, match="no words"):
        methods.verbal(math.nan)


# --------------------------------------------------------------------------------------- refusals


def test_groups_must_hold_scores() -> None:
    for same, different in (([], [1.0]), ([1.0], []), ([math.nan], [1.0]), ([math.inf], [1.0])):
        with pytest.raises(methods.EvaluationError, match="score"):
            methods.fit_logistic(same, different)
    with pytest.raises(methods.EvaluationError, match="overlap"):
        methods.fit_logistic([5.0, 6.0], [0.0, 1.0], doubt=0)
    with pytest.raises(methods.EvaluationError, match="doubt"):
        methods.fit_logistic([5.0], [0.0], doubt=-1)
    with pytest.raises(methods.EvaluationError, match="spread"):
        methods.fit_densities([1.0, 1.0], [0.0, 1.0])
    for call in (lambda: methods.normals(1, 0, 0), lambda: methods.betas((0, 1), (1, 1))):
        with pytest.raises(methods.EvaluationError, match="positive"):
            call()


def test_half_a_pair_of_doubt_makes_separated_groups_finite() -> None:
    offset, slope = methods.fit_logistic([5.0, 6.0], [0.0, 1.0, 1.5])
    assert math.isfinite(offset)
    assert 0 < slope < 20
    assert 1.5 < -offset / slope < 5
