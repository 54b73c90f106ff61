"""What the likelihood ratio owes to the choice of Pr(D), and how strangers fare.

Nobody measures the drop-out probability of a stain. So (1) the values are found under which the
number of alleles seen is plausible; (2) the LR is computed for all of them, and its range stated;
(3) in place of the person of interest, people drawn at random are put under Hp: the LRs of these
non-contributors show what the stain can say about anybody at all. (H. Haned, K. Slooten, P. Gill,
FSI: Genetics 6 (2012) 762; P. Gill, H. Haned, FSI: Genetics 7 (2013) 251.)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dalil.courses.dna.methods.mixtures import (
    Known,
    LikelihoodRatio,
    Model,
    Proposition,
    evidence_probability,
    likelihood_ratio,
)
from dalil.courses.dna.methods.profiles import (
    Alleles,
    Genotype,
    Profile,
    allele_key,
)

Floats = npt.NDArray[np.float64]
Evidence = Mapping[str, Sequence[Alleles]]

GRID = np.arange(1, 100) / 100  # drop-out probabilities that are gone through
TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Question:
    """A case ready to be evaluated: did the person of interest contribute, or somebody unknown?

    ``others`` are persons of known profile who contributed under both propositions, with drop-out
    probabilities of their own; ``unknowns`` is the number of further, unknown contributors under
    Hp. Under Hd there is one more of these, in the place of the person of interest. Person of
    interest and unknowns have one drop-out probability.
    """

    evidence: Evidence
    person: Profile
    others: Sequence[Known]
    unknowns: int
    model: Model

    def hp(self, dropout: float | Floats) -> Proposition:
        return Proposition([*self.others, Known(self.person, dropout)], self.unknowns, dropout)

    def hd(self, dropout: float | Floats) -> Proposition:
        return Proposition(self.others, self.unknowns + 1, dropout)

    @property
    def typed(self) -> list[Profile]:
        return [*(known.profile for known in self.others), self.person]

    def ratio(self, dropout: float | Floats) -> LikelihoodRatio:
        """The LR for one drop-out probability, or for each of an array (G,)."""
        return likelihood_ratio(
            self.evidence, self.hp(dropout), self.hd(dropout), self.model, self.typed
        )


def plausible_dropout(question: Question) -> tuple[float, float]:
    """Lowest and highest plausible Pr(D): the outer bounds of the two propositions' intervals."""
    bounds = [
        dropout_interval(question.evidence, proposition, question.model)
        for proposition in (question.hp(GRID), question.hd(GRID))
    ]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def dropout_interval(
    evidence: Evidence, proposition: Proposition, model: Model, tails: Sequence[float] = TAILS
) -> tuple[float, float]:
    """Quantiles of Pr(D), given how many alleles were seen, all loci and replicates together.

    ``proposition`` is set up for the values of ``GRID``, all of them equally probable beforehand.
    Where the published method draws samples, the distribution of the number is computed here. Drop-
    in adds at most one allele a locus and replicate.
    """
    weights = count_likelihood(evidence, proposition, model)
    share = np.cumsum(weights) / weights.sum()
    low, high = (float(GRID[min(np.searchsorted(share, t), GRID.size - 1)]) for t in tails)
    return low, high


def count_likelihood(evidence: Evidence, proposition: Proposition, model: Model) -> Floats:
    """Pr(the total number of alleles seen | each drop-out probability): (G,)."""
    seen = sum(len(alleles) for runs in evidence.values() for alleles in runs)
    total = np.ones((GRID.size, 1))
    for locus, runs in evidence.items():
        total = _convolved(total, _counts(locus, len(runs), proposition, model))
    return total[:, seen] if seen < total.shape[1] else np.zeros(GRID.size)


def _counts(locus: str, runs: int, proposition: Proposition, model: Model) -> Floats:
    """Distribution of the number of alleles seen at a locus over all runs: (G, most + 1)."""
    pairs = [known.profile[locus] for known in proposition.known]
    drops = np.broadcast_to(np.asarray(proposition.dropout, dtype=np.float64), GRID.shape)
    table = model.frequencies.at(locus)
    names = sorted({*table, *(a for pair in pairs for a in pair)}, key=allele_key)
    total = sum(table.values())
    people, copies = len(pairs) + proposition.unknowns, 2 * proposition.unknowns
    state = np.zeros((GRID.size, copies + 1, 2 * people * runs + 1))
    state[:, 0, 0] = 1.0
    used = 0.0  # frequency of the alleles gone through
    for allele in names:
        frequency = table.get(allele, 0.0) / total
        share = min(1.0, frequency / (1 - used)) if used < 1 - 1e-12 else 0.0
        used += frequency
        carried = np.ones(GRID.size)
        for pair, known in zip(pairs, proposition.known, strict=True):
            carried = carried * known.dropout ** pair.count(allele)
        state = _one_more(state, share, carried, drops, runs)
    dropped = np.array([1 - model.dropin, model.dropin])
    for _ in range(runs):
        state = _convolved(state, dropped)
    return np.asarray(state[:, copies], dtype=np.float64)


def _one_more(state: Floats, share: float, carried: Floats, drops: Floats, runs: int) -> Floats:
    """The state after one more allele: of the copies left, a binomial number n is of this allele,
    and it is seen in a binomial number s of the runs."""
    after = np.zeros_like(state)
    copies, size = state.shape[1] - 1, state.shape[2]
    for n in range(copies + 1):
        left = [copies - given for given in range(copies + 1 - n)]
        drawn = np.array([math.comb(k, n) * share**n * (1 - share) ** (k - n) for k in left])
        part = state[:, : copies + 1 - n] * drawn[:, None]
        lost = carried * drops**n
        for s in range(runs + 1):
            chance = math.comb(runs, s) * (1 - lost) ** s * lost ** (runs - s)
            after[:, n:, s:] += part[..., : size - s] * chance[:, None, None]
    return after


def _convolved(first: Floats, second: Floats) -> Floats:
    """Convolution along the last axis."""
    size = first.shape[-1] + second.shape[-1] - 1
    out = np.zeros((*first.shape[:-1], size))
    for shift in range(second.shape[-1]):
        out[..., shift : shift + first.shape[-1]] += first * second[..., shift, None]
    return out


def log10_range(question: Question, low: float, high: float) -> tuple[float, float]:
    """Least and greatest log10 LR for drop-out probabilities from ``low`` to ``high``."""
    inside = [d for d in GRID if low < d < high]
    values = question.ratio(np.array([low, *inside, high])).log10
    return float(values.min()), float(values.max())


@dataclass(frozen=True)
class Strangers:
    """By locus: how probable each genotype of a stranger is, and the log10 LR that it leads to."""

    chances: Mapping[str, Floats]
    log10: Mapping[str, Floats]

    def draw(self, rng: np.random.Generator, people: int) -> Floats:
        """log10 LR of so many strangers: (people,)."""
        total = np.zeros(people)
        for locus, chance in self.chances.items():
            total += self.log10[locus][rng.choice(chance.size, people, p=chance)]
        return total


def strangers(question: Question, dropout: float) -> Strangers:
    """The non-contributor test made ready: each genotype in place of the person of interest.

    Alleles that nobody shows or carries lead to one LR and are taken together. Strangers are drawn
    from the frequency table in Hardy-Weinberg proportions.
    """
    chances: dict[str, Floats] = {}
    ratios: dict[str, Floats] = {}
    for locus, runs in question.evidence.items():
        genotypes, chances[locus] = _genotypes(question, locus)
        ratios[locus] = np.array([_ratio(question, locus, runs, g, dropout) for g in genotypes])
    return Strangers(chances, ratios)


def _genotypes(question: Question, locus: str) -> tuple[list[Genotype], Floats]:
    seen = {allele for run in question.evidence[locus] for allele in run}
    carried = {allele for known in question.others for allele in known.profile[locus]}
    table = question.model.frequencies.lumped(locus, seen, carried)
    names = list(table)
    p = np.array([table[name] for name in names])
    p /= p.sum()
    pairs, chances = [], []
    for i, one in enumerate(names):
        for j in range(i, len(names)):
            if chance := float(p[i] * p[j] * (1 if i == j else 2)):
                pairs.append((one, names[j]))
                chances.append(chance)
    return pairs, np.array(chances) / sum(chances)


def _ratio(
    question: Question, locus: str, runs: Sequence[Alleles], pair: Genotype, dropout: float
) -> float:
    other = replace(question, person={locus: pair}, evidence={locus: runs})
    top = evidence_probability(runs, other.hp(dropout), locus, other.model, other.typed)
    low = evidence_probability(runs, other.hd(dropout), locus, other.model, other.typed)
    with np.errstate(divide="ignore"):
        return float(np.log10(top[0] / low[0]))
