"""The firearms method on real breech faces: discrimination, calibration, time.

The folder holds x3p scans and ``truth.csv`` (columns scan, slide). Every pair of scans is compared.
The likelihood ratio of a pair is calibrated on the pairs that involve neither of its two slides, so
that no ratio was fitted on marks of the slides it speaks about.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dalil.courses.firearms import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.errors import UsageError
from dalil.forging import topographies
from dalil.limits import ONE_THREAD
from dalil.validate.reporting import Report

LEAST_AUC = 0.999
MOST_CLLR = 0.05
MOST_SECONDS = 150.0  # all pairs, on two processors

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """One comparison and its truth."""

    first: str
    second: str
    slide_first: str
    slide_second: str
    score: float
    ccf: float
    area_mm2: float
    cmc: int
    cells: int
    rotation_deg: float
    dx_um: float
    dy_um: float

    @property
    def same(self) -> bool:
        return self.slide_first == self.slide_second


def read_truth(folder: Path) -> list[tuple[str, str]]:
    """(scan, slide) of every row of ``truth.csv``, by slide."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["scan"], row["slide"]) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: (row[1].zfill(4), row[0]))


def choose(slides: list[str], limit: int | None) -> list[tuple[int, int]]:
    """The pairs to compare: all, or ``limit`` of them spread evenly, half of them same if so many
    exist."""
    pairs = [(i, j) for j in range(len(slides)) for i in range(j)]
    same = [pair for pair in pairs if slides[pair[0]] == slides[pair[1]]]
    different = [pair for pair in pairs if slides[pair[0]] != slides[pair[1]]]
    if limit is None or limit >= len(pairs):
        return pairs
    few = min(len(same), limit // 2)
    chosen = [same[int(k)] for k in np.linspace(0, len(same) - 1, few)]
    rest = min(len(different), limit - few)
    return chosen + [different[int(k)] for k in np.linspace(0, len(different) - 1, rest)]


def forge(folder: Path, slides: int, shots: int = 4, seed: int = 1) -> None:
    """Fill a folder with forged scans and their truth, to hold the forge against the real set."""
    rng = np.random.Generator(np.random.PCG64(seed))
    rows = ["scan,slide"]
    for slide in range(1, slides + 1):
        texture = topographies.forge_slide(rng)
        for shot in range(1, shots + 1):
            mark = topographies.forge_shot(rng, texture)
            topographies.write_x3p(folder / f"{slide}-{shot}.x3p", mark.heights, mark.pitch)
            rows.append(f"{slide}-{shot}.x3p,{slide}")
    (folder / "truth.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _prepare(path: Path) -> methods.Prepared:
    return methods.prepare(methods.read_x3p(path))


def _column(firsts: list[methods.Prepared], second: methods.Prepared) -> list[methods.Comparison]:
    return [methods.compare_prepared(first, second) for first in firsts]


def measure(
    folder: Path, workers: int = 2, limit: int | None = None, report: Report | None = None
) -> list[Pair]:
    """Compare the pairs of a folder in *workers* processes of one thread each."""
    rows = read_truth(folder)
    names, slides = [row[0] for row in rows], [row[1] for row in rows]
    columns: dict[int, list[int]] = {}
    for i, j in choose(slides, limit):
        columns.setdefault(j, []).append(i)
    os.environ.update(ONE_THREAD)  # read by the processes when they start
    total = sum(map(len, columns.values()))
    found: dict[tuple[int, int], methods.Comparison] = {}
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
        (report or Report("firearms")).bar(total, "pair") as bar,
    ):
        ready = list(pool.map(_prepare, [folder / name for name in names]))
        jobs: dict[Future[list[methods.Comparison]], int] = {
            pool.submit(_column, [ready[i] for i in columns[j]], ready[j]): j
            for j in sorted(columns, key=lambda j: -len(columns[j]))
        }
        for job in as_completed(jobs):
            j = jobs[job]
            found.update({(i, j): c for i, c in zip(columns[j], job.result(), strict=True)})
            bar.update(len(columns[j]))
    return [
        Pair(
            first=names[i], second=names[j], slide_first=slides[i], slide_second=slides[j],
            score=c.score, ccf=c.registration.ccf, area_mm2=c.registration.area, cmc=c.cmc,
            cells=c.cell_count, rotation_deg=c.rotation, dx_um=c.dx, dy_um=c.dy,
        )
        for (i, j), c in sorted(found.items())
    ]  # fmt: skip


def left_out(pairs: list[Pair]) -> Floats:
    """log10 LR of each pair, calibrated on the pairs with neither of its slides.

    Raises UsageError when too few pairs are left on either side to calibrate.
    """
    scores = np.array([pair.score for pair in pairs])
    same = np.array([pair.same for pair in pairs])
    slides = np.array([(pair.slide_first, pair.slide_second) for pair in pairs])
    fitted: dict[frozenset[str], tuple[float, float]] = {}
    for pair in pairs:
        key = frozenset((pair.slide_first, pair.slide_second))
        if key in fitted:
            continue
        other = ~np.isin(slides, list(key)).any(axis=1)
        if not (same & other).any() or not (~same & other).any():
            raise UsageError("too few pairs to calibrate with slides left out: ask for more")
        fitted[key] = methods.fit_calibration(scores[same & other], scores[~same & other])
    lines = [fitted[frozenset((pair.slide_first, pair.slide_second))] for pair in pairs]
    return np.array(
        [
            float(methods.log10_likelihood_ratio(p.score, c))
            for p, c in zip(pairs, lines, strict=True)
        ]
    )


def tell(report: Report, pairs: list[Pair], ratios: Floats, timed: bool) -> None:
    """The figures; ``ratios`` are those of ``left_out``. Time is held to its bound if *timed*."""
    same = np.array([pair.same for pair in pairs])
    scores = np.array([pair.score for pair in pairs])
    cells = np.array([pair.cmc for pair in pairs])
    stored = methods.log10_likelihood_ratio(scores)
    offset, slope = methods.fit_calibration(scores[same], scores[~same])
    report.note("pairs", len(pairs))
    report.note("of the same slide", int(same.sum()))
    report.at_least("AUC", methods.auc(scores[same], scores[~same]), LEAST_AUC)
    report.at_most("Cllr, slides left out", methods.cllr(ratios[same], ratios[~same]), MOST_CLLR)
    report.note("Cllr, stored calibration", methods.cllr(stored[same], stored[~same]))
    report.note("EER", methods.eer(scores[same], scores[~same]))
    for group, name, end in ((same, "same", np.min), (~same, "different", np.max)):
        spread = f"{scores[group].mean():.3f} ± {scores[group].std():.3f}"
        report.note(f"score, {name}", f"{spread}, {end.__name__} {end(scores[group]):.3f}")
        report.note(f"CMC mean, {name}", f"{cells[group].mean():.2f}")
    report.note("calibration of all pairs", f"{offset:.3f} + {slope:.3f} · score")
    if timed:
        report.at_most("all pairs", report.seconds, MOST_SECONDS, "s")


def draw(pairs: list[Pair], ratios: Floats) -> Figure:
    """Histogram of the scores, and the Tippett plot of the left-out ratios."""
    same = np.array([pair.same for pair in pairs])
    scores = np.array([pair.score for pair in pairs])
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    bins = np.linspace(scores.min(), scores.max(), 45)
    grid = np.linspace(ratios.min() - 0.1, ratios.max() + 0.1, 400)
    for group, label, colour, style in (
        (same, "same slide", "#0072B2", "-"),
        (~same, "different slides", "#D55E00", "--"),
    ):
        text = f"{label} ({int(group.sum())})"
        left.hist(scores[group], bins, density=True, alpha=0.6, color=colour, label=text)
        right.plot(grid, methods.tippett(ratios[group], grid), style, color=colour, label=text)
    right.axvline(0, color="0.6", linewidth=0.8)
    left.set(title="Scores", xlabel="score, ln(z · mm)", ylabel="density")
    right.set(title="Tippett plot, slides left out", xlabel="log10 LR", ylabel="share at or above")
    left.legend()
    right.legend()
    return figure


def _rows(pairs: list[Pair], ratios: Floats) -> Iterator[list[object]]:
    """One row per pair, with both likelihood ratios."""
    for pair, ratio in zip(pairs, ratios, strict=True):
        stored = float(methods.log10_likelihood_ratio(pair.score))
        values = [round(v, 5) if isinstance(v, float) else v for v in asdict(pair).values()]
        yield [*values, int(pair.same), f"{ratio:.4f}", f"{stored:.4f}"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may be asked of this course besides."""
    parser.add_argument("--forged", type=int, metavar="N", help="N forged slides, 4 shots each")
    parser.add_argument("--pairs", type=int, metavar="N", help="only N pairs, half of them same")


def validate(report: Report, options: argparse.Namespace) -> None:
    """Compare every pair of real breech faces; hold the method to its bounds."""
    if options.pairs is not None and options.pairs < 2:
        raise UsageError("--pairs must be 2 or more")
    if options.forged is not None and options.forged < 5:
        raise UsageError("--forged needs 5 slides or more, for some are left out in turn")
    with TemporaryDirectory() as forged:
        if options.forged:
            forge(Path(forged), options.forged)
        folder = Path(forged) if options.forged else report.folder()
        pairs = measure(folder, report.workers, options.pairs, report)
    ratios = left_out(pairs)
    tell(report, pairs, ratios, timed=options.pairs is None and report.workers >= 2)
    report.plot("firearms", draw(pairs, ratios))
    columns = [*asdict(pairs[0]), "same", "log10_lr_left_out", "log10_lr_stored"]
    report.csv("firearms-pairs", columns, _rows(pairs, ratios))
