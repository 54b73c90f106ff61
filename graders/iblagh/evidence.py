"""Forges a desk's week: an archive, a queue of reports, a panel's sample and log, and a request.

The templates of the queue are in no report of the archive. How reports are made is public
(``methods``); sealed are the scenarios, campaigns, errors and costs that a trainee's case drew.
Queues and logs are drawn again until each question has one right answer, clear of its bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dalil.courses.iblagh import methods
from dalil.errors import ForgingError
from dalil.forging import Seed, iso, utc, write_csv
from dalil.models import Evidence

Floats = npt.NDArray[np.float64]
_Rows = list[tuple[str, str]]

ARCHIVE, INCIDENTS, SAMPLE, LOG = 700, 150, 110, 720
# The academy's archive is read for learning: rare classes are sought out for it.
ARCHIVE_MIX = {"fraud": 0.36, "blackmail": 0.2, "insult": 0.16, "violence": 0.14, "other": 0.14}
CAPACITY = 40  # reports that the officer on duty can read at once
SHARE_TOLERANCE = 0.025  # of the check; repetition moves the share by more
NAMED, DIFFERING = 10, 2  # reports to route; of those an officer has read, how many differ
RECALL_BOUND = 0.90  # of the policy: least recall of urgent reports, by its 95 % interval
_DRAWS = 400

# What the log shows: its urgent reports, how many of them the service's threshold misses, and the
# share of right classes, everywhere and in one drawn variety. The shares of the kinds add up to 1.
_KINDS: dict[str, tuple[float, tuple[int, int], tuple[float, float], float]] = {
    "good": (0.30, (80, 120), (0.0, 0.015), 0.93),
    "few": (0.20, (14, 26), (0.0, 0.0), 0.93),
    "middling": (0.15, (70, 100), (0.06, 0.09), 0.93),
    "poor": (0.15, (80, 120), (0.2, 0.3), 0.93),
    "unequal": (0.20, (80, 120), (0.0, 0.015), 0.72),
}
_DECISIONS = {
    "good": "yes",
    "few": "undetermined",
    "middling": "undetermined",
    "poor": "no",
    "unequal": "no",
}
# Sentences of the draft instruction, by their letters in the exercise.
_RIGHT, _WRONG = list("ACEGIK"), list("BDFHJL")


@dataclass(frozen=True)
class _Queue:
    """The week's reports in the order of their arrival, and what the reference method says."""

    reports: dict[str, methods.Report]
    proposals: dict[str, methods.Proposal]
    groups: list[list[str]]

    def repeated(self, name: str) -> bool:
        """Whether an earlier report tells the incident of *name*."""
        for other, report in self.reports.items():
            if other == name:
                return False
            if report.incident == self.reports[name].incident:
                return True
        raise KeyError(name)


@dataclass(frozen=True)
class _Log:
    entries: list[methods.Entry]
    threshold: float
    miss: int
    truth: dict[str, Any]


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``archive``, ``queue``, ``sample``, ``log``, ``named`` and ``request`` (csv).

    About 2.5 s. Truth known by the forge: ``draft``, ``incidents``, ``urgent``, ``routing``.
    Truth that follows from the written files: ``identifiers``, ``share``, ``matrix``, ``threshold``
    (intervals that cost little more than the best), ``fairness``, ``decision`` with its interval.
    ``comparable`` holds the expected result of each probe.
    """
    rng = seed.rng("plan")
    kind = str(rng.choice(list(_KINDS), p=[share for share, *_ in _KINDS.values()]))
    known, unseen = methods.split(seed.rng("templates"))
    archive = methods.make_corpus(seed.rng("archive"), ARCHIVE, known, mix=ARCHIVE_MIX, urgent=3.0)
    triage = methods.train(
        [r.text for r in archive], [r.label for r in archive], [r.urgent for r in archive]
    )
    queue, sample, share, named, routing = _queue(seed.child("queue"), unseen, triage)
    log = _log(seed.child("log"), kind)
    wrong = sorted(str(n) for n in rng.choice(_WRONG, int(rng.integers(2, 5)), replace=False))
    draft = sorted([*wrong, *(str(n) for n in rng.choice(_RIGHT, 6 - len(wrong), replace=False))])
    _write(seed, folder, archive, queue)
    write_csv(folder / "sample.csv", ("report", "class"), sample)
    write_csv(folder / "named.csv", ("report", "officer"), named)
    columns = ("language", "class", "proposed", "urgent", "urgency", "stands_for")
    write_csv(folder / "log.csv", columns, [_row(entry) for entry in log.entries])
    request = {
        "case": f"IBL-{rng.integers(1000, 9999)}",
        "draft": " ".join(draft),
        "threshold": f"{log.threshold:.4f}",
        "cost_miss": log.miss,
        "cost_alarm": 1,
        "capacity": CAPACITY,
    }
    write_csv(folder / "request.csv", ("field", "value"), list(request.items()))
    probes, expected = _probes(seed.rng("probes"))
    found = [one for r in queue.reports.values() for one in methods.find_identifiers(r.text)]
    return Evidence(
        truth={
            "draft": wrong,
            "comparable": expected,
            "identifiers": {
                kind: len({one.value for one in found if one.kind == kind})
                for kind in methods.KINDS
            },
            "incidents": {name: report.incident for name, report in queue.reports.items()},
            "share": share,
            **log.truth,
            "urgent": [name for name, report in queue.reports.items() if report.urgent],
            "capacity": CAPACITY,
            "routing": routing,
        },
        probes={"comparable": [[text] for text in probes]},
    )


# ---------------------------------------------------------------------------------------- queue


def _queue(
    seed: Seed, unseen: methods.Templates, triage: methods.Triage
) -> tuple[_Queue, _Rows, dict[str, float], _Rows, dict[str, str]]:
    """A queue; the panel's sample, and the share of fraud in it; reports to route, and whither."""
    for number in range(_DRAWS):
        rng = seed.rng(f"draw {number}")
        campaigns = [int(rng.integers(12, 16)), int(rng.integers(4, 7)), 3]
        reports = methods.make_queue(
            rng,
            INCIDENTS,
            unseen,
            campaigns=campaigns,
            resent=int(rng.integers(5, 9)),
            first_campaign=str(rng.choice(["blackmail", "insult", "other"])),
            urgent=2.4,
        )
        names = [f"R{value:04X}" for value in rng.choice(65536, len(reports), replace=False)]
        told = dict(zip(names, reports, strict=True))
        sample = sorted(str(name) for name in rng.choice(names, SAMPLE, replace=False))
        share = _fraud(told, _one_of_each(told, sample))
        hidden = abs(share["share"] - _fraud(told, sample)["share"])
        if hidden < 1.5 * SHARE_TOLERANCE or not 4 <= _urgent(told) <= 10:
            continue
        proposals = _read(told, triage)
        if proposals is None:
            continue
        queue = _Queue(told, proposals, methods.clusters({n: r.text for n, r in told.items()}))
        named = _named(rng, queue)
        if named and _is_clear(queue) and _agree(queue, sample, share):
            return queue, [(name, told[name].label) for name in sample], share, *named
    raise ForgingError(f"iblagh: no clear queue in {_DRAWS} draws; widen its bands")


def _read(
    told: dict[str, methods.Report], triage: methods.Triage
) -> dict[str, methods.Proposal] | None:
    """What the reference method proposes; None unless the urgent reports come among the first."""
    texts = [report.text for report in told.values()]
    proposals = dict(zip(told, methods.propose(triage, texts), strict=True))
    order = sorted(proposals, key=lambda name: -proposals[name].urgency)
    urgent = {name for name, report in told.items() if report.urgent}
    return proposals if urgent <= set(order[: CAPACITY - 3]) else None


def _is_clear(queue: _Queue) -> bool:
    """Whether the reference method puts the reports of one incident together."""
    incidents = {name: report.incident for name, report in queue.reports.items()}
    return methods.b_cubed(incidents, queue.groups, repeated=True)[2] >= 0.92


def _agree(queue: _Queue, sample: Sequence[str], share: dict[str, float]) -> bool:
    """Whether the reference method's incidents give the share of the true ones."""
    found = _fraud(queue.reports, methods.first_of_each(sample, queue.groups))
    return max(abs(share[key] - found[key]) for key in share) <= 0.8 * SHARE_TOLERANCE


def _urgent(told: dict[str, methods.Report]) -> int:
    return sum(report.urgent for report in told.values())


def _one_of_each(told: dict[str, methods.Report], names: Sequence[str]) -> list[str]:
    first: dict[int, str] = {}
    for name in names:
        first.setdefault(told[name].incident, name)
    return list(first.values())


def _fraud(told: dict[str, methods.Report], names: Sequence[str]) -> dict[str, float]:
    hits = sum(told[name].label == "fraud" for name in names)
    low, high = methods.wilson(hits, len(names))
    return {"share": hits / len(names), "low": low, "high": high}


def _named(rng: np.random.Generator, queue: _Queue) -> tuple[_Rows, dict[str, str]] | None:
    """Reports to route, with an officer's reading of some, and the desk of each.

    Where no officer has read, the machine's class is right, so that a reader and the reference
    method come to one result; where one has, the machine is wrong twice. None if the queue has too
    few reports for that.
    """
    doubt = 0.5

    def agrees(name: str) -> bool:
        report, proposal = queue.reports[name], queue.proposals[name]
        known = any(name in group[1:] for group in queue.groups)
        same = known == queue.repeated(name)
        return same and report.urgent == (proposal.urgency >= doubt)

    names = [str(name) for name in rng.permutation(list(queue.reports)) if agrees(str(name))]
    right = [n for n in names if queue.proposals[n].label == queue.reports[n].label]
    urgent = [n for n in right if queue.reports[n].urgent][:2]
    again = [n for n in right if queue.repeated(n) and n not in urgent][:2]
    wrong = [
        n
        for n in names
        if n not in right and not queue.repeated(n) and not queue.reports[n].urgent
        and methods.DESKS[queue.proposals[n].label] != methods.DESKS[queue.reports[n].label]
    ][:DIFFERING]  # fmt: skip
    plain = [n for n in right if n not in (*urgent, *again) and not queue.repeated(n)]
    plain = [n for n in plain if not queue.reports[n].urgent][: NAMED - 4 - len(wrong)]
    chosen = [*urgent, *again, *wrong, *plain]
    if (len(urgent), len(again), len(wrong), len(chosen)) != (2, 2, DIFFERING, NAMED):
        return None
    read = {*wrong, *plain[:2]}
    rows = [(n, queue.reports[n].label if n in read else "") for n in sorted(chosen)]
    desks = {
        n: methods.route(
            queue.reports[n].label, urgent=queue.reports[n].urgent, repeated=queue.repeated(n)
        )
        for n in sorted(chosen)
    }
    return rows, desks


def _write(seed: Seed, folder: Path, archive: list[methods.Report], queue: _Queue) -> None:
    """``archive.csv`` and ``queue.csv``; times and names are chance, and tell nothing."""
    rng = seed.rng("writing")
    names = [f"A{value:04X}" for value in rng.choice(65536, len(archive), replace=False)]
    write_csv(
        folder / "archive.csv",
        ("report", "language", "class", "urgent", "text"),
        [
            (name, r.variety, r.label, "yes" if r.urgent else "no", r.text)
            for name, r in zip(names, archive, strict=True)
        ],
    )
    start = seed.clock("week", utc("2026-02-02T00:00:00Z"), utc("2026-06-22T00:00:00Z"))
    seconds = sorted(int(n) for n in rng.choice(7 * 24 * 3600, len(queue.reports), replace=False))
    write_csv(
        folder / "queue.csv",
        ("report", "received", "text"),
        [
            (name, iso(start + timedelta(seconds=second)), report.text)
            for second, (name, report) in zip(seconds, queue.reports.items(), strict=True)
        ],
    )


# ------------------------------------------------------------------------------------------ log


def _row(entry: methods.Entry) -> tuple[object, ...]:
    urgent = "yes" if entry.urgent else "no"
    return entry.variety, entry.label, entry.proposed, urgent, entry.urgency, entry.stands_for


def _log(seed: Seed, kind: str) -> _Log:
    _, between, missing, least = _KINDS[kind]
    for number in range(_DRAWS):
        rng = seed.rng(f"draw {number}")
        urgent = int(rng.integers(*between, endpoint=True))
        right = dict.fromkeys(methods.VARIETIES, 0.93)
        right[str(rng.choice(methods.VARIETIES))] = least
        entries = methods.make_log(rng, urgent, LOG - urgent, right, int(rng.integers(8, 16)))
        missed = round(urgent * float(rng.uniform(*missing)))
        miss = int(rng.integers(2, 9)) * 100
        if truth := _measured(entries, missed, miss, kind):
            return _Log(entries, truth.pop("service"), miss, truth)
    raise ForgingError(f"iblagh: no log of kind {kind!r} in {_DRAWS} draws; widen its bands")


def _measured(
    entries: list[methods.Entry], missed: int, miss: int, kind: str
) -> dict[str, Any] | None:
    """What the log's questions ask for; None if a result lies too near to a bound."""
    scores = np.array([entry.urgency for entry in entries])
    urgent = np.array([entry.urgent for entry in entries])
    weights = np.array([float(entry.stands_for) for entry in entries])
    levels = np.sort(scores[urgent])
    service = float(levels[missed]) if missed else float(levels[0]) * 0.8
    service = max(round(service, 4), 0.0002)
    flagged = scores >= service
    hits, total = int((flagged & urgent).sum()), int(urgent.sum())
    low, high = methods.wilson(hits, total)
    recall_is = "yes" if low >= RECALL_BOUND else "no" if high < RECALL_BOUND else "undetermined"
    if min(abs(low - RECALL_BOUND), abs(high - RECALL_BOUND)) < 0.008:
        return None
    fairness = _fairness(entries)
    decision = "no" if fairness["clear"] == "yes" else recall_is
    if abs(fairness.pop("edge")) < 0.015 or decision != _DECISIONS[kind]:
        return None
    if (kind == "unequal") != (fairness["clear"] == "yes"):
        return None
    cheap, ignoring = _cheap(scores, urgent, weights, miss)
    if ignoring < 1.35 or any(low <= 0.5 <= high for low, high in cheap["half"]):
        return None
    precision = float(weights[flagged & urgent].sum() / weights[flagged].sum())
    return {
        "service": service,
        "matrix": {"recall": hits / total, "precision": precision},
        "threshold": cheap,
        "fairness": fairness,
        "decision": {"decision": decision, "low": low, "high": high},
    }


def _fairness(entries: list[methods.Entry]) -> dict[str, Any]:
    """The gap in macro-F1, whose the worst is, and whether its right classes are clearly fewer."""
    truth, proposed = [e.label for e in entries], [e.proposed for e in entries]
    groups = [e.variety for e in entries]
    width, worst = methods.gap(methods.by_group(truth, proposed, groups, methods.CLASSES))
    hits, totals = [0, 0], [0, 0]
    for entry in entries:
        side = int(entry.variety == worst)
        hits[side] += entry.label == entry.proposed
        totals[side] += 1
    edge = methods.difference_interval(hits, totals)[0]
    return {"gap": width, "worst": worst, "clear": "yes" if edge > 0 else "no", "edge": edge}


def _cheap(
    scores: Floats, urgent: npt.NDArray[np.bool_], weights: Floats, miss: int
) -> tuple[dict[str, list[list[float]]], float]:
    """Thresholds that cost little more than the best, as intervals; the cost of ignoring weights.

    "full": at most 5 % more; "half": at most 30 % more. The cost of the threshold that is best for
    the log as it lies, each row counted once, is given in units of the least cost.
    """
    _, least = methods.best_threshold(scores, urgent, miss=miss, alarm=1.0, weights=weights)
    levels = np.append(np.unique(scores), 1.0)
    costs = methods.cost_curve(scores, urgent, weights, levels, miss=miss, alarm=1.0)
    starts = np.append(0.0, levels[:-1])
    intervals = {
        name: [
            [float(low), float(high)]
            for low, high, cost in zip(starts, levels, costs, strict=True)
            if cost <= more * least + 1e-9
        ]
        for name, more in (("full", 1.05), ("half", 1.30))
    }
    alone, _ = methods.best_threshold(scores, urgent, miss=miss, alarm=1.0)
    ignoring = methods.cost_curve(scores, urgent, weights, np.array([alone]), miss=miss, alarm=1.0)[
        0
    ]
    return intervals, float(ignoring / max(least, 1e-9))


# --------------------------------------------------------------------------------------- probes


def _probes(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Texts to bring into comparable form, and that form, in an order of the seed's own."""
    digits = "".join(str(n) for n in rng.integers(0, 10, 8))
    words = ("7anout", "3ndi", "l9it", "so2al", "5edma")
    word = words[int(rng.integers(len(words)))]
    texts = [
        f"  Chrit  men wa7ed {word} \n f  souk ",
        "عندي مُشْكِلَة فالحسـاب ديالي",
        "أريد إبلاغكم عن آخر رسالة إلى أمي",
        "C'est un ÉTRANGER qui a volé à ma mère",
        f"nemrti 09{digits}, 3ayet lia",
        f"chrit 3 kilo b {rng.integers(20, 90)}0dh men 7da l9ahwa",
        "٣ أيام و١٢٠٠ درهم",
        "bezzaaaaf w choukraaan 3la l ekhbar",
        "صيفطو ليا SMS باش نconfirmi la carte ديالي 9bel nhar 7ed",
        f"R{rng.integers(10, 99)} f 2026 w b2a",
        "\u202eمرحبا\u202c \u200fسي 7mad",
        "",
        "50",
    ]
    order = rng.permutation(len(texts))
    return [texts[int(n)] for n in order], [_comparable(texts[int(n)]) for n in order]


def _comparable(text: str) -> str:
    """The function that the exercise asks for."""
    return methods.fold(methods.arabizi(text))
