"""Forges a stain of several people, a stain of one, and the request that goes with them.

Population, people, kit and stains are invented for each case. Stains are drawn again, within
bounds, until the answer that the laboratory's policy gives is the same for every reasonable choice
of Pr(D), so that each case has one right answer; *inconclusive* is often it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dalil.courses.dna import methods
from dalil.errors import ForgingError
from dalil.forging import Seed, write_csv
from dalil.models import Evidence

# The policy as the exercise states it.
MOST_PEOPLE = 3
LEAST_LOG10_LR = 1.0
STRENGTHS = (  # ENFSI guideline (2015): from which log10 LR on
    (1.0, "moderate"), (2.0, "moderately strong"), (3.0, "strong"), (4.0, "very strong"),
    (6.0, "extremely strong"),
)  # fmt: skip

DROPOUT_TOLERANCE = 0.02  # of either end of the plausible interval
LR_TOLERANCE = 0.05  # of a log10 LR over all loci
PERCENTILE, STRANGERS = 95, 40_000
FEWEST_STRANGERS = 1000  # that the exercise asks for
RUNS = ("run 1", "run 2")
LEAST_LOCI = 8  # with an allele, or a laboratory would not have asked
KNOWN_DROPOUT = 0.02  # of the complainant, whose DNA is plentiful wherever it is conditioned on

# Items whose circumstances and peaks both call for the complainant under both propositions, and
# sentences that take the probability of the results for that of a proposition.
_EXPECTED = {"nails", "neck", "jacket", "pillow"}
_FALLACIES = {"one_in", "contributed", "certain", "unique", "guilt"}

Donors = list[methods.Donor]

# What the stain holds. Amounts are RFU of one allele; the share of cases adds up to 1.
#   source: the person of interest contributed.   stranger: somebody else did.
#   brother: a full brother of the person of interest did.
#   trace: whoever it was left next to nothing.   crowd: four people, while the request says three.
_KINDS = {"source": 0.30, "stranger": 0.20, "brother": 0.16, "trace": 0.20, "crowd": 0.14}
# Who is known to be in it, and how many unknown ones beside the person of interest under Hp.
_LAYOUTS = {"known": (True, 0), "known and unknown": (True, 1), "unknown": (False, 1)}
_DRAWS = 200


@dataclass(frozen=True)
class _People:
    """The invented persons: ``giver`` is in the stain, ``brother`` his full brother."""

    complainant: methods.Profile
    giver: methods.Profile
    brother: methods.Profile
    others: Sequence[methods.Profile]


@dataclass(frozen=True)
class _Case:
    frequencies: methods.Frequencies
    complainant: methods.Profile
    person: methods.Profile
    stain: Mapping[str, list[methods.Peak]]
    single: list[methods.Peak]
    question: methods.Question
    dropout: float
    bounds: dict[str, Any]


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write the eight ``.csv`` files into *folder*; about 1 s.

    Truth that the files determine by the stated rules: ``peaks``, ``alleles``, ``rmp``,
    ``contributors``, ``locus_lr``. Truth with the band that another right way may fall in:
    ``sensitivity``, ``strangers``. ``conditioning`` and ``statements`` are chosen by the forge,
    ``decision`` follows by the policy, ``probability`` holds the result of each probe.
    """
    kind, layout = _plan(seed)
    case = _draw(seed, kind, layout)
    conditioning = _write_items(seed.child("items"), folder)
    statements = _write_statements(seed.child("statements"), folder)
    _write(seed, folder, case, layout)
    probes, results = _probes(seed.child("probes"))
    return Evidence(
        truth=_truth(case) | {
            "conditioning": conditioning, "statements": statements, "probability": results,
        },
        probes={"probability": probes},
    )  # fmt: skip


def _plan(seed: Seed) -> tuple[str, str]:
    """The kind of a case and its layout."""
    rng = seed.rng("plan")
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    layout = str(rng.choice(list(_LAYOUTS), p=[0.4, 0.35, 0.25]))
    return kind, "known and unknown" if kind == "crowd" else layout


# ---------------------------------------------------------------------------------------- stains


def _draw(seed: Seed, kind: str, layout: str) -> _Case:
    for number in range(_DRAWS):
        case = _attempt(seed.child(f"draw {number}"), kind, layout)
        if case is not None:
            return case
    raise ForgingError(f"dna: no case of kind {kind!r} in {_DRAWS} draws; widen its bands")


def _attempt(seed: Seed, kind: str, layout: str) -> _Case | None:
    """One case, or None where the answer would depend on a choice that is free."""
    rng = seed.rng("case")
    population = methods.draw_population(rng)
    frequencies = methods.survey(rng, population)
    theta = float(rng.choice([0.01, 0.02, 0.03]))
    people = _people(rng, methods.subpopulation(rng, population, theta))
    known, unknowns = _LAYOUTS[layout]
    donors = _donors(rng, people, kind, known, unknowns)
    stain = {run: methods.amplify(rng, donors, dropin=0.02) for run in RUNS}
    single = _single(rng, people.others[-1])
    evidence = methods.call_replicates(stain, methods.KIT)
    if single is None or sum(any(runs) for runs in evidence.values()) < LEAST_LOCI:
        return None
    person = {"brother": people.brother, "stranger": people.others[-2]}.get(kind, people.giver)
    if kind == "trace" and rng.random() < 0.5:
        person = people.others[-2]
    dropin = float(rng.choice([0.02, 0.05]))
    question = methods.Question(
        evidence, person, [methods.Known(people.complainant, KNOWN_DROPOUT)] if known else [],
        unknowns, methods.Model(frequencies, dropin, theta),
    )  # fmt: skip
    numbers = _numbers(evidence, frequencies, theta)
    if numbers is None or (max(numbers.values()) > MOST_PEOPLE) != (kind == "crowd"):
        return None
    bounds = _bounds(question) | {"contributors": numbers}
    if not _in_band(kind, bounds):
        return None
    low, high = bounds["interval"]
    dropout = round(float(rng.uniform(low, high)), 2)
    return _Case(frequencies, people.complainant, person, stain, single, question, dropout, bounds)


def _people(rng: np.random.Generator, group: dict[str, dict[str, float]]) -> _People:
    mother, father = methods.draw_person(rng, group), methods.draw_person(rng, group)
    return _People(
        methods.draw_person(rng, group),
        methods.draw_child(rng, mother, father),
        methods.draw_child(rng, mother, father),
        [methods.draw_person(rng, group) for _ in range(4)],
    )


def _donors(
    rng: np.random.Generator, people: _People, kind: str, known: bool, unknowns: int
) -> Donors:
    slope = float(rng.uniform(0.1, 0.3))
    least, most = {"trace": (12, 34), "crowd": (120, 320)}.get(kind, (40, 220))
    amounts = [float(rng.uniform(least, most)) for _ in range(3)]
    others = people.others[: 2 if kind == "crowd" else unknowns]
    donors = [
        methods.Donor(profile, amount, slope)
        for profile, amount in zip([people.giver, *others], amounts, strict=False)
    ]
    if known:
        donors.append(methods.Donor(people.complainant, float(rng.uniform(500, 1100)), slope))
    return donors


def _single(rng: np.random.Generator, person: methods.Profile) -> list[methods.Peak] | None:
    """The stain of one person, or None if a peak dropped out, or in, or could be misread."""
    peaks = methods.amplify(rng, [methods.Donor(person, float(rng.uniform(550, 1200)), 0.2)])
    called = methods.call(peaks, methods.KIT)
    return peaks if all(called[locus] == set(pair) for locus, pair in person.items()) else None


def _numbers(
    evidence: Mapping[str, Sequence[methods.Alleles]],
    frequencies: methods.Frequencies,
    theta: float,
) -> dict[str, int] | None:
    """Least and likeliest number of people; None if the likeliest one hangs on theta."""
    alleles = methods.union(evidence)
    found = {methods.likeliest_number(alleles, frequencies, t) for t in (0.0, theta)}
    if len(found) > 1:
        return None
    return {"least": methods.least_number(alleles), "likely": found.pop()}


def _bounds(question: methods.Question) -> dict[str, Any]:
    """The plausible interval, the range of log10 LR over it, and the narrowest and widest range
    that an interval within the tolerance leads to."""
    low, high = methods.plausible_dropout(question)
    reach = DROPOUT_TOLERANCE
    wide = (max(low - reach, reach / 4), min(high + reach, 1 - reach / 4))
    middle = (low + high) / 2
    narrow = (min(low + reach, middle), max(high - reach, middle))
    return {
        "interval": (low, high),
        "range": methods.log10_range(question, low, high),
        "wide": methods.log10_range(question, *wide),
        "narrow": methods.log10_range(question, *narrow),
    }


def _opinion(least: float, most: float, numbers: Mapping[str, int]) -> str:
    if max(numbers.values()) > MOST_PEOPLE:
        return "inconclusive"
    if least >= LEAST_LOG10_LR:
        return "supports Hp"
    return "supports Hd" if most <= -LEAST_LOG10_LR else "inconclusive"


def _strengths(opinion: str, bounds: Mapping[str, Any]) -> list[str]:
    """Every strength that an interval within the tolerance leads to."""
    if opinion == "inconclusive":
        return ["none"]
    side, sign = (0, 1) if opinion == "supports Hp" else (1, -1)
    ends = [sign * bounds[name][side] for name in ("wide", "narrow", "range")]
    found = {_strength(max(end, LEAST_LOG10_LR)) for end in (min(ends), max(ends), ends[-1])}
    names = [name for _, name in STRENGTHS]
    places = [names.index(name) for name in found]
    return names[min(places) : max(places) + 1]


def _strength(value: float) -> str:
    return [name for least, name in STRENGTHS if value >= least][-1]


def _in_band(kind: str, bounds: Mapping[str, Any]) -> bool:
    """The opinion is the same over the narrow, the stated and the wide range, and of its kind."""
    opinions = {
        _opinion(least - LR_TOLERANCE, most + LR_TOLERANCE, bounds["contributors"])
        for least, most in (bounds["wide"], bounds["range"])
    } | {
        _opinion(least + LR_TOLERANCE, most - LR_TOLERANCE, bounds["contributors"])
        for least, most in (bounds["narrow"],)
    }
    wanted = {
        "source": {"supports Hp"},
        "stranger": {"supports Hd"},
        "brother": {"supports Hp", "supports Hd", "inconclusive"},
        "trace": {"inconclusive"},
        "crowd": {"inconclusive"},
    }
    if len(opinions) > 1 or not opinions <= wanted[kind]:
        return False
    return len(_strengths(opinions.pop(), bounds)) <= 2


# ---------------------------------------------------------------------------------- truth, files


def _truth(case: _Case) -> dict[str, Any]:
    verdicts = [
        verdict
        for marker in methods.KIT
        for verdict in methods.judge(
            [p for p in case.single if p.locus == marker.locus], marker
        )
    ]  # fmt: skip
    called = methods.call(case.stain[RUNS[0]], methods.KIT)
    single = {n: tuple(a) for n, a in methods.call(case.single, methods.KIT).items()}
    profile, model = methods.as_profile(single), case.question.model
    ratio = case.question.ratio(case.dropout)
    bounds = case.bounds
    opinion = _opinion(*bounds["range"], bounds["contributors"])
    return {
        "peaks": {what: verdicts.count(what) for what in (methods.BELOW, methods.STUTTER)},
        "alleles": {n: sorted(a, key=methods.allele_key) for n, a in called.items()},
        "rmp": methods.log10_match_probability(profile, case.frequencies, model.theta),
        "contributors": bounds["contributors"],
        "locus_lr": {n: float(np.log10(v[0])) for n, v in ratio.by_locus.items()}
        | {"total": float(ratio.log10[0])},
        "sensitivity": {
            "low": bounds["interval"][0],
            "high": bounds["interval"][1],
            "least": [bounds[name][0] for name in ("wide", "narrow")],
            "most": [bounds[name][1] for name in ("narrow", "wide")],
        },
        "strangers": _strangers(case),
        "decision": {"opinion": opinion, "strength": _strengths(opinion, bounds)},
    }


def _strangers(case: _Case) -> list[float]:
    """Band of the percentile that the test with ``FEWEST_STRANGERS`` people falls in (4 s.e.)."""
    made = methods.strangers(case.question, case.dropout)
    drawn = made.draw(np.random.Generator(np.random.PCG64(1)), STRANGERS)
    share = PERCENTILE / 100
    reach = 4 * (share * (1 - share) / FEWEST_STRANGERS) ** 0.5
    return [float(np.quantile(drawn, q)) for q in (share - reach, share + reach)]


def _write(seed: Seed, folder: Path, case: _Case, layout: str) -> None:
    rows = [(run, *_row(peak)) for run, peaks in case.stain.items() for peak in peaks]
    write_csv(folder / "stain.csv", ("run", "locus", "allele", "size", "height"), rows)
    rows = [("run 1", *_row(peak)) for peak in case.single]
    write_csv(folder / "single.csv", ("run", "locus", "allele", "size", "height"), rows)
    persons = {"complainant": case.complainant, "person of interest": case.person}
    write_csv(
        folder / "persons.csv", ("SampleName", "Marker", "Allele1", "Allele2"),
        [(who, n, *pair) for who, profile in persons.items() for n, pair in profile.items()],
    )  # fmt: skip
    table = case.frequencies.table
    names = sorted({a for locus in table.values() for a in locus}, key=methods.allele_key)
    rows = [(a, *(_share(locus.get(a)) for locus in table.values())) for a in names]
    write_csv(folder / "frequencies.csv", ("Allele", *table), rows)
    write_csv(
        folder / "kit.csv", ("locus", "dye", "period", "analytical", "back", "forward"),
        [(m.locus, m.dye, m.period, f"{m.analytical:g}", m.back, m.forward) for m in methods.KIT],
    )  # fmt: skip
    known, unknowns = _LAYOUTS[layout]
    model = case.question.model
    rows = [
        ("case", f"DNA-{seed.rng('number').integers(1000, 9999)}"),
        ("known", "complainant" if known else "none"),
        ("unknowns_hp", str(unknowns)),
        ("unknowns_hd", str(unknowns + 1)),
        ("dropout", f"{case.dropout:.2f}"),
        ("dropout_known", f"{KNOWN_DROPOUT:.2f}"),
        ("dropin", f"{model.dropin:.2f}"),
        ("theta", f"{model.theta:.2f}"),
        ("rare_frequency", f"{case.frequencies.rare:g}"),
    ]
    write_csv(folder / "request.csv", ("field", "value"), rows)


def _row(peak: methods.Peak) -> tuple[str, str, str, str]:
    return peak.locus, peak.allele, f"{peak.size:.2f}", f"{peak.height:.0f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _write_items(seed: Seed, folder: Path) -> dict[str, str]:
    """Four items; whether to condition on the complainant, by item."""
    rng = seed.rng("choice")
    yes = int(rng.integers(1, 4))
    answers = {name: "condition" if name in _EXPECTED else "do not" for name in methods.ITEMS}
    return _write_texts(rng, folder, "item", answers, {"condition": yes, "do not": 4 - yes})


def _write_statements(seed: Seed, folder: Path) -> dict[str, str]:
    """Six sentences of a draft; which of them are "fallacy" and which "sound"."""
    rng = seed.rng("choice")
    wrong = int(rng.integers(2, 5))
    answers = {n: "fallacy" if n in _FALLACIES else "sound" for n in methods.SENTENCES}
    return _write_texts(rng, folder, "statement", answers, {"fallacy": wrong, "sound": 6 - wrong})


def _write_texts(
    rng: np.random.Generator,
    folder: Path,
    column: str,
    answers: Mapping[str, str],
    counts: Mapping[str, int],
) -> dict[str, str]:
    """Deal out so many texts of each answer, in an order of the seed's own."""
    pool = {"item": methods.ITEMS, "statement": methods.SENTENCES}[column]
    names: list[str] = []
    for answer, count in counts.items():
        alike = [name for name in pool if answers[name] == answer]
        names += [alike[int(n)] for n in rng.permutation(len(alike))[:count]]
    letter = column[0].upper()
    order = {f"{letter}{n}": names[int(k)] for n, k in enumerate(rng.permutation(len(names)), 1)}
    rows = [(key, pool[n].en, pool[n].fr, pool[n].ar) for key, n in order.items()]
    write_csv(folder / f"{column}s.csv", (column, "en", "fr", "ar"), rows)
    return {key: answers[name] for key, name in order.items()}


# ---------------------------------------------------------------------------------------- probes


def _probes(seed: Seed) -> tuple[list[list[Any]], list[float]]:
    """Sets of alleles with their contributors, in an order of the seed's own, and the results."""
    rng = seed.rng("sets")
    cases = list(_sets(rng))
    order = [int(n) for n in rng.permutation(len(cases))]
    results = [
        methods.replicate_probability(frozenset(seen), [(a, b) for a, b in pairs], *rest)
        for seen, pairs, *rest in cases
    ]
    return [cases[n] for n in order], [results[n] for n in order]


def _sets(rng: np.random.Generator) -> Iterator[list[Any]]:
    """Four of each trap: homozygote, shared allele, drop-in, and none of them."""
    makers: tuple[Callable[[list[str]], tuple[list[str], list[list[str]]]], ...] = (
        lambda n: ([n[0]], [[n[0], n[0]], [n[1], n[2]]]),
        lambda n: ([n[0], n[2]], [[n[0], n[1]], [n[1], n[2]]]),
        lambda n: ([n[0], n[1], n[3]], [[n[0], n[1]]]),
        lambda n: ([n[0], n[1]], [[n[0], n[1]], [n[2], n[3]]]),
    )
    for number in range(16):
        names = [str(n) for n in rng.choice(np.arange(8, 20), 4, replace=False)]
        seen, pairs = makers[number % 4](names)
        if number == 15:
            seen = []
        weights = rng.uniform(0.02, 0.3, 4).round(3)
        dropouts = [float(d) for d in rng.uniform(0.05, 0.7, len(pairs)).round(2)]
        frequencies = {name: float(p) for name, p in zip(names, weights, strict=True)}
        yield [sorted(seen), pairs, dropouts, float(rng.choice([0.02, 0.05, 0.1])), frequencies]
