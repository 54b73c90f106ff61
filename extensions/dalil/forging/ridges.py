"""Friction ridges with planted minutiae: fingers whose truth is known, and their impressions.

A *finger* is a phase field: ridges are the crests of ``cos(phase)``. The phase follows a ridge flow
with cores and deltas (zero-pole model of B. Sherlock and D. Monro, "A model for interpreting
fingerprint topology", Pattern Recognition 26 (1993) 1047), and winds once around each minutia, as
in the AM-FM model of K. Larkin and P. Fletcher, "A coherent framework for fingerprint analysis:
are fingerprints holograms?", Optics Express 15 (2007) 8667. Minutiae are planted where the flow
needs them, because ridges that fan out must be joined by new ones; so the ridges keep their
distance, as in skin. What was planted is the truth; no image is read to know it.

Around a core or a delta the phase changes its sign, so it lives on two sheets: each grid node has a
normal to the flow, and two neighbours are on one sheet if their normals point the same way.

Arrays are (rows, columns), rows downwards; positions are (x, y) in pixels of 500 per inch, x to the
right, y down; directions are in degrees, counter-clockwise from the right as one sees it, 0 to 360.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage, sparse
from scipy.sparse import linalg

from dalil.errors import ForgingError

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

PPI = 500
PIXELS_PER_MM = PPI / 25.4
HEIGHT, WIDTH = 384, 320  # pixels: 19.5 mm by 16.3 mm
STEP = 2  # pixels between the nodes of the phase's grid
PERIOD = 9.0  # pixels from ridge to ridge: 0.46 mm
LEAST_DISTANCE = 13.0  # pixels between two minutiae
PATTERNS = ("arch", "left loop", "right loop", "whorl")
ENDING, BIFURCATION = 1, 2  # the codes of ISO/IEC 19794-2


@dataclass(frozen=True, eq=False)
class Minutiae:
    """``x``, ``y`` (pixels), ``direction`` (degrees) and ``kind`` (ENDING, BIFURCATION), each (N,).

    The direction of an ending runs along its ridge, of a bifurcation into the valley it encloses.
    """

    x: Floats
    y: Floats
    direction: Floats
    kind: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    def chosen(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Minutiae:
        """The minutiae that *which* (a mask or indices) selects."""
        return Minutiae(self.x[which], self.y[which], self.direction[which], self.kind[which])


@dataclass(frozen=True, eq=False)
class Finger:
    """A finger's skin: ``ridges`` (HEIGHT, WIDTH) from -1 (valley) to 1 (crest), pores, edges."""

    pattern: str
    ridges: Image
    pores: Image
    rough: Image
    minutiae: Minutiae
    cores: Floats  # (N, 2) of x, y
    deltas: Floats
    flow: Flow = field(repr=False)


@dataclass(frozen=True, eq=False)
class Flow:
    """Where ridges run on the nodes: ``angle`` (h, w) in radians of the ridges' normal in image
    axes, on one sheet a node; ``period`` in pixels; singular points as (N, 2) of x, y."""

    pattern: str
    angle: Floats
    period: Floats
    cores: Floats
    deltas: Floats


# ----------------------------------------------------------------------------------------- flow


def forge_flow(rng: np.random.Generator, pattern: str | None = None) -> Flow:
    """A ridge flow of one of PATTERNS, drawn in their usual shares if None.

    Raises ForgingError for another pattern.
    """
    name = pattern or str(rng.choice(PATTERNS, p=(0.06, 0.32, 0.32, 0.30)))
    if name not in PATTERNS:
        raise ForgingError(f"no pattern {name!r}: choose one of {', '.join(PATTERNS)}")
    x, y = _node_positions()
    cores, deltas = _singular_points(rng, name)
    if name == "arch":
        u, v = (x - WIDTH / 2) / WIDTH, (y - rng.uniform(0.5, 0.6) * HEIGHT) / HEIGHT
        rise = rng.uniform(0.9, 1.5) * np.exp(-((v / 0.32) ** 2))
        angle = np.arctan(rise * np.sin(2 * math.pi * u * 0.8))
    else:
        # image axes have y downwards: the model's angle changes its sign
        angle = -0.5 * (_turning(x, y, cores) - _turning(x, y, deltas))
        tilt = {"left loop": -1, "right loop": 1}.get(name, 0) * rng.uniform(0.0, 0.12)
        angle = angle + tilt
    angle = angle + 0.10 * smooth_chance(rng, 55) + math.pi / 2
    period = (
        PERIOD * rng.uniform(0.94, 1.08) * (1 + 0.05 * smooth_chance(rng, 45) + 0.06 * (y / HEIGHT))
    )
    return Flow(name, angle, period, cores, deltas)


def _node_positions() -> tuple[Floats, Floats]:
    rows, columns = np.indices((HEIGHT // STEP, WIDTH // STEP), dtype=np.float64)
    return columns * STEP, rows * STEP


def _turning(x: Floats, y: Floats, points: Floats) -> Floats:
    """The sum of the angles at which the nodes are seen from *points*."""
    total = np.zeros_like(x)
    for px, py in points:
        total += np.arctan2(-(y - py), x - px)
    return total


def _singular_points(rng: np.random.Generator, name: str) -> tuple[Floats, Floats]:
    middle = np.array([WIDTH / 2 + rng.normal(0, 8), HEIGHT * 0.42 + rng.normal(0, 10)])
    if name == "arch":
        return np.empty((0, 2)), np.empty((0, 2))
    if name == "whorl":
        apart = np.array([rng.normal(0, 9), rng.uniform(12, 30)])
        cores = np.array([middle - apart, middle + apart])
        aside = [(side * rng.uniform(85, 135), rng.uniform(95, 150)) for side in (-1.0, 1.0)]
        deltas = middle + np.array(aside)
        return cores, deltas
    side = 1.0 if name == "left loop" else -1.0
    delta = middle + np.array([side * rng.uniform(60, 105), rng.uniform(85, 140)])
    return middle[None], delta[None]


def smooth_chance(rng: np.random.Generator, length: float, step: int = STEP) -> Floats:
    """Smooth chance of unit variance on a grid of *step* pixels, correlated over *length*."""
    coarse = max(1, int(length / 4 / step))
    shape = (HEIGHT // step // coarse + 9, WIDTH // step // coarse + 9)
    noise = ndimage.gaussian_filter(rng.normal(size=shape), length / step / coarse)
    noise = ndimage.zoom(noise, coarse, order=1)[: HEIGHT // step, : WIDTH // step]
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float64)


# ---------------------------------------------------------------------------------------- phase


class _Grid:
    """The phase on the nodes: neighbours' sheets, expected increments, and the solver."""

    def __init__(self, flow: Flow) -> None:
        normal = np.stack([np.cos(flow.angle), np.sin(flow.angle)])
        self.shape = flow.angle.shape
        self.right = np.sign((normal[:, :, 1:] * normal[:, :, :-1]).sum(0))
        self.down = np.sign((normal[:, 1:, :] * normal[:, :-1, :]).sum(0))
        self.right[self.right == 0] = self.down[self.down == 0] = 1
        wave = 2 * math.pi / flow.period * STEP * normal
        # the increment to the next node, on the sheet of the first of the two
        self.to_right = (wave[0][:, :-1] + self.right * wave[0][:, 1:]) / 2
        self.to_down = (wave[1][:-1, :] + self.down * wave[1][1:, :]) / 2
        self._solve = self._factorise()

    def _factorise(self) -> linalg.SuperLU:
        rows, columns = self.shape
        index = np.arange(rows * columns).reshape(self.shape)
        first = np.concatenate([index[:, :-1].ravel(), index[:-1, :].ravel()])
        second = np.concatenate([index[:, 1:].ravel(), index[1:, :].ravel()])
        sign = np.concatenate([self.right.ravel(), self.down.ravel()])
        edges = np.arange(first.size)
        self._incidence = sparse.csr_matrix(
            (np.concatenate([sign, -np.ones(first.size)]),
             (np.concatenate([edges, edges]), np.concatenate([second, first]))),
        )  # fmt: skip
        normal = (self._incidence.T @ self._incidence + 1e-9 * sparse.eye(index.size)).tocsc()
        return linalg.splu(normal, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    def flux(self) -> Floats:
        """Turns of the expected phase around each plaquette: what minutiae have to make up for."""
        s, d = self.right, self.down
        around = (
            self.to_right[:-1]
            + s[:-1] * self.to_down[:, 1:]
            - d[:, :-1] * self.to_right[1:]
            - self.to_down[:, :-1]
        )
        return np.where(self._closed(), around / (2 * math.pi), 0.0)

    def _closed(self) -> Mask:
        """Plaquettes around which the sheet comes back: not those of a core or a delta."""
        s, d = self.right, self.down
        return np.asarray(s[:-1] * d[:, 1:] * s[1:] * d[:, :-1] > 0)

    def phase(self, places: npt.NDArray[np.int64], charges: npt.NDArray[np.int64]) -> Floats:
        """The phase that winds *charges* times around the plaquettes *places* (N, 2) of row, column
        and follows the flow elsewhere as well as least squares allow."""
        wanted = np.concatenate([self.to_right.ravel(), self.to_down.ravel()])
        for place, charge in zip(places, charges, strict=True):
            wanted -= charge * self._seam(*place)
        wanted += self._between_poles(wanted)
        return self._fitted(wanted).reshape(self.shape)

    def _fitted(self, wanted: Floats) -> Floats:
        return np.asarray(self._solve.solve(self._incidence.T @ wanted), dtype=np.float64)

    def _seam(self, row: int, column: int) -> Floats:
        """A step of 2 pi across a line from a plaquette to the right border, sheet by sheet."""
        jumps = np.zeros_like(self.to_down)
        jumps[row, column + 1 :] = 2 * math.pi * np.cumprod(self.right[row, column:])
        return np.concatenate([np.zeros(self.to_right.size), jumps.ravel()])

    def _between_poles(self, wanted: Floats) -> Floats:
        """The whole numbers of ridges between cores and deltas that suit *wanted* best."""
        poles = np.argwhere(~self._closed())[1:]
        if not len(poles):
            return np.zeros_like(wanted)
        seams = np.stack([self._seam(*pole) for pole in poles], 1)
        rest = np.stack([s - self._incidence @ self._fitted(s) for s in seams.T], 1)
        misfit = wanted - self._incidence @ self._fitted(wanted)
        return -seams @ np.round(np.linalg.lstsq(rest, misfit, rcond=None)[0])


def _plan_minutiae(
    rng: np.random.Generator, flow: Flow, grid: _Grid, count: int, kept: Floats
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places (N, 2) and charges (N,) of about *count* minutiae; *kept* (K, 3) of row, column,
    charge come first. What the flow needs is drawn where it is needed, the rest by chance.
    """
    spread = 11.0  # nodes over which need is gathered
    peak = 1 / (2 * math.pi * spread**2)
    # a charge changes its sign with the sheet, charge times normal does not: so it can be smoothed
    normal = np.stack([np.cos(flow.angle), np.sin(flow.angle)])[:, :-1, :-1]
    owed = np.stack([ndimage.gaussian_filter(grid.flux() * part, spread) for part in normal])
    need = (owed * normal).sum(0)
    free = _allowed(flow, need.shape)
    found: list[tuple[int, int, int]] = []

    def plant(row: int, column: int, charge: int) -> None:
        found.append((row, column, charge))
        reach = math.ceil(LEAST_DISTANCE / STEP)
        rows, columns = np.ogrid[: need.shape[0], : need.shape[1]]
        distance = np.hypot(rows - row, columns - column)
        free[distance < reach] = False
        blur = charge * peak * np.exp(-(distance**2) / (2 * spread**2))
        need[...] -= blur * np.tensordot(normal[:, row, column], normal, 1)

    for row, column, charge in kept:
        plant(int(row), int(column), int(charge))
    for _ in range(4 * count):
        weight = np.where(free, np.clip(np.abs(need) - 0.25 * peak, 0, None), 0.0)
        if len(found) >= count or weight.max() < 0.15 * peak:
            break
        row, column = _drawn(rng, weight**2)
        plant(row, column, 1 if need[row, column] > 0 else -1)
    while len(found) < count and free.any():
        row, column = _drawn(rng, free.astype(np.float64))
        plant(row, column, 1 if need[row, column] + rng.normal(0, 0.2 * peak) > 0 else -1)
    plan = np.array(found, dtype=np.int64).reshape(-1, 3)
    return plan[:, :2], plan[:, 2]


def _drawn(rng: np.random.Generator, weight: Floats) -> tuple[int, int]:
    total = np.cumsum(weight)
    at = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
    row, column = np.unravel_index(min(at, weight.size - 1), weight.shape)
    return int(row), int(column)


def _allowed(flow: Flow, shape: tuple[int, ...]) -> Mask:
    """Plaquettes away from the border and from singular points, where sheets meet."""
    rows, columns = np.indices(shape)
    free = (rows > 5) & (rows < shape[0] - 6) & (columns > 5) & (columns < shape[1] - 6)
    for x, y in np.vstack([flow.cores, flow.deltas]):
        free &= np.hypot(columns * STEP - x, rows * STEP - y) > 16
    return np.asarray(free, dtype=bool)


def _ring(flow: Flow, grid: _Grid, phase: Floats, place: tuple[int, int], charge: int) -> float:
    """The phase in the middle of a plaquette without its own winding, on the sheet of its first
    corner: pi/2 where a ridge ends cleanly, -pi/2 where one forks."""
    row, column = place
    base = flow.angle[row, column]
    corners = ((0, 0, 1.0), (0, 1, grid.right[row, column]), (1, 0, grid.down[row, column]))
    sheets = [*corners, (1, 1, grid.right[row, column] * grid.down[row, column + 1])]
    wave = 2 * math.pi / flow.period[row, column] * STEP
    total = 0j
    for down, right, sheet in sheets:
        across, below = right - 0.5, down - 0.5
        along = across * math.cos(base) + below * math.sin(base)
        turn = math.atan2(below, across) - base
        value = sheet * phase[row + down, column + right]
        total += np.exp(1j * (value - wave * along - charge * turn))
    return float(np.angle(total))


def _settled(
    flow: Flow, grid: _Grid, places: npt.NDArray[np.int64], charges: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """*places* moved by a quarter of a ridge at most, so that each is a clean ending or fork."""
    phase = grid.phase(places, charges)
    moved = places.copy()
    for n, ((row, column), charge) in enumerate(zip(places, charges, strict=True)):
        now = _ring(flow, grid, phase, (row, column), charge)
        wanted = math.copysign(math.pi / 2, now)
        shift = (wanted - now) / (2 * math.pi) * flow.period[row, column] / STEP
        base = flow.angle[row, column]
        moved[n] += (round(shift * math.sin(base)), round(shift * math.cos(base)))
    return moved


def _minutiae(
    flow: Flow,
    grid: _Grid,
    phase: Floats,
    places: npt.NDArray[np.int64],
    charges: npt.NDArray[np.int64],
) -> Minutiae:
    kinds, directions = [], []
    for (row, column), charge in zip(places, charges, strict=True):
        now = _ring(flow, grid, phase, (row, column), charge)
        kinds.append(ENDING if math.sin(now) > 0 else BIFURCATION)
        # the extra ridge or valley lies on the side -charge of the tangent
        tangent = flow.angle[row, column] + math.pi / 2
        directions.append(-math.degrees(tangent) + (180 if charge > 0 else 0))
    middle = np.asarray((places + 0.5) * STEP, dtype=np.float64)
    return Minutiae(
        middle[:, 1], middle[:, 0], np.mod(np.array(directions), 360.0), np.array(kinds, np.int64)
    )


# --------------------------------------------------------------------------------------- finger


def forge_finger(
    rng: np.random.Generator, pattern: str | None = None, count: int | None = None
) -> Finger:
    """A finger with *count* minutiae (45 to 62 if None) of *pattern* (drawn if None)."""
    flow = forge_flow(rng, pattern)
    return _grown(rng, flow, count or int(rng.integers(45, 63)), np.empty((0, 3)))


def forge_look_alike(rng: np.random.Generator, finger: Finger, shared: float = 0.35) -> Finger:
    """Another finger with the same flow and *shared* (0 to 1) of *finger*'s minutiae in one area:
    what a search in a large collection brings up, and what misleads."""
    grid = _Grid(finger.flow)
    own = finger.minutiae
    centre = int(rng.integers(len(own)))
    near = np.argsort(np.hypot(own.x - own.x[centre], own.y - own.y[centre]))
    near = near[: round(shared * len(own))]
    rows, columns = own.y[near] / STEP - 0.5, own.x[near] / STEP - 0.5
    tangent = np.degrees(finger.flow.angle[rows.astype(int), columns.astype(int)] + math.pi / 2)
    along = np.cos(np.radians(own.direction[near] + tangent))
    kept = np.column_stack([rows, columns, np.where(along > 0, -1, 1)])
    return _grown(rng, finger.flow, len(own), kept, grid)


def _grown(
    rng: np.random.Generator, flow: Flow, count: int, kept: Floats, grid: _Grid | None = None
) -> Finger:
    grid = grid or _Grid(flow)
    places, charges = _plan_minutiae(rng, flow, grid, count, kept)
    places = _settled(flow, grid, places, charges)
    phase = grid.phase(places, charges)
    ridges = _fine(grid, phase)
    pores = _pores(rng, ridges)
    rough = ndimage.gaussian_filter(rng.normal(size=ridges.shape), 1.6)
    return Finger(
        pattern=flow.pattern,
        ridges=ridges,
        pores=pores,
        rough=(rough / rough.std()).astype(np.float32),
        minutiae=_minutiae(flow, grid, phase, places, charges),
        cores=flow.cores,
        deltas=flow.deltas,
        flow=flow,
    )


def _fine(grid: _Grid, phase: Floats) -> Image:
    """``cos(phase)`` on pixels: between the four nodes around, on the sheet of the first."""
    wave = np.exp(1j * phase)

    def on_sheet(values: npt.NDArray[np.complex128], sign: Floats) -> npt.NDArray[np.complex128]:
        return np.asarray(np.where(sign > 0, values, values.conj()))

    first = wave[:-1, :-1]
    right = on_sheet(wave[:-1, 1:], grid.right[:-1])
    below = on_sheet(wave[1:, :-1], grid.down[:, :-1])
    across = on_sheet(wave[1:, 1:], grid.right[:-1] * grid.down[:, 1:])
    rows, columns = grid.shape
    fine = np.zeros((rows * STEP, columns * STEP))
    for r in range(STEP):
        for c in range(STEP):
            v, u = r / STEP, c / STEP
            mixed = (1 - v) * ((1 - u) * first + u * right) + v * ((1 - u) * below + u * across)
            fine[r:-STEP:STEP, c:-STEP:STEP] = np.cos(np.angle(mixed))
    fine[-STEP:], fine[:, -STEP:] = fine[-STEP - 1], fine[:, -STEP - 1 : -STEP]
    return fine.astype(np.float32)


def _pores(rng: np.random.Generator, ridges: Image) -> Image:
    """Sweat pores along the crests, every 8 pixels or so, as depths 0 to 1."""
    chance = np.where(ridges > 0.93, rng.random(ridges.shape), 0.0)
    chosen = (chance == ndimage.maximum_filter(chance, 7)) & (chance > 0.25)
    depth = ndimage.gaussian_filter(chosen * rng.uniform(0.5, 1.0, ridges.shape), 0.9)
    return np.asarray(depth * 2 * math.pi * 0.9**2, dtype=np.float32)
