"""Comparison of two sets of minutiae: local descriptors propose, an alignment decides, pairs count.

Local: minutia cylinder codes (R. Cappelli, M. Ferrara and D. Maltoni, "Minutia Cylinder-Code: a new
representation and matching technique for fingerprint recognition", IEEE TPAMI 32 (2010) 2128), with
8 cells a side and 6 angles. Global: the best local pairs each give a rotation and a shift; the one
under which most minutiae find a partner within tolerance is refined by least squares. The first
set is laid on the second: ``turn`` in degrees counter-clockwise, ``dx`` right, ``dy`` down, pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import optimize

from dalil.courses.fingerprints.methods.enhancement import (
    PIXELS_PER_MM,
    Enhanced,
    FingerprintError,
    Mask,
    enhance,
)
from dalil.courses.fingerprints.methods.minutiae import Minutia, find_minutiae

Values = npt.NDArray[np.float64]

RADIUS, CELLS, LAYERS = 70.0, 8, 6  # pixels; cells a side and angles of a cylinder
SIGMA_SPACE, SIGMA_ANGLE = 28.0 / 3, 2 * math.pi / 9
SLOPE, HALF = 400.0, 0.01  # of the sigmoid that limits a cell
REACH = 45.0  # pixels around the minutiae within which a cell can be known
LEAST_COMMON = 0.6  # share of cells that two cylinders must both know
CANDIDATES = 10  # local pairs that are tried as alignments
DISTANCE, TURN = 10.0, 25.0  # tolerance of a pair: pixels and degrees
STRETCH = 45.0  # pixels over which the skin's stretch is taken to be one
ALIKE = (0.52, 0.15)  # local similarity that speaks neither way; rise that is worth one pair more
MISSING = 0.80  # what a minutia without a partner in the common area costs, in pairs
LEAST_MINUTIAE = 3


class ComparisonError(FingerprintError):
    """The two prints, or the scores, do not allow the comparison asked for."""


@dataclass(frozen=True, eq=False)
class Template:
    """A print made ready: its minutiae, where ridges were found, and its cylinders."""

    minutiae: tuple[Minutia, ...]
    mask: Mask
    cylinders: Values = field(repr=False)
    known: Values = field(repr=False)  # 1 where a cell of a cylinder is known, else 0

    @property
    def area(self) -> float:
        """Square millimetres of ridges."""
        return float(self.mask.sum()) / PIXELS_PER_MM**2


def prepare(pixels: npt.NDArray[np.uint8]) -> Template:
    """An image made ready for comparisons: enhanced, its minutiae found. Raises ImageError."""
    enhanced = enhance(pixels)
    return template(find_minutiae(enhanced), enhanced)


def template(minutiae: Sequence[Minutia], where: Enhanced | Mask) -> Template:
    """Minutiae made ready, however they were found: by a method, or marked by an examiner."""
    mask = where.mask if isinstance(where, Enhanced) else where
    cylinders, known = _cylinders(minutiae)
    return Template(tuple(minutiae), mask, cylinders, known)


def _columns(minutiae: Sequence[Minutia]) -> tuple[Values, Values]:
    """(N, 2) of x, y; (N,) directions in radians."""
    places = np.array([(m.x, m.y) for m in minutiae], dtype=np.float64).reshape(-1, 2)
    return places, np.radians([m.direction for m in minutiae])


def _cylinders(minutiae: Sequence[Minutia]) -> tuple[Values, Values]:
    """(N, CELLS² · LAYERS) values 0 to 1, and which of them are known."""
    size = CELLS * CELLS
    if not minutiae:
        return np.zeros((0, size * LAYERS)), np.zeros((0, size * LAYERS))
    places, angle = _columns(minutiae)
    side = (np.arange(CELLS) - (CELLS - 1) / 2) * 2 * RADIUS / CELLS
    u, v = (part.ravel() for part in np.meshgrid(side, side))
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = places[:, :1] + u * cosine + v * sine  # y runs down, so a turn to the left is this way
    y = places[:, 1:] - u * sine + v * cosine
    apart = np.hypot(x[:, :, None] - places[:, 0], y[:, :, None] - places[:, 1])
    near = np.exp(-(apart**2) / (2 * SIGMA_SPACE**2)) / (SIGMA_SPACE * math.sqrt(2 * math.pi))
    near[np.arange(len(places)), :, np.arange(len(places))] = 0.0
    near[apart > 3 * SIGMA_SPACE] = 0.0
    layer = -math.pi + (np.arange(LAYERS) + 0.5) * 2 * math.pi / LAYERS
    turned = _wrapped(_wrapped(angle[:, None] - angle)[:, :, None] - layer)
    like = np.exp(-(turned**2) / (2 * SIGMA_ANGLE**2)) / (SIGMA_ANGLE * math.sqrt(2 * math.pi))
    like = like * 2 * math.pi / LAYERS
    mass = np.einsum("nct,ntl->ncl", near, like)
    value = 1 / (1 + np.exp(-SLOPE * (mass - HALF)))
    known = (np.hypot(u, v) <= RADIUS)[None] & (apart.min(2) <= REACH)
    value = value * known[:, :, None]
    every = np.repeat(known.astype(np.float64), LAYERS, axis=1)
    return value.reshape(len(places), -1), every


def _wrapped(angle: Values) -> Values:
    """Radians between -pi and pi."""
    return np.asarray(np.mod(angle + math.pi, 2 * math.pi) - math.pi)


def local_similarity(first: Template, second: Template) -> Values:
    """(N, M): how alike the surroundings of two minutiae are, 0 to 1 (MCC's local similarity)."""
    a, b, va, vb = first.cylinders, second.cylinders, first.known, second.known
    common = va @ vb.T
    aa, bb, ab = (a * a) @ vb.T, va @ (b * b).T, a @ b.T
    distance = np.sqrt(np.maximum(aa + bb - 2 * ab, 0.0))
    total = np.sqrt(np.maximum(aa, 0)) + np.sqrt(np.maximum(bb, 0))
    usual = va.sum(1)[:, None] + vb.sum(1)
    enough = (common >= LEAST_COMMON * usual / 2) & (total > 1e-9)
    return np.where(enough, 1 - distance / np.maximum(total, 1e-9), 0.0)


@dataclass(frozen=True)
class Comparison:
    """``pairs`` of indices (first, second); ``score`` in pairs, less what is missing; ``common`` is
    the number of minutiae in the common area, of the first and of the second print."""

    pairs: tuple[tuple[int, int], ...]
    score: float
    turn: float
    dx: float
    dy: float
    common: tuple[int, int]
    area: float  # square millimetres that both prints show

    @property
    def count(self) -> int:
        return len(self.pairs)


def compare(first: Template, second: Template) -> Comparison:
    """Lay *first* on *second* and count the minutiae that correspond; about 5 ms.

    With fewer than 3 minutiae in either there is nothing to compare: no pairs, score 0.
    """
    if min(len(first.minutiae), len(second.minutiae)) < LEAST_MINUTIAE:
        return Comparison((), 0.0, 0.0, 0.0, 0.0, (0, 0), 0.0)
    similar = local_similarity(first, second)
    a, b = _columns(first.minutiae), _columns(second.minutiae)
    poses = [_through(a, b, n, m) for n, m in _seeds(similar)]
    best = max(poses, key=lambda pose: _gain(pose.moved(a), b, similar))
    return _refined(first, second, best, similar)


_Columns = tuple[Values, Values]


@dataclass(frozen=True, eq=False)
class _Pose:
    """A turn (radians) about the origin, then a shift (x, y)."""

    turn: float
    shift: Values

    @property
    def matrix(self) -> Values:
        cosine, sine = math.cos(self.turn), math.sin(self.turn)
        return np.array([[cosine, sine], [-sine, cosine]])

    def moved(self, columns: _Columns) -> _Columns:
        return columns[0] @ self.matrix.T + self.shift, columns[1] + self.turn

    def back(self, places: Values) -> Values:
        return (places - self.shift) @ self.matrix


def _through(a: _Columns, b: _Columns, n: int, m: int) -> _Pose:
    """The pose that lays minutia *n* of the first on *m* of the second."""
    pose = _Pose(float(_wrapped(b[1][m] - a[1][n])), np.zeros(2))
    return _Pose(pose.turn, b[0][m] - pose.matrix @ a[0][n])


def _seeds(similar: Values) -> list[tuple[int, int]]:
    """The most alike pairs, of each minutia at most two."""
    order = np.argsort(-similar, axis=None, kind="stable")[: 8 * CANDIDATES]
    used: dict[tuple[str, int], int] = {}
    seeds: list[tuple[int, int]] = []
    for n, m in zip(*np.unravel_index(order, similar.shape), strict=True):
        keys = (("first", int(n)), ("second", int(m)))
        if all(used.get(key, 0) < 2 for key in keys):
            seeds.append((int(n), int(m)))
            for key in keys:
                used[key] = used.get(key, 0) + 1
        if len(seeds) == CANDIDATES:
            break
    return seeds


def _gain(moved: _Columns, b: _Columns, similar: Values) -> float:
    """A quick count of partners: for each minutia of the first, the nearest that may be one."""
    apart, turned = _differences(moved, b)
    fits = (apart < 1.5 * DISTANCE) & (turned < math.radians(TURN))
    weight = np.where(fits, (1 - apart / (2 * DISTANCE)) * (0.5 + similar), 0.0)
    return float(min(weight.max(1).sum(), weight.max(0).sum()))


def _differences(moved: _Columns, b: _Columns) -> tuple[Values, Values]:
    """(N, M) distances in pixels and angles in radians."""
    across, down = (moved[0][:, None, axis] - b[0][:, axis] for axis in (0, 1))
    return np.hypot(across, down), np.abs(_wrapped(moved[1][:, None] - b[1]))


def _refined(first: Template, second: Template, pose: _Pose, similar: Values) -> Comparison:
    """Pair, fit, pair again with a smaller tolerance; at last follow the skin's own stretch."""
    a, b = _columns(first.minutiae), _columns(second.minutiae)
    pairs: list[tuple[int, int]] = []
    for tolerance in (1.7 * DISTANCE, 1.35 * DISTANCE):
        pairs = _paired(pose.moved(a), b, tolerance, similar)
        if len(pairs) < LEAST_MINUTIAE:
            break
        rows, columns = (list(part) for part in zip(*pairs, strict=True))
        pose = _fit(a[0][rows], b[0][columns])
    moved, angle = pose.moved(a)
    if len(pairs) >= LEAST_MINUTIAE:
        rows, columns = (list(part) for part in zip(*pairs, strict=True))
        moved = moved + _stretch(moved, moved[rows], b[0][columns] - moved[rows])
    pairs = _paired((moved, angle), b, DISTANCE, similar)
    common, area = _common(first, second, moved, pose)
    middle = np.array(first.mask.shape[::-1]) / 2
    dx, dy = pose.moved((middle[None], np.zeros(1)))[0][0] - middle
    lost = (max(common[0] - len(pairs), 0) + max(common[1] - len(pairs), 0)) / 2
    worth = sum(1 + min(max((similar[n, m] - ALIKE[0]) / ALIKE[1], -1.0), 1.5) for n, m in pairs)
    return Comparison(
        pairs=tuple(sorted(pairs)),
        score=float(worth - MISSING * lost),
        turn=math.degrees(float(_wrapped(np.array(pose.turn)))),
        dx=float(dx),
        dy=float(dy),
        common=common,
        area=area,
    )


def _stretch(places: Values, known: Values, residual: Values) -> Values:
    """The smooth part of what the rigid fit left over, at *places*: a weighted mean of the
    residuals of the pairs around, pulled towards 0 where there are few."""
    apart = ((places[:, None] - known) ** 2).sum(2)
    weight = np.exp(-apart / (2 * STRETCH**2))
    return np.asarray(weight @ residual / (weight.sum(1, keepdims=True) + 1.0))


def _paired(
    moved: _Columns, b: _Columns, tolerance: float, similar: Values
) -> list[tuple[int, int]]:
    """As many pairs within tolerance as can be, close and alike ones first."""
    apart, turned = _differences(moved, b)
    fits = (apart <= tolerance) & (turned <= math.radians(TURN))
    cost = np.where(fits, apart / tolerance - similar - 10.0, 0.0)
    rows, columns = optimize.linear_sum_assignment(cost)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if fits[r, c]]


def _fit(first: Values, second: Values) -> _Pose:
    """The pose that lays *first* on *second* best (W. Kabsch 1976, in the plane)."""
    middle_a, middle_b = first.mean(0), second.mean(0)
    p, q = first - middle_a, second - middle_b
    turn = math.atan2(-float((p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()), float((p * q).sum()))
    return _Pose(turn, middle_b - _Pose(turn, middle_b).matrix @ middle_a)


def _common(
    first: Template, second: Template, moved: Values, pose: _Pose
) -> tuple[tuple[int, int], float]:
    """Minutiae of each print that lie where the other shows ridges too, and that area in mm2."""
    places, _ = _columns(second.minutiae)
    counts = (_inside(moved, second.mask), _inside(pose.back(places), first.mask))
    rows, columns = np.mgrid[0 : second.mask.shape[0] : 4, 0 : second.mask.shape[1] : 4]
    here = pose.back(np.stack([columns.ravel(), rows.ravel()], 1).astype(np.float64))
    both = second.mask[::4, ::4].ravel() & _hits(here, first.mask)
    return counts, float(both.sum()) * 4**2 / PIXELS_PER_MM**2


def _hits(places: Values, mask: Mask) -> Mask:
    columns, rows = np.round(places).astype(int).T
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    at = np.clip(rows, 0, mask.shape[0] - 1), np.clip(columns, 0, mask.shape[1] - 1)
    return np.asarray(inside & mask[at])


def _inside(places: Values, mask: Mask) -> int:
    return int(_hits(places, mask).sum())
