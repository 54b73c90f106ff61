"""The Sigma evaluator of the module detection on real event logs with published answers.

The data are 115 logs of SigmaHQ's regression tests, each with the rule that must fire on it (rules
under the Detection Rule License 1.1; they are read where they lie and never part of the project).
Also measured: the forged days of the exercise, seen by the same rules and by the drafts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import yaml
from matplotlib.figure import Figure

from dalil.courses.detection import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.forging import practice
from dalil.validate.reporting import Report

DAYS = 20


def validate(report: Report, options: argparse.Namespace) -> None:
    """Own log, other logs, time; then the forged days."""
    folder = report.folder("file_event_win_creation_new_shim_database/rule.yml")
    started = time.perf_counter()
    rules, logs, counts = _read(folder)
    hits = {name: methods.run_rules(rules, log) for name, log in logs.items()}
    seconds = time.perf_counter() - started
    own = [name for name in logs if name in hits[name]]
    alarms = {name: len(hits[name].get(name, ())) for name in counts}
    enough = [name for name, number in counts.items() if alarms[name] >= number]
    more = [name for name, number in counts.items() if alarms[name] > number]
    others = np.array([sum(rule in hits[log] for log in logs if log != rule) for rule in rules])
    report.note("rules and logs", len(logs))
    report.at_least("rules that fire on their own log", 100 * len(own) / len(logs), 99, "%")
    report.note("rules that do not", ", ".join(sorted(set(logs) - set(own))) or "none")
    report.at_least(
        "logs with the alarms stated, or more", 100 * len(enough) / len(counts), 99, "%"
    )
    report.note("logs with more than stated", ", ".join(more) or "none")
    report.at_most("all rules over all logs, reading included", seconds, 10, "s")
    report.note("rules that also fire on another's log", int((others > 0).sum()))
    report.note("alarms on others' logs", int(others.sum()))
    real, drafts = _forged(report, rules)
    report.note("forged days", DAYS)
    report.at_most("alarms of the real rules a forged day", real, 3, "alarms")
    report.at_least("false alarms of the drafts a forged day", drafts, 1, "alarms")
    report.csv(
        "detection-rules",
        ["rule", "own alarms", "other logs"],
        [
            (name, len(hits[name].get(name, ())), int(n))
            for name, n in zip(rules, others, strict=True)
        ],
    )
    report.plot("detection", _plot(others))


def _read(
    folder: Path,
) -> tuple[dict[str, methods.Rule], dict[str, methods.EventLog], Mapping[str, int]]:
    """Rules, logs, and how many alarms each rule must raise on its own log, if that is stated."""
    rules, logs, counts = {}, {}, {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        text = (place / "rule.yml").read_text(encoding="utf-8")
        rules[place.name] = methods.parse_rule(text, trusted=True)
        logs[place.name] = methods.read_log(next(place.glob("*.evtx")))
        about = yaml.safe_load((place / "info.yml").read_text(encoding="utf-8"))
        for test in about.get("regression_tests_info", ()):
            if "match_count" in test:
                counts[place.name] = int(test["match_count"])
    return rules, logs, counts


def _forged(report: Report, rules: Mapping[str, methods.Rule]) -> tuple[float, float]:
    """(alarms of the real rules, false alarms of the drafts) per forged day without a trace."""
    real = drafts = 0
    ids = list(methods.TECHNIQUES)
    for number in report.track(range(DAYS), "day", total=DAYS):
        technique = methods.TECHNIQUES[ids[number % len(ids)]]
        seed = practice(f"detection validation {number}")
        office = methods.make_office(seed)
        day = methods.stage_day(
            seed, office, date(2026, 5, 12), technique, planted=False, hole=False
        )
        log = methods.EventLog(methods.parse_event(record) for record in day.records)
        real += sum(map(len, methods.run_rules(rules, log).values()))
        drafts += len(methods.run_rule(methods.parse_rule(_draft(technique)), log))
    return real / DAYS, drafts / DAYS


def _draft(technique: methods.Technique) -> str:
    head = f"title: draft\nlogsource:\n  product: windows\n  category: {technique.category}\n"
    return f"{head}detection:\n{technique.draft}"


def _plot(others: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Figure:
    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    bars = np.bincount(others, minlength=2)
    drawn = axes.bar(np.arange(len(bars)), bars, color="#0072B2")
    axes.bar_label(drawn)
    axes.set(
        xlabel="other rules' logs on which a rule fires as well",
        ylabel="rules",
        title=f"{len(others)} SigmaHQ rules over the logs of all the others",
        xticks=np.arange(len(bars)),
    )
    return figure
