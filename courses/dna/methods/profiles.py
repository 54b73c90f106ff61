"""Alleles, genotypes, allele frequencies: what every other part of the method speaks in.

An allele is its designation, a text such as "12" or "9.3" (nine whole repeats and three bases). A
genotype is a pair of alleles, in no order. A profile is a genotype by locus.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Genotype = tuple[str, str]
Profile = Mapping[str, Genotype]
Alleles = frozenset[str]

OTHER = "other"  # every allele that is neither seen nor carried by a known person, lumped together


class DNAError(ValueError):
    """What this module raises: one line that says what, where and what to do."""


def allele_key(allele: str) -> tuple[float, str]:
    """Sorts alleles by their length; what is no number (X, Y) comes last."""
    try:
        return float(allele), allele
    except ValueError:
        return math.inf, allele


def genotype(first: str, second: str) -> Genotype:
    """The two alleles in the order of their length, so that equal genotypes are equal tuples."""
    one, two = sorted((first.strip(), second.strip()), key=allele_key)
    return one, two


def bases(allele: str, period: int) -> int:
    """Length of the repeat region in bases: "9.3" of a four-base repeat has 39.

    Raises DNAError for a designation that is no number of repeats, or a part of a repeat as long as
    the repeat itself.
    """
    whole, _, part = allele.partition(".")
    if not whole.isdigit() or (part and (not part.isdigit() or int(part) >= period)):
        raise DNAError(f"{allele!r} is no allele of a repeat of {period} bases")
    return int(whole) * period + int(part or 0)


def designation(length: int, period: int) -> str:
    """The allele of so many bases: the inverse of ``bases``."""
    whole, part = divmod(length, period)
    return f"{whole}.{part}" if part else str(whole)


def neighbour(allele: str, steps: int, period: int) -> str:
    """The allele ``steps`` whole repeats longer (shorter where negative)."""
    return designation(bases(allele, period) + steps * period, period)


@dataclass(frozen=True)
class Frequencies:
    """Allele frequencies of one population: ``table[locus][allele]``.

    ``rare`` is the frequency of an allele that the table does not hold: it was not met in the
    sample, which does not make it impossible. Raises DNAError for frequencies outside of (0, 1].
    """

    table: Mapping[str, Mapping[str, float]]
    rare: float

    def __post_init__(self) -> None:
        values = [p for locus in self.table.values() for p in locus.values()]
        if not all(0 < p <= 1 for p in (*values, self.rare)):
            raise DNAError("allele frequencies must lie above 0 and up to 1")

    @property
    def loci(self) -> tuple[str, ...]:
        return tuple(self.table)

    def of(self, locus: str, allele: str) -> float:
        """The allele's frequency. Raises DNAError for a locus that the table does not hold."""
        return self.at(locus).get(allele, self.rare)

    def at(self, locus: str) -> Mapping[str, float]:
        if locus not in self.table:
            raise DNAError(f"the frequency table has no locus {locus!r}")
        return self.table[locus]

    def lumped(self, locus: str, seen: Iterable[str], carried: Iterable[str]) -> dict[str, float]:
        """Frequencies of the alleles seen or carried; the rest of the table together as ``OTHER``.

        Nothing is lost by it in a model in which an allele that is not seen counts by its number of
        copies alone. An allele that is carried but neither seen nor in the table gets 0.
        """
        table, found = self.at(locus), set(seen)
        kept = {a: self.of(locus, a) for a in found}
        kept |= {a: table.get(a, 0.0) for a in set(carried) - found}
        rest = sum(p for allele, p in table.items() if allele not in kept)
        return {a: kept[a] for a in sorted(kept, key=allele_key)} | {OTHER: rest}


def read_frequencies(path: str | Path, rare: float) -> Frequencies:
    """A table with one row an allele and one column a locus (``Allele, locus, locus ...``).

    Empty cells are alleles not met at that locus. Quotes around names, single or several, are not
    part of them. Raises DNAError for a file without such a head, or a cell that is no number.
    """
    head, *rows = _rows(path)
    if len(head) < 2 or head[0].lower() != "allele":
        raise DNAError(
            f"{Path(path).name}: the first row must read Allele, then one locus a column"
        )
    table: dict[str, dict[str, float]] = {locus: {} for locus in head[1:]}
    for allele, *cells in rows:
        for locus, cell in zip(head[1:], cells, strict=False):
            if cell:
                table[locus][allele] = _number(cell, path)
    return Frequencies(table, rare)


def read_profiles(path: str | Path) -> dict[str, dict[str, tuple[str, ...]]]:
    """Alleles by sample and locus (``SampleName, Marker, Allele1, Allele2 ...``), empty ones left
    out, in the order of the file. Raises DNAError for a file without such a head."""
    head, *rows = _rows(path)
    if [name.lower() for name in head[:3]] != ["samplename", "marker", "allele1"]:
        raise DNAError(f"{Path(path).name}: expected the columns SampleName, Marker, Allele1 ...")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for sample, locus, *alleles in rows:
        found.setdefault(sample, {})[locus] = tuple(a for a in alleles if a)
    return found


def as_profile(loci: Mapping[str, Sequence[str]]) -> dict[str, Genotype]:
    """A person's profile from the alleles read: one allele alone is a homozygote.

    Raises DNAError for a locus with no allele or more than two.
    """
    profile = {}
    for locus, alleles in loci.items():
        if len(alleles) not in (1, 2):
            raise DNAError(f"{locus}: {len(alleles)} alleles are no genotype of one person")
        profile[locus] = genotype(alleles[0], alleles[-1])
    return profile


def _rows(path: str | Path) -> list[list[str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [[cell.strip().strip("\"'") for cell in row] for row in csv.reader(file) if row]
    if not rows:
        raise DNAError(f"{Path(path).name} is empty")
    return rows


def _number(cell: str, path: str | Path) -> float:
    try:
        return float(cell)
    except ValueError:
        raise DNAError(f"{Path(path).name}: {cell[:30]!r} is no frequency") from None
