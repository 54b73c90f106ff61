"""Surfaces: levelling, Gaussian filters (ISO 16610-21, -61, -71), and making ready to compare."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

NATIVE_PITCH = 6.25  # finer scans are averaged down to about this before anything else
COARSE_PITCH, COARSE_BAND = 50.0, (100.0, 400.0)  # full-circle search
FINE_PITCH, FINE_BAND = 25.0, (40.0, 250.0)  # registration, score and cells


class FirearmsError(ValueError):
    """The base of what this module raises: one line that says what, where and what to do."""


class ComparisonError(FirearmsError):
    """The two surfaces, or the scores, do not allow the comparison asked for."""


@dataclass(frozen=True, eq=False)
class Topography:
    """A measured surface: ``heights`` (H, W) in um, NaN = no value; ``dx``, ``dy`` um a pixel."""

    heights: Floats
    dx: float
    dy: float

    def __post_init__(self) -> None:
        if self.heights.ndim != 2 or min(self.heights.shape) < 2:
            raise FirearmsError(f"heights must be (H, W), not of shape {self.heights.shape}")
        if not all(math.isfinite(step) and step > 0 for step in (self.dx, self.dy)):
            raise FirearmsError(f"pixel steps must be positive, not dx={self.dx}, dy={self.dy}")


def level(topography: Topography, degree: int = 1) -> Topography:
    """The surface less its plane (``degree`` 1) or quadratic form (2), fitted robustly.

    Least squares on at most 20,000 points, eight times, each time without the points beyond three
    robust deviations (1.4826 MAD) of the fit before. Raises FirearmsError below 10 valid points.
    """
    if degree not in (1, 2):
        raise FirearmsError(f"degree must be 1 (plane) or 2 (quadratic), not {degree}")
    heights = topography.heights
    y, x = np.indices(heights.shape, dtype=np.float64)
    x, y = 2 * x / heights.shape[1] - 1, 2 * y / heights.shape[0] - 1
    terms = [np.ones_like(x), x, y] + ([x * x, x * y, y * y] if degree == 2 else [])
    valid = np.flatnonzero(np.isfinite(heights))
    if valid.size < 10:
        raise FirearmsError(f"only {valid.size} valid points: too few to level the surface")
    valid = valid[:: max(1, valid.size // 20_000)]
    design, values = np.stack([term.flat[valid] for term in terms], 1), heights.flat[valid]
    kept = np.ones(valid.size, dtype=bool)
    coefficients = np.zeros(len(terms))
    for _ in range(8):
        coefficients = np.linalg.lstsq(design[kept], values[kept], rcond=None)[0]
        rest = values - design @ coefficients
        kept = np.abs(rest - np.median(rest)) <= 3 * _spread(rest) + 1e-9
    form = sum(c * term for c, term in zip(coefficients, terms, strict=True))
    return Topography(heights - form, topography.dx, topography.dy)


def _spread(values: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def lowpass(topography: Topography, cutoff: float) -> Topography:
    """The Gaussian filter of ISO 16610-61: a wave of length ``cutoff`` um keeps half its height.

    Points without a value carry no weight (normalised convolution, as in ISO 16610-71's zeroth
    order) and stay without one. Raises FirearmsError for a cut-off that is not positive.
    """
    if not (math.isfinite(cutoff) and cutoff > 0):
        raise FirearmsError(f"the cut-off must be a positive length in um, not {cutoff}")
    width = cutoff * math.sqrt(math.log(2) / 2) / math.pi  # standard deviation of the weights
    sigma = (width / topography.dy, width / topography.dx)
    valid = np.isfinite(topography.heights)

    def blur(values: npt.NDArray[Any]) -> Floats:
        out = ndimage.gaussian_filter(values.astype(np.float64), sigma, mode="constant", truncate=4)
        return np.asarray(out, dtype=np.float64)

    total = blur(np.where(valid, topography.heights, 0.0)) / np.maximum(blur(valid), 1e-9)
    return Topography(np.where(valid, total, np.nan), topography.dx, topography.dy)


def bandpass(topography: Topography, short: float, long: float) -> Topography:
    """Waves between ``short`` and ``long`` um (50 % at both): ISO 16610 low-pass less low-pass."""
    if not 0 < short < long:
        raise FirearmsError(f"the band needs 0 < short < long, not {short} and {long}")
    fine, form = lowpass(topography, short), lowpass(topography, long)
    return Topography(fine.heights - form.heights, topography.dx, topography.dy)


@dataclass(frozen=True, eq=False)
class Layer:
    """A band-passed square grid: ``values`` (h, w), unit variance, 0 where not ``valid``."""

    values: Image
    valid: Mask
    pitch: float

    @property
    def area(self) -> float:
        """Valid area in mm2."""
        return float(self.valid.sum()) * self.pitch**2 * 1e-6


@dataclass(frozen=True, eq=False)
class Prepared:
    """A surface made ready once for many comparisons; ``centre`` is that of the layers, as (x, y)
    um from the centre of the scan."""

    coarse: Layer
    fine: Layer
    centre: tuple[float, float]


def prepare(topography: Topography) -> Prepared:
    """Average down, level (quadratic), drop outliers beyond 8 robust deviations, band-pass,
    resample to 50 and 25 um. The crater of the firing pin should have been masked by the examiner.
    Raises ComparisonError below 0.2 mm2 of valid surface."""
    heights = topography.heights
    qy, qx = (max(1, int(1.02 * NATIVE_PITCH / n)) for n in (topography.dy, topography.dx))
    rows, columns = heights.shape[0] // qy, heights.shape[1] // qx
    blocks = heights[: rows * qy, : columns * qx].reshape(rows, qy, columns, qx)
    known = np.isfinite(blocks).sum((1, 3))
    mean = np.nansum(blocks, (1, 3)) / np.maximum(known, 1)
    surface = np.where(2 * known >= qy * qx, mean, np.nan)
    dy, dx = topography.dy * qy, topography.dx * qx
    area = np.isfinite(surface).sum() * dx * dy * 1e-6
    if area < 0.2:
        raise ComparisonError(f"{area:.3f} mm2 of valid surface: too little to compare")
    box = ndimage.find_objects(np.isfinite(surface).astype(np.int8))[0]
    middle = [(part.start + part.stop) / 2 for part in box]
    centre = (middle[1] * dx - heights.shape[1] * topography.dx / 2,
              middle[0] * dy - heights.shape[0] * topography.dy / 2)  # fmt: skip
    flat = level(Topography(surface[box], dx, dy), degree=2)
    known_heights = flat.heights[np.isfinite(flat.heights)]
    bound = 8 * max(_spread(known_heights), 1e-9)
    steep = np.abs(np.nan_to_num(flat.heights, nan=np.median(known_heights))) > bound
    flat.heights[steep] = np.nan
    coarse, fine = ((COARSE_BAND, COARSE_PITCH), (FINE_BAND, FINE_PITCH))
    return Prepared(_layer(flat, *coarse), _layer(flat, *fine), centre)


def _layer(flat: Topography, band: tuple[float, float], pitch: float) -> Layer:
    passed = bandpass(flat, *band).heights
    valid = np.isfinite(passed)
    scale = float(np.std(passed[valid]))
    if scale < 1e-6:
        raise ComparisonError("the surface carries no texture in the band of comparison")
    passed = np.clip(np.where(valid, passed / scale, 0.0), -2.5, 2.5)
    shape = [math.ceil(n * s / pitch) for n, s in zip(valid.shape, (flat.dy, flat.dx), strict=True)]
    zoom = np.array([pitch / flat.dy, pitch / flat.dx])
    start = (np.array(valid.shape) - 1) / 2 - zoom * (np.array(shape) - 1) / 2
    weight = ndimage.affine_transform(valid.astype(np.float32), zoom, start, shape, order=1)
    values = ndimage.affine_transform(passed.astype(np.float32), zoom, start, shape, order=1)
    return _normalised(values, weight, pitch)


def _normalised(values: Image, weight: Image, pitch: float) -> Layer:
    valid = np.asarray(weight > 0.5)
    if not valid.any():
        raise ComparisonError("the surface has no valid points on the grid of comparison")
    values = np.where(valid, values / np.maximum(weight, 0.5), 0)
    values = np.where(valid, (values - values[valid].mean()) / (values[valid].std() + 1e-9), 0)
    return Layer(values.astype(np.float32), valid, pitch)
