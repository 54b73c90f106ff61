"""Triage of invented reports in wordings that the method has not seen, with several seeds.

Templates are held out in all languages at once. The threshold of urgency is chosen by cost on
scores out of fold, grouped by template, of the archive alone; nothing is tuned on what is tested.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from dalil.courses.iblagh import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    methods,
)
from dalil.validate.reporting import Report

MIX = {"fraud": 0.36, "blackmail": 0.2, "insult": 0.16, "violence": 0.14, "other": 0.14}
MISS, ALARM = 300.0, 1.0
IN_QUEUE = 0.023  # the share of urgent reports in the published mix
SEEDS, ARCHIVE, TESTED = 5, 3500, 2500
QUEUES, INCIDENTS = 10, 120
CHANCE = 0.06


@dataclass
class Tested:
    """What was read in one place: truth and proposals, urgency and flag, of all seeds."""

    truth: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    varieties: list[str] = field(default_factory=list)
    urgent: list[bool] = field(default_factory=list)
    flagged: list[bool] = field(default_factory=list)
    each: list[float] = field(default_factory=list)

    def add(self, triage: Any, reports: list[Any], threshold: float) -> None:
        """Read *reports* with *triage* and flag at *threshold*."""
        found = methods.propose(triage, [r.text for r in reports])
        truth = [r.label for r in reports]
        proposed = [one.label for one in found]
        self.truth += truth
        self.proposed += proposed
        self.varieties += [r.variety for r in reports]
        self.urgent += [r.urgent for r in reports]
        self.flagged += [one.urgency >= threshold for one in found]
        self.each.append(methods.macro_f1(truth, proposed, methods.CLASSES))

    @property
    def macro_f1(self) -> float:
        return float(methods.macro_f1(self.truth, self.proposed, methods.CLASSES))

    @property
    def recall(self) -> tuple[int, int]:
        """Urgent reports flagged, and all."""
        hits = sum(f for f, u in zip(self.flagged, self.urgent, strict=True) if u)
        return hits, sum(self.urgent)

    @property
    def alarms(self) -> float:
        """The share of reports that are not urgent and flagged all the same."""
        flags = [f for f, u in zip(self.flagged, self.urgent, strict=True) if not u]
        return sum(flags) / len(flags)


def add_options(parser: argparse.ArgumentParser) -> None:
    """``--seeds N``."""
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="archives to learn")


def validate(report: Report, options: argparse.Namespace) -> None:
    """Learn, read unseen wordings, group repetitions; the bounds are those of the module."""
    seeds = int(getattr(options, "seeds", SEEDS))
    unseen, seen, scenario = Tested(), Tested(), Tested()
    for seed in report.track(range(seeds), "archive", total=seeds):
        rng = np.random.Generator(np.random.PCG64(seed))
        known, held = methods.split(rng)
        triage, threshold = _learn(rng, known, ARCHIVE)
        # the published mix, with urgent reports three times as often to count them well
        unseen.add(triage, methods.make_corpus(rng, TESTED, held, urgent=3.0), threshold)
        seen.add(triage, methods.make_corpus(rng, TESTED // 3, known), threshold)
        known, held = methods.split(rng, by="scenario")
        triage, threshold = _learn(rng, known, ARCHIVE)
        scenario.add(triage, methods.make_corpus(rng, TESTED // 2, held, urgent=3.0), threshold)
    figures = methods.by_group(unseen.truth, unseen.proposed, unseen.varieties, methods.CLASSES)
    gap, worst = methods.gap(figures)
    hits, urgent = unseen.recall
    report.at_least("macro-F1, unseen wordings", unseen.macro_f1, 0.85)
    report.note("macro-F1, each seed", " ".join(f"{one:.3f}" for one in unseen.each))
    report.at_least("recall of urgent reports", hits / urgent, 0.97)
    low, high = methods.wilson(hits, urgent)
    report.note("urgent reports", f"{hits} of {urgent}, {low:.3f} to {high:.3f}")
    report.note("false alarms, share of others", round(unseen.alarms, 3))
    report.at_most("gap in macro-F1 between varieties", gap, 0.05)
    for name, value in figures.items():
        report.note(f"macro-F1, {name}", round(value, 3))
    report.note("lowest variety", worst)
    report.at_least("known less unseen wordings", seen.macro_f1 - unseen.macro_f1, 0.03)
    report.note("macro-F1, known wordings", round(seen.macro_f1, 3))
    report.note("macro-F1, unseen ways of doing", round(scenario.macro_f1, 3))
    hits, urgent = scenario.recall
    report.note("recall of urgent reports, unseen ways", f"{hits} of {urgent}")
    _repetitions(report)
    _leaks(report)
    report.plot("iblagh", _plot(unseen, seen, scenario, figures))


def _learn(rng: np.random.Generator, known: Any, count: int) -> tuple[Any, float]:
    """A model of an archive, and the threshold of least cost on what its folds left out."""
    archive = methods.make_corpus(rng, count, known, mix=MIX, urgent=3.0)
    texts, urgent = [r.text for r in archive], [r.urgent for r in archive]
    triage = methods.train(texts, [r.label for r in archive], urgent)
    scores = methods.urgency_out_of_fold(triage, texts, urgent, [r.group for r in archive])
    # the archive was enriched: a report that is not urgent stands for several of the queue
    share = float(np.mean(urgent))
    stands_for = (1 - IN_QUEUE) / IN_QUEUE * share / (1 - share)
    weights = np.where(urgent, 1.0, stands_for)
    threshold, _ = methods.best_threshold(
        scores, np.array(urgent), miss=MISS, alarm=ALARM, weights=weights
    )
    return triage, float(threshold)


def _repetitions(report: Report) -> None:
    """B-cubed over queues of unseen wordings, with campaigns and reports sent twice."""
    over_all, repeated, nothing = [], [], []
    for seed in range(QUEUES):
        rng = np.random.Generator(np.random.PCG64(1000 + seed))
        _, held = methods.split(rng)
        queue = methods.make_queue(rng, INCIDENTS, held, campaigns=(8, 6, 5, 4), resent=12)
        texts = {f"R{n}": one.text for n, one in enumerate(queue)}
        truth = {f"R{n}": one.incident for n, one in enumerate(queue)}
        groups = methods.clusters(texts)
        over_all.append(methods.b_cubed(truth, groups)[2])
        repeated.append(methods.b_cubed(truth, groups, repeated=True)[2])
        nothing.append(methods.b_cubed(truth, [])[2])
    report.at_least("B-cubed F1, all reports", float(np.mean(over_all)), 0.9)
    report.at_least("B-cubed F1, repeated reports alone", float(np.mean(repeated)), 0.9)
    report.note("B-cubed F1 of finding nothing", round(float(np.mean(nothing)), 3))


def _leaks(report: Report) -> None:
    """How far length and place tell classes and urgency: largest distance of an AUC from 1/2."""
    rng = np.random.Generator(np.random.PCG64(77))
    corpus = methods.make_corpus(rng, 4000, methods.split(rng)[0], mix=MIX, urgent=5.0)
    truths = [np.array([r.label == name for r in corpus]) for name in methods.CLASSES]
    truths.append(np.array([r.urgent for r in corpus]))
    shown = {
        "length": np.array([float(len(r.text)) for r in corpus]),
        "place": np.arange(len(corpus), dtype=np.float64),
    }
    for name, values in shown.items():
        areas = [
            stats.mannwhitneyu(values[truth], values[~truth]).statistic
            / (truth.sum() * (~truth).sum())
            for truth in truths
        ]
        farthest = max(abs(float(area) - 0.5) for area in areas)
        report.at_most(f"classes and urgency told by {name}, |AUC - 1/2|", farthest, CHANCE)


def _plot(unseen: Tested, seen: Tested, scenario: Tested, figures: dict[str, float]) -> Figure:
    """Three tests of one method, and its figure in each variety."""
    figure = Figure(figsize=(10, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    names = ["known wordings", "unseen wordings", "unseen ways of doing"]
    for place, (one, colour) in enumerate(
        zip((seen, unseen, scenario), ("#999999", "#0072B2", "#D55E00"), strict=True)
    ):
        left.barh(place, one.macro_f1, color=colour)
        left.plot(one.each, [place] * len(one.each), "k.", markersize=5)
    left.axvline(0.85, color="black", linestyle="--", linewidth=1)
    left.set_yticks(range(3), names)
    left.invert_yaxis()
    left.set(xlim=(0.5, 1.02), xlabel="macro-F1", title="Three tests (dots: seeds; line: bound)")
    right.barh(list(figures), list(figures.values()), color="#0072B2")
    right.invert_yaxis()
    right.set(xlim=(0.5, 1.02), xlabel="macro-F1", title="Unseen wordings, by variety")
    return figure
