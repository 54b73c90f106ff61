"""Minutiae: found on thin ridges by the crossing number, and what is spurious taken away.

Crossing number: C. Arcelli and G. Sanniti di Baja 1984; rules against spurious minutiae after
Q. Xiao and H. Raafat, Pattern Recognition 24 (1991) 985. Directions as in ISO/IEC 19794-2: from the
minutia along the ridge that ends, or into the valley that a bifurcation encloses; in degrees,
counter-clockwise from the right, 0 to 360.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage, optimize, spatial

from dalil.courses.fingerprints.methods.enhancement import Enhanced, FingerprintError, Mask

ENDING, BIFURCATION = 1, 2
KINDS = {ENDING: "ending", BIFURCATION: "bifurcation"}
TRACE = 12  # pixels followed along each ridge to take its direction
SHORT = 11  # pixels: a spur, bridge or hole of this length is no feature of the skin
MARGIN = 10  # pixels from the border of the mask within which ridges end for no reason
GAP = 14.0  # pixels: two endings that face each other this closely are one broken ridge
NEIGHBOURS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True, order=True)
class Minutia:
    """``x`` right and ``y`` down in pixels, ``direction`` in degrees (0 to 360), ``kind`` ENDING
    or BIFURCATION, ``quality`` 0 to 100."""

    x: float
    y: float
    direction: float
    kind: int = ENDING
    quality: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FingerprintError(f"kind must be 1 (ending) or 2 (bifurcation), not {self.kind}")
        if not all(math.isfinite(v) for v in (self.x, self.y, self.direction)):
            raise FingerprintError("a minutia's place and direction must be finite numbers")


def crossing_number(skeleton: Mask) -> npt.NDArray[np.int64]:
    """(H, W): half of the changes between ridge and valley around each ridge pixel; 1 where a ridge
    ends, 2 along it, 3 where it forks; 0 off the ridges."""
    padded = np.pad(skeleton, 1).astype(np.int64)
    rows, columns = skeleton.shape
    around = [padded[1 + r : 1 + r + rows, 1 + c : 1 + c + columns] for r, c in NEIGHBOURS]
    changes = sum(np.abs(a - b) for a, b in zip(around, [*around[1:], around[0]], strict=True))
    return np.asarray(np.where(skeleton, changes // 2, 0))


def find_minutiae(enhanced: Enhanced) -> list[Minutia]:
    """The minutiae of an enhanced image, spurious ones removed, the best first."""
    skeleton, number = enhanced.skeleton, crossing_number(enhanced.skeleton)
    inner = ndimage.distance_transform_edt(np.pad(enhanced.mask, 1))[1:-1, 1:-1] > MARGIN
    walk = _Walk(skeleton, number)
    found: list[tuple[int, int, int, list[list[tuple[int, int]]]]] = []
    for row, column in np.argwhere(((number == 1) | (number == 3)) & inner):
        place = (int(row), int(column))
        paths = walk.paths(place)
        if any(walk.meets_feature(path) for path in paths) or not paths:
            continue
        found.append((*place, int(number[place]), paths))
    measured = [_measured(enhanced, *one) for one in found]
    kept = _without_gaps([m for m in measured if m is not None])
    return sorted(_without_doubles(kept), key=lambda m: -m.quality)


class _Walk:
    """Following thin ridges from a feature."""

    def __init__(self, skeleton: Mask, number: npt.NDArray[np.int64]) -> None:
        self._skeleton = np.pad(skeleton, 1)
        self._number = np.pad(number, 1)

    def _next(self, at: tuple[int, int]) -> list[tuple[int, int]]:
        return [
            (at[0] + r, at[1] + c) for r, c in NEIGHBOURS if self._skeleton[at[0] + r, at[1] + c]
        ]

    def paths(self, start: tuple[int, int]) -> list[list[tuple[int, int]]]:
        """The branches that leave *start*, each of at most TRACE pixels, in unpadded places."""
        origin = (start[0] + 1, start[1] + 1)
        branches: list[list[tuple[int, int]]] = []
        for first in self._starts(origin):
            path, seen = [first], {origin, first, *self._next(origin)}
            while len(path) < TRACE and self._number[path[-1]] == 2:
                onward = [p for p in self._next(path[-1]) if p not in seen]
                if not onward:
                    break
                onward.sort(key=lambda p: abs(p[0] - path[-1][0]) + abs(p[1] - path[-1][1]))
                path.append(onward[0])
                seen.update(onward)
            branches.append([(r - 1, c - 1) for r, c in path])
        return branches

    def _starts(self, origin: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """One neighbour per branch: of two that touch, the one beside, not the one across."""
        near = self._next(origin)
        straight = [p for p in near if p[0] == origin[0] or p[1] == origin[1]]
        yield from straight
        for p in near:
            if p not in straight and all(abs(p[0] - q[0]) + abs(p[1] - q[1]) > 1 for q in straight):
                yield p

    def meets_feature(self, path: Sequence[tuple[int, int]]) -> bool:
        """Whether the branch ends or forks again at once: a spur, a bridge, an island."""
        row, column = path[-1]
        return len(path) <= SHORT and self._number[row + 1, column + 1] != 2


def _measured(
    enhanced: Enhanced, row: int, column: int, number: int, paths: list[list[tuple[int, int]]]
) -> Minutia | None:
    rays = [
        math.degrees(math.atan2(-(path[-1][0] - row), path[-1][1] - column))
        for path in paths
        if len(path) >= 4
    ]
    if number == 1 and len(rays) == 1:
        kind, direction = ENDING, rays[0]
    elif number == 3 and len(rays) == 3:
        kind, direction = BIFURCATION, _between_nearest(rays)
    else:
        return None
    line = math.degrees(float(enhanced.orientation[row, column]))
    # the wide view of the flow is steadier than a few pixels of one ridge, which give the side
    turned = line + (180.0 if math.cos(math.radians(line - direction)) < 0 else 0.0)
    near = (slice(max(0, row - 8), row + 9), slice(max(0, column - 8), column + 9))
    quality = round(100 * float(enhanced.clarity[near].mean()))
    return Minutia(float(column), float(row), turned % 360.0, kind, min(quality, 100))


def _between_nearest(rays: Sequence[float]) -> float:
    """The middle of the two rays that lie closest, in degrees."""
    pairs = [(abs(angle_between(a, b)), a, b) for n, a in enumerate(rays) for b in rays[n + 1 :]]
    _, a, b = min(pairs)
    return a + angle_between(b, a) / 2


def angle_between(first: float, second: float) -> float:
    """*first* less *second*, in degrees from -180 to 180."""
    return (first - second + 180.0) % 360.0 - 180.0


def _without_gaps(found: list[Minutia]) -> list[Minutia]:
    """Without pairs of endings that face each other across a short gap in one ridge."""
    dropped: set[int] = set()
    for n, a in enumerate(found):
        for m in range(n + 1, len(found)):
            b = found[m]
            if a.kind != ENDING or b.kind != ENDING or {n, m} & dropped:
                continue
            across, distance = (b.x - a.x, a.y - b.y), math.hypot(b.x - a.x, b.y - a.y)
            if distance > GAP or abs(angle_between(a.direction, b.direction)) < 130:
                continue
            away = math.degrees(math.atan2(across[1], across[0]))
            if distance < 4 or abs(angle_between(a.direction + 180, away)) < 40:
                dropped |= {n, m}
    return [m for n, m in enumerate(found) if n not in dropped]


def _without_doubles(found: list[Minutia], least: float = 6.0) -> list[Minutia]:
    """Of minutiae closer than *least* pixels only the better one."""
    kept: list[Minutia] = []
    for minutia in sorted(found, key=lambda m: -m.quality):
        if all(math.hypot(minutia.x - m.x, minutia.y - m.y) >= least for m in kept):
            kept.append(minutia)
    return kept


@dataclass(frozen=True)
class Agreement:
    """How marked minutiae meet known ones: pairs of indices (marked, known), and the shares."""

    pairs: tuple[tuple[int, int], ...]
    marked: int
    known: int

    @property
    def precision(self) -> float:
        return len(self.pairs) / self.marked if self.marked else 0.0

    @property
    def recall(self) -> float:
        return len(self.pairs) / self.known if self.known else 0.0

    @property
    def f1(self) -> float:
        return 2 * len(self.pairs) / max(self.marked + self.known, 1)


def agree(
    marked: Sequence[Minutia],
    known: Sequence[Minutia],
    distance: float = 10.0,
    turn: float = 30.0,
) -> Agreement:
    """Pair *marked* with *known* one to one, within *distance* pixels and *turn* degrees, as many
    and as close as can be (assignment problem)."""
    if not marked or not known:
        return Agreement((), len(marked), len(known))
    away = spatial.distance.cdist([(m.x, m.y) for m in marked], [(m.x, m.y) for m in known])
    turned = np.array(
        [[abs(angle_between(a.direction, b.direction)) for b in known] for a in marked]
    )
    possible = (away <= distance) & (turned <= turn)
    cost = np.where(possible, away - 1000.0, 0.0)
    rows, columns = optimize.linear_sum_assignment(cost)
    pairs = tuple((int(r), int(c)) for r, c in zip(rows, columns, strict=True) if possible[r, c])
    return Agreement(pairs, len(marked), len(known))
