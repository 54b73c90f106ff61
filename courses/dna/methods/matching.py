"""How rare is a profile: the match probability of a single source, with co-ancestry.

NRC II is the report "The Evaluation of Forensic DNA Evidence" of the National Research Council
(1996); its formula 4.10 is that of D. Balding and R. Nichols, Forensic Sci. Int. 64 (1994) 125.
"""

import math

from dalil.courses.dna.methods.profiles import DNAError, Frequencies, Genotype, Profile


def match_probability(pair: Genotype, p: float, q: float, theta: float) -> float:
    """Probability that a second person has the genotype that a first one has (NRC II, 4.10).

    ``p`` and ``q`` are the frequencies of its alleles (of a homozygote, only ``p`` counts).
    """
    if not 0 <= theta < 1:
        raise DNAError("theta lies from 0 to below 1")
    scale = (1 + theta) * (1 + 2 * theta)
    if pair[0] == pair[1]:
        return (2 * theta + (1 - theta) * p) * (3 * theta + (1 - theta) * p) / scale
    return 2 * (theta + (1 - theta) * p) * (theta + (1 - theta) * q) / scale


def sibling_probability(pair: Genotype, p: float, q: float) -> float:
    """Probability that a full sibling has the same genotype (NRC II, 4.9; theta 0).

    The two children share both parental alleles with probability 1/4, one with 1/2, none with 1/4.
    """
    if pair[0] == pair[1]:
        return (1 + 2 * p + p * p) / 4
    return (1 + p + q + 2 * p * q) / 4


def by_locus(profile: Profile, frequencies: Frequencies, theta: float) -> dict[str, float]:
    """``match_probability`` of each locus of the profile."""
    return {
        locus: match_probability(pair, *(frequencies.of(locus, a) for a in pair), theta)
        for locus, pair in profile.items()
    }


def log10_match_probability(profile: Profile, frequencies: Frequencies, theta: float) -> float:
    """log10 of the product over the loci, taken as independent."""
    return math.fsum(math.log10(p) for p in by_locus(profile, frequencies, theta).values())


def log10_sibling_probability(profile: Profile, frequencies: Frequencies) -> float:
    """log10 of the product over the loci of ``sibling_probability``."""
    return math.fsum(
        math.log10(sibling_probability(pair, *(frequencies.of(locus, a) for a in pair)))
        for locus, pair in profile.items()
    )
