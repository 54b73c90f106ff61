"""From a table of peaks to alleles: the analytical threshold, then the stutter filter.

A peak below the analytical threshold cannot be told from noise. Stutter is a copying slip of the
PCR: a smaller peak one repeat before its allele (back stutter), more rarely one repeat after it
(forward stutter). The laboratory sets, from its own validation, the largest share of the allele's
height that it still takes for stutter. (P. Gill et al., Forensic Sci. Int. 91 (1998) 41; B. Leclair
et al., J. Forensic Sci. 49 (2004) 968; C. Brookes et al., FSI: Genetics 6 (2012) 58.)
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dalil.courses.dna.methods.profiles import Alleles, DNAError, neighbour

ALLELE, BELOW, STUTTER = "allele", "below", "stutter"


@dataclass(frozen=True)
class Marker:
    """A locus of the kit: repeat length in bases, threshold in RFU, stutter filters as shares."""

    locus: str
    dye: str
    period: int
    analytical: float
    back: float
    forward: float


@dataclass(frozen=True)
class Peak:
    """One peak: its allele, fragment size in bases, height in RFU (relative fluorescence units)."""

    locus: str
    allele: str
    size: float
    height: float


def judge(peaks: Sequence[Peak], marker: Marker) -> list[str]:
    """What each peak of one locus and one run is: ``ALLELE``, ``BELOW`` or ``STUTTER``.

    Below is what does not reach the threshold. Of the rest, stutter is what is no higher than the
    filter's share of the peak one repeat longer (back) or one repeat shorter (forward). Raises
    DNAError if an allele is listed twice.
    """
    heights = {peak.allele: peak.height for peak in peaks}
    if len(heights) < len(peaks):
        raise DNAError(f"{marker.locus}: an allele is listed twice in one run")
    found = []
    for peak in peaks:
        longer = heights.get(neighbour(peak.allele, +1, marker.period), 0.0)
        shorter = heights.get(neighbour(peak.allele, -1, marker.period), 0.0)
        if peak.height < marker.analytical:
            found.append(BELOW)
        elif peak.height <= max(marker.back * longer, marker.forward * shorter):
            found.append(STUTTER)
        else:
            found.append(ALLELE)
    return found


def call(peaks: Sequence[Peak], kit: Iterable[Marker]) -> dict[str, Alleles]:
    """The alleles of one run, by locus of the kit; a locus without any has the empty set."""
    called = {}
    for marker in kit:
        own = [peak for peak in peaks if peak.locus == marker.locus]
        verdicts = zip(own, judge(own, marker), strict=True)
        called[marker.locus] = frozenset(p.allele for p, what in verdicts if what == ALLELE)
    return called


def call_replicates(
    runs: Mapping[str, Sequence[Peak]], kit: Sequence[Marker]
) -> dict[str, list[Alleles]]:
    """The alleles of each run, by locus: what ``likelihood_ratio`` takes as evidence."""
    each = [call(peaks, kit) for peaks in runs.values()]
    return {marker.locus: [one[marker.locus] for one in each] for marker in kit}


def read_kit(path: str | Path) -> list[Marker]:
    """The markers of a kit (``locus, dye, period, analytical, back, forward``)."""
    return [
        Marker(
            row["locus"], row["dye"], int(row["period"]),
            *(float(row[name]) for name in ("analytical", "back", "forward")),
        )
        for row in _table(path, ("locus", "dye", "period", "analytical", "back", "forward"))
    ]  # fmt: skip


def read_peaks(path: str | Path) -> dict[str, list[Peak]]:
    """The peaks of each run (``run, locus, allele, size, height``)."""
    runs: dict[str, list[Peak]] = {}
    for row in _table(path, ("run", "locus", "allele", "size", "height")):
        peak = Peak(row["locus"], row["allele"], float(row["size"]), float(row["height"]))
        runs.setdefault(row["run"], []).append(peak)
    return runs


def _table(path: str | Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
            raise DNAError(f"{Path(path).name}: no column {', '.join(missing)}")
        return list(reader)
