"""Impressions of forged fingers: pressed, turned, stretched, dry or wet, inked or latent.

An impression samples the finger's skin through a smooth deformation (R. Cappelli, D. Maio and
D. Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001, is the model's
ancestor), inks it by pressure, and lays it on a ground. Where each planted minutia comes to lie is
computed from the deformation, not found in the image. Positions, directions and pixels are those of
``dalil.forging.ridges``.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from scipy import ndimage

from dalil.forging.ridges import (
    HEIGHT,
    PIXELS_PER_MM,
    WIDTH,
    Finger,
    Floats,
    Image,
    Mask,
    Minutiae,
)
from dalil.forging.ridges import smooth_chance as _waves

Pixels = npt.NDArray[np.uint8]
EDGE = 12  # pixels from the border of the contact within which no minutia counts as planted


@dataclass(frozen=True)
class Pressing:
    """How an impression is drawn; the defaults give a clean one on white paper or glass.

    ``rotation`` (degrees) and ``shift`` (pixels) are standard deviations; ``stretch`` the typical
    displacement in pixels; ``wetness`` widens the ridges; ``dryness`` (0 to 1) is the share of the
    ridges that leave nothing; ``area`` scales the radii of the contact; ``contrast`` and ``noise``
    are in grey levels; ``ground`` is the amplitude of the background's texture in grey levels.
    """

    rotation: float = 9.0
    shift: float = 12.0
    stretch: float = 4.0
    wetness: float = 0.25
    dryness: float = 0.04
    area: tuple[float, float] = (0.90, 1.05)
    contrast: tuple[float, float] = (150.0, 190.0)
    noise: float = 6.0
    ground: float = 0.0
    off_centre: float = 0.0
    smear: float = 0.0


CLEAN = Pressing()
ORDINARY = Pressing(
    rotation=14.0, shift=14.0, stretch=5.0, wetness=0.3, dryness=0.10, area=(0.70, 1.0),
    contrast=(100.0, 180.0), noise=9.0, off_centre=30.0,
)  # fmt: skip
LATENT = Pressing(
    rotation=22.0, shift=8.0, stretch=5.0, wetness=0.4, dryness=0.16, area=(0.55, 0.80),
    contrast=(48.0, 90.0), noise=13.0, ground=15.0, off_centre=40.0, smear=0.9,
)  # fmt: skip
POOR = replace(
    LATENT,
    dryness=0.42,
    area=(0.28, 0.42),
    contrast=(32.0, 48.0),
    noise=21.0,
    ground=24.0,
    smear=1.6,
)


@dataclass(frozen=True, eq=False)
class Impression:
    """``pixels`` (HEIGHT, WIDTH): dark ridges on a light ground.

    ``minutiae``: planted and printed, away from the edge. ``hidden``: planted where the trace is
    lost or ends; nobody has to find them, who finds one is not wrong. ``contact``: where the skin
    touched. ``cores``, ``deltas``: (N, 2) of x, y in this impression.
    """

    pixels: Pixels
    minutiae: Minutiae
    hidden: Minutiae
    contact: Mask
    pattern: str
    cores: Floats
    deltas: Floats
    skin: Image = field(repr=False)  # the ridges as pressed, -1 to 1, without any loss

    @property
    def area(self) -> float:
        """Square millimetres of contact."""
        return float(self.contact.sum()) / PIXELS_PER_MM**2

    def ridges_between(self, first: tuple[float, float], second: tuple[float, float]) -> int:
        """Ridges crossed by the straight line between two (x, y), those at its ends not counted."""
        steps = 4 * math.ceil(math.dist(first, second))
        x, y = (np.linspace(a, b, steps) for a, b in zip(first, second, strict=True))
        crest = ndimage.map_coordinates(self.skin, [y, x], order=1) > 0
        begins = crest[1:] & ~crest[:-1]
        return int(begins.sum()) - int(crest[-1] and begins.any())


def press(rng: np.random.Generator, finger: Finger, how: Pressing = CLEAN) -> Impression:
    """One impression of *finger*, drawn from *how*."""
    map_x, map_y = _deformation(rng, how)
    skin = _sampled(finger.ridges, map_x, map_y)
    on_finger = np.minimum(np.minimum(map_x, WIDTH - map_x), np.minimum(map_y, HEIGHT - map_y))
    contact, fade = _contact(rng, how, on_finger)
    wet = float(rng.normal(0, how.wetness))
    printed = _printed(rng, how.dryness * math.exp(-3 * max(wet, 0.0)))
    marks = [_sampled(part, map_x, map_y) for part in (finger.rough, finger.pores)]
    ink = _ink(rng, how, wet, (skin, *marks)) * fade * printed
    pixels = _developed(rng, how, ink)
    inverse = _Inverse(map_x, map_y)
    kept = ndimage.gaussian_filter(printed * fade, 4)
    minutiae, hidden = _where(finger.minutiae, inverse, contact, kept)
    return Impression(
        pixels=pixels,
        minutiae=minutiae,
        hidden=hidden,
        contact=contact,
        pattern=finger.pattern,
        cores=inverse.points(finger.cores),
        deltas=inverse.points(finger.deltas),
        skin=skin,
    )


def _deformation(rng: np.random.Generator, how: Pressing) -> tuple[Floats, Floats]:
    """For each pixel of the impression, x and y on the finger."""
    rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float64)
    turn = math.radians(rng.normal(0, how.rotation))
    dx, dy = rng.normal(0, how.shift, 2)
    x, y = columns - WIDTH / 2 - dx, rows - HEIGHT / 2 - dy
    bend_x, bend_y = (how.stretch * _waves(rng, 70, 1) for _ in "xy")
    return (
        math.cos(turn) * x - math.sin(turn) * y + WIDTH / 2 + bend_x,
        math.sin(turn) * x + math.cos(turn) * y + HEIGHT / 2 + bend_y,
    )


def _sampled(values: Image, x: Floats, y: Floats) -> Image:
    found = ndimage.map_coordinates(values, [y, x], order=1, mode="mirror")
    return np.asarray(found, dtype=np.float32)


def _contact(rng: np.random.Generator, how: Pressing, on_finger: Floats) -> tuple[Mask, Image]:
    """Where the skin touched, and how its trace fades at the edge; *on_finger* is the distance in
    pixels from where the finger's model ends."""
    rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float64)
    scale = rng.uniform(*how.area)
    away, bearing = how.off_centre * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
    x = (columns - WIDTH / 2 - away * math.cos(bearing)) / (0.46 * WIDTH * scale)
    y = (rows - HEIGHT / 2 - away * math.sin(bearing)) / (0.47 * HEIGHT * scale)
    edge = 1 - np.hypot(x, y) + 0.05 * _waves(rng, 40, 1)
    edge = np.minimum(edge, on_finger / 100 - 0.03)
    fade = np.clip(edge / 0.06 + 0.5, 0, 1)
    return np.asarray(edge > 0), fade.astype(np.float32)


def _printed(rng: np.random.Generator, dryness: float) -> Image:
    """1 where the skin left its trace, 0 where it was too dry: patches of a ridge or two."""
    patches = 0.75 * _waves(rng, 4, 1) + 0.65 * _waves(rng, 14, 1)
    bound = np.quantile(patches, dryness)
    return np.clip((patches - bound) / 0.4 + 0.5, 0.0, 1.0).astype(np.float32)


def _ink(rng: np.random.Generator, how: Pressing, wet: float, surface: tuple[Image, ...]) -> Image:
    """0 (none) to 1: crests that touch, wider under pressure, with rough edges and pores."""
    skin, rough, pores = surface
    pressure = wet + 0.5 * how.wetness * _waves(rng, 45, 1)
    relief = skin + 0.22 * rough + 0.10 * rng.normal(size=skin.shape)
    relief = relief - 1.3 * rng.uniform(0.3, 1.0) * pores
    return np.asarray(1 / (1 + np.exp(-(relief + pressure) / 0.28)), dtype=np.float32)


def _developed(rng: np.random.Generator, how: Pressing, ink: Image) -> Pixels:
    """The trace on its ground as grey levels."""
    if how.smear:
        ink = ndimage.gaussian_filter(ink, (how.smear * rng.random(), how.smear * rng.random()))
    light = 228.0 - 0.4 * how.contrast[0] * (how.ground > 0)
    grey = light + how.ground * _ground(rng) - rng.uniform(*how.contrast) * ink
    grey = ndimage.gaussian_filter(grey, 0.6) + how.noise * rng.normal(size=ink.shape)
    return np.asarray(np.clip(np.round(grey), 0, 255), dtype=np.uint8)


def _ground(rng: np.random.Generator) -> Floats:
    """A surface with shading, grain and, on some, stripes; unit amplitude or so."""
    rows, columns = np.indices((HEIGHT, WIDTH), dtype=np.float64)
    shade = 0.7 * _waves(rng, 60, 1) + 0.5 * _waves(rng, 6, 1)
    if rng.random() < 0.5:
        bearing, length = rng.uniform(0, math.pi), rng.uniform(18, 36)
        along = columns * math.cos(bearing) + rows * math.sin(bearing)
        shade = shade + 0.6 * np.sin(2 * math.pi * along / length)
    return np.asarray(shade)


class _Inverse:
    """Where points of the finger come to lie in the impression."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self._x, self._y = x, y
        # the turn alone, from the middle row's ends: the bend is small beside it
        across, down = (float(part[HEIGHT // 2, -1] - part[HEIGHT // 2, 0]) for part in (x, y))
        turn = math.atan2(down, across)
        self._back = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])

    def _forward(self, points: Floats) -> Floats:
        at = [points[:, 1], points[:, 0]]
        return np.column_stack(
            [
                ndimage.map_coordinates(part, at, order=1, mode="nearest")
                for part in (self._x, self._y)
            ]
        )

    def points(self, wanted: Floats) -> Floats:
        """(N, 2) of x, y on the finger → (N, 2) in the impression."""
        found = wanted.copy()
        for _ in range(25):
            found = found - 0.8 * (self._forward(found) - wanted) @ self._back.T
        return found

    def directions(self, points: Floats, degrees: Floats) -> Floats:
        """Directions on the finger → in the impression, at *points* of the impression."""
        right, down = (
            (self._forward(points + half) - self._forward(points - half)) / 4
            for half in (np.array([2.0, 0.0]), np.array([0.0, 2.0]))
        )
        jacobian = np.stack([right, down], axis=2)
        radians = np.radians(degrees)
        vector = np.stack([np.cos(radians), -np.sin(radians)], 1)[:, :, None]
        back = np.linalg.solve(jacobian, vector)[:, :, 0]
        return np.asarray(np.mod(np.degrees(np.arctan2(-back[:, 1], back[:, 0])), 360.0))


def _where(
    planted: Minutiae, inverse: _Inverse, contact: Mask, kept: Image
) -> tuple[Minutiae, Minutiae]:
    """The planted minutiae in the impression: those that can be seen there, and the others."""
    points = inverse.points(np.column_stack([planted.x, planted.y]))
    columns, rows = np.round(points).astype(int).T
    inside = (rows > 2) & (rows < HEIGHT - 3) & (columns > 2) & (columns < WIDTH - 3)
    points, kind = points[inside], planted.kind[inside]
    at = rows[inside], columns[inside]
    directions = inverse.directions(points, planted.direction[inside])
    every = Minutiae(points[:, 0], points[:, 1], directions, kind)
    inner = ndimage.distance_transform_edt(np.pad(contact, 1))[1:-1, 1:-1] > EDGE
    seen = inner[at] & (kept[at] > 0.6)
    return every.chosen(seen), every.chosen(~seen)


def png(pixels: Pixels) -> bytes:
    """A grey PNG of *pixels*, not compressed: its size tells its shape and nothing else."""
    stream = io.BytesIO()
    Pictures.fromarray(pixels).save(stream, "PNG", compress_level=0, dpi=(500, 500))
    return stream.getvalue()
