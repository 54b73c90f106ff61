"""Forges score sets of known true likelihood ratio, and the case that goes with them.

A cutter was seized; five cuts are compared with it, recorded with three set-ups. The training set
belongs to one population of scores. Of each set-up there is a validation set: of that population,
of a drifted one, of one that hardly tells sources apart, or too small to tell. Scores are drawn
again until every result of the reference method stands clear of the bounds of the policy.
"""

import base64
import io
import math
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dalil.courses.evaluation import methods
from dalil.errors import ForgingError
from dalil.forging import Seed, write_csv
from dalil.models import Evidence

Floats = npt.NDArray[np.float64]

SETUPS = ("P", "Q", "R")
ITEMS = ("K1", "K2", "K3", "K4", "K5")

# The policy as the exercise states it.
LEAST_SAME, LEAST_DIFFERENT = 30, 100
MOST_CLLR_MIN = 0.70
MOST_LOSS = 0.10

# What the three set-ups of a case are, and how often.
_CASES: tuple[tuple[float, tuple[str, str, str]], ...] = (
    (0.30, ("fit", "drift", "few")),
    (0.20, ("fit", "drift", "blur")),
    (0.15, ("fit", "few", "blur")),
    (0.15, ("fit", "drift", "drift")),
    (0.10, ("fit", "fit", "drift")),
    (0.10, ("fit", "fit", "few")),
)
_DRAWS = 200

# What the statements of ``methods.STATEMENTS`` are, and how many of each kind a case holds.
_KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "sound": (3, ("alone", "findings", "pair", "rarer")),
    "transposed": (3, ("odds", "one_in", "percent", "times")),
    "overstated": (2, ("anywhere", "beyond", "owner", "world")),
}


@dataclass(frozen=True)
class _Stated:
    """log10 LR of a cut by the reference method, by plain regression without its doubt, and in
    truth, all within the bounds of each; ``raw`` is the reference line's own."""

    reference: float
    plain: float
    true: float
    raw: float
    bounds: tuple[float, float]


@dataclass(frozen=True, eq=False)
class _Case:
    training: methods.ScoreSet
    validation: dict[str, methods.ScoreSet]
    performance: dict[str, dict[str, list[float]]]
    decisions: dict[str, str]
    items: dict[str, tuple[str, float]]  # set-up and score
    stated: dict[str, _Stated]  # of the cuts for which a ratio can be stated
    chosen: str  # the cut whose interval is asked for


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write the six tables into *folder*; about 2 s.

    Truth that is the reference method's result: ``performance``, ``bounds``, ``interval``, each
    value as the least and the greatest of what two right ways of calibrating find; ``log10_lr``
    likewise, with the true ratio among them. Known by the forge: ``propositions``,
    ``statements``, ``prior``, and ``evaluate``.
    """
    kinds = _plan(seed)
    tries = (_attempt(seed.child(f"draw {number}"), kinds) for number in range(_DRAWS))
    case = next((case for case in tries if case is not None), None)
    if case is None:
        raise ForgingError(f"evaluation: no case of {kinds} in {_DRAWS} draws; widen its bands")
    _write_sets(seed.child("tables"), folder, case)
    probes, expected = _probes(seed.child("probes"))
    return Evidence(
        truth={
            **_truth(case),
            "interval": _interval(seed.child("interval"), case),
            **_request(seed.child("request"), folder, case.chosen),
            "evaluate": expected,
        },
        probes={"evaluate": probes},
    )


def _plan(seed: Seed) -> dict[str, str]:
    """What each set-up is: fit, drift, few or blur."""
    rng = seed.rng("plan")
    case = int(rng.choice(len(_CASES), p=[share for share, _ in _CASES]))
    kinds = (str(kind) for kind in rng.permutation(_CASES[case][1]))
    return dict(zip(SETUPS, kinds, strict=True))


def decide(same: int, different: int, cllr: float, cllr_min: float) -> str:
    """The policy, in its order."""
    if same < LEAST_SAME or different < LEAST_DIFFERENT or cllr_min > MOST_CLLR_MIN:
        return "none"
    return "use" if cllr - cllr_min <= MOST_LOSS else "recalibrate"


def _attempt(seed: Seed, kinds: dict[str, str]) -> _Case | None:
    """One case, or None if anything lies close to a bound."""
    rng = seed.rng("sets")
    spread, apart = float(rng.uniform(0.16, 0.24)), float(rng.uniform(*methods.APART))
    base = float(rng.uniform(0.3, 0.5))
    sizes = int(rng.integers(180, 260)), int(rng.integers(1500, 2400))
    training = methods.score_set(rng, methods.normals(base + apart * spread, base, spread), *sizes)
    line, plain = training.line, _plain(training)
    validation = {s: _validation(rng, kind, base, spread, apart) for s, kind in kinds.items()}
    performance: dict[str, dict[str, list[float]]] = {}
    decisions = {}
    for setup, group in validation.items():
        ratios = group.ratios(line)
        found, least = methods.cllr(*ratios), methods.cllr_min(*ratios)
        other = methods.cllr(*group.ratios(plain))
        if not all(_clear(kinds[setup], cost, least) for cost in (found, other)):
            return None
        performance[setup] = {"cllr": _span(found, other), "cllr_min": _span(least)}
        decisions[setup] = decide(group.same.size, group.different.size, found, least)
    items = _items(seed.rng("items"), kinds, validation, training)
    stated = {}
    for name, (setup, score) in items.items():
        if decisions[setup] != "none":
            source = training if decisions[setup] == "use" else validation[setup]
            stated[name] = _stated(score, source, validation[setup].population)
    good = [n for n, one in stated.items() if decisions[items[n][0]] == "use" and _inside(one)]
    if not good or not _sound(stated):
        return None
    chosen = str(seed.rng("chosen").choice(good))
    return _Case(training, validation, performance, decisions, items, stated, chosen)


def _validation(
    rng: np.random.Generator, kind: str, base: float, spread: float, apart: float
) -> methods.ScoreSet:
    sizes = int(rng.integers(70, 130)), int(rng.integers(350, 700))
    far = apart
    if kind == "few":
        sizes = int(rng.integers(5, 12)), int(rng.integers(30, 90))
        base += float(rng.choice((0.0, 1.3))) * spread  # nobody can tell from so few
    elif kind == "blur":
        far = float(rng.uniform(0.3, 0.5))
        base += float(rng.uniform(0.4, 0.8)) * spread
    elif kind == "drift":
        base += float(rng.uniform(1.5, 2.0)) * spread
        far = apart - float(rng.uniform(0.0, 0.5))
    return methods.score_set(rng, methods.normals(base + far * spread, base, spread), *sizes)


def _clear(kind: str, cllr: float, least: float) -> bool:
    """Clear of the policy's bounds by more than the tolerance of the check."""
    loss = cllr - least
    return {
        "few": least > 0.05,
        "fit": least < MOST_CLLR_MIN - 0.1 and loss < MOST_LOSS - 0.03,
        "drift": least < MOST_CLLR_MIN - 0.1 and loss > MOST_LOSS + 0.08,
        "blur": least > MOST_CLLR_MIN + 0.05,
    }[kind]


def _items(
    rng: np.random.Generator,
    kinds: dict[str, str],
    validation: dict[str, methods.ScoreSet],
    training: methods.ScoreSet,
) -> dict[str, tuple[str, float]]:
    """Five cuts: one of each set-up, two more of set-ups in which a ratio can be stated."""
    usable = [s for s, kind in kinds.items() if kind in ("fit", "drift")]
    setups = [*SETUPS, *(str(s) for s in rng.choice(usable, 2))]
    items = {}
    for name, setup in zip(ITEMS, (str(s) for s in rng.permutation(setups)), strict=True):
        population = validation[setup].population
        law = population.same if rng.random() < 0.6 else population.different
        items[name] = (setup, round(float(law.ppf(rng.uniform(0.03, 0.97))), 3))
    # One of them lies where the line promises more than the set supports.
    beyond = str(rng.choice([n for n, (setup, _) in items.items() if kinds[setup] == "fit"]))
    most = float(np.max(training.same)) - 0.02
    items[beyond] = (items[beyond][0], round(most + float(rng.uniform(0.05, 0.15)), 3))
    return items


def _stated(score: float, source: methods.ScoreSet, own: methods.Population) -> _Stated:
    bounds = source.bounds(source.line)
    raw = float(methods.on_line(score, source.line))
    reference, true = methods.within([raw, float(own.log10_lr(score))], bounds)
    other = _plain(source)
    limits = source.bounds(other)
    plain = float(methods.within(methods.on_line(score, other), limits))
    widest = min(bounds[0], limits[0]), max(bounds[1], limits[1])
    return _Stated(float(reference), plain, float(true), raw, widest)


def _plain(source: methods.ScoreSet) -> tuple[float, float]:
    """Another right way to calibrate, without the half pair of doubt: it counts as well."""
    return methods.fit_logistic(source.same, source.different, doubt=0)


_LINES = (attrgetter("line"), _plain)


def _span(*values: float) -> list[float]:
    """The least and the greatest of several right answers."""
    return [round(min(values), 4), round(max(values), 4)]


def _sound(stated: dict[str, _Stated]) -> bool:
    """Every ratio close to the truth and clear of the verbal scale's steps, one beyond a bound."""
    steps = [least for least, _ in methods.SCALE]
    for one in stated.values():
        values = (one.reference, one.plain, one.true)
        near = min(abs(abs(value) - step) for value in values for step in steps)
        same_words = len({methods.verbal(value) for value in values}) == 1
        if max(values) - min(values) > 0.35 or near < 0.05 or not same_words:
            return False
    return any(one.raw > one.bounds[1] + 0.25 for one in stated.values())


def _inside(one: _Stated) -> bool:
    low, high = one.bounds
    return low + 0.5 < one.raw < high - 0.5 and abs(one.raw) > 0.5


def _truth(case: _Case) -> dict[str, Any]:
    """What the cuts' ratios lead to."""
    words = {}
    for name in case.items:
        strength, supports = "no LR", "neither"
        if name in case.stated:
            strength, supports = methods.verbal(case.stated[name].reference)
        words[name] = {"strength": strength, "supports": supports or "neither"}
    bounds = zip(*(case.training.bounds(line(case.training)) for line in _LINES), strict=True)
    low, high = (_span(*both) for both in bounds)
    return {
        "performance": case.performance,
        "bounds": {"low": low, "high": high},
        "decisions": case.decisions,
        "log10_lr": {
            name: _span(one.reference, one.plain, one.true) for name, one in case.stated.items()
        },
        "limits": {name: _span(*one.bounds) for name, one in case.stated.items()},
        "words": words,
    }


def _interval(seed: Seed, case: _Case) -> dict[str, float]:
    same, different = case.training.same, case.training.different
    score = case.items[case.chosen][1]
    low, high = methods.lr_interval(score, same, different, seed.rng("rounds"), rounds=600)
    return {"low": round(low, 3), "high": round(high, 3)}


# ------------------------------------------------------------------------------------ tables


def _write_sets(seed: Seed, folder: Path, case: _Case) -> None:
    """``training.csv``, ``validation.csv`` and ``items.csv``; the rows of a set in no order."""
    rng = seed.rng("order")
    training = [(f"{score:.3f}", truth) for score, truth in _pairs(rng, case.training)]
    write_csv(folder / "training.csv", ("score", "truth"), training)
    rows = [
        (setup, f"{score:.3f}", truth)
        for setup in SETUPS
        for score, truth in _pairs(rng, case.validation[setup])
    ]
    write_csv(folder / "validation.csv", ("setup", "score", "truth"), rows)
    items = [(name, setup, f"{score:.3f}") for name, (setup, score) in case.items.items()]
    write_csv(folder / "items.csv", ("item", "setup", "score"), items)


def _pairs(rng: np.random.Generator, group: methods.ScoreSet) -> list[tuple[float, str]]:
    pairs = [(float(s), "same") for s in group.same]
    pairs += [(float(s), "different") for s in group.different]
    return [pairs[n] for n in rng.permutation(len(pairs))]


def _request(seed: Seed, folder: Path, chosen: str) -> dict[str, Any]:
    """Write ``request.csv``, ``propositions.csv`` and ``hearing.csv``; return what they ask for."""
    rng = seed.rng("request")
    defence = str(rng.choice(["model", "any"]))
    log10_lr = round(float(rng.uniform(1.2, 2.4)), 2)
    wanted = float(rng.choice([0.9, 0.95, 0.99]))
    rows = [
        ("case", f"EVL-{rng.integers(1000, 9999)}"),
        ("defence", defence),
        ("interval_item", chosen),
        ("earlier_log10_lr", f"{log10_lr:.2f}"),
        ("wanted_probability", f"{wanted:.2f}"),
    ]
    write_csv(folder / "request.csv", ("field", "value"), rows)
    order = [str(name) for name in rng.permutation(sorted(methods.PROPOSITIONS))]
    letters = dict(zip(order, "ABCDEFGH", strict=True))
    write_csv(
        folder / "propositions.csv",
        ("letter", "en", "fr", "ar"),
        [(letters[name], *methods.PROPOSITIONS[name]) for name in order],
    )
    lr = round(10**log10_lr)
    values = {"lr": lr, "percent": f"{100 * lr / (lr + 1):.1f}"}
    heard = _heard(rng)
    write_csv(
        folder / "hearing.csv",
        ("number", "en", "fr", "ar"),
        [
            (str(n), *(text.format(**values) for text in methods.STATEMENTS[name]))
            for n, (_, name) in enumerate(heard, 1)
        ],
    )
    return {
        "propositions": {"h1": letters["seized"], "h2": letters[defence]},
        "statements": {str(n): kind for n, (kind, _) in enumerate(heard, 1)},
        "prior": round(methods.prior_needed(log10_lr, wanted), 4),
    }


def _heard(rng: np.random.Generator) -> list[tuple[str, str]]:
    """(kind, name) of eight statements in any order, as many of each kind in every case."""
    chosen = [
        (kind, str(name))
        for kind, (count, names) in _KINDS.items()
        for name in rng.permutation(names)[:count]
    ]
    return [chosen[n] for n in rng.permutation(len(chosen))]


# ------------------------------------------------------------------------------------ probes


def _probes(seed: Seed) -> tuple[list[list[Any]], list[list[float] | None]]:
    """Calls of the function that is asked for, and what is accepted of each: [low, high, least,
    most], the last two being the bounds of the set; None where nothing can be stated."""
    rng = seed.rng("probes")
    cases = [_probe(rng, kind) for kind in ("line", "line", "steep", "mirrored", "lost", "few")]
    cases += [
        _probe(rng, kind) for kind in ("beyond", "beyond_low", "apart", "line", "none", "nan")
    ]
    order = rng.permutation(len(cases))
    return [cases[n][0] for n in order], [cases[n][1] for n in order]


def _probe(rng: np.random.Generator, kind: str) -> tuple[list[Any], list[float] | None]:
    spread, base = float(rng.uniform(0.5, 2.0)), float(rng.uniform(-3, 3))
    apart = {"steep": 3.0, "apart": 14.0}.get(kind, 2.4) * spread
    sign = -1.0 if kind == "mirrored" else 1.0
    population = methods.normals(sign * (base + apart), sign * base, spread)
    sizes = {"few": (6, 300), "none": (0, 300), "nan": (5, 400)}.get(
        kind, (int(rng.integers(120, 240)), int(rng.integers(600, 1200)))
    )
    same, different = population.draw(rng, *sizes)
    place = {"beyond": 3.5, "beyond_low": -3.5, "apart": 1.4}.get(
        kind, float(rng.choice((0.08, 0.92)))
    )
    score = sign * (base + place * apart)
    bounds = -math.log10(same.size + 1), math.log10(different.size + 1)
    if kind in ("lost", "nan"):  # a lost value is none: it must not spoil the rest, nor count
        same = np.insert(same, [0, same.size], np.nan)
        different = np.insert(different, 3, np.nan)
    if kind == "nan":
        same = np.concatenate([same, np.full(20, np.nan)])
    call = [round(score, 4), {"npy": _npy(same)}, {"npy": _npy(different)}]
    if kind in ("few", "none", "nan"):
        return call, None
    true = float(methods.within(population.log10_lr(score), bounds))
    sound = (g[np.isfinite(g)] for g in (same, different))
    group = methods.ScoreSet(population, *sound)
    line = group.line
    other = float(methods.within(methods.on_line(score, line), group.bounds(line)))
    return call, [round(v, 4) for v in (min(true, other), max(true, other), *bounds)]


def _npy(values: Floats) -> str:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(values), allow_pickle=False)
    return base64.b64encode(stream.getvalue()).decode("ascii")
