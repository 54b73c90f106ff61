"""The firearms method on real breech faces: discrimination, calibration, time.

The folder holds x3p scans and ``truth.csv`` (columns scan, slide). Every pair of scans is compared.
The likelihood ratio of a pair is calibrated on the pairs that involve neither of its two slides, so
that no ratio was fitted on marks of the slides it speaks about.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from dalil.courses.firearms import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.errors import UsageError
from dalil.forging import topographies
from dalil.validate import data_folder

LEAST_AUC = 0.999
MOST_CLLR = 0.05
MOST_SECONDS = 150.0  # all pairs, on two processors
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

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


@dataclass(frozen=True)
class Summary:
    """The numbers of one run; ``cllr`` leaves slides out, ``cllr_stored`` uses the method as is."""

    pairs: int
    same: int
    different: int
    auc: float
    eer: float
    cllr: float
    cllr_stored: float
    cmc_same: float
    cmc_different: float
    same_mean: float
    same_sd: float
    same_least: float
    different_mean: float
    different_sd: float
    different_greatest: float
    offset: float
    slope: float
    seconds: float
    workers: int

    def missed(self, timed: bool) -> list[str]:
        """The bounds that are not met, as sentences."""
        bounds = [
            (self.auc >= LEAST_AUC, f"AUC {self.auc:.5f} is below {LEAST_AUC}"),
            (self.cllr <= MOST_CLLR, f"Cllr {self.cllr:.4f} is above {MOST_CLLR}"),
            (
                not timed or self.seconds <= MOST_SECONDS,
                f"{self.seconds:.0f} s: over {MOST_SECONDS}",
            ),
        ]
        return [sentence for met, sentence in bounds if not met]


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
    folder: Path, workers: int = 2, limit: int | None = None, progress: bool = False
) -> list[Pair]:
    """Compare the pairs of a folder in ``workers`` processes of one thread each."""
    rows = read_truth(folder)
    names, slides = [row[0] for row in rows], [row[1] for row in rows]
    columns: dict[int, list[int]] = {}
    for i, j in choose(slides, limit):
        columns.setdefault(j, []).append(i)
    for name in THREADS:  # read by the processes when they start
        os.environ[name] = "1"
    total = sum(map(len, columns.values()))
    found: dict[tuple[int, int], methods.Comparison] = {}
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
        tqdm(total=total, unit="pair", disable=not progress, file=sys.stderr) as bar,
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


def summarise(pairs: list[Pair], ratios: Floats, seconds: float, workers: int) -> Summary:
    """The table's numbers; ``ratios`` are those of ``left_out``."""
    same = np.array([pair.same for pair in pairs])
    scores = np.array([pair.score for pair in pairs])
    cells = np.array([pair.cmc for pair in pairs])
    stored = methods.log10_likelihood_ratio(scores)
    offset, slope = methods.fit_calibration(scores[same], scores[~same])
    return Summary(
        pairs=len(pairs), same=int(same.sum()), different=int((~same).sum()),
        auc=methods.auc(scores[same], scores[~same]), eer=methods.eer(scores[same], scores[~same]),
        cllr=methods.cllr(ratios[same], ratios[~same]),
        cllr_stored=methods.cllr(stored[same], stored[~same]),
        cmc_same=float(cells[same].mean()), cmc_different=float(cells[~same].mean()),
        same_mean=float(scores[same].mean()), same_sd=float(scores[same].std()),
        same_least=float(scores[same].min()), different_mean=float(scores[~same].mean()),
        different_sd=float(scores[~same].std()), different_greatest=float(scores[~same].max()),
        offset=offset, slope=slope, seconds=seconds, workers=workers,
    )  # fmt: skip


def write_csv(path: Path, pairs: list[Pair], ratios: Floats) -> None:
    """One row per pair, with both likelihood ratios."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        fields = list(asdict(pairs[0]))
        writer.writerow([*fields, "same", "log10_lr_left_out", "log10_lr_stored"])
        for pair, ratio in zip(pairs, ratios, strict=True):
            stored = float(methods.log10_likelihood_ratio(pair.score))
            values = [round(v, 5) if isinstance(v, float) else v for v in asdict(pair).values()]
            writer.writerow([*values, int(pair.same), f"{ratio:.4f}", f"{stored:.4f}"])


def draw(path: Path, pairs: list[Pair], ratios: Floats) -> None:
    """Histogram of the scores, and the Tippett plot of the left-out ratios."""
    from matplotlib.figure import Figure

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
    figure.savefig(path, dpi=120, metadata={"Software": None})


def table(summary: Summary) -> str:
    """The summary as lines for a person."""
    same = f"{summary.same_mean:.3f} ± {summary.same_sd:.3f}, least {summary.same_least:.3f}"
    different = (
        f"{summary.different_mean:.3f} ± {summary.different_sd:.3f}, "
        f"greatest {summary.different_greatest:.3f}"
    )
    rows = [
        ("pairs", f"{summary.pairs} ({summary.same} same, {summary.different} different)"),
        ("AUC", f"{summary.auc:.5f} (at least {LEAST_AUC})"),
        ("Cllr, slides left out", f"{summary.cllr:.4f} (at most {MOST_CLLR})"),
        ("Cllr, stored calibration", f"{summary.cllr_stored:.4f}"),
        ("EER", f"{summary.eer:.4f}"),
        ("score, same", same),
        ("score, different", different),
        ("CMC mean, same", f"{summary.cmc_same:.2f}"),
        ("CMC mean, different", f"{summary.cmc_different:.2f}"),
        ("calibration of all pairs", f"{summary.offset:.3f} + {summary.slope:.3f} · score"),
        ("wall time", f"{summary.seconds:.1f} s, {summary.workers} workers"),
    ]
    return "\n".join(f"{name:<26} {value}" for name, value in rows)


def main(arguments: list[str]) -> int:
    """The command: 0 when the bounds are met, 1 when one is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m dalil.validate firearms",
        description="Compare every pair of real breech faces; hold the method to its bounds.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="x3p scans and truth.csv")
    parser.add_argument("--forged", type=int, metavar="N", help="N forged slides, 4 shots each")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--pairs", type=int, metavar="N", help="only N pairs, half of them same")
    parser.add_argument("--output", type=Path, metavar="DIR", help="for the plot and the CSV")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    options = parser.parse_args(arguments)
    if options.workers < 1 or (options.pairs is not None and options.pairs < 2):
        raise UsageError("--workers must be 1 or more, --pairs 2 or more")
    if options.forged is not None and options.forged < 5:
        raise UsageError("--forged needs 5 slides or more, for some are left out in turn")
    with TemporaryDirectory() as forged:
        if options.forged:
            forge(Path(forged), options.forged)
        folder = Path(forged) if options.forged else data_folder("firearms", options.data)
        started = time.monotonic()
        pairs = measure(folder, options.workers, options.pairs, progress=True)
    seconds = time.monotonic() - started
    ratios = left_out(pairs)
    summary = summarise(pairs, ratios, seconds, options.workers)
    missed = summary.missed(timed=options.pairs is None and options.workers >= 2)
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        write_csv(options.output / "firearms-pairs.csv", pairs, ratios)
        draw(options.output / "firearms.png", pairs, ratios)
    print(json.dumps({**asdict(summary), "missed": missed}, indent=2) if options.json
          else table(summary))  # fmt: skip
    for sentence in missed:
        print(f"missed: {sentence}", file=sys.stderr)
    return 1 if missed else 0
