"""Marks the answers of the module dna.

Two errors cost a whole question, because they mislead a court: support for the person of interest's
contribution where the policy allows none, and a strength beyond the least ratio of the range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

RMP_TOLERANCE = 0.02  # of a log10
LOCUS_TOLERANCE = 0.01  # of a log10 LR
LR_TOLERANCE = 0.05  # of a log10 LR over all loci
DROPOUT_TOLERANCE = 0.02
PROBABILITY_TOLERANCE = 1e-6  # of the value
ORDER = ["none", "moderate", "moderately strong", "strong", "very strong", "extremely strong"]
TOTAL_SHARE = 0.4  # of the question, for the product over the loci


def check_peaks(answer: dict[str, int], truth: dict[str, Any]) -> Verdict:
    """Half for each number."""
    right = [answer[what] == number for what, number in truth["peaks"].items()]
    return by_parts(
        sum(right),
        len(right),
        N_("Both numbers are right: threshold first, stutter filter second."),
        N_(
            "{right} of 2 numbers are right. Ask the threshold first: a peak below it is counted "
            "there, and never as stutter too. Of the others, stutter is what is no higher than its "
            "filter's share of a neighbour one whole repeat away, longer (back) or shorter "
            "(forward), in the same locus (lesson, section 3)."
        ),
    )


def check_alleles(answer: dict[str, list[str]], truth: dict[str, Any]) -> Verdict:
    """The share of loci with just the right alleles."""
    given = {_name(locus): {_allele(a) for a in alleles} for locus, alleles in answer.items()}
    expected = {_name(locus): set(alleles) for locus, alleles in truth["alleles"].items()}
    right = sum(given.get(locus) == alleles for locus, alleles in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Every locus is called as the rules of the laboratory have it."),
        N_(
            "{right} of {total} loci hold just the alleles that the rules give. Take run 1 alone, "
            "apply the threshold and then the stutter filter of each locus, call no allele because "
            "a known person has it, and drop none because nobody does. A locus without an allele "
            "has an empty list (lesson, section 3)."
        ),
    )


def check_rmp(answer: float, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if abs(answer - truth["rmp"]) <= RMP_TOLERANCE:
        return Verdict(1.0, N_("Right: formula 4.10 over all loci, on the logarithmic scale."))
    return Verdict(
        0.0,
        N_(
            "That is off by {off} on the logarithmic scale. Four things go wrong here: theta was "
            "left out (the profile then looks rarer than it is), a heterozygote lost its factor 2, "
            "an allele missing from the table did not get the rare-allele frequency, or the "
            "logarithm is not to base 10 (lesson, section 4)."
        ),
        {"off": _about(answer - truth["rmp"])},
    )


def check_contributors(answer: dict[str, int], truth: dict[str, Any]) -> Verdict:
    """Half for each number."""
    right = [answer[name] == number for name, number in truth["contributors"].items()]
    return by_parts(
        sum(right),
        len(right),
        N_("Both numbers are right. What the request assumes may be another number."),
        N_(
            "{right} of 2 numbers are right. Put the alleles of both runs together first. The "
            "least number is half of the largest number of alleles at one locus, rounded up; the "
            "likeliest one is where the likelihood is greatest. The number in the request is an "
            "assumption, no finding (lesson, section 5)."
        ),
    )


def check_probability(answer: list[float | None], truth: dict[str, Any]) -> Verdict:
    """The share of probes answered rightly."""
    pairs = list(zip(answer, truth["probability"], strict=True))
    right = sum(
        got is not None and abs(got - want) <= PROBABILITY_TOLERANCE * want for got, want in pairs
    )
    return by_parts(
        right,
        len(pairs),
        N_("Every replicate got its probability."),
        N_(
            "{right} of {total} replicates got their probability. An allele that several copies "
            "carry is missing only if all of them dropped out: a homozygote's d squared, a shared "
            "allele's product. Alleles that nobody carries cost c times their frequency each; only "
            "a replicate without any of them earns the factor 1 - c (lesson, section 6)."
        ),
    )


def check_locus_lr(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Six tenths for the loci, four for the total."""
    given = {_name(locus): value for locus, value in answer.items()}
    expected = {_name(locus): value for locus, value in truth["locus_lr"].items()}
    total = expected.pop("total")
    right = sum(
        name in given and abs(given[name] - value) <= LOCUS_TOLERANCE
        for name, value in expected.items()
    )
    whole = "total" in given and abs(given["total"] - total) <= LR_TOLERANCE
    share = (1 - TOTAL_SHARE) * right / len(expected) + TOTAL_SHARE * whole
    if whole and right == len(expected):
        return Verdict(1.0, N_("Every locus and the total are right."))
    return Verdict(
        share,
        N_(
            "{right} of {loci} loci are right, and the total {total}. Propositions, drop-out, drop-"
            "in and theta stand in the request; both runs count; the person of interest is typed "
            "under both propositions; over the loci, ratios multiply, so their logarithms add. "
            "Logarithms are to base 10, and positive where the findings favour Hp (lesson, "
            "section 7)."
        ),
        {"right": right, "loci": len(expected), "total": "✓" if whole else "✗"},
    )


def check_sensitivity(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """A quarter for each number; the range may be that of any interval within the tolerance."""
    known = truth["sensitivity"]
    ends = [abs(answer[end] - known[end]) <= DROPOUT_TOLERANCE + 1e-9 for end in ("low", "high")]
    ratios = [
        known[end][0] - LR_TOLERANCE <= answer[end] <= known[end][1] + LR_TOLERANCE
        for end in ("least", "most")
    ]
    right = sum(ends) + sum(ratios)
    if right == len(known):
        return Verdict(1.0, N_("Interval and range are right; the report states the range."))
    return Verdict(
        right / len(known),
        N_(
            "{ends} of 2 ends of the interval and {ratios} of 2 ends of the range are right. The "
            "interval takes the lower of the two propositions' low ends and the higher of their "
            "high ends. The range is over the whole interval, not only its ends, and the drop-out "
            "of the complainant stays as stated (lesson, section 8)."
        ),
        {"ends": sum(ends), "ratios": sum(ratios)},
    )


def check_strangers(answer: float, truth: dict[str, Any]) -> Verdict:
    """Within the sampling error of a test with 1000 people."""
    low, high = truth["strangers"]
    if low - LR_TOLERANCE <= answer <= high + LR_TOLERANCE:
        return Verdict(1.0, N_("Right, within the sampling error that a thousand strangers leave."))
    return Verdict(
        0.0,
        N_(
            "That is not where 95 % of the strangers lie below, even with the sampling error of a "
            "thousand people. Put strangers in the place of the person of interest under Hp, keep "
            "the drop-out of the request, use at least 1000 people, and give log10 of the ratio "
            "that one in twenty exceeds (lesson, section 9)."
        ),
    )


def check_conditioning(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A share for each item, less one for each wrong: guessing earns nothing on average."""
    given = {_name(item): choice for item, choice in answer.items()}
    expected = {_name(item): choice for item, choice in truth["conditioning"].items()}
    right = sum(given.get(item) == choice for item, choice in expected.items())
    if right == len(expected):
        return Verdict(1.0, N_("Each item has the propositions that its circumstances call for."))
    return Verdict(
        max(0.0, 2 * right / len(expected) - 1),
        N_(
            "{right} of {total} items are right; a coin would get half, so the points begin above "
            "it. To condition on a person is to take her contribution as agreed under both "
            "propositions: it needs circumstances that nobody disputes and a profile that shows "
            "it. Where her contribution is the very question, or the peaks speak against it, it "
            "may not be taken for granted (lesson, section 7)."
        ),
        {"right": right, "total": len(expected)},
    )


def check_statements(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Fallacies found, as a share, less the share of sound sentences accused."""
    given = {_name(item) for item in answer}
    kinds: dict[str, set[str]] = {"fallacy": set(), "sound": set()}
    for item, kind in truth["statements"].items():
        kinds[kind].add(_name(item))
    found, accused = given & kinds["fallacy"], given & kinds["sound"]
    share = len(found) / len(kinds["fallacy"]) - len(accused) / len(kinds["sound"])
    if share == 1.0 and given <= kinds["fallacy"]:
        return Verdict(1.0, N_("Every transposed sentence is found, and no sound one is accused."))
    return Verdict(
        max(0.0, share) if given <= kinds["fallacy"] | kinds["sound"] else 0.0,
        N_(
            "Found: {found} transposed sentences; accused without reason: {accused}. Ask of each "
            "sentence: the probability of what, given what? Of the results given a proposition, or "
            "of the frequency of a profile: sound. Of a proposition, of being the source, of "
            "guilt: transposed, for it needs the other evidence too (lesson, section 10)."
        ),
        {"found": len(found), "accused": len(accused)},
    )


def check_decision(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """Seven tenths for the opinion, three for its strength; nothing for over-claimed support."""
    expected = truth["decision"]
    over = ORDER.index(answer["strength"]) > max(map(ORDER.index, expected["strength"]))
    if answer["opinion"] == "supports Hp" and (expected["opinion"] != "supports Hp" or over):
        return Verdict(
            0.0,
            N_(
                "Support for Hp is stated that the policy does not allow, and that costs the "
                "question. Is the stain within what the method is validated for, by both numbers "
                "of contributors? Does the least ratio of the whole range reach the bound, and is "
                "the strength that of the least one? Declining is a result (lesson, section 9)."
            ),
        )
    if answer["opinion"] != expected["opinion"]:
        return Verdict(
            0.0,
            N_(
                "The opinion does not follow from the policy. Go through its rules in their order "
                "with both ends of the range: the end nearer to 1 decides, and what reaches "
                "neither bound is inconclusive (lesson, section 9)."
            ),
        )
    if answer["strength"] not in expected["strength"]:
        return Verdict(
            0.7,
            N_(
                "The opinion follows from the policy, its strength does not. Read it off the "
                "scale at the end of the range that is nearer to 1; an inconclusive result has "
                "none (lesson, section 9)."
            ),
        )
    return Verdict(1.0, N_("Opinion and strength follow from the policy and the whole range."))


def _name(text: str) -> str:
    return text.strip().casefold()


def _allele(text: str) -> str:
    """ "9.30" and "9,3" are 9.3."""
    plain = text.strip().replace(",", ".")
    try:
        return f"{float(plain):g}"
    except ValueError:
        return plain


def _about(difference: float) -> str:
    """How far off, too roughly to give the value away."""
    size = abs(difference)
    return "< 0.5" if size < 0.5 else "0.5-2" if size < 2 else "> 2"


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "peaks": check_peaks,
    "alleles": check_alleles,
    "rmp": check_rmp,
    "contributors": check_contributors,
    "probability": check_probability,
    "locus_lr": check_locus_lr,
    "sensitivity": check_sensitivity,
    "strangers": check_strangers,
    "conditioning": check_conditioning,
    "statements": check_statements,
    "decision": check_decision,
}


_QUESTION = """\
model = methods.Model(frequencies, float(request["dropin"]), float(request["theta"]))
known = []
if request["known"] == "complainant":
    known = [methods.Known(persons["complainant"], float(request["dropout_known"]))]
question = methods.Question(
    evidence, persons["person of interest"], known, int(request["unknowns_hp"]), model
)
ratio = question.ratio(float(request["dropout"]))
"""

_NO_TOTAL = f"""{_QUESTION}\
locus_lr = {{locus: float(np.log10(value[0])) for locus, value in ratio.by_locus.items()}}
"""

_NOT_LOGARITHMS = f"""{_QUESTION}\
locus_lr = {{locus: min(float(value[0]), 1000.0) for locus, value in ratio.by_locus.items()}}
locus_lr["total"] = 1000.0
"""

_NO_FILTER = 'peaks = {"below": 0, "stutter": len(single)}\n'

_BY_DYE = """\
alleles = {marker.dye: [] for marker in kit}
for marker in kit:
    alleles[marker.dye] += [p.allele for p in stain["run 1"] if p.locus == marker.locus][:7]
"""

_NATURAL = """\
profile = methods.as_profile({n: tuple(a) for n, a in methods.call(single, kit).items()})
rmp = methods.log10_match_probability(profile, frequencies, float(request["theta"]))
rmp *= float(np.log(10))
"""

_NO_THETA = """\
profile = methods.as_profile({n: tuple(a) for n, a in methods.call(single, kit).items()})
rmp = methods.log10_match_probability(profile, frequencies, 0.0)
"""

_ALLELES_FOR_PEOPLE = """\
evidence = methods.call_replicates(stain, kit)
number = sum(len(seen) for seen in methods.union(evidence).values())
contributors = {"least": number, "likely": number}
"""

# An allele of two copies drops out as if it had one.
_ONE_COPY = """\
def probability(seen, genotypes, dropouts, dropin, frequencies):
    missing = {}
    for pair, dropout in zip(genotypes, dropouts):
        for allele in pair:
            missing[allele] = dropout
    result = 1.0
    for allele, lost in missing.items():
        result *= 1 - lost if allele in seen else lost
    extra = [allele for allele in seen if allele not in missing]
    for allele in extra:
        result *= dropin * frequencies[allele]
    return result if extra else result * (1 - dropin)
"""

# What nobody carries is passed over.
_NO_DROPIN = """\
def probability(seen, genotypes, dropouts, dropin, frequencies):
    missing = {}
    for pair, dropout in zip(genotypes, dropouts):
        for allele in pair:
            missing[allele] = missing.get(allele, 1.0) * dropout
    result = 1 - dropin
    for allele, lost in missing.items():
        result *= 1 - lost if allele in seen else lost
    return result
"""

_ANYTHING_GOES = 'sensitivity = {"low": 1.0, "high": 0.0, "least": 1000.0, "most": 999.0}\n'

_PEOPLE_FOR_RATIO = """\
drawn = methods.strangers(question, float(request["dropout"])).draw(np.random.default_rng(1), 1000)
strangers = float(np.sum(drawn <= np.percentile(drawn, 95)))
"""

_TURNED_ITEMS = """\
AGREED = {methods.ITEMS[name].en for name in ("nails", "neck", "jacket", "pillow")}
conditioning = {
    row["item"]: "do not" if row["en"] in AGREED else "condition" for row in rows("items")
}
"""

_ALL_ACCUSED = 'statements = [row["statement"] for row in rows("statements")]\n'

_TURNED_ROUND = """\
if max(contributors.values()) <= 3 and least >= 1:
    decision = {"opinion": "supports Hd", "strength": "strong"}
else:
    decision = {"opinion": "supports Hp", "strength": "strong"}
"""

# What a simulation earns must not depend on the case. Decisions drawn from wrong numbers are
# therefore left open here, unless they are wrong whatever the case.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(locus_lr=_NO_TOTAL), {"locus_lr": 1 - TOTAL_SHARE}),
    leaving("half", "probability", "sensitivity", "strangers", "statements", "decision"),
    # Filters nothing, counts alleles for people, forgets logarithms, accuses every sentence.
    Simulation(
        "wrong",
        solving(
            peaks=_NO_FILTER,
            alleles=_BY_DYE,
            rmp=_NATURAL,
            contributors=_ALLELES_FOR_PEOPLE,
            probability=_ONE_COPY,
            locus_lr=_NOT_LOGARITHMS,
            sensitivity=_ANYTHING_GOES,
            strangers=_PEOPLE_FOR_RATIO,
            conditioning=_TURNED_ITEMS,
            statements=_ALL_ACCUSED,
            decision=None,
        ),
        {
            **dict.fromkeys(("peaks", "alleles", "rmp", "contributors", "locus_lr"), 0.0),
            **dict.fromkeys(("sensitivity", "strangers", "conditioning", "statements"), 0.0),
            "probability": 0.5,
            "decision": 0.0,
        },
    ),
    # Takes everybody for unrelated in one great population, and no allele for a stray one.
    Simulation(
        "simple", solving(rmp=_NO_THETA, probability=_NO_DROPIN), {"rmp": 0.0, "probability": 0.75}
    ),
    # Turns the propositions round.
    Simulation("turned", solving(decision=_TURNED_ROUND), {"decision": 0.0}),
)
