"""The fingerprint method against planted truth, and each step against what it promises."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pytest
from skimage import transform

from dalil.courses.fingerprints import methods
from dalil.forging import impressions, practice, ridges
from dalil.validate import fingerprints as validation
from dalil.validate.reporting import Report

FINGERS = 4


def waves(angle: float, period: float, shape: tuple[int, int] = (160, 160)) -> np.ndarray:
    """Straight dark ridges that run at *angle* degrees, counter-clockwise from the right."""
    y, x = np.indices(shape)
    across = x * math.sin(math.radians(angle)) + y * math.cos(math.radians(angle))
    return np.round(127 - 100 * np.cos(2 * np.pi * across / period)).astype(np.uint8)


@pytest.fixture(scope="module")
def people() -> list[validation.Person]:
    return [validation.person(n) for n in range(FINGERS)]


def test_minutiae_meet_the_planted_ones(people: list[validation.Person]) -> None:
    for style, least in (("clean", 0.85), ("latent", 0.6)):
        hits, marked, known, _ = np.sum([p.found[style] for p in people], axis=0)
        assert hits / known >= least
        assert hits / marked >= least


def test_one_finger_scores_above_all_others(people: list[validation.Person]) -> None:
    for n, one in enumerate(people):
        own = min(methods.compare(one.ordinary[0], other).score for other in one.ordinary[1:])
        others = [methods.compare(one.ordinary[0], p.ordinary[0]).score
                  for m, p in enumerate(people) if m != n]  # fmt: skip
        assert own > max(others)


@pytest.mark.parametrize("angle", [0.0, 30.0, 75.0, 120.0, 170.0])
def test_orientation_and_period_of_straight_ridges(angle: float) -> None:
    period = 7.0 + angle / 50
    even = methods.normalise(waves(angle, period))
    orientation, coherence = methods.orient(even)
    middle = np.degrees(orientation[60:100, 60:100])
    assert np.abs((middle - angle + 90) % 180 - 90).max() < 3
    assert coherence[60:100, 60:100].min() > 0.9
    found = methods.ridge_period(even, orientation, np.ones(even.shape, bool))
    assert float(np.median(found)) == pytest.approx(period, abs=0.4)


def test_noise_and_blank_paper_show_no_finger() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    noise = np.clip(rng.normal(128, 30, (200, 200)), 0, 255).astype(np.uint8)
    for pixels in (noise, np.full((200, 200), 230, np.uint8)):
        enhanced = methods.enhance(pixels)
        assert enhanced.area < 5
        assert methods.find_minutiae(enhanced) == []
        assert methods.quality(enhanced, []).value < 5


def test_crossing_numbers() -> None:
    skeleton = np.zeros((7, 9), bool)
    skeleton[3, 1:8] = True
    skeleton[4, 5], skeleton[5, 6] = True, True
    number = methods.crossing_number(skeleton)
    assert number[3, 1] == 1
    assert number[3, 2] == 2
    assert (number == 3).sum() == 1
    assert number[0, 0] == 0


def test_directions_and_kinds_are_the_planted_ones() -> None:
    seed = practice("fingerprints directions")
    shown = impressions.press(seed.rng("i"), ridges.forge_finger(seed.rng("f")))
    found = methods.find_minutiae(methods.enhance(shown.pixels))
    known = validation.planted(shown.minutiae)
    pairs = methods.agree(found, known, turn=180).pairs
    off = [methods.angle_between(found[n].direction, known[m].direction) for n, m in pairs]
    assert float(np.median(np.abs(off))) < 5
    assert float(np.mean(np.abs(off) < 30)) > 0.9
    assert np.mean([found[n].kind == known[m].kind for n, m in pairs]) > 0.8


def test_a_turned_print_is_laid_back() -> None:
    seed = practice("fingerprints turned")
    shown = impressions.press(seed.rng("i"), ridges.forge_finger(seed.rng("f")))
    turned = transform.rotate(shown.pixels, 17, mode="edge", preserve_range=True)
    first, second = methods.prepare(turned.round().astype(np.uint8)), methods.prepare(shown.pixels)
    found = methods.compare(first, second)
    assert found.turn == pytest.approx(-17, abs=1)
    assert math.hypot(found.dx, found.dy) < 4
    assert found.count >= 0.7 * len(second.minutiae)
    back = methods.compare(second, first)
    assert back.turn == pytest.approx(17, abs=1)
    same = methods.compare(second, second)
    assert same.count == len(second.minutiae)
    assert same.score > found.score


def test_too_few_minutiae_give_no_pairs() -> None:
    few = methods.template([methods.Minutia(10, 10, 0)], np.ones((100, 100), bool))
    assert methods.compare(few, few).count == 0
    none = methods.template([], np.zeros((100, 100), bool))
    assert methods.compare(none, few).score == 0.0


@pytest.mark.parametrize("pattern", ridges.PATTERNS)
def test_patterns_and_ridge_counts(pattern: str) -> None:
    seed = practice(f"fingerprints pattern {pattern}")
    shown = impressions.press(seed.rng("i"), ridges.forge_finger(seed.rng("f"), pattern))
    enhanced = methods.enhance(shown.pixels)
    assert methods.pattern(enhanced) == pattern
    cores, _ = methods.singular_points(enhanced)
    for place in cores:
        assert min(math.dist(place, core) for core in shown.cores) < 12


def test_straight_ridges_are_counted() -> None:
    enhanced = methods.enhance(waves(0.0, 10.0))
    assert methods.ridge_count(enhanced, (80, 45), (80, 105)) == 6
    assert methods.ridge_count(enhanced, (80, 105), (80, 45)) == 6
    assert methods.ridge_count(enhanced, (60, 45), (100, 45)) == 0


def test_agreement_is_one_to_one() -> None:
    known = [methods.Minutia(50, 50, 0), methods.Minutia(58, 50, 0), methods.Minutia(90, 90, 90)]
    marked = [
        methods.Minutia(54, 50, 0),
        methods.Minutia(90, 90, 200),
        methods.Minutia(61, 50, 350),
    ]
    found = methods.agree(marked, known)
    assert found.pairs == ((0, 0), (2, 1))
    assert found.precision == found.recall == pytest.approx(2 / 3)
    assert methods.agree([], known).f1 == 0.0


def test_rates_and_bounds() -> None:
    same, different = [5.0, 7.0, 7.0, 9.0], [7.0, 1.0, 2.0, 7.5, 6.9]
    rates = methods.error_rates(same, different, 7.0)
    assert (rates.fmr, rates.fnmr) == (0.4, 0.25)
    thresholds, fmr, fnmr = methods.det_curve(same, different)
    for t, a, b in zip(thresholds, fmr, fnmr, strict=True):
        rates = methods.error_rates(same, different, t)
        assert (rates.fmr, rates.fnmr) == pytest.approx((a, b))
    assert fmr[-1] == 0.0
    assert fnmr[-1] == 1.0
    assert methods.equal_error_rate([5, 6, 7], [1, 2, 3])[0] == 0.0
    assert methods.upper_bound(0, 60) == pytest.approx(1 - 0.05 ** (1 / 60))
    assert methods.upper_bound(3, 3) == 1.0
    low, high = methods.LOG10_LR_LIMITS
    assert methods.log10_likelihood_ratio(np.array([-1e4, 1e4])).tolist() == [low, high]
    for bad in (([], different, 1), (same, [float("nan")], 1)):
        with pytest.raises(methods.ComparisonError):
            methods.error_rates(*bad)
    with pytest.raises(methods.ComparisonError):
        methods.upper_bound(4, 3)


def test_images_of_another_kind_are_refused() -> None:
    for pixels in (
        np.zeros((100, 100)),
        np.zeros((100, 100, 3), np.uint8),
        np.zeros((10, 99), np.uint8),
    ):
        with pytest.raises(methods.ImageError):
            methods.enhance(pixels)
    with pytest.raises(methods.FingerprintError):
        methods.Minutia(1, 2, float("nan"))


@pytest.mark.acceptance
def test_the_bounds_are_met_on_many_fingers(tmp_path: Path) -> None:
    report = Report("fingerprints", tmp_path)
    validation.validate(report, argparse.Namespace(fingers=40))
    assert report.missed == []
