"""Forged breech faces: repeatable bytes, true registration, and as alike as real ones are."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from dalil.courses.firearms import methods
from dalil.errors import ForgingError
from dalil.forging import topographies

PINNED = "f4b48891b72d648738c503770ebf54f519e65d100d390fb567a2fd5d7fbfc426"
PROGRAM = """
import hashlib, locale, sys, time
import numpy as np
from dalil.forging import topographies as t
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
rng = np.random.Generator(np.random.PCG64(11))
slide = t.forge_slide(rng, t.forge_batch(rng, t.TRAP))
shot = t.forge_shot(rng, slide)
print(hashlib.sha256(t.x3p_bytes(shot.heights, shot.pitch)).hexdigest())
"""


def shots(
    seed: int, count: int = 2, source: topographies.Batch | topographies.Breech | None = None
) -> list[topographies.Shot]:
    rng = np.random.Generator(np.random.PCG64(seed))
    slide = topographies.forge_slide(rng, source)
    return [topographies.forge_shot(rng, slide) for _ in range(count)]


def prepared(shot: topographies.Shot) -> methods.Prepared:
    return methods.prepare(methods.Topography(shot.heights.astype(float), shot.pitch, shot.pitch))


def test_same_seed_same_bytes_wherever_it_runs():
    digests = set()
    for hashseed, zone, locale in (("0", "UTC", "C"), ("77", "Pacific/Auckland", "fr_FR.UTF-8")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hashseed,
            "TZ": zone,
            "LC_ALL": locale,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True
        )
        digests.add(run.stdout)
    assert len(digests) == 1


def test_other_seeds_give_other_surfaces():
    (first,), (second,) = shots(1, 1), shots(2, 1)
    assert not np.array_equal(first.heights, second.heights, equal_nan=True)


def test_a_scan_is_of_modest_size_and_masked_like_a_real_one():
    for seed in range(4):
        (shot,) = shots(seed, 1)
        assert shot.heights.shape == (290, 290)
        assert shot.heights.dtype == np.float32
        area = np.isfinite(shot.heights).sum() * shot.pitch**2 * 1e-6
        assert 2.3 < area < 5
        assert np.isnan(shot.heights[[0, 0, -1, -1], [0, -1, 0, -1]]).all()
        assert np.isnan(shot.heights[140:150, 140:150]).all()
        assert len(topographies.x3p_bytes(shot.heights, shot.pitch)) < 600_000


def test_forging_a_case_is_quick():
    started = time.process_time()
    for seed in range(2):
        shots(seed, 3)
    assert time.process_time() - started < 2


def test_the_container_depends_on_its_arguments_only(tmp_path: Path):
    heights = np.array([[0.5, np.nan], [-1.0, 2.0]])
    when = datetime(2031, 5, 6, tzinfo=UTC)
    topographies.write_x3p(tmp_path / "a.x3p", heights, 12.5, 6.25, when)
    content = (tmp_path / "a.x3p").read_bytes()
    assert content == topographies.x3p_bytes(heights, 12.5, 6.25, when)
    assert content != topographies.x3p_bytes(heights, 12.5, 6.25)
    found = methods.read_x3p(tmp_path / "a.x3p")
    assert (found.dx, found.dy) == pytest.approx((12.5, 6.25))
    np.testing.assert_allclose(found.heights, heights, atol=1e-6)


def test_the_bytes_of_a_small_container_are_pinned():
    content = topographies.x3p_bytes([[0.5, 1.0], [-1.0, 2.0]], 12.5)
    assert hashlib.sha256(content).hexdigest() == PINNED


@pytest.mark.parametrize(
    "change",
    [{"slide_rms": (1.0,)}, {"subclass": 1.5}, {"dropout": 0.9}, {"hole": 1.0}, {"size": 10}],
)
def test_senseless_parameters_are_refused(change):
    with pytest.raises(ForgingError):
        replace(topographies.Breech(), **change)


@pytest.mark.parametrize("heights", [[1.0, 2.0], [[1.0]]])
def test_a_container_needs_a_surface(heights):
    with pytest.raises(ForgingError, match="x3p needs"):
        topographies.x3p_bytes(heights, 1.0)


@pytest.fixture(scope="module")
def marks() -> dict[int, list[topographies.Shot]]:
    return {seed: shots(seed) for seed in range(20, 25)}


def test_the_true_registration_is_found(marks):
    for first, second in marks.values():
        found = methods.register(prepared(first), prepared(second))
        rotation, dx, dy = second.onto(first)
        assert found.rotation == pytest.approx(rotation, abs=0.6)
        assert found.dx == pytest.approx(dx, abs=12)
        assert found.dy == pytest.approx(dy, abs=12)


def test_scores_lie_where_the_real_ones_do(marks):
    """Real: same 0.46 (0.01 to 0.82), different -1.51 (-1.9 to -1.02)."""
    ready = {seed: [prepared(shot) for shot in pair] for seed, pair in marks.items()}
    same = [methods.register(*pair).score for pair in ready.values()]
    firsts = [pair[0] for pair in ready.values()]
    different = [methods.register(a, b).score for a, b in combinations(firsts, 2)]
    assert 0.1 < np.mean(same) < 0.7
    assert min(same) > -0.4
    assert -1.7 < np.mean(different) < -1.3
    assert max(different) < -0.8


def test_a_batch_misleads_the_correlation_but_not_the_cells():
    rng = np.random.Generator(np.random.PCG64(31))
    batch = topographies.forge_batch(rng, topographies.TRAP)
    siblings = [
        prepared(topographies.forge_shot(rng, topographies.forge_slide(rng, batch)))
        for _ in range(4)
    ]
    found = [methods.compare_prepared(a, b) for a, b in combinations(siblings, 2)]
    assert -1.0 < np.mean([c.score for c in found]) < 0.1
    assert np.mean([c.cmc / c.cell_count for c in found]) < 0.3
