"""Congruent matching cells (Song 2013)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import fft

from dalil.courses.firearms.methods.registration import Registration, Spectra, aligned
from dalil.courses.firearms.methods.surfaces import Image, Mask, Prepared

CELL = 16  # pixels of FINE_PITCH: cells of 400 um, in the range of Song 2013
CELL_REACH = 8  # pixels a cell may move away from the registration
CELL_ANGLES = (-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0)
CELL_LEAST = 0.4  # valid share below which a cell is not counted
CMC_CCF, CMC_ANGLE, CMC_SHIFT = 0.45, 3.0, 75.0


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

    centred, valid_b = aligned(first, second, found)
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
        values, valid = aligned(first, second, found, turn) if turn else (centred, valid_b)
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
