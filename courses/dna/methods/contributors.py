"""How many people contributed, at least and most likely.

The maximum allele count gives a least number: a person has at most two alleles at a locus. It falls
short when people share alleles. The likelihood looks at how common the alleles are too: for each
number of people, the probability that they show just these alleles, without drop-out or drop-in.
(H. Haned, L. Pène, J. Lobry, A. Dufour, D. Pontier, J. Forensic Sci. 56 (2011) 23.)
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from dalil.courses.dna.methods.mixtures import Model, Proposition, evidence_probability
from dalil.courses.dna.methods.profiles import Alleles, DNAError, Frequencies

MOST = 6  # people that the likelihood tells apart


def union(evidence: Mapping[str, Sequence[Alleles]]) -> dict[str, Alleles]:
    """The alleles seen in any of the replicates, by locus."""
    return {locus: frozenset().union(*seen) for locus, seen in evidence.items()}


def least_number(alleles: Mapping[str, Alleles]) -> int:
    """The maximum allele count: half of the largest number of alleles at a locus, rounded up."""
    return max((len(seen) + 1) // 2 for seen in alleles.values()) if alleles else 0


def log10_likelihoods(
    alleles: Mapping[str, Alleles],
    frequencies: Frequencies,
    theta: float = 0.0,
    numbers: Iterable[int] = range(1, MOST + 1),
) -> dict[int, float]:
    """log10 Pr(alleles of all loci | number of people), by number; minus infinity below the least.

    Loci without alleles say nothing here and are left out.
    """
    model, found = Model(frequencies, theta=theta), {}
    least = least_number(alleles)
    for number in numbers:
        if number < least:
            found[number] = -math.inf
            continue
        total = 0.0
        for locus, seen in alleles.items():
            if seen:
                value = evidence_probability([seen], Proposition((), number), locus, model)
                total += math.log10(value[0])
        found[number] = total
    return found


def likeliest_number(
    alleles: Mapping[str, Alleles], frequencies: Frequencies, theta: float = 0.0
) -> int:
    """The number of people, 1 to ``MOST``, of the greatest likelihood.

    Raises DNAError where even ``MOST`` people cannot have so many alleles.
    """
    found = log10_likelihoods(alleles, frequencies, theta)
    best = max(found, key=lambda number: found[number])
    if found[best] == -math.inf:
        raise DNAError(f"more alleles than {MOST} people can have")
    return best
