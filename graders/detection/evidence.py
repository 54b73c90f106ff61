"""Forges the logs of a fictive office, a trial, hidden days for the trainee's rule, and files.

How a case is staged is public (``dalil.courses.detection.methods``); what is sealed is which
technique a trainee's case is about, whether the day holds it, and whether records were lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from dalil.courses.detection import methods
from dalil.forging import Seed, utc, write_csv, write_text, write_zip
from dalil.models import Evidence

# (a trace was planted, records were lost) → share of the cases.
_KINDS = {(True, False): 0.4, (True, True): 0.15, (False, False): 0.22, (False, True): 0.23}
_TUESDAYS = tuple(date(2026, 4, 7) + timedelta(weeks=week) for week in range(10))
HIDDEN_DAYS, EACH, BUDGET = 4, 5, 1
"""Hidden days without the technique; how often each trace is staged; false alarms a day allowed."""

_ABSENT = {"host": "none", "user": "none", "record": 0, "local": "none"}


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``day.jsonl``, the trial, excerpts, rule, files and request into *folder*; under 1 s.

    Truth: the expected answer of each question, and in ``rule`` the packed hidden records.
    """
    rng = seed.rng("plan")
    ids = [name for name in methods.TECHNIQUES if name not in methods.EXAMPLES]
    technique = methods.TECHNIQUES[str(rng.choice(ids))]
    kinds = list(_KINDS)
    planted, hole = kinds[int(rng.choice(len(kinds), p=list(_KINDS.values())))]
    tuesday = _TUESDAYS[int(rng.integers(len(_TUESDAYS)))]
    office = methods.make_office(seed.child("office"))
    staged = methods.stage_day(
        seed.child("day"), office, tuesday, technique, planted=planted, hole=hole
    )
    write_text(folder / "day.jsonl", methods.json_lines(staged.records))
    day = methods.EventLog(methods.parse_event(record) for record in staged.records)
    request = _request(seed.rng("request"), technique, tuesday, day)
    write_csv(folder / "request.csv", ("field", "value"), list(request.items()))
    before, after = tuesday - timedelta(weeks=2), tuesday + timedelta(weeks=1)
    probes, sprayed = _probes(seed.child("probes"))
    return Evidence(
        truth={
            "techniques": _excerpts(seed.child("excerpts"), folder, office, before),
            "logons": _logons(day, request),
            "measures": _trial(seed.child("trial"), folder, office, before, technique),
            "alarms": _alarms(request),
            "sprayed": sprayed,
            "rule": _hidden(seed.child("hidden"), office, after, technique),
            "signatures": _samples(seed.child("samples"), folder),
            "finding": _finding(staged),
            "decision": {
                "conclusion": "compromised" if planted else "undetermined" if hole else "not_shown",
                "miss_bound": _miss_bound(request),
            },
        },
        probes={"sprayed": probes},
    )


def _request(
    rng: np.random.Generator,
    technique: methods.Technique,
    day: date,
    log: methods.EventLog,
) -> dict[str, str]:
    """What is asked of the trainee, and the figures of another office's rule."""
    remote = [session for session in methods.sessions(log) if session.kind == 10]
    names = sorted({session.user for session in remote})
    trials = int(rng.integers(18, 61))
    return {
        "case": f"DET-{int(rng.integers(10_000, 99_999))}",
        "day": day.isoformat(),
        "local_time": "UTC+01:00",
        "technique": technique.id,
        "technique_name": technique.name,
        "category": technique.category,
        "logons_of": names[int(rng.integers(len(names)))],
        "events_per_day": str(1000 * int(rng.integers(80, 900))),
        "sought_one_in": str(10_000 * int(rng.integers(2, 41))),
        "recall": f"{rng.uniform(0.7, 0.99):.2f}",
        "false_alarm_rate": f"{rng.uniform(0.0002, 0.002):.4f}",
        "minutes_per_alarm": str(int(rng.integers(4, 16))),
        "trials": str(trials),
        "missed": str(int(rng.integers(0, 4))),
    }


def _logons(log: methods.EventLog, request: Mapping[str, str]) -> dict[str, Any]:
    found = [
        session
        for session in methods.sessions(log)
        if session.user == request["logons_of"] and session.kind == 10
    ]
    minutes = sum(session.minutes or 0.0 for session in found)
    return {"count": len(found), "minutes": round(minutes, 2)}


def _trial(
    seed: Seed, folder: Path, office: methods.Office, day: date, technique: methods.Technique
) -> dict[str, float]:
    """The trial's records and labels, the draft of a rule, and how good that draft is."""
    records, labels = methods.stage_trial(seed, office, day, technique)
    write_text(folder / "trial.jsonl", methods.json_lines(records))
    rows = [(number, "yes" if sought else "no") for number, sought in enumerate(labels, 1)]
    write_csv(folder / "labels.csv", ("line", "sought"), rows)
    text = (
        f"title: Draft for {technique.id}\nstatus: experimental\n"
        f"logsource:\n  product: windows\n  category: {technique.category}\n"
        f"detection:\n{technique.draft}level: medium\n"
        f"tags:\n  - attack.{technique.id.lower()}\n"
    )
    write_text(folder / "draft.yml", text)
    log = methods.EventLog(methods.parse_event(record) for record in records)
    fired = {id(event) for event in methods.run_rule(methods.parse_rule(text), log)}
    hits = [number for number, event in enumerate(log) if id(event) in fired]
    counts = methods.count(hits, labels)
    return {"precision": round(counts.precision, 4), "recall": round(counts.recall, 4)}


def _excerpts(seed: Seed, folder: Path, office: methods.Office, day: date) -> dict[str, str]:
    chosen = [str(name) for name in seed.rng("ids").permutation(list(methods.TECHNIQUES))[:5]]
    records = methods.stage_excerpts(seed, office, day, chosen)
    write_text(folder / "excerpts.jsonl", methods.json_lines(records))
    return {str(number): name for number, name in enumerate(chosen, 1)}


def _hidden(
    seed: Seed, office: methods.Office, day: date, technique: methods.Technique
) -> dict[str, Any]:
    """Records of the technique first, then those of the days without it."""
    sought, days = methods.stage_hidden(seed, office, day, technique, days=HIDDEN_DAYS, each=EACH)
    return {
        "records": methods.pack([*sought, *(record for day in days for record in day)]),
        "sought": len(sought),
        "days": HIDDEN_DAYS,
        "budget": BUDGET,
    }


def _samples(seed: Seed, folder: Path) -> dict[str, Any]:
    samples = methods.stage_samples(seed)
    when = seed.clock("samples", utc("2026-04-01T08:00:00Z"), utc("2026-06-30T16:00:00Z"))
    write_zip(folder / "samples.zip", samples.files, when)
    write_text(folder / "signature.yar", samples.signature)
    matching = methods.scan(methods.compile_signatures(samples.signature), samples.files)
    return {"matching": sorted(matching), "quoting": samples.quoting}


def _finding(staged: methods.StagedDay) -> dict[str, Any]:
    draft = staged.planted
    if draft is None:
        return dict(_ABSENT)
    return {
        "host": draft.host,
        "user": staged.user,
        "record": draft.record,
        "local": draft.when.astimezone(methods.ZONE).strftime("%H:%M"),
    }


def _alarms(request: Mapping[str, str]) -> dict[str, float]:
    rates = (
        1 / float(request["sought_one_in"]),
        float(request["recall"]),
        float(request["false_alarm_rate"]),
    )
    alarms = methods.alarms_per_day(float(request["events_per_day"]), *rates)
    hours = sum(alarms) * float(request["minutes_per_alarm"]) / 60
    return {"true_share": round(methods.true_share(*rates), 6), "hours": round(hours, 4)}


def _miss_bound(request: Mapping[str, str]) -> float:
    return round(methods.upper_bound(int(request["missed"]), int(request["trials"])), 5)


def _probes(seed: Seed) -> tuple[list[list[Any]], list[list[str]]]:
    """Argument lists for ``sprayed`` and the sources that each must return."""
    rng = seed.rng("failures")
    cases = []
    for kind in ("one", "none", "slow", "edge", "same", "two", "beyond", "empty"):
        window, least = int(rng.integers(60, 600)), int(rng.integers(4, 9))
        rows, sources = _failures(rng, kind, window, least)
        order = [int(n) for n in rng.permutation(len(rows))]
        cases.append(([[rows[n] for n in order], window, least], sorted(sources)))
    order = [int(n) for n in rng.permutation(len(cases))]
    return [cases[n][0] for n in order], [cases[n][1] for n in order]


def _failures(
    rng: np.random.Generator, kind: str, window: int, least: int
) -> tuple[list[list[Any]], list[str]]:
    """Rows (second, source, account) of refused logons, and the sources that sprayed.

    ``slow`` and ``beyond`` try enough accounts, but over more than the window (by one second, in
    ``beyond``); ``edge`` over the window exactly; ``same`` fails often with few accounts.
    """
    if kind == "empty":
        return [], []
    accounts = [f"compte{number:02d}" for number in rng.permutation(40)]
    addresses = [f"203.0.113.{int(n)}" for n in rng.permutation(np.arange(2, 250))[:6]]
    rows: list[list[Any]] = []
    for address in addresses[3:]:  # people mistype their own password
        account, start = accounts.pop(), int(rng.integers(30_000))
        rows += [[start + 9 * n, address, account] for n in range(int(rng.integers(1, 4)))]
    sources = addresses[: {"none": 0, "two": 2}.get(kind, 1)]
    for address in sources:
        start = int(rng.integers(30_000))
        span = {"slow": 3 * window, "edge": window, "beyond": window + 1}.get(kind, window // 2)
        if kind == "slow":
            moments = [start + n * (window // 2 + 1) for n in range(least)]
        else:
            moments = [start, *(start + span * n // (least - 1) for n in range(1, least - 1))]
            moments.append(start + span)
        names = [accounts[n] for n in range(least)]
        if kind == "same":
            names = [accounts[n % (least - 1)] for n in range(least)]
        rows += [list(row) for row in zip(moments, [address] * least, names, strict=True)]
    quiet = kind in ("none", "slow", "same", "beyond")
    return rows, [] if quiet else sources
