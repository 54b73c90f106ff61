"""The evaluation methods on real scores: what calibrated ratios cost on items not learned from.

``aperture_shear.csv`` holds the correlation of every pair of 200 firearms (aperture shear marks,
Netherlands Forensic Institute), and three divisions of the firearms into training and validation.
Calibration, kernel widths and bounds are learned on training pairs alone. Where the institute's own
library ``lir`` is installed (a dependency of tests), ratios and figures are compared with it.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dalil.courses.evaluation import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.validate.reporting import Report

FILE = "aperture_shear.csv"
SPLITS = ("split1", "split2", "split3")
MOST_CLLR = 0.055
MOST_DIFFERENCE = 0.005  # to lir: log10 LR of any pair, Cllr, Cllr min, bounds

Floats = npt.NDArray[np.float64]
Groups = tuple[Floats, Floats]  # same source, different sources


@dataclass(frozen=True, eq=False)
class Split:
    """Training and validation scores, and the firearms of each validation pair, same first."""

    training: Groups
    validation: Groups
    first: npt.NDArray[np.str_]
    second: npt.NDArray[np.str_]


def read(path: Path, split: str) -> Split:
    """One of the three divisions of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def part(letter: str, hypothesis: str) -> list[dict[str, str]]:
        return [row for row in rows if row[split] == letter and row["hypothesis"] == hypothesis]

    def scores(letter: str) -> Groups:
        same, different = (
            np.array([float(row["ccf"]) for row in part(letter, h)]) for h in ("1", "0")
        )
        return same, different

    pairs = part("v", "1") + part("v", "0")
    first, second = (np.array([row[name] for row in pairs]) for name in ("weapon1", "weapon2"))
    return Split(scores("t"), scores("v"), first, second)


def by_line(split: Split, doubt: float = 0.5) -> tuple[Groups, Groups]:
    """log10 LR of training and validation pairs by logistic regression."""
    line = methods.fit_logistic(*split.training, doubt=doubt)
    training, validation = (
        (methods.on_line(group[0], line), methods.on_line(group[1], line))
        for group in (split.training, split.validation)
    )
    return training, validation


def by_kernels(split: Split) -> tuple[Groups, Groups]:
    """log10 LR of training and validation pairs by kernel densities."""
    kernels = methods.fit_densities(*split.training)
    training, validation = (
        (kernels.log10_lr(group[0]), kernels.log10_lr(group[1]))
        for group in (split.training, split.validation)
    )
    return training, validation


def bounded(training: Groups, validation: Groups) -> Groups:
    """The validation ratios, held within the bounds of the training ratios."""
    bounds = methods.elub(*training)
    return methods.within(validation[0], bounds), methods.within(validation[1], bounds)


def beside_lir(split: Split, doubt: float) -> float | None:
    """The greatest difference to ``lir``, None without it; *doubt* 0 is the regression it does."""
    try:
        from lir.algorithms.bayeserror import elub
        from lir.algorithms.logistic_regression import LogitCalibrator
        from lir.data.models import LLRData
        from lir.metrics import cllr, cllr_min
    except ImportError:
        return None
    truth, known = (
        np.repeat([1, 0], [group.size for group in groups])
        for groups in (split.validation, split.training)
    )
    fitted = LogitCalibrator(C=1e10, tol=1e-9, max_iter=5000)
    fitted.fit(np.concatenate(split.training), known)
    theirs = fitted.transform(np.concatenate(split.validation))
    data = LLRData(features=theirs, labels=truth)
    training, validation = by_line(split, doubt)
    bounds = elub(fitted.transform(np.concatenate(split.training)), known)
    pairs = (
        (np.concatenate(validation), theirs),
        (methods.cllr(*validation), cllr(data)),
        (methods.cllr_min(*validation), cllr_min(data)),
        (methods.elub(*training), bounds),
    )
    return max(float(np.max(np.abs(np.subtract(*pair)))) for pair in pairs)


def validate(report: Report, options: argparse.Namespace) -> None:
    """Calibrate on the training firearms, measure Cllr on the others."""
    path = report.folder(FILE) / FILE
    for name in SPLITS:
        split = read(path, name)
        training, validation = by_line(split)
        kernel_training, kernel_validation = by_kernels(split)
        kernel = bounded(kernel_training, kernel_validation)
        least = methods.cllr_min(*validation)
        figures = {
            "Cllr, logistic": methods.cllr(*validation),
            "Cllr, kernels within ELUB": methods.cllr(*kernel),
        }
        for text, value in figures.items():
            if name == "split1":
                report.at_most(f"{name}: {text}", value, MOST_CLLR)
            else:
                report.note(f"{name}: {text}", round(value, 4))
        report.note(
            f"{name}: Cllr, logistic within ELUB",
            round(methods.cllr(*bounded(training, validation)), 4),
        )
        report.note(f"{name}: Cllr min", round(least, 4))
        _compare(report, name, split)
        if name == "split1":
            _details(report, split, validation, kernel)


def _compare(report: Report, name: str, split: Split) -> None:
    """How far the method lies from ``lir``, without its half pair of doubt and with it."""
    text = f"{name}: greatest difference to lir"
    plain, usual = (beside_lir(split, doubt) for doubt in (0.0, 0.5))
    if plain is None or usual is None:
        report.note(text, "NOT COMPARED: lir is not installed")
        return
    report.at_most(f"{text}, without doubt", plain, MOST_DIFFERENCE)
    report.note(f"{text}, with half a pair of doubt", round(usual, 4))
    cost = methods.cllr(*by_line(split, 0.0)[1])
    report.note(f"{name}: Cllr, logistic without doubt, as lir", round(cost, 4))


def _details(report: Report, split: Split, ratios: Groups, kernel: Groups) -> None:
    low, high = methods.cllr_interval_of_sources(
        np.concatenate(ratios), split.first, split.second, np.random.Generator(np.random.PCG64(1))
    )
    report.note("split1: Cllr, logistic, 95 % over firearms", f"{low:.3f} … {high:.3f}")
    report.note("split1: EER (%)", round(100 * methods.eer(*ratios), 2))
    for text, one in zip(("same", "different"), methods.misleading(*ratios), strict=True):
        report.note(f"split1: misleading, {text}", f"{one.count} of {one.of}")
    report.note("split1: pairs", f"{ratios[0].size} same, {ratios[1].size} different")
    figure = Figure(figsize=(11, 7), layout="constrained")
    (scores, tippett), (ece, det) = figure.subplots(2, 2)
    groups = ("one firearm", "two firearms")
    methods.draw_scores(scores, *split.validation, groups)
    scores.set(title="Scores", xlabel="correlation", ylabel="density")
    methods.draw_tippett(tippett, *kernel, groups)
    tippett.set(title="Tippett plot, kernels within ELUB", xlabel="log10 LR", ylabel="%")
    methods.draw_ece(ece, *ratios, ("logistic", "after PAV", "LR = 1"))
    ece.set(title="ECE plot", xlabel="log10 of the prior odds", ylabel="bits")
    methods.draw_det(det, *ratios, "logistic")
    det.set(title="DET plot", xlabel="false (%)", ylabel="missed (%)")
    report.plot("evaluation", figure)
    report.plot("evaluation-forged", _beside_forged(split.validation))


def _beside_forged(real: Groups) -> Figure:
    """Real scores and the exercise's, both in spreads from the mean of pairs of two sources."""
    mean, spread = float(np.mean(real[1])), float(np.std(real[1]))
    edges = np.arange(-4, 6.01, 0.25)
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes = figure.subplots()
    kinds = (("one source", "#0072B2", ""), ("two sources", "#D55E00", "//"))
    for group, (name, colour, hatch) in zip(real, kinds, strict=True):
        axes.hist(
            (group - mean) / spread,
            list(edges),
            density=True,
            color=colour,
            alpha=0.5,
            hatch=hatch,
            label=f"real, {name}",
        )
    at = np.linspace(-4, 6, 300)
    forged = methods.normals(float(np.mean(methods.APART)), 0.0)
    for law, (name, colour, _), line in zip(
        (forged.same, forged.different), kinds, ("-", "--"), strict=True
    ):
        axes.plot(at, law.pdf(at), line, color=colour, linewidth=2.5, label=f"exercise, {name}")
    axes.set(
        title="Scores, real beside forged",
        xlabel="spreads above the mean of pairs of two sources",
        ylabel="density",
    )
    axes.legend(fontsize=9)
    return figure
