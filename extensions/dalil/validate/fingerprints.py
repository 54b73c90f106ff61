"""The fingerprint method on forged prints of known truth: minutiae, error rates, records.

No set of real prints is at hand, so nothing here is a figure for real fingers. Each forged finger
gives a clean impression, four ordinary ones (turned, stretched, partly dry or wet) and a latent,
which is compared if it passes the gate of quality; a look-alike, with the same flow and a third of
the minutiae, shows what a large search brings up.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dalil.courses.fingerprints import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.courses.firearms.methods import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    cllr,
    fit_calibration,
)
from dalil.errors import UsageError
from dalil.forging import impressions, practice, ridges
from dalil.limits import ONE_THREAD
from dalil.validate.reporting import Report

TOLERANCE = 10.0  # pixels at 500 per inch: 0.51 mm, about a ridge; directions within 30 degrees
SINGULAR = 14.0  # pixels around a core or a delta in which no minutia is judged
STRANGERS = 20  # other fingers that each latent is compared with

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Person:
    """What is kept of one forged finger."""

    clean: methods.Template
    ordinary: tuple[methods.Template, ...]
    latent: methods.Template
    twin: methods.Template
    suitable: bool  # whether the latent passes the gate
    found: dict[str, tuple[int, int, int, int]]  # style → hits, marked, planted, of the right kind
    returned: tuple[bool, ...]  # of each impression's file, whether it came back as it was sent


@dataclass(frozen=True, eq=False)
class Scores:
    """Match scores by what was compared; of latents, only those that pass the gate."""

    same: Floats
    different: Floats
    latent_same: Floats
    latent_different: Floats
    latent_twin: Floats


def planted(minutiae: ridges.Minutiae) -> list[methods.Minutia]:
    """The forge's minutiae in the method's words."""
    rows = zip(minutiae.x, minutiae.y, minutiae.direction, minutiae.kind, strict=True)
    return [methods.Minutia(*(float(v) for v in row[:3]), int(row[3])) for row in rows]


def judged(
    found: list[methods.Minutia], shown: impressions.Impression
) -> tuple[int, int, int, int]:
    """(hits, marked, planted, hits of the right kind) of *found* in an impression.

    Not judged: what lies beside a core or a delta, and what was planted where the trace is lost.
    """
    poles = np.vstack([shown.cores, shown.deltas])
    marked = [m for m in found if not (np.hypot(*(poles - (m.x, m.y)).T) < SINGULAR).any()]
    known = planted(shown.minutiae)
    hits = methods.agree(marked, known, TOLERANCE).pairs
    rest = [m for n, m in enumerate(marked) if n not in {n for n, _ in hits}]
    excused = len(methods.agree(rest, planted(shown.hidden), TOLERANCE).pairs)
    right = sum(marked[n].kind == known[m].kind for n, m in hits)
    return len(hits), len(marked) - excused, len(known), right


def comes_back(
    pixels: npt.NDArray[np.uint8], minutiae: Sequence[methods.Minutia], *, latent: bool
) -> bool:
    """Whether an ANSI/NIST-ITL file of an image and its minutiae, read, holds what was put in and
    is written back byte for byte. An image holds bytes that look like separators."""
    records = methods.records
    parts = [
        records.image_record(1, pixels, latent=latent, when="20260301"),
        records.minutiae_record(1, minutiae, pixels.shape, latent=latent),
    ]
    made = records.transaction(parts, when="20260301", agency="TRAINING", control="V1")
    sent = records.write(made)
    try:
        _, image, listed = again = records.read(sent)
        places = [(m.x, m.y) for m in records.minutiae_of(listed)]
        whole = np.array_equal(records.pixels_of(image), pixels)
    except (methods.FingerprintError, ValueError):
        return False
    put_in = [(round(m.x), round(m.y)) for m in minutiae]
    return whole and places == put_in and records.write(again) == sent


def person(number: int) -> Person:
    """Forge one finger, press it, and run the method; about 1.5 s."""
    seed = practice(f"fingerprints validate {number}")
    finger = ridges.forge_finger(seed.rng("finger"))
    twin = ridges.forge_look_alike(seed.rng("twin"), finger)
    found: dict[str, tuple[int, int, int, int]] = {}
    gate: dict[str, bool] = {}
    returned: list[bool] = []

    def ready(name: str, skin: ridges.Finger, how: impressions.Pressing) -> methods.Template:
        shown = impressions.press(seed.rng(name), skin, how)
        enhanced = methods.enhance(shown.pixels)
        minutiae = methods.find_minutiae(enhanced)
        found[name] = judged(minutiae, shown)
        gate[name] = methods.quality(enhanced, minutiae).suitable
        returned.append(comes_back(shown.pixels, minutiae, latent=name == "latent"))
        return methods.template(minutiae, enhanced)

    return Person(
        clean=ready("clean", finger, impressions.CLEAN),
        ordinary=tuple(ready(f"ordinary {n}", finger, impressions.ORDINARY) for n in range(4)),
        latent=ready("latent", finger, impressions.LATENT),
        twin=ready("twin", twin, impressions.CLEAN),
        suitable=gate["latent"],
        found=found,
        returned=tuple(returned),
    )


_READY: list[Person] = []  # in the processes that compare


def _take(people: list[Person]) -> None:
    _READY.extend(people)


def _row(number: int) -> Scores:
    """What finger *number* is compared with: itself, those before it, strangers, its look-alike."""
    own, count = _READY[number], len(_READY)
    strangers = [_READY[(number + k) % count] for k in range(1, min(STRANGERS, count - 1) + 1)]
    latents = [own.latent] if own.suitable else []

    def scores(pairs: Iterable[tuple[methods.Template, methods.Template]]) -> Floats:
        return np.array([methods.compare(a, b).score for a, b in pairs], dtype=np.float64)

    return Scores(
        same=scores((own.ordinary[a], own.ordinary[b]) for a in range(4) for b in range(a)),
        different=scores((own.ordinary[0], _READY[n].ordinary[0]) for n in range(number)),
        latent_same=scores((latent, own.clean) for latent in latents),
        latent_different=scores((latent, p.clean) for latent in latents for p in strangers),
        latent_twin=scores((latent, own.twin) for latent in latents),
    )


def compared(people: list[Person], report: Report) -> Scores:
    """All pairs within a finger, first impressions of all fingers, latents against prints."""
    context = get_context("spawn")
    with ProcessPoolExecutor(report.workers, context, _take, (people,)) as pool:
        rows = pool.map(_row, range(len(people)))
        parts = list(report.track(rows, "finger", total=len(people)))
    names = [field.name for field in fields(Scores)]
    return Scores(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def tell(report: Report, people: list[Person], scores: Scores) -> None:
    """The figures and their bounds."""
    for style, least in (("clean", 0.85), ("ordinary", None), ("latent", 0.6)):
        rows = [v for p in people for name, v in p.found.items() if name.startswith(style)]
        hits, marked, known, right = np.sum(rows, axis=0)
        for name, value in (("recall", hits / known), ("precision", hits / marked)):
            if least is None:
                report.note(f"minutiae, {style}: {name}", float(value))
            else:
                report.at_least(f"minutiae, {style}: {name}", float(value), least)
        report.note(f"minutiae, {style}: right kind", float(right / hits))
    rate, threshold = methods.equal_error_rate(scores.same, scores.different)
    report.note(
        "comparisons, one finger / different", f"{scores.same.size} / {scores.different.size}"
    )
    report.at_most("EER", 100 * rate, 3.0, "%")
    report.note("threshold at the EER", threshold)
    report.note("latents that pass the gate", f"{scores.latent_same.size} of {len(people)}")
    rate, _ = methods.equal_error_rate(scores.latent_same, scores.latent_different)
    report.note("EER, latent against print", f"{100 * rate:.2f} %")
    rate, _ = methods.equal_error_rate(scores.latent_same, scores.latent_twin)
    report.note("EER, latent against the look-alike's print", f"{100 * rate:.1f} %")
    line = fit_calibration(scores.latent_same, scores.latent_different)
    report.note("calibration", f"{line[0]:.3f} + {line[1]:.4f} · score")
    ratios = [
        methods.log10_likelihood_ratio(part)
        for part in (scores.latent_same, scores.latent_different)
    ]
    report.note("Cllr, stored calibration", cllr(*ratios))
    for name in ("same", "different", "latent_same", "latent_different", "latent_twin"):
        part = np.percentile(getattr(scores, name), (1, 50, 99))
        report.note(f"score, {name.replace('_', ' ')}", " / ".join(f"{v:.1f}" for v in part))


def tell_files(report: Report, people: Sequence[Person]) -> None:
    """How many files did not come back from the reader and the writer as they were sent."""
    returned = [back for one in people for back in one.returned]
    report.note("ANSI/NIST-ITL files", len(returned))
    report.at_most("files read and written back unlike", returned.count(False), 0)


def draw(scores: Scores) -> Figure:
    """Histograms of the scores, and the DET curves."""
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    groups = (
        (scores.latent_different, "latent, different fingers", "#D55E00"),
        (scores.latent_twin, "latent, look-alike", "#CC79A7"),
        (scores.latent_same, "latent, one finger", "#0072B2"),
        (scores.same, "ordinary, one finger", "#56B4E9"),
    )
    bins = np.linspace(-20, 60, 60)
    for values, label, colour in groups:
        left.hist(values, bins, density=True, alpha=0.55, color=colour, label=label)
    left.set(title="Match scores, forged prints", xlabel="score", ylabel="density")
    left.legend()
    for same, different, label, colour, style in (
        (scores.same, scores.different, "ordinary", "#56B4E9", "-"),
        (scores.latent_same, scores.latent_different, "latent", "#0072B2", "--"),
        (scores.latent_same, scores.latent_twin, "latent, look-alikes", "#CC79A7", ":"),
    ):
        _, fmr, fnmr = methods.det_curve(same, different)
        right.plot(fmr, fnmr, style, color=colour, label=label, drawstyle="steps-post")
    right.set(title="DET", xlabel="false match rate", ylabel="false non-match rate",
              xscale="log", xlim=(2e-5, 1), ylim=(0, 0.5))  # fmt: skip
    right.legend()
    return figure


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may be asked of this course besides."""
    parser.add_argument("--fingers", type=int, default=200, metavar="N", help="forged fingers")


def validate(report: Report, options: argparse.Namespace) -> None:
    """Forge fingers, find what was planted, compare all, hold the method to its bounds."""
    count = getattr(options, "fingers", 200)
    if count < 3:
        raise UsageError("--fingers must be 3 or more, for they are compared with each other")
    os.environ.update(ONE_THREAD)  # read by the processes when they start
    with ProcessPoolExecutor(report.workers, mp_context=get_context("spawn")) as pool:
        people = list(report.track(pool.map(person, range(count)), "finger", total=count))
    scores = compared(people, report)
    tell(report, people, scores)
    tell_files(report, people)
    report.plot("fingerprints", draw(scores))
    groups = [(name, float(v)) for name, part in vars(scores).items() for v in part]
    report.csv("fingerprints-scores", ["comparison", "score"], groups)
