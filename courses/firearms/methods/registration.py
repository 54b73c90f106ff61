"""How one surface lies on another: rotation and shift, by masked correlation (Padfield 2012)."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft
from skimage import transform

from dalil.courses.firearms.methods.surfaces import Floats, Image, Layer, Mask, Prepared

Spectra = npt.NDArray[np.complex64]

COARSE_STEP = 3.0  # degrees between the trial rotations of the full circle
CANDIDATES = 3  # peaks of the full-circle search that are refined
LEAST_OVERLAP = 0.25  # of the smaller of the two valid areas
AREA_LIMIT = 3.0  # mm2: a larger overlap earns no more, the calibration set has none


@dataclass(frozen=True)
class Registration:
    """How the second surface lies on the first: turned by ``rotation`` degrees (counter-clockwise
    as displayed, -180..180) about the centre of its scan, then moved by ``dx``, ``dy`` um (right,
    down). ``ccf`` (-1..1) is their correlation on the common ``area`` (mm2)."""

    rotation: float
    dx: float
    dy: float
    ccf: float
    area: float

    @property
    def score(self) -> float:
        """Natural logarithm of Fisher's z of the correlation times the root of the common area:
        chance correlation falls with the root of the number of grains compared, so the product is
        a signal to noise ratio, and its logarithm spreads alike in both groups, which is what a
        straight line of log LR on score asks for."""
        z = math.atanh(min(max(self.ccf, 0.0), 0.999))
        return math.log(max(z * math.sqrt(min(self.area, AREA_LIMIT)), 0.05))


def _turn(
    layer: Layer, angle: float, shift: tuple[float, float], shape: tuple[int, int]
) -> tuple[Image, Image]:
    """``layer`` and its mask turned about its centre, moved by (rows, columns), on a new grid."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    matrix = np.array([[cos, sin], [-sin, cos]])  # of (row, column), from the new grid to the old
    middle = (np.array(shape) - 1) / 2 + shift
    row, column = (np.array(layer.values.shape) - 1) / 2 - matrix @ middle
    # scikit-image wants (x, y), that is (column, row)
    back = np.array([[cos, -sin, column], [sin, cos, row], [0.0, 0.0, 1.0]])
    mask = transform.warp(layer.valid.astype(np.float32), back, output_shape=shape, order=0)
    values = transform.warp(layer.values, back, output_shape=shape, order=1, preserve_range=True)
    return values * mask, mask


def _spectra(values: Image, mask: Image, size: int) -> Spectra:
    stack = np.stack([values, mask, values * values])
    return np.asarray(fft.rfft2(stack, (size, size), axes=(-2, -1)), dtype=np.complex64)


def _correlate(first: Spectra, second: Spectra, size: int, least: float) -> tuple[Image, Image]:
    """Correlation coefficient (0 where fewer than ``least`` pixels overlap) and overlap in pixels,
    for every cyclic shift (Padfield 2012, the local means being 0 after the band-pass)."""
    a, b = first, np.conj(second)
    product = np.stack([a[0] * b[..., 0, :, :], a[1] * b[..., 1, :, :],
                        a[2] * b[..., 1, :, :], a[1] * b[..., 2, :, :]])  # fmt: skip
    cross, overlap, energy_a, energy_b = fft.irfft2(product, (size, size), axes=(-2, -1))
    ccf = cross / np.sqrt(np.maximum(energy_a, 1.0) * np.maximum(energy_b, 1.0))
    return np.where(overlap > least, ccf, 0), np.maximum(overlap, 0)


@lru_cache(maxsize=3)
def _full_circle(second: Prepared, side: int, size: int) -> tuple[Floats, Spectra]:
    angles = np.arange(-180.0, 180.0, COARSE_STEP)
    turned = (_turn(second.coarse, angle, (0, 0), (side, side)) for angle in angles)
    return angles, np.stack([_spectra(values, mask, size) for values, mask in turned])


def _candidates(first: Prepared, second: Prepared) -> list[tuple[float, tuple[float, float]]]:
    """The best rotations of the full circle, each with its shift (rows, columns) in um."""
    a, b = first.coarse, second.coarse
    side = math.ceil(max(b.values.shape) * 1.02)
    size = int(fft.next_fast_len(int(1.6 * max(*a.values.shape, side)), real=True))
    angles, turned = _full_circle(second, side, size)
    fixed = _spectra(a.values, a.valid.astype(np.float32), size)
    least = LEAST_OVERLAP * min(a.valid.sum(), b.valid.sum())
    # shifts of the centres in pixels; the larger ones would mix with their cyclic repetition
    moves = [_unwrapped(np.arange(size) + (side - n) / 2, size) for n in a.values.shape]
    rows, columns = (np.abs(m) <= size - (n + side) / 2
                     for m, n in zip(moves, a.values.shape, strict=True))  # fmt: skip
    within = rows[:, None] & columns
    peaks, places = np.empty(len(angles)), np.empty(len(angles), dtype=np.int64)
    for k in range(0, len(angles), 6):
        ccf, overlap = _correlate(fixed, turned[k : k + 6], size, least)
        signal = np.where(within, ccf * np.sqrt(overlap), -1).reshape(-1, size * size)
        places[k : k + 6], peaks[k : k + 6] = signal.argmax(1), signal.max(1)
    found: list[tuple[float, tuple[float, float]]] = []
    for k in np.argsort(-peaks, kind="stable"):
        if all(abs((angles[k] - turn + 180) % 360 - 180) > COARSE_STEP for turn, _ in found):
            row, column = divmod(int(places[k]), size)
            shift = (float(moves[0][row]) * a.pitch, float(moves[1][column]) * a.pitch)
            found.append((float(angles[k]), shift))
        if len(found) == CANDIDATES:
            break
    return found


def register(first: Prepared, second: Prepared) -> Registration:
    """The rotation and shift that lay ``second`` best on ``first``.

    The full circle is tried every 3 degrees at 50 um, with every shift up to about 0.6 of the
    larger side that leaves 25 % of the smaller surface in common; the three best are refined at
    25 um to 0.375 degrees and, by a parabola through the peak, to a part of a pixel. Best means the
    largest ccf times root of the overlap.
    """
    a, b = first.fine, second.fine
    reach, shape = 4, (a.values.shape[0], a.values.shape[1])
    size = int(fft.next_fast_len(max(shape) + reach + 1, real=True))
    fixed = _spectra(a.values, a.valid.astype(np.float32), size)
    least = LEAST_OVERLAP / 2 * min(a.valid.sum(), b.valid.sum())
    lags = np.arange(-reach, reach + 1)

    def attempt(angle: float, shift: tuple[float, float]) -> tuple[float, ...]:
        rows, columns = shift[0] / a.pitch, shift[1] / a.pitch
        turned = _spectra(*_turn(b, angle, (rows, columns), shape), size)
        maps = _correlate(fixed, turned, size, least)
        ccf, overlap = (m[np.ix_(lags, lags)] for m in maps)
        signal = ccf * np.sqrt(overlap)
        y, x = (int(n) for n in np.unravel_index(int(signal.argmax()), signal.shape))
        down = (float(lags[y]) + _vertex(ccf[:, x], y)) * a.pitch + shift[0]
        right = (float(lags[x]) + _vertex(ccf[y], x)) * a.pitch + shift[1]
        area = float(overlap[y, x]) * a.pitch**2 * 1e-6
        return float(signal[y, x]), angle, down, right, float(ccf[y, x]), area

    half = COARSE_STEP / 2
    best = max(
        attempt(angle + turn, shift)
        for angle, shift in _candidates(first, second)
        for turn in (-half, 0.0, half)
    )
    for step in (half / 2, half / 4):
        best = max(best, *(attempt(best[1] + turn, (best[2], best[3])) for turn in (-step, step)))
    _, angle, down, right, ccf, area = best
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = second.centre
    dx = first.centre[0] + right - (x * cos + y * sin)
    dy = first.centre[1] + down - (y * cos - x * sin)
    return Registration((angle + 180) % 360 - 180, dx, dy, ccf, area)


def _unwrapped(shift: Floats, size: int) -> Floats:
    """Cyclic shifts as the equivalent ones of least length."""
    return (shift + size / 2) % size - size / 2


def _vertex(values: npt.NDArray[Any], peak: int) -> float:
    """Offset (-0.5..0.5) of the vertex of the parabola through a peak and its two neighbours."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, top, after = (float(v) for v in values[peak - 1 : peak + 2])
    curve = before - 2 * top + after
    return 0.0 if curve >= 0 else min(0.5, max(-0.5, (before - after) / (2 * curve)))


def aligned(
    first: Prepared, second: Prepared, found: Registration, turn: float = 0.0
) -> tuple[Image, Mask]:
    """``second`` laid on the fine grid of ``first``, turned ``turn`` degrees further about it."""
    a, angle = first.fine, found.rotation
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = second.centre
    right = found.dx - first.centre[0] + (x * cos + y * sin)
    down = found.dy - first.centre[1] + (y * cos - x * sin)
    shape = (a.values.shape[0], a.values.shape[1])
    # turning further about the centre of the first grid also swings the shift
    extra_cos, extra_sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    rows = (down * extra_cos - right * extra_sin) / a.pitch
    columns = (right * extra_cos + down * extra_sin) / a.pitch
    values, mask = _turn(second.fine, angle + turn, (rows, columns), shape)
    return values, mask > 0.5


def difference_map(first: Prepared, second: Prepared, found: Registration) -> Floats:
    """First less second after registration, on the 25 um grid of the first, in standard deviations
    of the band-passed surfaces; NaN where they have no common area."""
    values, valid = aligned(first, second, found)
    return np.where(valid & first.fine.valid, first.fine.values.astype(np.float64) - values, np.nan)
