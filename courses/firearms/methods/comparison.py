"""Comparing two breech faces, from two files to a likelihood ratio."""

from dataclasses import dataclass
from pathlib import Path

from dalil.courses.firearms.methods.calibration import log10_likelihood_ratio
from dalil.courses.firearms.methods.cells import Cell, match_cells
from dalil.courses.firearms.methods.registration import Registration, register
from dalil.courses.firearms.methods.surfaces import Prepared, prepare
from dalil.courses.firearms.methods.x3p import read_x3p


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
