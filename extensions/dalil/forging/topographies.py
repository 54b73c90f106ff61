"""Breech-face marks: the texture of a pistol's slide, the marks of single shots, x3p files.

A *slide* carries a texture that the tool left: grains and milling ridges. A *shot* prints it on the
primer, never twice alike: other contact, other noise, drag, tilt, form, place. Slides of one
production *batch* may share ridges (sub-class characteristics): alike without being the same slide.

The amplitudes of ``Breech`` were fitted to statistics of the 40 public Fadul scans (root mean
square and same-slide correlation per octave of wavelength, distribution of same and different
scores); no measured height is in them. Lengths are in um unless a name says otherwise, arrays are
(rows, columns) with rows downwards.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from dalil.errors import ForgingError
from dalil.forging.archives import zip_bytes

Surface = npt.NDArray[np.float32]
OCTAVES = (35.0, 70.0, 140.0, 280.0, 560.0)  # um: the middle of each octave of wavelength


@dataclass(frozen=True)
class Breech:
    """What slides and shots are drawn from; the defaults meet the real scans.

    Measured with ``python -m dalil.validate firearms`` and ``… --forged 10``, real against forged:
    score of same slide 0.46 ± 0.17 and 0.40 ± 0.17, of different slides -1.51 ± 0.14 and
    -1.54 ± 0.12, congruent cells 19.0 and 19.2 (same), 0.41 and 0.42 (different). Root mean square
    per octave from 25 um up, in um: real 0.18 0.28 0.40 0.42 0.31, forged 0.19 0.26 0.39 0.41 0.30;
    same-slide correlation: real 0.31 0.59 0.78 0.82 0.80, forged 0.40 0.61 0.76 0.81 0.77.
    """

    pitch: float = 12.5  # um a pixel
    size: int = 290  # pixels a side
    radius: float = 1690.0  # of the disc of contact
    hole: float = 0.765  # radius of the aperture, as a share of the disc's
    hole_shift: float = 0.15  # typical distance of their centres, as a share of the radius
    slide_rms: Sequence[float] = (0.15, 0.46, 0.72, 0.73, 0.52)  # um in each of OCTAVES
    shot_rms: Sequence[float] = (0.16, 0.32, 0.33, 0.32, 0.21)
    ridges: float = 0.25  # share of the slide's variance above 100 um that is milling ridges
    ridge_length: float = 1500.0  # along which a ridge keeps its shape
    subclass: float = 0.0  # share of the ridges' variance common to the batch, 0..1
    patchiness: float = 0.55  # how unevenly texture and noise are spread: sd of log amplitude
    noise_spread: float = 0.30  # between shots: sd of log of the shot's own part
    rotation: float = 8.0  # degrees, sd between shots
    shift: float = 50.0  # sd between shots, each way
    tilt: float = 6.0  # rise over the radius, sd
    form: float = 3.0  # bulge over the radius, sd
    drag: float = 70.0  # length of the smear where the case slid
    dropout: float = 0.015  # share of the points the instrument lost

    def __post_init__(self) -> None:
        if len(self.slide_rms) != len(OCTAVES) or len(self.shot_rms) != len(OCTAVES):
            raise ForgingError(f"slide_rms and shot_rms need {len(OCTAVES)} values, one an octave")
        if not (0 <= self.subclass <= 1 and 0 <= self.ridges <= 1 and 0 <= self.dropout < 0.5):
            raise ForgingError("subclass and ridges are shares from 0 to 1, dropout below 0.5")
        if not (0 < self.hole < 1 and self.pitch > 0 and 64 <= self.size <= 1000):
            raise ForgingError("hole is within 0..1, pitch above 0, size 64 to 1000 pixels")

    @property
    def canvas(self) -> int:
        """Pixels a side of a slide's texture: room for turned and shifted shots."""
        return int(fft.next_fast_len(int(1.25 * self.size), real=True))


# The trap: slides of one batch that share almost all their ridges, and much ridge to share. Their
# score is -0.36 ± 0.16, so that log10 LR, +0.4 on average, misleads; congruent cells stay at 1.7.
TRAP = Breech(subclass=0.95, ridges=0.6)


@dataclass(frozen=True, eq=False)
class Slide:
    """A slide's texture (N, N) in um, and where its aperture lies, as (x, y) um from the middle."""

    texture: Surface
    hole: tuple[float, float]
    breech: Breech


@dataclass(frozen=True, eq=False)
class Shot:
    """One mark: ``heights`` (H, W) in um, NaN outside the contact. The slide's texture was turned
    by ``rotation`` degrees (counter-clockwise as displayed), then moved by ``dx``, ``dy`` um."""

    heights: Surface
    pitch: float
    rotation: float
    dx: float
    dy: float

    def onto(self, other: Shot) -> tuple[float, float, float]:
        """(rotation, dx, dy) that lay this shot on another one of the same slide."""
        turn = other.rotation - self.rotation
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        dx = other.dx - (self.dx * cos + self.dy * sin)
        dy = other.dy - (self.dy * cos - self.dx * sin)
        return (turn + 180) % 360 - 180, dx, dy


def _wavelengths(size: int, pitch: float) -> tuple[npt.NDArray[np.float64], ...]:
    across, down = fft.rfftfreq(size, pitch), fft.fftfreq(size, pitch)[:, None]
    return across, down, np.hypot(across, down)


def _field(
    rng: np.random.Generator, size: int, pitch: float, rms: Sequence[float], grain: float = 0.0
) -> Surface:
    """Noise whose root mean square per octave of wavelength is ``rms``. ``grain`` > 0 modulates it
    slowly by a log-normal factor of that spread and unit mean square."""
    *_, frequency = _wavelengths(size, pitch)
    frequency[0, 0] = 1.0
    octave = np.log2(1 / frequency)
    power = np.interp(octave, np.log2(OCTAVES), 2 * np.log(np.asarray(rms) + 1e-12))
    outside = np.maximum(0, octave - math.log2(OCTAVES[-1]) - 0.5)  # longer waves are form
    amplitude = np.exp(power / 2 - outside**2) / frequency
    amplitude[0, 0] = 0.0
    scale = pitch * math.sqrt(2 * math.pi * math.log(2))  # an octave holds rms squared
    noise = fft.rfft2(rng.standard_normal((size, size)))
    field = fft.irfft2(noise * amplitude / scale, (size, size))
    if grain:
        slow = _field(rng, size, pitch, (0, 0, 0, 0.3, 1))
        factor = np.exp(grain * slow / slow.std() - grain**2)
        field = field * factor
    return np.asarray(field, dtype=np.float32)


def _ridges(rng: np.random.Generator, breech: Breech, angle: float) -> Surface:
    """Milling ridges along ``angle`` degrees, of unit root mean square: slightly wavy lines."""
    size, pitch = breech.canvas, breech.pitch
    across, down, frequency = _wavelengths(size, pitch)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    along = across * cos - down * sin
    frequency[0, 0] = 1.0
    band = np.exp(-(np.log2(220 * frequency) ** 2) / 1.2) / np.sqrt(frequency)
    amplitude = band * np.exp(-((along * breech.ridge_length) ** 2))
    field = fft.irfft2(fft.rfft2(rng.standard_normal((size, size))) * amplitude, (size, size))
    return np.asarray(field / field.std(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Batch:
    """Slides cut one after the other: the direction of their ridges, and the ridges they share."""

    breech: Breech
    angle: float
    lines: Surface


def forge_batch(rng: np.random.Generator, breech: Breech | None = None) -> Batch:
    """A production batch; how much its slides share is ``breech.subclass``."""
    breech = breech or Breech()
    angle = float(rng.uniform(0, 180))
    return Batch(breech, angle, _ridges(rng, breech, angle))


def forge_slide(rng: np.random.Generator, batch: Batch | Breech | None = None) -> Slide:
    """A slide, on its own or of a batch. About 30 ms."""
    batch = batch if isinstance(batch, Batch) else forge_batch(rng, batch)
    breech = batch.breech
    grains = _field(rng, breech.canvas, breech.pitch, breech.slide_rms, breech.patchiness)
    own = _ridges(rng, breech, batch.angle + float(rng.normal(0, 4)))
    lines = math.sqrt(breech.subclass) * batch.lines + math.sqrt(1 - breech.subclass) * own
    long = math.sqrt(sum(rms**2 for rms in breech.slide_rms[2:]))
    ridges = min(breech.ridges, 0.95)
    texture = math.sqrt(1 - ridges) * grains + math.sqrt(ridges) * long * lines
    away = breech.hole_shift * breech.radius * float(rng.uniform(0.5, 1.4))
    bearing = float(rng.uniform(0, 2 * math.pi))
    hole = (away * math.cos(bearing), away * math.sin(bearing))
    return Slide(texture.astype(np.float32), hole, breech)


def forge_shot(rng: np.random.Generator, slide: Slide) -> Shot:
    """One mark of a slide, with heights to 10 nm. About 60 ms."""
    breech, size = slide.breech, slide.breech.size
    rotation = float(rng.normal(0, breech.rotation))
    dx, dy = (float(v) for v in rng.normal(0, breech.shift, 2))
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    matrix = np.array([[cos, sin], [-sin, cos]])
    middle = (size - 1) / 2 + np.array([dy, dx]) / breech.pitch
    start = (breech.canvas - 1) / 2 - matrix @ middle
    printed = ndimage.affine_transform(
        slide.texture, matrix, start, (size, size), order=3, mode="mirror"
    )
    printed = _dragged(rng, printed, breech)
    level = math.exp(rng.normal(0, breech.noise_spread))
    noise = _field(rng, breech.canvas, breech.pitch, breech.shot_rms, breech.patchiness)
    y, x = (np.indices((size, size)) - (size - 1) / 2) * breech.pitch / breech.radius
    tilt, form = rng.normal(0, breech.tilt, 2), rng.normal(0, breech.form, 3)
    shape = tilt[0] * x + tilt[1] * y + form[0] * x * x + form[1] * y * y + form[2] * x * y
    heights = printed + level * noise[:size, :size] + shape
    heights = np.round(heights, 2)
    heights[~_contact(rng, slide, x, y, (cos, sin))] = np.nan
    heights[_lost(rng, printed, breech)] = np.nan
    return Shot(heights.astype(np.float32), breech.pitch, rotation, dx, dy)


def _dragged(rng: np.random.Generator, printed: Surface, breech: Breech) -> Surface:
    """Smeared along one direction on one side, where the case slid before it left."""
    bearing = float(rng.uniform(0, 2 * math.pi))
    length = breech.drag * float(rng.uniform(0, 1)) / breech.pitch
    steps = np.linspace(-0.5, 0.5, 5) * length
    shifts = [(s * math.sin(bearing), s * math.cos(bearing)) for s in steps]
    smeared = np.mean([ndimage.shift(printed, s, order=1, mode="nearest") for s in shifts], axis=0)
    y, x = (np.indices(printed.shape) / (printed.shape[0] - 1) - 0.5) * 2
    side = np.clip(1.6 * (x * math.cos(bearing) + y * math.sin(bearing)) - 0.5, 0, 1)
    return np.asarray(printed + side * (smeared - printed), dtype=np.float32)


def _contact(
    rng: np.random.Generator,
    slide: Slide,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    turn: tuple[float, float],
) -> npt.NDArray[np.bool_]:
    """True where the primer met the slide: a disc with an uneven rim, less the aperture."""
    breech, (cos, sin) = slide.breech, turn
    hole_x, hole_y = (
        (v + rng.normal(0, 25)) / breech.radius
        for v in (
            slide.hole[0] * cos + slide.hole[1] * sin,
            slide.hole[1] * cos - slide.hole[0] * sin,
        )
    )
    disc = float(rng.normal(1, 0.02))
    hole = breech.hole * float(rng.normal(1, 0.02))
    angle = np.arctan2(y, x)
    waves = sum(
        a * np.cos(k * angle + p)
        for k, a, p in zip((2, 3, 5, 8), rng.normal(0, 0.003, 4), rng.uniform(0, 7, 4), strict=True)
    )
    inside = np.hypot(x, y) <= disc + waves
    return np.asarray(inside & (np.hypot(x - hole_x, y - hole_y) > hole + waves))


def _lost(rng: np.random.Generator, printed: Surface, breech: Breech) -> npt.NDArray[np.bool_]:
    """Drop-outs: small patches, rather where the surface is steep."""
    steep = np.hypot(*np.gradient(printed))
    patches = ndimage.gaussian_filter(rng.standard_normal(printed.shape), 1.2)
    doubt = patches / patches.std() + 0.7 * steep / steep.std()
    return np.asarray(doubt > np.quantile(doubt, 1 - breech.dropout))


# ------------------------------------------------------------------------------------------ x3p

_MAIN = """<?xml version="1.0" encoding="UTF-8"?>
<p:ISO5436_2 xmlns:p="http://www.opengps.eu/2008/ISO5436_2">
  <Record1>
    <Revision>ISO5436 - 2000</Revision>
    <FeatureType>SUR</FeatureType>
    <Axes>
      <CX><AxisType>I</AxisType><DataType>D</DataType>\
<Increment>{dx:.9g}</Increment><Offset>0</Offset></CX>
      <CY><AxisType>I</AxisType><DataType>D</DataType>\
<Increment>{dy:.9g}</Increment><Offset>0</Offset></CY>
      <CZ><AxisType>A</AxisType><DataType>F</DataType>\
<Increment>1</Increment><Offset>0</Offset></CZ>
    </Axes>
  </Record1>
  <Record2>
    <Date>{date}</Date>
    <Instrument>
      <Manufacturer>Dalil</Manufacturer><Model>forged</Model>
      <Serial>0</Serial><Version>1</Version>
    </Instrument>
    <CalibrationDate>{date}</CalibrationDate>
    <ProbingSystem><Type>NonContacting</Type><Identification>forged</Identification></ProbingSystem>
  </Record2>
  <Record3>
    <MatrixDimension><SizeX>{nx}</SizeX><SizeY>{ny}</SizeY><SizeZ>1</SizeZ></MatrixDimension>
    <DataLink>
      <PointDataLink>bindata/data.bin</PointDataLink>
      <MD5ChecksumPointData>{md5}</MD5ChecksumPointData>
    </DataLink>
  </Record3>
  <Record4><ChecksumFile>md5checksum.hex</ChecksumFile></Record4>
</p:ISO5436_2>
"""


def x3p_bytes(
    heights: npt.ArrayLike, dx: float, dy: float | None = None, when: datetime | None = None
) -> bytes:
    """An x3p container (ISO 25178-72) of heights (H, W) in um, NaN allowed, steps in um.

    The bytes depend on the arguments only; ``when`` (aware) is the date of measurement.
    """
    values = np.asarray(heights, dtype=np.float64)
    dy = dx if dy is None else dy
    if values.ndim != 2 or min(values.shape) < 2 or not (dx > 0 and dy > 0):
        raise ForgingError(f"x3p needs (H, W) heights and positive steps, not {values.shape}, {dx}")
    moment = (when or datetime(2026, 1, 1, tzinfo=UTC)).astimezone(UTC)
    metres = (values * 1e-6).astype("<f4")
    metres[np.isnan(metres)] = np.nan  # one bit pattern for all
    data = metres.tobytes()
    main = _MAIN.format(
        dx=dx * 1e-6,
        dy=dy * 1e-6,
        date=moment.strftime("%Y-%m-%dT%H:%M:%S"),
        nx=values.shape[1],
        ny=values.shape[0],
        md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
    ).encode()
    digest = hashlib.md5(main, usedforsecurity=False).hexdigest()
    members = {
        "main.xml": main,
        "bindata/data.bin": data,
        "md5checksum.hex": f"{digest} *main.xml\n".encode(),
    }
    return zip_bytes(members, moment)


def write_x3p(
    path: Path,
    heights: npt.ArrayLike,
    dx: float,
    dy: float | None = None,
    when: datetime | None = None,
) -> None:
    """Write what ``x3p_bytes`` makes."""
    path.write_bytes(x3p_bytes(heights, dx, dy, when))
