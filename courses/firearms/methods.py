"""Three-dimensional comparison of breech faces: from an x3p file to a likelihood ratio.

The chain is ``read_x3p`` -> ``prepare`` (level, band-pass, resample) -> ``register`` (rotation and
shift) -> ``match_cells`` (congruent matching cells) -> ``likelihood_ratio``; ``compare`` runs it on
two files. Lengths are in micrometres, angles in degrees, areas in square millimetres. Arrays of
heights are (H, W), rows downwards, NaN where the instrument saw nothing or a mask was drawn.

Sources: ISO 25178-72 and ISO 5436-2 (x3p); ISO 16610-21, -61, -71 (Gaussian filters); J. Song,
"Proposed NIST Ballistics Identification System using 3D topography measurements on correlation
cells", AFTE J. 45 (2013) 184; T. Vorburger et al., "Surface topography analysis for a feasibility
assessment of a National Ballistics Imaging Database", NISTIR 7362 (2007); M. Tong, J. Song, W. Chu,
"An improved algorithm of congruent matching cells (CMC) method for firearm evidence
identifications", J. Res. NIST 120 (2015) 102; D. Padfield, "Masked object registration in the
Fourier domain", IEEE TIP 21 (2012) 2706; N. Brümmer and J. du Preez, "Application-independent
evaluation of speaker detection", Computer Speech and Language 20 (2006) 230.
"""

import hashlib
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage, optimize, special, stats
from skimage import transform

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Spectra = npt.NDArray[np.complex64]

MAX_POINTS = 40_000_000  # a 6000 x 6000 scan passes; a header that promises more is refused
MAX_XML_BYTES = 1_000_000
NATIVE_PITCH = 6.25  # finer scans are averaged down to about this before anything else
COARSE_PITCH, COARSE_BAND = 50.0, (100.0, 400.0)  # full-circle search
FINE_PITCH, FINE_BAND = 25.0, (40.0, 250.0)  # registration, score and cells
COARSE_STEP = 3.0  # degrees between the trial rotations of the full circle
CANDIDATES = 3  # peaks of the full-circle search that are refined
LEAST_OVERLAP = 0.25  # of the smaller of the two valid areas
AREA_LIMIT = 3.0  # mm2: a larger overlap earns no more, the calibration set has none
CELL = 16  # pixels of FINE_PITCH: cells of 400 um, in the range of Song 2013
CELL_REACH = 8  # pixels a cell may move away from the registration
CELL_ANGLES = (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0)
CELL_LEAST = 0.4  # valid share below which a cell is not counted
CMC_CCF, CMC_ANGLE, CMC_SHIFT = 0.45, 3.0, 75.0

# log10 LR = CALIBRATION[0] + CALIBRATION[1] * score. Fitted by `fit_calibration` on the 780 pairs
# (63 same slide, 717 different) of the 40 scans of the public NIST Ballistics Toolmark Research
# Database, Fadul study, as published in CSAFE-ISU/cartridgeCaseScans (CC BY 4.0).
CALIBRATION = (1.213, 2.223)
# A set of n comparisons cannot support a ratio beyond about n (the idea of the ELUB limits of
# Vergeer et al. 2016): at most 1 in 63 + 1 against, 717 + 1 in favour.
LOG10_LR_LIMITS = (-math.log10(64), math.log10(718))


class FirearmsError(ValueError):
    """The base of what this module raises: one line that says what, where and what to do."""


class X3PError(FirearmsError):
    """The file is not a surface in the x3p format, or it was changed after it was written."""


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


# ---------------------------------------------------------------------------------------- x3p


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise X3PError("main.xml declares a DOCTYPE, which x3p has no use for: refused")


def read_x3p(path: str | Path) -> Topography:
    """The surface in an x3p container (ISO 25178-72), its checksums verified.

    Heights of type I, L, F or D are accepted, with the optional bit map of valid points. The
    standard's unit is the metre; a step of 1 mm or more a pixel can only mean a writer that used
    micrometres, and is read so. Raises X3PError for anything else, OSError if it cannot be opened.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _surface(archive)
    except X3PError as error:
        raise X3PError(f"{path.name}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise X3PError(f"{path.name}: not a readable x3p (zip) file: {error}") from error


def _part(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One part of the container, never more than ``limit`` bytes whatever its header says."""
    wanted = name.strip().replace("\\", "/").lstrip("/")
    try:
        member = archive.open(wanted)
    except KeyError:
        raise X3PError(f"the part {wanted!r} is missing: get the file again") from None
    with member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise X3PError(f"the part {wanted!r} is larger than the {limit} bytes expected")
    return content


def _verify(name: str, content: bytes, stated: str) -> None:
    words = stated.split()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if not words or words[0].strip("*").lower() != digest:
        raise X3PError(f"{name} does not meet its md5 checksum: the file was changed or damaged")


def _surface(archive: zipfile.ZipFile) -> Topography:
    raw = _part(archive, "main.xml", MAX_XML_BYTES)
    try:
        root = ElementTree.fromstring(raw, ElementTree.XMLParser(target=_NoDoctype()))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise error if isinstance(error, X3PError) else X3PError(f"main.xml: {error}") from None

    def text(tag: str, default: str | None = None) -> str:
        found = root.find(tag)
        if found is None or not (found.text or "").strip():
            if default is None:
                raise X3PError(f"main.xml has no {tag}")
            return default
        return str(found.text).strip()

    def number(tag: str, default: str | None = None) -> float:
        try:
            value = float(text(tag, default))
        except ValueError as error:
            raise error if isinstance(error, X3PError) else X3PError(f"{tag}: {error}") from None
        if not math.isfinite(value):
            raise X3PError(f"{tag} is {value}")
        return value

    stated = text("Record4/ChecksumFile", "md5checksum.hex")
    _verify("main.xml", raw, _part(archive, stated, 4096).decode("ascii", "replace"))
    if text("Record1/FeatureType", "SUR") != "SUR" or number("Record3/MatrixDimension/SizeZ") != 1:
        raise X3PError("not a surface of one layer (FeatureType SUR, SizeZ 1)")
    nx, ny = (number(f"Record3/MatrixDimension/Size{axis}") for axis in "XY")
    if not (nx % 1 == ny % 1 == 0 and nx >= 2 and ny >= 2 and nx * ny <= MAX_POINTS):
        raise X3PError(f"a matrix of {nx:g} x {ny:g} points is out of range (limit {MAX_POINTS})")
    steps = [number(f"Record1/Axes/C{axis}/Increment") for axis in "XY"]
    if min(steps) <= 0:
        raise X3PError(f"the pixel steps {steps} must be positive")
    unit = 1.0 if max(steps) >= 1e-3 else 1e6
    kind = text("Record1/Axes/CZ/DataType")
    if kind not in "ILFD" or len(kind) != 1:
        raise X3PError(f"heights of type {kind!r}: only I, L, F and D exist")
    count = int(nx * ny)
    stored = np.dtype({"I": "<i2", "L": "<i4", "F": "<f4", "D": "<f8"}[kind])
    link = "Record3/DataLink/"
    content = _part(archive, text(link + "PointDataLink"), count * stored.itemsize)
    if len(content) != count * stored.itemsize:
        raise X3PError(f"{len(content)} bytes of heights where {count * stored.itemsize} are due")
    if digest := text(link + "MD5ChecksumPointData", " "):
        _verify("the height data", content, digest) if digest.strip() else None
    heights = np.frombuffer(content, stored).astype(np.float64)
    if kind in "IL" or text("Record1/Axes/CZ/AxisType", "A") == "I":
        heights = heights * number("Record1/Axes/CZ/Increment", "1")
        heights += number("Record1/Axes/CZ/Offset", "0")
    heights[~np.isfinite(heights)] = np.nan
    if valid := text(link + "ValidPointsLink", " ").strip():
        bits = np.frombuffer(_part(archive, valid, count + 64), np.uint8)
        if bits.size * 8 < count:
            raise X3PError("the bit map of valid points is too short")
        heights[np.unpackbits(bits, count=count, bitorder="little") == 0] = np.nan
    return Topography(heights.reshape(int(ny), int(nx)) * unit, steps[0] * unit, steps[1] * unit)


# ------------------------------------------------------------------------------------ surfaces


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


# -------------------------------------------------------------------------------- registration


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


def _aligned(
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
    values, valid = _aligned(first, second, found)
    return np.where(valid & first.fine.valid, first.fine.values.astype(np.float64) - values, np.nan)


# --------------------------------------------------------------------------------------- cells


@dataclass(frozen=True)
class Cell:
    """One cell of the first surface, (``row``, ``column``) in the grid of cells: where it fits the
    second best, relative to the registration (degrees, um), and whether it is congruent."""

    row: int
    column: int
    ccf: float
    rotation: float
    dx: float
    dy: float
    congruent: bool


def match_cells(first: Prepared, second: Prepared, found: Registration) -> tuple[Cell, ...]:
    """Congruent matching cells (Song 2013): every cell of 400 um of the first surface with enough
    valid points in both is correlated on its own, over +-6 degrees and +-200 um about the
    registration. It is congruent if its best correlation is at least 0.45, within 3 degrees and
    75 um of the registration, which serves as the virtual reference."""
    a = first.fine
    size, window = 2 * CELL, CELL + 2 * CELL_REACH
    rows, columns = (-(-n // CELL) for n in a.values.shape)
    padding = [(0, rows * CELL - a.values.shape[0]), (0, columns * CELL - a.values.shape[1])]
    places = [(r, c) for r in range(rows) for c in range(columns)]

    def tiles(image: Image, side: int) -> Image:
        step = (side - CELL) // 2
        wide = np.pad(image, [(low + step, high + step) for low, high in padding])
        return np.stack([wide[r * CELL : r * CELL + side, c * CELL : c * CELL + side]
                         for r, c in places])  # fmt: skip

    def stacks(values: Image, mask: Image, side: int, keep: Mask | None = None) -> Spectra:
        v, m = tiles(values, side), tiles(mask, side)
        v, m = (v, m) if keep is None else (v[keep], m[keep])
        stack = np.stack([v, m, v * v])
        return np.asarray(fft.rfft2(stack, (size, size), axes=(-2, -1)), dtype=np.complex64)

    centred, valid_b = _aligned(first, second, found)
    least = CELL_LEAST * CELL * CELL
    used = (tiles(a.valid.astype(np.float32), CELL).sum((1, 2)) >= least) & (
        tiles((a.valid & valid_b).astype(np.float32), CELL).sum((1, 2)) >= least / 2
    )
    if not used.any():
        return ()
    cells = np.conj(stacks(a.values, a.valid.astype(np.float32), CELL, used))
    best = np.full(int(used.sum()), -1.0)
    where = np.zeros((best.size, 3))
    lags = 2 * CELL_REACH + 1
    for turn in CELL_ANGLES:
        values, valid = _aligned(first, second, found, turn) if turn else (centred, valid_b)
        ccf = _cell_ccf(cells, stacks(values, valid.astype(np.float32), window, used), size, least)
        flat = ccf[:, :lags, :lags].reshape(best.size, -1)
        peak, top = flat.argmax(1), flat.max(1)
        better = top > best
        # the cell moves over the second surface, so the second surface moves the other way
        shift = (CELL_REACH - np.stack([peak % lags, peak // lags], 1)) * a.pitch
        where[better] = np.column_stack([np.full(best.size, turn), shift])[better]
        best = np.maximum(best, top)
    return tuple(
        Cell(*places[k], float(ccf), float(turn), float(dx), float(dy),
             bool(ccf >= CMC_CCF and abs(turn) <= CMC_ANGLE and math.hypot(dx, dy) <= CMC_SHIFT))
        for k, ccf, (turn, dx, dy) in zip(np.flatnonzero(used), best, where, strict=True)
    )  # fmt: skip


def _cell_ccf(cells: Spectra, windows: Spectra, size: int, least: float) -> Image:
    """Correlation with local means (Padfield 2012) of every cell with its window."""
    (a, am, aa), (b, bm, bb) = cells, windows
    product = np.stack([a * b, am * bm, a * bm, am * b, aa * bm, am * bb])
    cross, n, sum_a, sum_b, square_a, square_b = fft.irfft2(product, (size, size), axes=(-2, -1))
    enough = n >= least / 2
    n = np.maximum(n, 1.0)
    energy = (square_a - sum_a**2 / n) * (square_b - sum_b**2 / n)
    ccf = (cross - sum_a * sum_b / n) / np.sqrt(np.maximum(energy, 1e-3 * n * n))
    return np.asarray(np.where(enough, ccf, 0), dtype=np.float32)


# ---------------------------------------------------------------------------------- comparison


@dataclass(frozen=True)
class Comparison:
    """The outcome of one comparison; ``registration`` says where the second lies on the first."""

    registration: Registration
    cells: tuple[Cell, ...]

    @property
    def score(self) -> float:
        """Similarity, -3..2; see Registration.score."""
        return self.registration.score

    @property
    def cmc(self) -> int:
        """Number of congruent matching cells, 0..``cell_count``."""
        return sum(cell.congruent for cell in self.cells)

    @property
    def cell_count(self) -> int:
        """Number of cells that could be compared."""
        return len(self.cells)

    @property
    def rotation(self) -> float:
        """Degrees, counter-clockwise as displayed, -180..180."""
        return self.registration.rotation

    @property
    def dx(self) -> float:
        """Shift to the right, in um."""
        return self.registration.dx

    @property
    def dy(self) -> float:
        """Shift downwards, in um."""
        return self.registration.dy

    @property
    def log10_lr(self) -> float:
        """log10 of ``lr``."""
        return float(log10_likelihood_ratio(self.score))

    @property
    def lr(self) -> float:
        """How many times more probable the score is if one slide made both marks than if two
        slides of the calibration set's population did."""
        return float(10.0**self.log10_lr)


def compare(path_a: str | Path, path_b: str | Path) -> Comparison:
    """Compare the breech faces in two x3p files, whatever their size, resolution and rotation.

    Raises X3PError if a file is not sound, ComparisonError if a surface is too small or bare.
    """
    return compare_prepared(prepare(read_x3p(path_a)), prepare(read_x3p(path_b)))


def compare_prepared(first: Prepared, second: Prepared) -> Comparison:
    """``compare`` for surfaces already prepared. In a loop over pairs keep ``second`` the same as
    long as possible: its turned copies are remembered."""
    found = register(first, second)
    return Comparison(found, match_cells(first, second, found))


# -------------------------------------------------------------------------------- calibration


def log10_likelihood_ratio(
    scores: npt.ArrayLike, calibration: tuple[float, float] = CALIBRATION
) -> Floats:
    """log10 LR of each score, held within LOG10_LR_LIMITS."""
    line = calibration[0] + calibration[1] * np.asarray(scores, dtype=np.float64)
    return np.asarray(np.clip(line, *LOG10_LR_LIMITS), dtype=np.float64)


def _two(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[Floats, Floats]:
    groups = np.ravel(np.asarray(same, float)), np.ravel(np.asarray(different, float))
    if any(group.size == 0 or not np.isfinite(group).all() for group in groups):
        raise ComparisonError("both groups need at least one score, and every score a finite value")
    return groups


def fit_calibration(same: npt.ArrayLike, different: npt.ArrayLike) -> tuple[float, float]:
    """(offset, slope) of log10 LR on the score, by logistic regression with equal weight for both
    groups (Brümmer and du Preez 2006).

    Where the groups do not overlap plain regression has no finite answer, so half a pair of doubt
    is added: a share 1/(2n + 2) of each group carries the other label, n being the size of the
    smaller group (after Platt 1999).
    """
    a, b = _two(same, different)
    x = np.concatenate([a, b])
    middle, scale = float(x.mean()), float(x.std()) or 1.0
    z = (x - middle) / scale
    doubt = 0.5 / (min(a.size, b.size) + 1)
    label = np.concatenate([np.full(a.size, 1 - doubt), np.full(b.size, doubt)])
    weight = np.concatenate([np.full(a.size, 0.5 / a.size), np.full(b.size, 0.5 / b.size)])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logit = parameters[0] + parameters[1] * z
        value = np.logaddexp(0, logit) - label * logit
        slope = weight * (special.expit(logit) - label)
        return float(weight @ value), np.array([slope.sum(), slope @ z])

    fit = optimize.minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS", tol=1e-9)
    slope = float(fit.x[1]) / scale
    return (float(fit.x[0]) - slope * middle) / math.log(10), slope / math.log(10)


def auc(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Probability (0..1) that a same-source score exceeds a different-source one; ties count half
    (Mann-Whitney)."""
    a, b = _two(same, different)
    return float(stats.mannwhitneyu(a, b).statistic / (a.size * b.size))


def eer(same: npt.ArrayLike, different: npt.ArrayLike) -> float:
    """Equal error rate (0..1): where the shares of missed same and false different are closest."""
    a, b = _two(same, different)
    cuts = np.append(np.unique(np.concatenate([a, b])), np.inf)
    missed = np.searchsorted(np.sort(a), cuts) / a.size
    false = 1 - np.searchsorted(np.sort(b), cuts) / b.size
    k = int(np.argmin(np.abs(missed - false)))
    return float((missed[k] + false[k]) / 2)


def cllr(same_log10_lr: npt.ArrayLike, different_log10_lr: npt.ArrayLike) -> float:
    """Cost of the log likelihood ratios (Brümmer and du Preez 2006): 0 perfect, 1 for a method
    that always says LR = 1, more for a misleading one."""
    a, b = _two(same_log10_lr, different_log10_lr)
    cost_a = np.logaddexp(0, -a * math.log(10)).mean()
    cost_b = np.logaddexp(0, b * math.log(10)).mean()
    return float((cost_a + cost_b) / (2 * math.log(2)))


def tippett(log10_lr: npt.ArrayLike, grid: Sequence[float] | Floats) -> Floats:
    """Share (0..1) of the ratios at or above each value of ``grid``."""
    values = np.sort(np.ravel(np.asarray(log10_lr, float)))
    if not values.size:
        raise ComparisonError("no likelihood ratios to plot")
    return np.asarray(1 - np.searchsorted(values, np.asarray(grid, float)) / values.size)
