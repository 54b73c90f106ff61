"""Forges three latent marks, three prints, a transaction, scores and a request.

How fingers and impressions are made is public (``dalil.forging.ridges``, ``.impressions``), as is
the reference method. What is sealed is what each mark is to each print, and where minutiae were
planted. A print's minutiae, pattern and ridges are known from the forge; what the policy makes of a
mark is the reference method's result on the written files, drawn clear of the policy's bounds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dalil.courses.fingerprints import methods
from dalil.courses.fingerprints.methods import records
from dalil.errors import ForgingError
from dalil.forging import Seed, impressions, labs, ridges, utc, write_csv
from dalil.models import Evidence

PRINTS = ("print_a", "print_b", "print_c")
MARKS = ("mark_1", "mark_2", "mark_3")

# The policy as the exercise states it.
LEAST_AREA, LEAST_MINUTIAE, LEAST_QUALITY = 40.0, 12, 50.0  # of a mark that may be compared
_SUITABLE = replace(impressions.LATENT, area=(0.66, 0.90), off_centre=28.0, dryness=0.12)
IDENTIFICATION, LEAST_PAIRS, LEAST_SHARE = 1.5, 12, 0.75  # log10 LR, pairs, share with a partner
EXCLUSION = -1.0  # log10 LR of every print

# What the three prints are to mark 1: its source, a look-alike of the source, or another finger.
_KINDS: dict[str, tuple[float, tuple[str, str, str]]] = {
    "match": (0.34, ("source", "other", "other")),
    "none": (0.20, ("other", "other", "other")),
    "trap": (0.24, ("twin", "other", "other")),
    "both": (0.22, ("source", "twin", "other")),
}
_POOR = 0.65  # how often one of the marks 2 and 3 shows too little
_TRIES, _DRAWS = 10, 60
_TWIN_SHARE = 0.4  # of the minutiae that a look-alike has in common with its model


@dataclass(frozen=True, eq=False)
class _Shown:
    """An impression, enhanced, and made ready for comparisons."""

    impression: impressions.Impression
    enhanced: methods.Enhanced
    ready: methods.Template

    @property
    def quality(self) -> methods.Quality:
        return methods.quality(self.enhanced, list(self.ready.minutiae))


@dataclass(frozen=True)
class _Pair:
    """A mark against a print."""

    log10_lr: float
    line: float  # log10 LR before it is held within its limits
    pairs: int
    share: float


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write six images, ``transaction.an2``, ``scores.csv`` and ``request.csv``; about 4 s.

    Truth known by the forge: ``file``, ``patterns``, ``ridges``, ``minutiae`` (planted, hidden and
    poles), ``rates``, ``threshold``, ``record``. Truth that is the reference method's result on the
    written files, under the policy: ``suitable``, ``log10_lr``, ``decisions``.
    """
    _, roles = _plan(seed)
    source, prints, first = _staged(seed, roles)
    marks = {"mark_1": first, **_other_marks(seed.child("marks"), prints, roles, source)}
    for name, shown in {**prints, **marks}.items():
        (folder / f"{name}.png").write_bytes(impressions.png(shown.impression.pixels))
    file = _transaction(seed.child("transaction"), folder, marks["mark_1"])
    threshold = _scores(seed.child("scores"), folder)
    line = _line(seed.rng("line"), prints["print_b"])
    record = _request(seed.child("request"), folder, line, file["idc"])
    probes, rates = _probes(seed.child("probes"))
    return Evidence(
        truth={
            "file": {name: file[name] for name in ("records", "finger", "minutiae")},
            "patterns": {name: shown.impression.pattern for name, shown in prints.items()},
            "ridges": prints["print_b"].impression.ridges_between(*line),
            "minutiae": _planted(prints["print_a"].impression),
            "suitable": {n: "suitable" if _fit(s) else "refused" for n, s in marks.items()},
            "rates": rates,
            "threshold": threshold,
            "log10_lr": {
                name: round(_against(marks["mark_1"], shown).log10_lr, 4)
                for name, shown in prints.items()
            },
            "limits": list(methods.LOG10_LR_LIMITS),
            "decisions": {name: _decision(mark, prints) for name, mark in marks.items()},
            "record": record,
        },
        probes={"rates": probes},
    )


def _plan(seed: Seed) -> tuple[str, dict[str, str]]:
    """The kind of a case, and the role of each print in it."""
    rng = seed.rng("plan")
    kind = str(rng.choice(list(_KINDS), p=[share for share, _ in _KINDS.values()]))
    roles = (str(role) for role in rng.permutation(_KINDS[kind][1]))
    return kind, dict(zip(PRINTS, roles, strict=True))


# ----------------------------------------------------------------------------- marks and prints


def _shown(rng: np.random.Generator, finger: ridges.Finger, how: impressions.Pressing) -> _Shown:
    impression = impressions.press(rng, finger, how)
    enhanced = methods.enhance(impression.pixels)
    ready = methods.template(methods.find_minutiae(enhanced), enhanced)
    return _Shown(impression, enhanced, ready)


def _print(seed: Seed, role: str, source: ridges.Finger) -> _Shown:
    """A clean print that shows its pattern, and whose minutiae the reference method finds."""
    for number in range(_TRIES):
        part = seed.child(f"try {number}")
        finger = source
        if role == "twin":
            finger = ridges.forge_look_alike(part.rng("finger"), source, _TWIN_SHARE)
        elif role == "other":
            finger = ridges.forge_finger(part.rng("finger"))
        shown = _shown(part.rng("press"), finger, impressions.CLEAN)
        agreement = methods.agree(list(shown.ready.minutiae), _minutiae(shown.impression.minutiae))
        if methods.pattern(shown.enhanced) == finger.pattern and agreement.f1 >= 0.82:
            return shown
    raise ForgingError(f"fingerprints: no print of role {role!r} in {_TRIES} tries")


def _staged(seed: Seed, roles: dict[str, str]) -> tuple[ridges.Finger, dict[str, _Shown], _Shown]:
    """The source, the three prints, and a suitable latent of the source that is clear of the
    policy's bounds with each print in the way of its role."""
    for number in range(_DRAWS):
        part = seed.child(f"draw {number}")
        source = ridges.forge_finger(part.rng("source"), count=60)
        prints = {name: _print(part.child(name), role, source) for name, role in roles.items()}

        def good(mark: _Shown, prints: dict[str, _Shown] = prints) -> bool:
            return _clear(mark) and all(
                _in_band(roles[name], _against(mark, shown)) for name, shown in prints.items()
            )

        mark = _mark(part.child("mark_1"), partial(_same, source), _SUITABLE, good)
        if mark is not None:
            return source, prints, mark
    raise ForgingError(f"fingerprints: no first mark in {_DRAWS} draws; widen its bands")


def _same(finger: ridges.Finger, rng: np.random.Generator) -> ridges.Finger:
    return finger


def _stranger(rng: np.random.Generator) -> ridges.Finger:
    return ridges.forge_finger(rng, count=60)


def _other_marks(
    seed: Seed, prints: dict[str, _Shown], roles: dict[str, str], source: ridges.Finger
) -> dict[str, _Shown]:
    """Marks 2 and 3: one of a stranger, and one that shows too little or is a stranger's too."""
    rng = seed.rng("which")
    poor, of_source = bool(rng.random() < _POOR), bool(rng.random() < 0.5)
    names = [str(name) for name in rng.permutation(MARKS[1:])]

    def apart(mark: _Shown) -> bool:
        return _clear(mark) and all(
            _in_band("other", _against(mark, shown)) for shown in prints.values()
        )

    known = partial(_same, source) if of_source and "source" in roles.values() else _stranger
    second = (known, impressions.POOR, _hopeless) if poor else (_stranger, _SUITABLE, apart)
    wanted = {names[0]: (_stranger, _SUITABLE, apart), names[1]: second}
    marks: dict[str, _Shown] = {}
    for name in MARKS[1:]:
        mark = _mark(seed.child(name), *wanted[name], tries=_DRAWS * _TRIES)
        if mark is None:
            raise ForgingError(f"fingerprints: no {name} in {_DRAWS * _TRIES} tries")
        marks[name] = mark
    return marks


def _mark(
    seed: Seed,
    finger: Callable[[np.random.Generator], ridges.Finger],
    how: impressions.Pressing,
    good: Callable[[_Shown], bool],
    *,
    tries: int = _TRIES,
) -> _Shown | None:
    """The first impression that is *good*, or None."""
    for number in range(tries):
        part = seed.child(f"try {number}")
        shown = _shown(part.rng("press"), finger(part.rng("finger")), how)
        if good(shown):
            return shown
    return None


def _fit(mark: _Shown) -> bool:
    return mark.quality.suitable


def _clear(mark: _Shown) -> bool:
    """Suitable, and not by a hair."""
    q = mark.quality
    return (
        q.area >= LEAST_AREA + 6
        and q.minutiae >= LEAST_MINUTIAE + 2
        and q.value >= LEAST_QUALITY + 4
    )


def _hopeless(mark: _Shown) -> bool:
    """Ridges are there, but far too few of them."""
    q = mark.quality
    return 2 <= q.area <= LEAST_AREA - 8 and q.value <= LEAST_QUALITY - 6


def _against(mark: _Shown, known: _Shown) -> _Pair:
    found = methods.compare(mark.ready, known.ready)
    offset, slope = methods.CALIBRATION
    return _Pair(
        float(methods.log10_likelihood_ratio(found.score)),
        offset + slope * found.score,
        found.count,
        found.count / max(found.common[0], 1),
    )


def _identified(pair: _Pair) -> bool:
    return (
        pair.log10_lr >= IDENTIFICATION and pair.pairs >= LEAST_PAIRS and pair.share >= LEAST_SHARE
    )


def _in_band(role: str, pair: _Pair) -> bool:
    """Clear of the policy's bounds by more than the tolerances of the checks."""
    if role == "source":
        return (
            pair.line >= IDENTIFICATION + 0.3
            and pair.pairs >= LEAST_PAIRS + 2
            and pair.share >= LEAST_SHARE + 0.05
        )
    if role == "other":
        return pair.line <= EXCLUSION - 0.2
    # a ratio near 1 would read the same whichever proposition comes first
    return (
        pair.line >= EXCLUSION + 0.3
        and abs(pair.line) >= 0.2
        and (pair.pairs <= LEAST_PAIRS - 2 or pair.share <= LEAST_SHARE - 0.05)
    )


def _decision(mark: _Shown, prints: dict[str, _Shown]) -> str:
    if not _fit(mark):
        return "inconclusive"
    pairs = {name: _against(mark, shown) for name, shown in prints.items()}
    named = [name for name, pair in pairs.items() if _identified(pair)]
    if len(named) == 1:
        return named[0]
    if all(pair.log10_lr <= EXCLUSION for pair in pairs.values()):
        return "excluded"
    return "inconclusive"


def _minutiae(planted: ridges.Minutiae) -> list[methods.Minutia]:
    rows = zip(planted.x, planted.y, planted.direction, planted.kind, strict=True)
    return [methods.Minutia(float(x), float(y), float(d), int(k)) for x, y, d, k in rows]


def _planted(impression: impressions.Impression) -> dict[str, Any]:
    """Rows of x, y, direction, kind: to be found, excused; and x, y of cores and deltas."""

    def rows(minutiae: ridges.Minutiae) -> list[list[float]]:
        return [
            [round(m.x, 1), round(m.y, 1), round(m.direction, 1), m.kind]
            for m in _minutiae(minutiae)
        ]

    poles = np.vstack([impression.cores, impression.deltas]).round(1).tolist()
    return {"seen": rows(impression.minutiae), "hidden": rows(impression.hidden), "poles": poles}


def _line(
    rng: np.random.Generator, shown: _Shown
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two places on valleys, with clean ridges between them and no minutia near the line."""
    impression = shown.impression
    near = np.vstack(
        [np.column_stack([m.x, m.y]) for m in (impression.minutiae, impression.hidden)]
        + [impression.cores, impression.deltas]
    )
    rows, columns = np.nonzero(shown.enhanced.mask & (impression.skin < -0.8))
    for _ in range(20_000):
        a, b = rng.integers(rows.size, size=2)
        first, second = (float(columns[a]), float(rows[a])), (float(columns[b]), float(rows[b]))
        if not 45 <= math.dist(first, second) <= 110 or _distance(near, first, second) < 14:
            continue
        if not _within(shown, first, second):
            continue
        count = impression.ridges_between(first, second)
        if count >= 5 and count == methods.ridge_count(shown.enhanced, first, second):
            return first, second
    raise ForgingError("fingerprints: no clean line for the ridge count; widen its bounds")


def _within(shown: _Shown, first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether the line runs over clear ridges all along."""
    x, y = (np.linspace(a, b, 60).round().astype(int) for a, b in zip(first, second, strict=True))
    return bool(shown.enhanced.mask[y, x].all() and shown.enhanced.clarity[y, x].min() > 0.6)


def _distance(
    places: np.ndarray[Any, Any], first: tuple[float, float], second: tuple[float, float]
) -> float:
    """The least distance of *places* (N, 2) from the line between two of them."""
    start, along = np.array(first), np.array(second) - np.array(first)
    part = np.clip((places - start) @ along / (along @ along), 0, 1)
    return float(np.hypot(*(places - start - part[:, None] * along).T).min(initial=1e9))


# ------------------------------------------------------------------------------------- the files


def _transaction(seed: Seed, folder: Path, mark: _Shown) -> dict[str, int]:
    """Write ``transaction.an2``: texts, an image with separators among its pixels, two Type-9."""
    rng = seed.rng("content")
    when = seed.clock("when", utc("2026-02-02T08:00:00Z"), utc("2026-05-29T16:00:00Z"))
    day = when.strftime("%Y%m%d")
    corner = mark.impression.pixels[140:236, 100:196].copy()
    corner[rng.integers(96, size=12), rng.integers(96, size=12)] = rng.integers(28, 32, size=12)
    lab = labs(rng, 1)[0]
    idcs = [int(v) for v in rng.permutation(np.arange(2, 12))[:2]]
    lists = [_some(rng) for _ in range(2)]
    fingers = [int(v) for v in rng.permutation(np.arange(1, 11))[:2]]
    parts = [
        records.text_record(
            2, 0, [(3, lab.french.encode()), (900, f"REF{rng.integers(1e6)}".encode())]
        ),
        records.image_record(1, corner, latent=True, when=day),
        *(
            records.minutiae_record(idc, found, (ridges.HEIGHT, ridges.WIDTH), finger=finger)
            for idc, found, finger in zip(idcs, lists, fingers, strict=True)
        ),
    ]
    if rng.random() < 0.5:
        parts.insert(2, records.text_record(2, 1, [(3, lab.arabic.encode())]))
    made = records.transaction(
        parts, when=day, agency="DALIL-TRAINING", control=f"T{rng.integers(1000, 9999)}"
    )
    (folder / "transaction.an2").write_bytes(records.write(made))
    asked = int(rng.integers(2))
    return {
        "records": len(made),
        "idc": idcs[asked],
        "finger": fingers[asked],
        "minutiae": len(lists[asked]),
    }


def _some(rng: np.random.Generator) -> list[methods.Minutia]:
    return [
        methods.Minutia(
            float(rng.integers(20, ridges.WIDTH - 20)),
            float(rng.integers(20, ridges.HEIGHT - 20)),
            float(2 * rng.integers(0, 180)),
            int(rng.integers(1, 3)),
            int(rng.integers(30, 99)),
        )
        for _ in range(int(rng.integers(14, 40)))
    ]


def _scores(seed: Seed, folder: Path) -> dict[str, Any]:
    """Write ``scores.csv``; the threshold of at most 1 % false matches, and what follows.

    ``bound`` is the upper bound of the false match rate where the policy identifies.
    """
    rng = seed.rng("scores")
    same = rng.normal(rng.uniform(24, 34), rng.uniform(9, 12), int(rng.integers(140, 220)))
    many = int(rng.integers(800, 1400))
    different = rng.normal(rng.uniform(-9, -5), rng.uniform(4, 5.5), many)
    alike = rng.random(many) < 0.02
    different[alike] = rng.normal(10, 5, int(alike.sum()))
    same, different = np.round(same, 2), np.round(different, 2)
    rows = [("same", f"{v:.2f}") for v in same] + [("different", f"{v:.2f}") for v in different]
    write_csv(
        folder / "scores.csv",
        ("comparison", "score"),
        [rows[n] for n in rng.permutation(len(rows))],
    )
    thresholds, fmr, fnmr = methods.det_curve(same, different)
    at = int(np.flatnonzero(fmr <= 0.01)[0])
    errors = int((methods.log10_likelihood_ratio(different) >= IDENTIFICATION).sum())
    return {
        "threshold": round(float(thresholds[at]), 2),
        "below": round(float(thresholds[at - 1]), 2),
        "fnmr": round(float(fnmr[at]), 5),
        "bound": round(methods.upper_bound(errors, different.size), 6),
    }


def _request(
    seed: Seed, folder: Path, line: tuple[tuple[float, float], tuple[float, float]], idc: int
) -> dict[str, Any]:
    """Write ``request.csv``; return what the Type-9 record must hold."""
    rng = seed.rng("values")
    finger = int(rng.integers(1, 11))
    own = int(rng.integers(2, 30))
    listed = sorted(_some(rng)[: int(rng.integers(9, 13))])
    words = {methods.ENDING: "ending", methods.BIFURCATION: "bifurcation"}
    (x1, y1), (x2, y2) = line
    rows = [
        ("case", f"FPR-{rng.integers(1000, 9999)}"),
        ("ridges_from", f"{x1:.0f} {y1:.0f}"),
        ("ridges_to", f"{x2:.0f} {y2:.0f}"),
        ("transaction_idc", str(idc)),
        ("record_idc", str(own)),
        ("record_finger", str(finger)),
        ("record_rows", str(ridges.HEIGHT)),
        ("record_columns", str(ridges.WIDTH)),
        *(
            (f"minutia_{n}", f"{m.x:.0f} {m.y:.0f} {m.direction:.0f} {words[m.kind]} {m.quality}")
            for n, m in enumerate(listed, 1)
        ),
    ]
    write_csv(folder / "request.csv", ("field", "value"), rows)
    minutiae = [[m.x, m.y, m.direction, m.kind, m.quality] for m in listed]
    return {"idc": own, "finger": finger, "minutiae": minutiae}


# -------------------------------------------------------------------------------------- probes


def _probes(seed: Seed) -> tuple[list[list[Any]], list[dict[str, float]]]:
    """Scores and thresholds, and both rates of each, in an order of the seed's own."""
    rng = seed.rng("sets")
    sets: list[tuple[list[float | None], list[float | None], float]] = []
    while len(sets) < 4:
        drawn = (_drawn(rng, 20, 9), _drawn(rng, -4, 6), round(float(rng.normal(8, 3)), 1))
        both = _rates(*drawn)
        if abs(both["fmr"] - both["fnmr"]) > 0.02:  # who takes one for the other must notice
            sets.append(drawn)
    for lost in (0, 1):  # comparisons that failed, of one finger and of different ones
        lists = (_drawn(rng, 24, 8), [*_drawn(rng, -2, 5), 8.0, 9.0])
        for n in range(0, len(lists[lost]) - 2, 5):
            lists[lost][n] = None
        sets.append((*lists, 7.0))
    sets.append(([5.0, 7.0, 7.0, 9.0], [7.0, 1.0, 2.0, 7.5, 6.9], 7.0))  # on the bound: a match
    sets.append(([None, None], [None, 3.0], 2.0))
    chosen = [sets[n] for n in rng.permutation(len(sets))]
    return [list(one) for one in chosen], [_rates(*one) for one in chosen]


def _drawn(rng: np.random.Generator, mean: float, spread: float) -> list[float | None]:
    return [float(v) for v in rng.normal(mean, spread, int(rng.integers(15, 60))).round(1)]


def _rates(
    same: list[float | None], different: list[float | None], threshold: float
) -> dict[str, float]:
    """The function that the exercise asks for."""
    matched = [score is not None and score >= threshold for score in same]
    false = [score is not None and score >= threshold for score in different]
    return {
        "fmr": round(sum(false) / len(false), 6),
        "fnmr": round(1 - sum(matched) / len(matched), 6),
    }
