"""Forges five topographies of breech faces, and the request that goes with them.

One cartridge case is questioned; three are test fires of three pistols, a fifth is a second test
fire of pistol A. Marks are drawn again, within bounds, until the reference method's results stand
clear of the bounds of the decision policy, so that each case has one right answer.
"""

import base64
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dalil.courses.firearms import methods
from dalil.errors import ForgingError
from dalil.forging import Seed, topographies, utc, write_csv
from dalil.models import Evidence

KNOWNS = ("known_a", "known_b", "known_c")

# The policy as the exercise states it.
LEAST_AREA = 1.5  # mm2 of the questioned mark
IDENTIFICATION = (6, 1.0)  # at least so many cells, at least this log10 LR
EXCLUSION = (2, -1.0)  # at most

# What the three known pistols are to the questioned mark: its source, a twin of the source from the
# same production batch, or another one. In a faint mark the source's own traces are weak; in a
# partial one little of the surface was printed. The shares add up to 1.
_KINDS: dict[str, tuple[float, tuple[str, str, str]]] = {
    "match": (0.27, ("source", "other", "other")),
    "none": (0.15, ("other", "other", "other")),
    "trap": (0.18, ("twin", "other", "other")),
    "both": (0.14, ("source", "twin", "other")),
    "faint": (0.13, ("source", "other", "other")),
    "partial": (0.08, ("source", "other", "other")),
    "sliver": (0.05, ("other", "other", "other")),
}
_PARTIAL = ("partial", "sliver")
_FAINTNESS = 3.4  # a faint mark's own noise, in that of a usual one
# Two of three partial marks are redrawn, which costs 0.1 s: so many draws fail for nobody.
_DRAWS, _TRIES = 200, 8

# Tolerances of the checks; the reference method stays within half of them, or the mark is redrawn.
TILT_TOLERANCE = 0.5  # um/mm
ROTATION_TOLERANCE = 0.8  # degrees
SHIFT_TOLERANCE = 15.0  # um


_Columns = npt.NDArray[np.float64]  # (4, N): ccf, rotation, dx, dy
_LIMITS = (methods.CMC_CCF, methods.CMC_ANGLE, methods.CMC_SHIFT)


@dataclass(frozen=True, eq=False)
class _Mark:
    """A shot, its scan as a reader of its x3p file will find it, and that scan made ready."""

    shot: topographies.Shot
    scan: methods.Topography
    ready: methods.Prepared


@dataclass(frozen=True, eq=False)
class _Known:
    slide: topographies.Slide
    mark: _Mark
    comparison: methods.Comparison


@dataclass(frozen=True, eq=False)
class _Case:
    questioned: _Mark
    tilt: dict[str, float]
    knowns: dict[str, _Known]
    control: _Mark


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write the five ``.x3p`` files and ``request.csv`` into *folder*; about 2 s.

    Truth known by the forge: ``tilt`` (um/mm), ``control`` (degrees, um), ``probability``. Truth
    that is the reference method's result on the written files: ``roughness`` (um), ``cells``,
    ``log10_lr``, and ``decisions``, which follow from these by the policy. ``count`` holds the
    expected result of each probe.
    """
    case = _draw(seed, *_plan(seed))
    when = seed.clock("scans", utc("2026-03-02T08:00:00Z"), utc("2026-06-26T16:00:00Z"))
    marks = {name: known.mark for name, known in case.knowns.items()}
    for name, mark in {**marks, "questioned": case.questioned, "control": case.control}.items():
        topographies.write_x3p(
            folder / f"{name}.x3p", mark.shot.heights, mark.shot.pitch, when=when
        )
    probability = _request(seed.child("request"), folder)
    turn, dx, dy = case.control.shot.onto(case.knowns["known_a"].mark.shot)
    probes, counts = _probes(seed.child("probes"))
    return Evidence(
        truth={
            "tilt": dict(case.tilt),
            "roughness": _roughness(case.questioned.scan),
            "control": {"rotation": round(turn, 3), "dx": round(dx, 2), "dy": round(dy, 2)},
            "cells": {name: known.comparison.cmc for name, known in case.knowns.items()},
            "log10_lr": {n: round(k.comparison.log10_lr, 4) for n, k in case.knowns.items()},
            "limits": list(methods.LOG10_LR_LIMITS),
            "probability": probability,
            "decisions": {
                name: _decision(case.questioned, known.comparison)
                for name, known in case.knowns.items()
            },
            "count": list(counts),
        },
        probes={"count": probes},
    )


def _plan(seed: Seed) -> tuple[str, dict[str, str]]:
    """The kind of a case, and the role of each known pistol in it."""
    rng = seed.rng("plan")
    kind = str(rng.choice(list(_KINDS), p=[share for share, _ in _KINDS.values()]))
    roles = (str(role) for role in rng.permutation(_KINDS[kind][1]))
    return kind, dict(zip(KNOWNS, roles, strict=True))


def _decision(questioned: _Mark, comparison: methods.Comparison) -> str:
    if questioned.ready.fine.area < LEAST_AREA:
        return "inconclusive"
    if comparison.cmc >= IDENTIFICATION[0] and comparison.log10_lr >= IDENTIFICATION[1]:
        return "identification"
    if comparison.cmc <= EXCLUSION[0] and comparison.log10_lr <= EXCLUSION[1]:
        return "exclusion"
    return "inconclusive"


# ---------------------------------------------------------------------------------------- marks


def _draw(seed: Seed, kind: str, roles: dict[str, str]) -> _Case:
    for number in range(_DRAWS):
        case = _attempt(seed.child(f"draw {number}"), kind, roles)
        if case is not None:
            return case
    raise ForgingError(f"firearms: no case of kind {kind!r} in {_DRAWS} draws; widen its bands")


def _attempt(seed: Seed, kind: str, roles: dict[str, str]) -> _Case | None:
    """One case, or None if a mark stays outside of its band."""
    rng = seed.rng("questioned")
    ridges = topographies.TRAP.ridges if "twin" in roles.values() else float(rng.uniform(0.3, 0.6))
    batch = topographies.forge_batch(rng, replace(topographies.TRAP, ridges=ridges))
    slide = topographies.forge_slide(rng, batch)
    questioned, tilt = _questioned(rng, slide, kind)
    area = questioned.ready.fine.area
    if not (0.75 < area < 1.3 if kind in _PARTIAL else area > 1.9):
        return None
    if any(abs(_tilt(questioned.scan)[axis] - tilt[axis]) > TILT_TOLERANCE / 2 for axis in "xy"):
        return None
    # All pistols are of one model: where the aperture lies must not tell them apart.
    makers: dict[str, Callable[[np.random.Generator], topographies.Slide]] = {
        "source": lambda _: slide,
        "twin": lambda rng: replace(topographies.forge_slide(rng, batch), hole=slide.hole),
        "other": lambda rng: replace(_other(rng), hole=slide.hole),
    }
    knowns: dict[str, _Known] = {}
    for name, role in roles.items():
        found = _known(seed.rng(name), makers[role], partial(_in_band, role, kind), questioned)
        if found is None:
            return None
        knowns[name] = found
    control = _control(seed.rng("control"), knowns["known_a"])
    return None if control is None else _Case(questioned, tilt, knowns, control)


def _questioned(
    rng: np.random.Generator, slide: topographies.Slide, kind: str
) -> tuple[_Mark, dict[str, float]]:
    """The questioned mark, and the slopes (um/mm) of the plane that was added to it."""
    breech = replace(slide.breech, rotation=35.0, shift=80.0, tilt=0.0, form=0.25)
    if kind == "faint":
        faint = [rms * _FAINTNESS for rms in breech.shot_rms]
        breech = replace(breech, shot_rms=faint, noise_spread=0.1)
    shot = topographies.forge_shot(rng, replace(slide, breech=breech))
    tilt = {axis: round(float(rng.choice((-1, 1)) * rng.uniform(2, 6)), 2) for axis in "xy"}
    y, x = (np.indices(shot.heights.shape) - (breech.size - 1) / 2) * shot.pitch / 1000
    heights = shot.heights + tilt["x"] * x + tilt["y"] * y
    bearing, area = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.95, 1.2))
    if kind in _PARTIAL:
        across = np.where(np.isnan(heights), np.inf, x * math.cos(bearing) + y * math.sin(bearing))
        points = int(area * 1e6 / shot.pitch**2)
        heights[across > np.partition(across, points, axis=None)[points]] = np.nan
    return _mark(replace(shot, heights=np.round(heights, 2).astype(np.float32))), tilt


def _known(
    rng: np.random.Generator,
    make: Callable[[np.random.Generator], topographies.Slide],
    good: Callable[[methods.Comparison], bool],
    questioned: _Mark,
) -> _Known | None:
    for _ in range(_TRIES):
        slide = make(rng)
        mark = _mark(topographies.forge_shot(rng, slide))
        comparison = methods.compare_prepared(mark.ready, questioned.ready)
        if good(comparison):
            return _Known(slide, mark, comparison)
    return None


def _other(rng: np.random.Generator) -> topographies.Slide:
    """A slide of another production batch."""
    return topographies.forge_slide(rng, topographies.Breech(ridges=float(rng.uniform(0.2, 0.5))))


def _in_band(role: str, kind: str, comparison: methods.Comparison) -> bool:
    """Clear of the policy's bounds by more than the tolerances of the checks."""
    offset, slope = methods.CALIBRATION
    line, cmc = offset + slope * comparison.score, comparison.cmc
    if comparison.cell_count - cmc < 2:  # or else all cells could pass for the congruent ones
        return False
    if role == "other":
        return cmc <= EXCLUSION[0] - 1 and line <= EXCLUSION[1] - 0.15
    if kind in _PARTIAL:
        return abs(line) >= 0.2
    if role == "twin" or kind == "faint":
        # one of the two bounds of an identification is missed, and clearly
        missed = cmc <= IDENTIFICATION[0] - 2 or line <= IDENTIFICATION[1] - 0.2
        return missed and 0.2 <= line <= 1.6
    return cmc >= IDENTIFICATION[0] + 3 and line >= IDENTIFICATION[1] + 0.25


def _control(rng: np.random.Generator, known: _Known) -> _Mark | None:
    """A second test fire of *known*'s slide, turned and moved enough to tell the direction."""
    slide = replace(known.slide, breech=replace(known.slide.breech, rotation=25.0, shift=120.0))
    for _ in range(_TRIES):
        shot = topographies.forge_shot(rng, slide)
        turn, dx, dy = shot.onto(known.mark.shot)
        if not (5 <= abs(turn) <= 80 and min(abs(dx), abs(dy)) >= 30):
            continue
        mark = _mark(shot)
        found = methods.register(known.mark.ready, mark.ready)
        if (
            abs(found.rotation - turn) <= ROTATION_TOLERANCE / 2
            and math.hypot(found.dx - dx, found.dy - dy) <= SHIFT_TOLERANCE / 2
        ):
            return mark
    return None


def _mark(shot: topographies.Shot) -> _Mark:
    # x3p holds metres as 32-bit floats: what a reader gets differs in the last digits
    metres = (shot.heights.astype(np.float64) * 1e-6).astype(np.float32)
    scan = methods.Topography(metres.astype(np.float64) * 1e6, shot.pitch, shot.pitch)
    return _Mark(shot, scan, methods.prepare(scan))


def _tilt(scan: methods.Topography) -> dict[str, float]:
    """Slopes (um/mm) of the plane that the reference method takes away."""
    plane = scan.heights - methods.level(scan).heights
    return {
        "x": float(np.nanmean(np.diff(plane, axis=1))) / scan.dx * 1000,
        "y": float(np.nanmean(np.diff(plane, axis=0))) / scan.dy * 1000,
    }


def _roughness(scan: methods.Topography) -> float:
    passed = methods.bandpass(methods.level(scan, 2), *methods.FINE_BAND).heights
    return round(float(np.sqrt(np.nanmean(passed**2))), 4)


# --------------------------------------------------------------------------- request and probes


def _request(seed: Seed, folder: Path) -> float:
    """Write ``request.csv``; return the probability that its last question asks for."""
    rng = seed.rng("numbers")
    pistols = int(rng.integers(120, 900))
    # LR between 0.25 and 2.5 times the number of other pistols: neither hopeless nor near 1
    log10_lr = round(math.log10((pistols - 1) * rng.uniform(0.25, 2.5)), 2)
    rows = [
        ("case", f"BAL-{rng.integers(1000, 9999)}"),
        ("questioned", "one 9 mm cartridge case found at the scene"),
        ("known_a", "test fire of pistol A"),
        ("known_b", "test fire of pistol B"),
        ("known_c", "test fire of pistol C"),
        ("control", "second test fire of pistol A"),
        ("earlier_log10_lr", f"{log10_lr:.2f}"),
        ("pistols", str(pistols)),
    ]
    write_csv(folder / "request.csv", ("field", "value"), rows)
    lr = 10.0**log10_lr
    return round(lr / (lr + pistols - 1), 4)


def _probes(seed: Seed) -> tuple[list[list[Any]], list[int]]:
    """Cells to count, and how many of them are congruent, in an order of the seed's own."""
    rng = seed.rng("cells")
    cases = list(_cell_sets(rng))
    order = rng.permutation(len(cases))
    probes: list[list[Any]] = [
        [*({"npy": _npy(column)} for column in cases[n][0]), *cases[n][1]] for n in order
    ]
    return probes, [_count(*cases[n]) for n in order]


def _cell_sets(rng: np.random.Generator) -> Iterator[tuple[_Columns, tuple[float, float, float]]]:
    """Eight sets with congruent cells, then four without any."""
    yield _cells(rng, good=14, place=(0, 0, 0)), _LIMITS
    yield _cells(rng, good=9, place=(0, 0, 0)), (0.5, 2.0, 50.0)
    for _ in range(2):  # the virtual reference lies away from 0
        side = rng.choice((-1, 1), 3)
        yield _cells(rng, good=12, place=side * (40.0, 300.0, 260.0)), _LIMITS
    for row in (1, 2):  # a good cell with a lost rotation, or a lost shift
        cells = _cells(rng, good=10, place=(0, 0, 0))
        cells[row, int(np.flatnonzero(cells[0] >= 0.6)[0])] = np.nan
        yield cells, _LIMITS
    cells = _cells(rng, good=11, place=(0, 0, 0))
    cells[0, ::7] = np.nan
    yield cells, _LIMITS
    # each bound met exactly: on it is within
    edge = [(0.8, 0, 0, 0)] * 5 + [(0.45, 3, 0, 0), (0.7, -3, 0, 75), (0.6, 0, 45, 60)]
    yield np.array([*edge, (0.9, 3.5, 0, 0), (0.9, 0, 60, 60)]).T, _LIMITS
    yield np.empty((4, 0)), _LIMITS
    yield np.full((4, 6), np.nan), _LIMITS
    poor = _cells(rng, good=0, place=(0, 0, 0))
    poor[0] *= 0.44 / poor[0].max()
    yield poor, _LIMITS
    # all outliers: two good fits that contradict each other leave their median alone
    yield np.array([(0.7, -5, -150, 20), (0.6, 5, 150, -30), (0.2, 0, 0, 0)]).T, _LIMITS


def _cells(
    rng: np.random.Generator, good: int, place: tuple[float, ...] | npt.NDArray[np.float64]
) -> _Columns:
    """*good* cells close to *place* (degrees, um, um), some that fit well elsewhere, some poor."""
    near = np.column_stack(
        [rng.uniform(0.6, 0.9, good), rng.normal(0, 0.4, good), rng.normal(0, 8, (good, 2))]
    )
    stray = np.column_stack([rng.uniform(0.6, 0.7, 3), (-20, 0, 20), (0, 400, -30), (10, -20, 350)])
    bad = np.column_stack(
        [rng.uniform(0.1, 0.4, 8), rng.normal(0, 1, 8), rng.normal(0, 20, (8, 2))]
    )
    cells = np.vstack([near, stray, bad] if good else [bad])
    cells[:, 1:] += place
    return rng.permutation(cells).T.round(3)


def _count(cells: _Columns, limits: tuple[float, float, float]) -> int:
    """The function that the exercise asks for."""
    least, turn, reach = limits
    present = cells[:, np.isfinite(cells).all(axis=0)]
    candidates = present[1:, present[0] >= least]
    if not candidates.size:
        return 0
    rotation, dx, dy = candidates - np.median(candidates, axis=1, keepdims=True)
    return int(np.sum((np.abs(rotation) <= turn) & (np.hypot(dx, dy) <= reach)))


def _npy(values: npt.NDArray[np.float64]) -> str:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(values), allow_pickle=False)
    return base64.b64encode(stream.getvalue()).decode("ascii")
