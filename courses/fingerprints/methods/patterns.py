"""Cores, deltas and the pattern of a print, from the flow of its ridges alone.

Poincaré index: M. Kawagoe and A. Tojo, "Fingerprint pattern classification", Pattern Recognition 17
(1984) 295. On a walk around a core the ridges turn by half a circle with the walk, around a delta
against it. A loop is named after the side to which it opens, as one sees the print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from dalil.courses.fingerprints.methods.enhancement import Enhanced

PATTERNS = ("arch", "left loop", "right loop", "whorl")
FLOW_SIGMA = 7.0  # pixels: smoothing of the flow before cores are looked for
RIM = 22  # pixels from the border of the ridges within which the flow is not trusted
APART = 12.0  # pixels below which two singular points are one
RING = 24.0  # pixels from the core at which a loop's side is read

Place = tuple[float, float]


def singular_points(enhanced: Enhanced) -> tuple[list[Place], list[Place]]:
    """(cores, deltas), each a list of (x, y) in pixels, within the print and away from its rim."""
    doubled = [
        ndimage.gaussian_filter(enhanced.coherence * part(2 * enhanced.orientation), FLOW_SIGMA)
        for part in (np.cos, np.sin)
    ]
    index = _turns(0.5 * np.arctan2(doubled[1], doubled[0]))
    inner = ndimage.distance_transform_edt(np.pad(enhanced.mask, 1))[1:-1, 1:-1] > RIM
    inner = inner[:-1, :-1]
    return _gathered(index > 0.25, inner), _gathered(index < -0.25, inner)


def _turns(orientation: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Turns of the ridges, in whole circles, on a walk around each square of four pixels."""
    left, right = orientation[:, :-1], orientation[:, 1:]
    corners = [left[:-1], left[1:], right[1:], right[:-1]]
    total = np.zeros(corners[0].shape)
    for now, onward in zip(corners, [*corners[1:], corners[0]], strict=True):
        total += np.mod(onward - now + math.pi / 2, math.pi) - math.pi / 2
    return total / (2 * math.pi)


def _gathered(found: npt.NDArray[np.bool_], inner: npt.NDArray[np.bool_]) -> list[Place]:
    places: list[Place] = []
    for row, column in np.argwhere(found & inner):
        place = (float(column) + 0.5, float(row) + 0.5)
        if all(math.dist(place, other) > APART for other in places):
            places.append(place)
    return places


def pattern(enhanced: Enhanced) -> str:
    """One of PATTERNS: two cores are a whorl, none an arch, one a loop.

    It fails where a core or the only delta that tells lies outside of the print, and takes a tented
    arch, which has a core above a delta, for a loop.
    """
    cores, deltas = singular_points(enhanced)
    if len(cores) >= 2:
        return "whorl"
    if not cores:
        return "arch"
    return "left loop" if _opening(enhanced, cores[0], deltas) < 0 else "right loop"


def _opening(enhanced: Enhanced, core: Place, deltas: Sequence[Place]) -> float:
    """Where a loop opens: negative to the left. Away from its delta; without one, along the
    direction in which ridges leave the core straight."""
    if deltas:
        return core[0] - min(deltas, key=lambda place: math.dist(place, core))[0]
    bearing = np.arange(0, 2 * math.pi, math.pi / 60)
    rows = np.clip(core[1] - RING * np.sin(bearing), 0, enhanced.mask.shape[0] - 1).astype(int)
    columns = np.clip(core[0] + RING * np.cos(bearing), 0, enhanced.mask.shape[1] - 1).astype(int)
    along = np.cos(2 * (enhanced.orientation[rows, columns] - bearing))
    return float(np.cos(bearing[int(along.argmax())]))


def ridge_count(enhanced: Enhanced, first: Place, second: Place) -> int:
    """Ridges crossed by the straight line between two places (x, y); a ridge on which the line
    begins or ends is not counted (E. Henry 1900, as still used for core and delta)."""
    steps = 4 * math.ceil(math.dist(first, second)) + 2
    x, y = (np.linspace(a, b, steps) for a, b in zip(first, second, strict=True))
    ridge = ndimage.map_coordinates(enhanced.filtered, [y, x], order=1) > 0
    begins = ridge[1:] & ~ridge[:-1]
    return int(begins.sum()) - int(ridge[-1] and begins.any())
