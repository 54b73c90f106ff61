"""The DNA method on LRmix Studio's validation cases, and forged peaks beside published ranges.

The folder holds ``configurations.csv`` (propositions and parameters), ``expected.csv`` (numerator,
denominator and LR by locus, and their products) and the profiles. A row is met if all three of its
numbers are within 1e-6 of the published ones *relatively*: absolute differences would pass products
of 1e-40 whatever they are.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dalil.courses.dna import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.forging import practice
from dalil.validate.reporting import Report

LEAST_SHARE = 99.3  # per cent of the rows
CLOSE = 1e-6  # relative
MOST_SECONDS = 10.0  # all loci of one case with three unknowns
RARE = 1 / (2 * 2085)  # frequency of an allele that the table of 2085 people does not hold
TABLE = "data/Allele_frequencies_to_use_in_DyNAmix.csv"
PRODUCT = "prod"
# Mean back stutter of GlobalFiler's loci at a usual allele of each, from TH01 (8) to SE33 (25), by
# the regressions of a 3500 instrument that M. Kruijver's package simDNAmixtures publishes.
PUBLISHED_STUTTER = (0.019, 0.094)
OPINIONS = ("for Hp", "inconclusive", "for Hd")
POLICY_STAINS, MOST_WRONG = 100, 2.0  # stains of each truth; per cent that may be misleading
STAINS = 400  # forged stains of one person for the look at heights

Floats = npt.NDArray[np.float64]
Row = dict[str, str]
Range = tuple[float, float]


def validate(report: Report, options: argparse.Namespace) -> None:
    """Every row of the published answers, the time of three unknowns, and forged stains."""
    real = published(report)
    ranges = forged(report)
    groups = {"real": real, **{name: middles(found) for name, found in ranges.items()}}
    for name, values in groups.items():
        least, middle, most = np.percentile(values, (0, 50, 100))
        report.note(f"log10 LR, {name}", f"{least:.1f} / {middle:.1f} / {most:.1f}")
    report.plot("dna-ratios", draw_ratios(groups))


def published(report: Report) -> list[float]:
    """The rows of ``expected.csv``, one configuration at a time; log10 LR of each, all loci."""
    folder = report.folder("expected.csv")
    expected = read_expected(folder)
    frequencies = methods.read_frequencies(folder / TABLE, RARE)
    worst: list[tuple[str, str, float]] = []
    ratios: list[float] = []
    slowest = 0.0
    for row in report.track(rows_of(folder / "configurations.csv"), "case"):
        before = time.perf_counter()
        found = evaluate(folder, row, frequencies, list(expected[row["id"]]))
        if row["xd"] == "3":
            slowest = max(slowest, time.perf_counter() - before)
        ratios.append(float(np.log10(found[PRODUCT][2])))
        worst += [
            (row["id"], locus, difference(found[locus], numbers))
            for locus, numbers in expected[row["id"]].items()
        ]
    met = [off <= CLOSE for _, _, off in worst]
    products = [off <= CLOSE for _, locus, off in worst if locus == PRODUCT]
    report.note("rows", len(worst))
    report.at_least("rows within 1e-6 (relative)", 100 * float(np.mean(met)), LEAST_SHARE, "%")
    report.at_least("products over loci", 100 * float(np.mean(products)), LEAST_SHARE, "%")
    report.at_most("one case, 3 unknowns, all loci", slowest, MOST_SECONDS, "s")
    report.csv("dna-rows", ["case", "locus", "difference"], worst)
    return ratios


def forged(report: Report) -> dict[str, list[Range]]:
    """Heights beside published ranges, and how often the policy misleads on forged stains; the
    range of log10 LR of each stain, by truth."""
    report.plot("dna", draw_heights(report, forged_heights()))
    ranges = {"contributors": forged_ranges(True), "strangers": forged_ranges(False)}
    for truth, contributes in (("contributors", True), ("strangers", False)):
        found = [opinion(*one) for one in ranges[truth]]
        words = ", ".join(f"{found.count(name)} {name}" for name in OPINIONS)
        report.note(f"{POLICY_STAINS} forged stains, {truth}", words)
        wrong = found.count(OPINIONS[2 if contributes else 0])
        report.at_most(f"{truth} on the wrong side", 100 * wrong / POLICY_STAINS, MOST_WRONG, "%")
    return ranges


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_expected(folder: Path) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Numerator, denominator and LR by case and locus."""
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in rows_of(folder / "expected.csv"):
        numbers = (float(row["numerator"]), float(row["denominator"]), float(row["lr"]))
        found.setdefault(row["case_id"], {})[row["locus"]] = numbers
    return found


def evaluate(
    folder: Path, row: Row, frequencies: methods.Frequencies, loci: list[str]
) -> dict[str, tuple[float, float, float]]:
    """What the method makes of one configuration: numbers by locus, and their products."""
    place = folder / "data" / row["casename"].replace(" ", "_")

    def person(file: str) -> dict[str, methods.Genotype]:
        read = next(iter(methods.read_profiles(place / file).values()))
        profile: dict[str, methods.Genotype] = methods.as_profile(read)
        return profile

    runs = list(methods.read_profiles(place / row["sample"]).values())
    names = [locus for locus in loci if locus != PRODUCT]
    evidence = {n: [frozenset(run.get(n, ())) for run in runs] for n in names}
    suspect = person(row["suspect"])
    known = [
        methods.Known(person(row[f"known{n}"]), float(row[f"dknown{n}"]))
        for n in range(1, 5)
        if row[f"known{n}"] != "0"
    ]
    hd = methods.Proposition(known, int(row["xd"]), float(row["duhd"]))
    accused = methods.Known(suspect, float(row["dsuspect"]))
    hp = methods.Proposition([*known, accused], int(row["xp"]), float(row["duhp"]))
    model = methods.Model(frequencies, float(row["dropin"]), float(row["theta"]), shared=False)
    typed = [*(one.profile for one in known), suspect]
    ratio = methods.likelihood_ratio(evidence, hp, hd, model, typed)
    found: dict[str, tuple[float, float, float]] = {
        n: (float(ratio.numerator[n][0]), float(ratio.denominator[n][0]),
            float(ratio.by_locus[n][0]))
        for n in names
    }  # fmt: skip
    top, low = (np.prod([found[n][side] for n in names]) for side in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        found[PRODUCT] = (float(top), float(low), float(top / low))
    return found


def difference(found: tuple[float, float, float], expected: tuple[float, float, float]) -> float:
    """The greatest relative difference of the three numbers; 0 and what is no number equal only
    themselves."""
    pairs = np.array([found, expected])
    equal = (pairs[0] == pairs[1]) | np.isnan(pairs).all(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where(equal, 0.0, np.abs(pairs[0] - pairs[1]) / np.abs(pairs[1]))
    return float(np.max(np.nan_to_num(off, nan=np.inf, posinf=np.inf)))


# ------------------------------------------------------------------- forged stains and heights


def opinion(least: float, most: float) -> str:
    """What the exercise's policy says of a stain with that range of log10 LR."""
    return OPINIONS[0 if least >= 1 else 2 if most <= -1 else 1]


def forged_ranges(contributes: bool) -> list[Range]:
    """(least, most) log10 LR of forged stains of the complainant and one unknown giver, of 15 to
    300 RFU, with or without the person of interest as that giver."""
    rng = practice("dna policy").rng(str(contributes))
    found = []
    for _ in range(POLICY_STAINS):
        population = methods.draw_population(rng)
        frequencies = methods.survey(rng, population)
        group = methods.subpopulation(rng, population, 0.02)
        known, giver, stranger = (methods.draw_person(rng, group) for _ in range(3))
        amount = float(np.exp(rng.uniform(np.log(15), np.log(300))))
        donors = [methods.Donor(known, 700, 0.2), methods.Donor(giver, amount, 0.2)]
        runs = {run: methods.amplify(rng, donors, 0.02) for run in ("1", "2")}
        question = methods.Question(
            methods.call_replicates(runs, methods.KIT), giver if contributes else stranger,
            [methods.Known(known, 0.02)], 0, methods.Model(frequencies, 0.05, 0.02),
        )  # fmt: skip
        found.append(methods.log10_range(question, *methods.plausible_dropout(question)))
    return found


def forged_heights() -> dict[str, Any]:
    """Heterozygote balance and stutter shares of stains of one person."""
    rng = practice("dna heights").rng("stains")
    population = methods.draw_population(rng)
    balance: list[tuple[float, float]] = []
    stutter: dict[str, list[float]] = {locus.marker.locus: [] for locus in methods.PANEL}
    for _ in range(STAINS):
        person = methods.draw_person(rng, population)
        amount = float(np.exp(rng.uniform(np.log(60), np.log(2500))))
        peaks = methods.amplify(rng, [methods.Donor(person, amount, 0.2)])
        for locus in methods.PANEL:
            heights = {p.allele: p.height for p in peaks if p.locus == locus.marker.locus}
            pair = person[locus.marker.locus]
            balance += _balance(pair, heights)
            stutter[locus.marker.locus] += _stutter(pair, heights, locus)
    return {"balance": np.array(balance), "stutter": stutter}


def _balance(pair: methods.Genotype, heights: Mapping[str, float]) -> Iterator[tuple[float, float]]:
    """(mean height, lower over higher) of a heterozygote that stutter does not touch."""
    one, two = (heights.get(allele, 0.0) for allele in pair)
    apart = pair[0] != pair[1] and abs(float(pair[0]) - float(pair[1])) > 1
    if apart and min(one, two) >= methods.KIT[0].analytical:
        yield (one + two) / 2, min(one, two) / max(one, two)


def _stutter(
    pair: methods.Genotype, heights: Mapping[str, float], locus: methods.Locus
) -> Iterator[float]:
    """Back stutter over its allele, where no other allele lies near and the allele is tall."""
    for allele in set(pair):
        height = heights.get(allele, 0.0)
        near = [a for a in pair if a != allele and abs(float(a) - float(allele)) <= 2]
        if height > 600 and not near:
            name = methods.neighbour(allele, -1, locus.marker.period)
            yield heights.get(name, 0.0) / height


def draw_heights(report: Report, heights: Mapping[str, Any]) -> Figure:
    """Both as pictures, with what is published beside them."""
    means, ratios = heights["balance"].T
    tall = ratios[means > 500]
    report.at_least(
        "heterozygote balance >= 0.6 above 500 RFU", 100 * np.mean(tall >= 0.6), 90, "%"
    )
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.semilogx(means, ratios, ".", markersize=2, color="#0072B2")
    left.axhline(0.6, color="#D55E00", linestyle="--", linewidth=1)
    left.set(xlabel="mean height (RFU)", ylabel="lower / higher peak", title="Heterozygote balance")
    names = list(heights["stutter"])
    right.boxplot([heights["stutter"][name] for name in names], tick_labels=names, sym=".")
    right.plot(range(1, len(names) + 1), [m.back for m in methods.KIT], "v", color="#D55E00")
    right.set(
        ylabel="stutter / allele", title="Back stutter by locus, and the filter", ylim=(0, 0.25)
    )
    right.axhspan(*PUBLISHED_STUTTER, color="#009E73", alpha=0.15)
    middle = [float(np.median(shares)) for shares in heights["stutter"].values()]
    report.at_least(
        "median stutter, least locus", 100 * min(middle), 100 * PUBLISHED_STUTTER[0], "%"
    )
    report.at_most(
        "median stutter, greatest locus", 100 * max(middle), 100 * PUBLISHED_STUTTER[1], "%"
    )
    return figure


def middles(ranges: Sequence[Range]) -> list[float]:
    """One value for each range of log10 LR, to be counted beside others."""
    return [(least + most) / 2 for least, most in ranges]


def draw_ratios(groups: Mapping[str, Sequence[float]]) -> Figure:
    """Histograms of log10 LR of real configurations, forged contributors and forged strangers."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    every = np.concatenate([np.asarray(values) for values in groups.values()])
    bins = [float(edge) for edge in np.arange(2 * (every.min() // 2), every.max() + 2.1, 2)]
    for name, label, colour, hatch in (
        ("real", "real stains, published configurations", "#009E73", ""),
        ("contributors", "forged stains, contributors", "#0072B2", "///"),
        ("strangers", "forged stains, strangers", "#D55E00", "..."),
    ):
        axes.hist(groups[name], bins, alpha=0.55, color=colour, hatch=hatch, label=label)
    axes.axvline(0, color="black", linewidth=1)
    axes.set(xlabel="log10 LR", ylabel="stains", title="Likelihood ratios, real beside forged")
    axes.legend()
    return figure
