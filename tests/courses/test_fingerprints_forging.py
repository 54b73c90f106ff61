"""Forged fingers: what was planted is in the phase, and comes to lie where it is said to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dalil.errors import ForgingError
from dalil.forging import impressions, practice, ridges


@pytest.fixture(scope="module")
def fingers() -> dict[str, ridges.Finger]:
    return {
        name: ridges.forge_finger(practice(f"forging {name}").rng("f"), name)
        for name in ridges.PATTERNS
    }


def turns(finger: ridges.Finger) -> np.ndarray:
    """Rows and columns (nodes) around which the phase winds, found from the phase alone."""
    grid = ridges._Grid(finger.flow)
    minutiae = finger.minutiae
    places = np.column_stack([minutiae.y, minutiae.x]) / ridges.STEP - 0.5
    places = places.round().astype(int)
    tangent = finger.flow.angle[places[:, 0], places[:, 1]] + math.pi / 2
    along = np.cos(np.radians(minutiae.direction) + tangent)
    phase = grid.phase(places, np.where(along > 0, -1, 1))

    def step(first: np.ndarray, second: np.ndarray, sheet: np.ndarray) -> np.ndarray:
        return np.angle(np.exp(1j * (sheet * second - first)))

    right = step(phase[:, :-1], phase[:, 1:], grid.right)
    down = step(phase[:-1], phase[1:], grid.down)
    s, d = grid.right, grid.down
    around = right[:-1] + s[:-1] * down[:, 1:] - d[:, :-1] * right[1:] - down[:, :-1]
    return np.argwhere(grid._closed() & (np.abs(around) > math.pi)) + 0.5


def test_the_phase_winds_at_the_planted_places_and_nowhere_else(
    fingers: dict[str, ridges.Finger],
) -> None:
    for finger in fingers.values():
        found = turns(finger)
        planted = np.column_stack([finger.minutiae.y, finger.minutiae.x]) / ridges.STEP
        poles = np.vstack([finger.cores, finger.deltas])[:, ::-1] / ridges.STEP
        for place in planted:
            assert np.hypot(*(found - place).T).min() <= 1.0
        away = [p for p in found if np.hypot(*(planted - p).T).min() > 1.5]
        away = [p for p in away if not len(poles) or np.hypot(*(poles - p).T).min() > 8]
        assert len(away) <= 0.05 * len(planted)


def test_patterns_have_their_poles(fingers: dict[str, ridges.Finger]) -> None:
    poles = {name: (len(f.cores), len(f.deltas)) for name, f in fingers.items()}
    assert poles == {"arch": (0, 0), "left loop": (1, 1), "right loop": (1, 1), "whorl": (2, 2)}
    left, right = fingers["left loop"], fingers["right loop"]
    assert left.deltas[0, 0] > left.cores[0, 0]
    assert right.deltas[0, 0] < right.cores[0, 0]
    with pytest.raises(ForgingError, match="pattern"):
        ridges.forge_flow(practice("none").rng("f"), "spiral")


def test_kinds_and_counts_are_those_of_skin(fingers: dict[str, ridges.Finger]) -> None:
    for finger in fingers.values():
        minutiae = finger.minutiae
        assert 44 <= len(minutiae) <= 62
        assert 0.2 < (minutiae.kind == ridges.ENDING).mean() < 0.8
        apart = np.hypot(minutiae.x[:, None] - minutiae.x, minutiae.y[:, None] - minutiae.y)
        assert (apart + 99 * np.eye(len(minutiae))).min() > 6


def test_impressions_say_where_minutiae_lie(fingers: dict[str, ridges.Finger]) -> None:
    """Printed twice without deformation but for a known one, minutiae move with it."""
    finger = fingers["whorl"]
    still = impressions.Pressing(rotation=0, shift=0, stretch=0, area=(3, 3), dryness=0)
    shown = impressions.press(practice("still").rng("i"), finger, still)
    known = {
        (round(x), round(y)) for x, y in zip(finger.minutiae.x, finger.minutiae.y, strict=True)
    }
    for x, y in zip(shown.minutiae.x, shown.minutiae.y, strict=True):
        assert (round(x), round(y)) in known
    moved = impressions.press(
        practice("moved").rng("i"), finger, impressions.Pressing(rotation=30, stretch=6)
    )
    for x, y in zip(moved.minutiae.x, moved.minutiae.y, strict=True):
        assert moved.contact[round(y), round(x)]


def test_ridges_between_places(fingers: dict[str, ridges.Finger]) -> None:
    still = impressions.Pressing(rotation=0, shift=0, stretch=0, area=(3, 3))
    shown = impressions.press(practice("still").rng("i"), fingers["arch"], still)
    column = shown.skin[:, 160] > 0
    begins = np.flatnonzero(column[1:] & ~column[:-1])
    first, second = float(begins[3]) - 1, float(begins[9]) - 1
    assert shown.ridges_between((160, first), (160, second)) == 6
    assert shown.ridges_between((160, second), (160, first)) == 6


def test_look_alikes_share_a_part(fingers: dict[str, ridges.Finger]) -> None:
    finger = fingers["left loop"]
    twin = ridges.forge_look_alike(practice("twin").rng("f"), finger, 0.4)
    own, other = finger.minutiae, twin.minutiae
    apart = np.hypot(own.x[:, None] - other.x, own.y[:, None] - other.y)
    shared = (apart.min(1) < 5).mean()
    assert 0.35 < shared < 0.7


def test_sizes_tell_nothing(fingers: dict[str, ridges.Finger]) -> None:
    styles = (impressions.CLEAN, impressions.LATENT, impressions.POOR)
    sizes = {
        len(impressions.png(impressions.press(practice("png").rng("i"), finger, how).pixels))
        for finger in fingers.values()
        for how in styles
    }
    assert len(sizes) == 1
