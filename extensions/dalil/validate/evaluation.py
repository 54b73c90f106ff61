"""The evaluation methods on real scores: what calibrated ratios cost on items not learned from.

``aperture_shear.csv`` holds the correlation of every pair of 200 firearms (aperture shear marks,
Netherlands Forensic Institute), and three divisions of the firearms into training and validation.
Calibration, kernel widths and bounds are learned on training pairs alone.
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


def by_line(split: Split) -> tuple[Groups, Groups]:
    """log10 LR of training and validation pairs by logistic regression."""
    line = methods.fit_logistic(*split.training)
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
        if name == "split1":
            _details(report, split, validation, kernel)


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
