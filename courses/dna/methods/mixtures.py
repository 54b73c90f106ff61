"""The probability of an electropherogram's alleles given who contributed: the split-drop model.

Drop-out. A contributor of drop-out probability d who carries an allele once loses it with
probability d, one who carries it twice with d squared. An allele carried by several is missing only
if all of them lost it: the product over its copies. Drop-in. An allele that nobody carries was
dropped in: c times its frequency; a replicate without any drop-in counts 1 - c. Replicates are
independent given the genotypes. (J. Curran, P. Gill, M. Bill, Forensic Sci. Int. 148 (2005) 47;
H. Haned, K. Slooten, P. Gill, FSI: Genetics 6 (2012) 762; P. Gill, H. Haned, FSI: Genetics 7 (2013)
251.) Unknown contributors are drawn from a population with co-ancestry theta, given all the persons
typed (D. Balding, R. Nichols, Forensic Sci. Int. 64 (1994) 125).

How it is summed. For unknowns of one d, that probability depends only on how many copies n_a of
each allele they carry in all, because d squared is two copies' d. The copies follow Balding and
Nichols' sampling formula, which is (2x)! times a product over alleles. So the sum over all
genotypes of x unknowns is a convolution over alleles with the state (copies given out so far, which
replicates have seen a drop-in): exact, and as fast for three unknowns as for one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dalil.courses.dna.methods.profiles import (
    Alleles,
    DNAError,
    Frequencies,
    Genotype,
    Profile,
)

Floats = npt.NDArray[np.float64]

MAX_UNKNOWNS = 6
MAX_REPLICATES = 8


@dataclass(frozen=True)
class Known:
    """A contributor whose profile is known, with the drop-out probability of that person's DNA."""

    profile: Profile
    dropout: float | Floats


@dataclass(frozen=True)
class Proposition:
    """Who contributed: known persons, and a number of unknown ones with one drop-out probability.

    A drop-out probability is a number from 0 to 1, or an array (G,) of them to go through at once.
    """

    known: Sequence[Known] = ()
    unknowns: int = 0
    dropout: float | Floats = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.unknowns <= MAX_UNKNOWNS:
            raise DNAError(f"0 to {MAX_UNKNOWNS} unknown contributors, not {self.unknowns}")
        for value in (self.dropout, *(k.dropout for k in self.known)):
            if not (np.all(np.asarray(value) >= 0) and np.all(np.asarray(value) <= 1)):
                raise DNAError("a drop-out probability lies from 0 to 1")


@dataclass(frozen=True)
class Model:
    """What both propositions share: the population, drop-in and co-ancestry.

    An allele of a typed person that is neither seen nor in the table has no frequency of its own;
    with theta above 0 an unknown may share it by descent, so that all probabilities add up to 1.
    LRmix Studio lets no unknown carry it: ``shared=False`` does the same.
    """

    frequencies: Frequencies
    dropin: float = 0.0
    theta: float = 0.0
    shared: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.dropin < 1 or not 0 <= self.theta < 1:
            raise DNAError("drop-in and theta lie from 0 to below 1")


@dataclass(frozen=True)
class LikelihoodRatio:
    """Probabilities of the evidence by locus under Hp and Hd, (G,) each."""

    numerator: Mapping[str, Floats]
    denominator: Mapping[str, Floats]
    by_locus: Mapping[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = {locus: top / self.denominator[locus] for locus, top in self.numerator.items()}
        object.__setattr__(self, "by_locus", ratios)

    @property
    def log10(self) -> Floats:
        """Of the product over loci; minus infinity where Hp cannot explain a locus at all."""
        with np.errstate(divide="ignore"):
            total = sum(np.log10(ratio) for ratio in self.by_locus.values())
        return np.asarray(total, dtype=np.float64)


def replicate_probability(
    seen: Alleles,
    genotypes: Sequence[Genotype],
    dropouts: Sequence[float],
    dropin: float,
    frequencies: Mapping[str, float],
) -> float:
    """The model written out for one replicate of one locus whose contributors are all given."""
    missing: dict[str, float] = {}  # allele -> probability that all its copies dropped out
    for pair, dropout in zip(genotypes, dropouts, strict=True):
        for allele in pair:
            missing[allele] = missing.get(allele, 1.0) * dropout
    probability = 1.0
    for allele, lost in missing.items():
        probability *= 1 - lost if allele in seen else lost
    extra = seen - missing.keys()
    for allele in sorted(extra):
        probability *= dropin * frequencies[allele]
    return probability if extra else probability * (1 - dropin)


def evidence_probability(
    replicates: Sequence[Alleles],
    proposition: Proposition,
    locus: str,
    model: Model,
    typed: Sequence[Profile] = (),
) -> Floats:
    """Pr(replicates of one locus | proposition), for each drop-out probability: (G,).

    ``replicates`` holds the set of alleles of each. ``typed`` are all persons of known profile,
    contributors or not: with theta above 0 their alleles make the same alleles likelier in others.
    Raises DNAError for a profile without the locus or for more replicates than 8.
    """
    if len(replicates) > MAX_REPLICATES:
        raise DNAError(f"at most {MAX_REPLICATES} replicates, not {len(replicates)}")
    pairs = [_at(person.profile, locus) for person in proposition.known]
    people = [_at(profile, locus) for profile in typed]
    seen = {allele for alleles in replicates for allele in alleles}
    carried_by = {allele for pair in (*pairs, *people) for allele in pair}
    copies = 2 * proposition.unknowns
    drops = np.atleast_1d(np.asarray(proposition.dropout, dtype=np.float64))
    known_drops = [
        np.atleast_1d(np.asarray(k.dropout, dtype=np.float64)) for k in proposition.known
    ]
    size = np.broadcast_shapes(drops.shape, *(d.shape for d in known_drops))
    state = np.zeros((*size, 1 << len(replicates), copies + 1))
    state[..., 0, 0] = 1.0
    for allele, frequency in model.frequencies.lumped(locus, seen, carried_by).items():
        carried = np.ones(size)
        for pair, drop in zip(pairs, known_drops, strict=True):
            carried = carried * drop ** pair.count(allele)
        lost = carried[..., None] * drops[..., None] ** np.arange(copies + 1)
        known = any(allele in pair for pair in pairs)
        price = model.dropin * frequency
        factors, absent, droppers = _factors(lost, allele, replicates, price, known)
        drawn = _drawn(sum(p.count(allele) for p in people), frequency, model.theta, copies)
        if not frequency and not model.shared:
            drawn[1:] = 0.0
        state = _add(state, factors * drawn, absent * drawn[0], droppers)
    return _close(state, len(replicates), model, 2 * len(people), copies)


def _at(profile: Profile, locus: str) -> Genotype:
    if locus not in profile:
        raise DNAError(f"a profile has no locus {locus!r}")
    return profile[locus]


def _factors(
    lost: Floats, allele: str, replicates: Sequence[Alleles], price: float, known: bool
) -> tuple[Floats, float, int]:
    """Of one allele: its factor by number of copies in the unknowns (G, copies + 1), its factor if
    nobody carries it, and the bits of the replicates where it would then be a drop-in.

    ``lost`` is the probability that all its copies dropped out, by number of copies.
    """
    times = sum(allele in seen for seen in replicates)
    factors = (1 - lost) ** times * lost ** (len(replicates) - times)
    if known:
        return factors, 0.0, 0
    factors[..., 0] = 0.0
    bits = sum(1 << r for r, seen in enumerate(replicates) if allele in seen)
    return factors, price**times, bits


def _drawn(typed: int, frequency: float, theta: float, copies: int) -> Floats:
    """Balding and Nichols' factor of one allele, over n!, for n = 0 ... copies."""
    steps = (typed + np.arange(copies)) * theta + (1 - theta) * frequency
    return np.cumprod(np.concatenate(([1.0], steps / np.arange(1, copies + 1))))


def _add(state: Floats, factors: Floats, absent: float, droppers: int) -> Floats:
    """The state after one more allele: n copies given to it, or none and the drop-ins noted."""
    copies = state.shape[-1] - 1
    after = np.zeros_like(state)
    for n in range(copies + 1):
        after[..., n:] += state[..., : copies + 1 - n] * factors[..., None, n, None]
    if absent:
        for mask in range(state.shape[-2]):
            after[..., mask | droppers, :] += state[..., mask, :] * absent
    return after


def _close(state: Floats, replicates: int, model: Model, typed: int, copies: int) -> Floats:
    """All copies given out: the sampling formula's constant, and 1 - c where nothing dropped in."""
    clean = np.array([replicates - mask.bit_count() for mask in range(1 << replicates)])
    total = state[..., copies] @ (1 - model.dropin) ** clean
    steps = 1 + (typed + np.arange(copies) - 1) * model.theta
    return np.asarray(total * math.factorial(copies) / np.prod(steps), dtype=np.float64)


def likelihood_ratio(
    evidence: Mapping[str, Sequence[Alleles]],
    hp: Proposition,
    hd: Proposition,
    model: Model,
    typed: Sequence[Profile],
) -> LikelihoodRatio:
    """The LR of Hp to Hd by locus and over all; ``evidence`` holds each locus's replicates.

    ``typed`` is the same under both propositions: the person of interest was typed under Hd too.
    """
    tops = {n: evidence_probability(seen, hp, n, model, typed) for n, seen in evidence.items()}
    lows = {n: evidence_probability(seen, hd, n, model, typed) for n, seen in evidence.items()}
    return LikelihoodRatio(tops, lows)
