"""Invented kit, invented population, invented people, and the peaks that their DNA gives.

Nothing here describes a real kit or a real population: the locus names are invented, the allele
frequencies are drawn by chance. What is realistic is the structure: four dyes, fragments of 80 to
450 bases, repeats of three and four bases, microvariants, and heights as validation studies and
continuous models describe them.

Heights are gamma distributed with a variance proportional to the mean, so that small peaks scatter
relatively more (J.-A. Bright et al., FSI: Genetics 7 (2013) 296; Ø. Bleka et al., FSI: Genetics 21
(2016) 35). Longer fragments are weaker (degradation). Stutter is a share of its allele's height
that grows with the number of repeats. A peak that chance left below the threshold is a drop-out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dalil.courses.dna.methods.calling import Marker, Peak
from dalil.courses.dna.methods.profiles import (
    Frequencies,
    Genotype,
    Profile,
    allele_key,
    bases,
    designation,
    genotype,
    neighbour,
)

Floats = npt.NDArray[np.float64]

DYES = ("blue", "green", "yellow", "red")
SCATTER = 16.0  # RFU: variance of a height over its mean
STUTTER_SCATTER = 3.0  # RFU: the same for a stutter peak
LADDER = 100.0  # bases: size at which degradation takes nothing away
SMALLEST = 8.0  # RFU: what the software still lists as a peak
NOISE, NOISE_PEAKS = 9.0, 0.7  # RFU above the smallest listed, peaks a locus
SAMPLE = 500  # people in the invented population sample


@dataclass(frozen=True)
class Locus:
    """How an invented locus is built; shares of height for stutter at the middle allele."""

    marker: Marker
    start: int  # bases beside the repeats
    lowest: int  # whole repeats
    highest: int
    centre: float
    spread: float
    partial: int  # bases of its microvariants, 0 for none
    stutter: float
    slope: float  # of stutter, a repeat

    def size(self, allele: str) -> float:
        """Fragment length in bases."""
        return float(self.start + bases(allele, self.marker.period))

    def stutter_share(self, allele: str) -> float:
        """Expected back stutter of an allele, as a share of its height."""
        repeats = bases(allele, self.marker.period) / self.marker.period
        return max(0.01, self.stutter + self.slope * (repeats - self.centre))


def _locus(
    name: str,
    start: int,
    ends: tuple[int, int],
    bell: tuple[float, float],
    stutter: float,
    *,
    period: int = 4,
    partial: int = 0,
    forward: float = 0.025,
) -> Locus:
    """An invented locus; its filter takes 1.7 times the middle allele's stutter, or rather more."""
    dye = {"B": "blue", "G": "green", "Y": "yellow", "R": "red"}[name[0]]
    slope = stutter / 10
    back = round(1.7 * stutter + slope * (ends[1] - bell[0]) / 3, 3)
    marker = Marker(name, dye, period, 50.0, back, forward)
    return Locus(marker, start, *ends, *bell, partial, stutter, slope)


PANEL: tuple[Locus, ...] = (
    _locus("B1", 50, (9, 19), (14.5, 1.8), 0.075),
    _locus("B2", 105, (12, 21), (16.5, 1.6), 0.072),
    _locus("B3", 195, (7, 16), (11.5, 1.7), 0.055),
    _locus("B4", 245, (15, 27), (20.0, 2.9), 0.075),
    _locus("G1", 40, (10, 18), (13.2, 1.6), 0.065),
    _locus("G2", 80, (24, 36), (29.8, 2.0), 0.068, partial=2),
    _locus("G3", 215, (9, 22), (14.8, 2.6), 0.070),
    _locus("G4", 330, (8, 16), (11.8, 1.6), 0.052),
    _locus("Y1", 55, (10, 17), (13.8, 1.3), 0.070, partial=2),
    _locus("Y2", 140, (4, 11), (7.6, 1.6), 0.022, partial=3),
    _locus("Y3", 180, (17, 28), (22.3, 2.3), 0.070),
    _locus("Y4", 335, (8, 15), (11.0, 1.7), 0.050),
    _locus("R1", 50, (10, 18), (14.8, 1.5), 0.080, period=3, forward=0.070),
    _locus("R2", 110, (10, 20), (14.9, 2.2), 0.070, partial=3),
    _locus("R3", 195, (15, 25), (19.0, 2.4), 0.075),
)
KIT: tuple[Marker, ...] = tuple(locus.marker for locus in PANEL)


def draw_population(rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """True allele frequencies of an invented population, by locus of ``PANEL``."""
    found: dict[str, dict[str, float]] = {}
    for locus in PANEL:
        weights: dict[str, float] = {}
        for repeats in range(locus.lowest, locus.highest + 1):
            bell = math.exp(-0.5 * ((repeats - locus.centre) / locus.spread) ** 2)
            weights[str(repeats)] = (bell + 0.004) * float(rng.gamma(3.0))
            if locus.partial and bell > 0.05:
                length = repeats * locus.marker.period + locus.partial
                weights[designation(length, locus.marker.period)] = (
                    0.25 * bell * float(rng.gamma(1.0)) + 0.001
                )
        total = sum(weights.values())
        found[locus.marker.locus] = {a: w / total for a, w in weights.items()}
    return found


def survey(
    rng: np.random.Generator, population: Mapping[str, Mapping[str, float]], people: int = SAMPLE
) -> Frequencies:
    """The frequency table that a sample of so many people gives: rare alleles are missing from it.

    The rare-allele frequency is 5/(2 people), the least that NRC II recommends to state.
    """
    table = {}
    for locus, true in population.items():
        counts = rng.multinomial(2 * people, np.array(list(true.values())) / sum(true.values()))
        table[locus] = {
            a: round(int(n) / (2 * people), 4) for a, n in zip(true, counts, strict=True) if n
        }
    return Frequencies(table, 5 / (2 * people))


def subpopulation(
    rng: np.random.Generator, population: Mapping[str, Mapping[str, float]], theta: float
) -> dict[str, dict[str, float]]:
    """Frequencies of a group that drifted from the population by theta (Dirichlet)."""
    if not theta:
        return {locus: dict(true) for locus, true in population.items()}
    found = {}
    for locus, true in population.items():
        drawn = rng.gamma(np.array(list(true.values())) * (1 - theta) / theta)
        found[locus] = dict(zip(true, (drawn / drawn.sum()).tolist(), strict=True))
    return found


def draw_person(
    rng: np.random.Generator, population: Mapping[str, Mapping[str, float]]
) -> dict[str, Genotype]:
    """A person of the population: two alleles drawn at each locus."""
    person = {}
    for locus, true in population.items():
        names = list(true)
        i, j = rng.choice(len(names), 2, p=list(true.values()))
        person[locus] = genotype(names[int(i)], names[int(j)])
    return person


def draw_child(rng: np.random.Generator, mother: Profile, father: Profile) -> dict[str, Genotype]:
    """A child: one allele of each parent at each locus. Two calls give two full siblings."""
    return {
        locus: genotype(mother[locus][int(rng.integers(2))], father[locus][int(rng.integers(2))])
        for locus in mother
    }


@dataclass(frozen=True)
class Donor:
    """A contributor to a stain: ``amount`` is the expected height of one allele, RFU at 100 bases;
    ``degradation`` the share of it lost each further 100 bases (0 to below 1)."""

    profile: Profile
    amount: float
    degradation: float = 0.0

    def expected(self, size: float) -> float:
        return self.amount * float((1 - self.degradation) ** ((size - LADDER) / 100))


def amplify(rng: np.random.Generator, donors: Sequence[Donor], dropin: float = 0.0) -> list[Peak]:
    """One run: the peaks, by locus of ``PANEL`` and by size, heights in whole RFU.

    ``dropin`` is the probability of one foreign allele at a locus. Peaks of noise are listed too,
    as the software of an instrument lists them.
    """
    peaks = []
    for locus in PANEL:
        heights = _alleles(rng, locus, donors)
        if rng.random() < dropin:
            foreign = str(rng.integers(locus.lowest, locus.highest + 1))
            height = locus.marker.analytical + rng.exponential(25.0)
            heights[foreign] = heights.get(foreign, 0.0) + height
        for name, height in _stutters(rng, locus, heights).items():
            heights[name] = heights.get(name, 0.0) + height
        for _ in range(rng.poisson(NOISE_PEAKS)):
            name = str(rng.integers(locus.lowest, locus.highest + 1))
            heights.setdefault(name, SMALLEST + float(rng.exponential(NOISE)))
        for name in sorted(heights, key=allele_key):
            if (height := round(heights[name])) >= SMALLEST:
                size = locus.size(name) + float(rng.normal(0, 0.06))
                peaks.append(Peak(locus.marker.locus, name, round(size, 2), float(height)))
    return peaks


def _alleles(rng: np.random.Generator, locus: Locus, donors: Sequence[Donor]) -> dict[str, float]:
    expected: dict[str, float] = {}
    for donor in donors:
        for allele in donor.profile[locus.marker.locus]:
            expected[allele] = expected.get(allele, 0.0) + donor.expected(locus.size(allele))
    return {
        allele: float(rng.gamma(mean / SCATTER, SCATTER))
        for allele, mean in sorted(expected.items())
        if mean > 0
    }


def _stutters(
    rng: np.random.Generator, locus: Locus, heights: Mapping[str, float]
) -> dict[str, float]:
    found: dict[str, float] = {}
    forward = locus.marker.forward / 3
    for allele, height in sorted(heights.items()):
        for steps, share in ((-1, locus.stutter_share(allele)), (+1, forward)):
            if share * height >= 1 and float(allele) > 2:
                name = neighbour(allele, steps, locus.marker.period)
                drawn = float(rng.gamma(share * height / STUTTER_SCATTER, STUTTER_SCATTER))
                found[name] = found.get(name, 0.0) + drawn
    return found


def dropout_probability(donor: Donor, locus: Locus, allele: str) -> float:
    """Probability that one copy of an allele stays below the threshold, by the model above."""
    mean = donor.expected(locus.size(allele))
    return float(stats.gamma.cdf(locus.marker.analytical, mean / SCATTER, scale=SCATTER))


def trace(
    peaks: Sequence[Peak], dye: str, rng: np.random.Generator, step: float = 0.1
) -> tuple[Floats, Floats]:
    """The curve of one dye as the instrument draws it: sizes in bases and heights in RFU, (N,)."""
    sizes = np.arange(75.0, 460.0, step)
    heights = np.abs(rng.normal(0, 2.5, sizes.size)) + 1.0
    own = {locus.marker.locus for locus in PANEL if locus.marker.dye == dye}
    for peak in peaks:
        if peak.locus in own:
            heights += peak.height * np.exp(-0.5 * ((sizes - peak.size) / 0.35) ** 2)
    return sizes, heights
