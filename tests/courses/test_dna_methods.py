"""The DNA method: against sums written out, simulation, formulas and published answers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from dalil.courses.dna import methods
from dalil.errors import UsageError
from dalil.validate import dna
from dalil.validate.reporting import Report

TABLE = {"8": 0.1, "9": 0.2, "9.3": 0.05, "10": 0.3, "11": 0.25, "12": 0.1}
FREQUENCIES = methods.Frequencies({"L": TABLE}, 0.01)
LABELS = {"size": "size", "height": "height"}


def rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


# ------------------------------------------------------------------------- mixtures, written out


def sampled(
    drawn: Sequence[str], typed: Sequence[str], table: dict[str, float], theta: float
) -> float:
    """Balding and Nichols: alleles drawn one by one after those that were typed."""
    before, chance = list(typed), 1.0
    for allele in drawn:
        share = before.count(allele) * theta + (1 - theta) * table[allele]
        chance *= share / (1 + (len(before) - 1) * theta)
        before.append(allele)
    return chance


def written_out(
    runs: Sequence[methods.Alleles], proposition: methods.Proposition, model: methods.Model,
    typed: Sequence[methods.Profile] = (),
) -> float:  # fmt: skip
    """The same probability as a plain sum over every allele of every unknown person."""
    seen = {allele for run in runs for allele in run}
    table = {a: model.frequencies.of("L", a) for a in {*TABLE, *seen}}
    known = [person.profile["L"] for person in proposition.known]
    drops = [float(person.dropout) for person in proposition.known]
    drops += [float(proposition.dropout)] * proposition.unknowns
    before = [allele for profile in typed for allele in profile["L"]]
    total = 0.0
    for alleles in itertools.product(table, repeat=2 * proposition.unknowns):
        pairs = known + [alleles[n : n + 2] for n in range(0, len(alleles), 2)]
        chance = sampled(alleles, before, table, model.theta)
        for run in runs:
            chance *= methods.replicate_probability(run, pairs, drops, model.dropin, table)
        total += chance
    return total


A, B = {"L": ("9", "10")}, {"L": ("11", "11")}
KNOWN_A, KNOWN_B = methods.Known(A, 0.1), methods.Known(B, 0.6)
CASES = [
    ([{"9", "10"}], methods.Proposition((), 1, 0.0), 0.0, 0.0, []),
    ([{"9"}, {"9", "10", "12"}], methods.Proposition((), 1, 0.2), 0.05, 0.03, [A]),
    ([{"9", "11"}, set()], methods.Proposition([KNOWN_A], 1, 0.3), 0.1, 0.02, [A, B]),
    ([{"9", "11"}], methods.Proposition([KNOWN_A, KNOWN_B]), 0.1, 0.0, []),
    ([{"8", "9", "9.3"}], methods.Proposition((), 2, 0.25), 0.02, 0.01, [A, B]),
    ([{"11"}, {"10", "11"}, {"9"}], methods.Proposition([KNOWN_B], 2, 0.4), 0.3, 0.1, [B]),
    ([{"10", "13"}], methods.Proposition((), 2, 0.1), 0.05, 0.05, [A]),
    ([{"8", "9", "10", "11", "12"}], methods.Proposition((), 3, 0.05), 0.01, 0.02, []),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_convolution_is_the_sum_over_all_genotypes(number: int) -> None:
    seen, proposition, dropin, theta, typed = CASES[number]
    model = methods.Model(FREQUENCIES, dropin, theta)
    runs = [frozenset(run) for run in seen]
    found = methods.evidence_probability(runs, proposition, "L", model, typed)
    assert found.shape == (1,)
    assert found[0] == pytest.approx(written_out(runs, proposition, model, typed), rel=1e-10)


def test_many_dropout_probabilities_at_once_are_each_of_them() -> None:
    grid = np.array([0.0, 0.2, 0.9, 1.0])
    model = methods.Model(FREQUENCIES, 0.05, 0.02)
    runs = [frozenset({"9", "11"}), frozenset({"9"})]
    whole = methods.evidence_probability(
        runs, methods.Proposition([methods.Known(A, grid)], 1, grid), "L", model, [A]
    )
    for value, found in zip(grid, whole, strict=True):
        one = methods.Proposition([methods.Known(A, float(value))], 1, float(value))
        assert methods.evidence_probability(runs, one, "L", model, [A])[0] == pytest.approx(found)


def test_probabilities_of_all_replicates_add_up_to_one_without_dropin() -> None:
    model = methods.Model(FREQUENCIES, 0.0, 0.03)
    every = itertools.chain.from_iterable(itertools.combinations(TABLE, n) for n in range(5))
    total = sum(
        methods.evidence_probability([frozenset(s)], methods.Proposition((), 2, 0.3), "L", model)[0]
        for s in every
    )
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("theta", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("pair", [("9", "10"), ("11", "11")])
def test_a_single_source_has_the_match_probability(pair: tuple[str, str], theta: float) -> None:
    model, person = methods.Model(FREQUENCIES, 0.0, theta), {"L": pair}
    unknown = methods.evidence_probability(
        [frozenset(pair)], methods.Proposition((), 1, 0.0), "L", model, [person]
    )
    p, q = (TABLE[allele] for allele in pair)
    expected = methods.match_probability(pair, p, q, theta)
    assert unknown[0] == pytest.approx(expected)
    assert methods.by_locus(person, FREQUENCIES, theta)["L"] == pytest.approx(expected)


def test_match_probability_by_hand_and_what_theta_and_brothers_do() -> None:
    assert methods.match_probability(("a", "b"), 0.1, 0.2, 0.0) == pytest.approx(0.04)
    assert methods.match_probability(("a", "a"), 0.1, 0.1, 0.0) == pytest.approx(0.01)
    hand = 2 * (0.03 + 0.97 * 0.1) * (0.03 + 0.97 * 0.2) / (1.03 * 1.06)
    assert methods.match_probability(("a", "b"), 0.1, 0.2, 0.03) == pytest.approx(hand)
    hand = (0.06 + 0.97 * 0.1) * (0.09 + 0.97 * 0.1) / (1.03 * 1.06)
    assert methods.match_probability(("a", "a"), 0.1, 0.1, 0.03) == pytest.approx(hand)
    profile = {"L": ("9", "13")}  # 13 is not in the table
    assert methods.log10_match_probability(profile, FREQUENCIES, 0.0) == pytest.approx(
        math.log10(2 * 0.2 * 0.01)
    )
    assert methods.sibling_probability(("a", "b"), 0.1, 0.2) == pytest.approx((1.3 + 0.04) / 4)
    assert methods.log10_sibling_probability(profile, FREQUENCIES) > math.log10(0.25)
    with pytest.raises(methods.DNAError, match="theta"):
        methods.match_probability(("a", "b"), 0.1, 0.2, 1.0)


def test_an_allele_neither_seen_nor_tabled_is_shared_or_not() -> None:
    person = {"L": ("9", "13")}
    unknown, empty = methods.Proposition((), 1, 0.3), [frozenset[str]()]
    for theta in (0.0, 0.03):
        whole, closed = (
            methods.evidence_probability(
                empty, unknown, "L", methods.Model(FREQUENCIES, 0.0, theta, shared), [person]
            )[0]
            for shared in (True, False)
        )
        assert whole == pytest.approx(0.3**2)  # both copies dropped out, whatever they are
        assert closed == pytest.approx(0.3**2 / (1 + 2 * theta))


def test_the_likelihood_ratio_of_a_clear_stain_is_one_over_the_match_probability() -> None:
    model = methods.Model(FREQUENCIES, 0.0, 0.02)
    question = methods.Question({"L": [frozenset(A["L"])]}, A, [], 0, model)
    ratio = question.ratio(0.0)
    assert ratio.by_locus["L"][0] == pytest.approx(
        1 / methods.match_probability(A["L"], 0.2, 0.3, 0.02)
    )
    assert (
        methods.Question({"L": [frozenset({"8"})]}, A, [], 0, model).ratio(0.0).log10 == -math.inf
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: methods.Proposition((), 9), "0 to 6"),
        (lambda: methods.Proposition((), 1, 1.2), "from 0 to 1"),
        (lambda: methods.Model(FREQUENCIES, 1.0), "below 1"),
        (lambda: methods.Frequencies({"L": {"9": 1.5}}, 0.01), "frequencies"),
        (lambda: FREQUENCIES.of("M", "9"), "no locus 'M'"),
        (
            lambda: methods.evidence_probability(
                [frozenset()], methods.Proposition([methods.Known({}, 0.1)]), "L",
                methods.Model(FREQUENCIES),
            ),
            "no locus 'L'",
        ),
        (
            lambda: methods.evidence_probability(
                [frozenset()] * 9, methods.Proposition(), "L", methods.Model(FREQUENCIES)
            ),
            "at most 8",
        ),
        (lambda: methods.as_profile({"L": ()}), "L: 0 alleles"),
        (lambda: methods.neighbour("9.4", 1, 4), "no allele of a repeat of 4"),
        (lambda: methods.likeliest_number({"L": frozenset(map(str, range(14)))}, FREQUENCIES), "6"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(methods.DNAError, match=said):
        make()


# ------------------------------------------------------------------------------ files and calling


def test_quoted_names_empty_cells_and_missing_heads(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('"Allele","""D3""",D4\n9.3,0.25,\n10,,0.5\n', encoding="utf-8")
    read = methods.read_frequencies(path, 0.001)
    assert read.table == {"D3": {"9.3": 0.25}, "D4": {"10": 0.5}}
    assert read.of("D4", "9.3") == 0.001
    path.write_text("SampleName,Marker,Allele1,Allele2\nx,D3,10,9.3\nx,D4,9,\n", encoding="utf-8")
    assert methods.read_profiles(path) == {"x": {"D3": ("10", "9.3"), "D4": ("9",)}}
    assert methods.as_profile({"D3": ("10", "9.3"), "D4": ("9",)}) == {
        "D3": ("9.3", "10"), "D4": ("9", "9"),
    }  # fmt: skip
    for reader in (methods.read_profiles, methods.read_kit, methods.read_peaks):
        path.write_text("a,b\n1,2\n", encoding="utf-8")
        with pytest.raises(methods.DNAError, match=r"f\.csv"):
            reader(path)
    for text, said in (("", "empty"), ("a,b\n", "first row"), ("Allele,L\n9,x\n", "no frequency")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(methods.DNAError, match=said):
            methods.read_frequencies(path, 0.001)


MARKER = methods.Marker("L", "blue", 4, 50.0, 0.12, 0.03)


def peaks(**heights: float) -> list[methods.Peak]:
    return [methods.Peak("L", name[1:].replace("_", "."), 100.0, h) for name, h in heights.items()]


def test_threshold_first_then_the_filter_and_both_bounds_count() -> None:
    own = peaks(a12=50, a13=49.9, a14=1000, a15=30)
    assert methods.judge(own, MARKER) == ["allele", "below", "allele", "below"]
    assert methods.judge(peaks(a13=120, a14=1000), MARKER) == ["stutter", "allele"]
    assert methods.judge(peaks(a13=121, a14=1000), MARKER) == ["allele", "allele"]
    assert methods.judge(peaks(a14=2000, a15=60, a16=60), MARKER) == ["allele", "stutter", "allele"]
    assert methods.judge(peaks(a8_3=100, a9_3=1000, a9=90), MARKER) == [
        "stutter",
        "allele",
        "allele",
    ]
    assert methods.call(own, [MARKER]) == {"L": {"12", "14"}}
    assert methods.call_replicates({"1": own, "2": []}, [MARKER]) == {"L": [{"12", "14"}, set()]}
    with pytest.raises(methods.DNAError, match="twice"):
        methods.judge([*own, *own], MARKER)


# ----------------------------------------------------------------- contributors and sensitivity


def test_numbers_of_contributors() -> None:
    assert methods.least_number({"L": frozenset("abc"), "M": frozenset()}) == 2
    assert methods.least_number({}) == 0
    found = methods.log10_likelihoods({"L": frozenset({"9", "10", "12"})}, FREQUENCIES)
    assert found[1] == -math.inf
    assert methods.likeliest_number({"L": frozenset({"9", "10", "12"})}, FREQUENCIES) >= 2
    assert methods.union({"L": [frozenset("a"), frozenset("b")]}) == {"L": {"a", "b"}}


def test_the_likelihood_of_a_number_is_the_share_of_such_groups() -> None:
    names, chances = list(TABLE), list(TABLE.values())
    drawn = rng(1).choice(names, (40_000, 4), p=chances)
    share = np.mean([set(row) == {"9", "10", "11"} for row in drawn])
    found = methods.log10_likelihoods({"L": frozenset({"9", "10", "11"})}, FREQUENCIES, 0.0, [2])
    assert 10 ** found[2] == pytest.approx(share, rel=0.05)


def test_the_number_of_alleles_seen_is_distributed_as_in_a_simulation() -> None:
    model = methods.Model(FREQUENCIES, 0.1)
    proposition = methods.Proposition([methods.Known(A, methods.GRID)], 1, methods.GRID)
    draws, place = rng(2), 29
    dropout = methods.GRID[place]
    counts = np.zeros(12)
    for _ in range(12_000):
        copies = [*A["L"], *draws.choice(list(TABLE), 2, p=list(TABLE.values()))]
        lost = {a: dropout ** copies.count(a) for a in copies}
        seen = sum(int(np.sum(draws.random(2) >= value)) for value in lost.values())
        counts[seen + int(np.sum(draws.random(2) < 0.1))] += 1
    for number in range(9):
        runs = [frozenset(map(str, range(number))), frozenset[str]()]
        found = methods.count_likelihood({"L": runs}, proposition, model)[place]
        assert found == pytest.approx(counts[number] / counts.sum(), abs=0.015)


def stain(seed: int, amount: float) -> tuple[methods.Question, methods.Frequencies]:
    draws = rng(seed)
    population = methods.draw_population(draws)
    frequencies = methods.survey(draws, population)
    giver, other = methods.draw_person(draws, population), methods.draw_person(draws, population)
    donors = [methods.Donor(other, 700, 0.2), methods.Donor(giver, amount, 0.2)]
    runs = {run: methods.amplify(draws, donors, 0.02) for run in "12"}
    evidence = methods.call_replicates(runs, methods.KIT)
    known = [methods.Known(other, 0.02)]
    model = methods.Model(frequencies, 0.03, 0.0)
    return methods.Question(evidence, giver, known, 0, model), frequencies


def test_less_dna_makes_more_drop_out_plausible_and_the_ratio_smaller() -> None:
    intervals, ratios = [], []
    for amount in (300, 70, 25):
        question = stain(5, amount)[0]
        low, high = methods.plausible_dropout(question)
        least, most = methods.log10_range(question, low, high)
        inside = question.ratio(np.linspace(low, high, 7)).log10
        assert least <= inside.min() + 1e-9
        assert most >= inside.max() - 0.05
        intervals.append((low, high))
        ratios.append(least)
    assert intervals == sorted(intervals)
    assert ratios == sorted(ratios, reverse=True)


def test_strangers_average_to_a_ratio_of_one_and_are_counted_as_one_by_one() -> None:
    question, frequencies = stain(6, 60)
    made = methods.strangers(question, 0.4)
    for locus, chance in made.chances.items():
        assert chance.sum() == pytest.approx(1.0)
        assert float(chance @ 10 ** made.log10[locus]) == pytest.approx(1.0, rel=1e-3)
    draws, direct = rng(7), []
    table = {
        n: {a: p / sum(t.values()) for a, p in t.items()} for n, t in frequencies.table.items()
    }
    for _ in range(120):
        person = methods.draw_person(draws, table)
        other = methods.Question(question.evidence, person, question.others, 0, question.model)
        direct.append(float(other.ratio(0.4).log10[0]))
    drawn = made.draw(rng(8), 20_000)
    assert np.median(drawn) == pytest.approx(np.median(direct), abs=1.0)
    assert float(np.mean(drawn >= 1)) <= 0.1 + 0.01  # at most one in x reaches x


# ----------------------------------------------------------------------------------- exhibits


def test_forged_heights_drop_out_as_often_as_they_should() -> None:
    draws = rng(9)
    population = methods.draw_population(draws)
    locus, lost, expected = methods.PANEL[2], 0, 0.0
    for _ in range(400):
        donor = methods.Donor(methods.draw_person(draws, population), 60, 0.2)
        one, two = donor.profile[locus.marker.locus]
        if abs(float(one) - float(two)) <= 1:
            continue
        run = methods.amplify(draws, [donor])
        heights = {p.allele: p.height for p in run if p.locus == locus.marker.locus}
        for allele in (one, two):
            lost += heights.get(allele, 0.0) < locus.marker.analytical
            expected += methods.dropout_probability(donor, locus, allele)
    assert lost == pytest.approx(expected, rel=0.15)


def test_brothers_share_and_theta_draws_groups_apart() -> None:
    draws = rng(10)
    population = methods.draw_population(draws)
    parents = [methods.draw_person(draws, population) for _ in range(2)]
    pairs = [[methods.draw_child(draws, *parents) for _ in range(2)] for _ in range(60)]
    same = np.mean([one[n] == two[n] for one, two in pairs for n in one])
    assert 0.25 < same < 0.6
    apart = [
        np.mean([abs(g[n][a] - p) for n, t in population.items() for a, p in t.items()])
        for g in (methods.subpopulation(draws, population, theta) for theta in (0.0, 0.01, 0.1))
    ]
    assert apart[0] == 0.0 < apart[1] < apart[2]


def test_an_electropherogram_is_drawn_with_its_loci_and_alleles() -> None:
    axes = Figure().subplots()
    own = [methods.Peak("B1", "14", 106.0, 900.0), methods.Peak("B1", "13", 102.0, 80.0),
           methods.Peak("B1", "11", 94.0, 20.0)]  # fmt: skip
    methods.draw_dye(axes, own, "blue", LABELS)
    written = [text.get_text() for text in axes.texts]
    assert {"B1", "B2", "B3", "B4", "14", "s"} <= set(written)
    assert "11" not in written
    sizes, heights = methods.trace(own, "blue", rng(1))
    assert sizes[int(np.argmax(heights))] == pytest.approx(106.0, abs=0.1)


# ------------------------------------------------------------------------------- published answers


def test_published_answers_of_lrmix_studio(tmp_path: Path) -> None:
    report = Report("dna", tmp_path)
    try:
        dna.published(report)
    except UsageError as missing:
        pytest.skip(f"REAL DATA ABSENT, the published answers were not met: {missing}")
    assert report.missed == []


def test_rows_differ_relatively_and_zero_equals_zero_alone() -> None:
    nan = math.nan
    assert dna.difference((1e-40, 2.0, 0.0), (1e-40, 2.0, 0.0)) == 0.0
    assert dna.difference((1.1e-40, 2.0, 1.0), (1e-40, 2.0, 1.0)) == pytest.approx(0.1)
    assert dna.difference((1e-9, 1.0, 1.0), (0.0, 1.0, 1.0)) == math.inf
    assert dna.difference((0.0, 0.0, nan), (0.0, 0.0, nan)) == 0.0
    assert dna.difference((0.0, 0.0, nan), (0.0, 0.0, 1.0)) == math.inf


@pytest.mark.acceptance
def test_forged_stains_look_and_mislead_as_the_page_says(tmp_path: Path) -> None:
    report = Report("dna", tmp_path)
    dna.forged(report)
    assert report.missed == []
