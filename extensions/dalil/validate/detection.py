"""The Sigma evaluator of the module detection on real event logs with published answers.

The data are 115 logs of SigmaHQ's regression tests, each with the rule that must fire on it (rules
under the Detection Rule License 1.1; they are read where they lie and never part of the project).
Also measured: the forged days of the exercise, seen by the same rules and by the drafts.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
import yaml
from matplotlib.figure import Figure

from dalil.courses.detection import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.forging import practice
from dalil.validate.reporting import Report

DAYS = 20
BLUE, ORANGE = "#0072B2", "#D55E00"
Day: TypeAlias = "tuple[methods.EventLog, methods.Technique]"


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
    days = _days(report)
    real, drafts = _alarms(days, rules)
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
    shapes = _commands(logs.values()), _commands(day for day, _ in days)
    for name, lengths in zip(("real", "forged"), shapes, strict=True):
        report.note(f"median length of a command line, {name}", float(np.median(lengths)))
    report.plot("detection-forged", _beside_forged(logs.values(), [day for day, _ in days], shapes))


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


def _days(report: Report) -> list[Day]:
    """Forged days without a trace, each with the look-alikes of a technique."""
    ids, days = list(methods.TECHNIQUES), []
    for number in report.track(range(DAYS), "day", total=DAYS):
        technique = methods.TECHNIQUES[ids[number % len(ids)]]
        seed = practice(f"detection validation {number}")
        office = methods.make_office(seed)
        day = methods.stage_day(
            seed, office, date(2026, 5, 12), technique, planted=False, hole=False
        )
        log = methods.EventLog(methods.parse_event(record) for record in day.records)
        days.append((log, technique))
    return days


def _alarms(days: Iterable[Day], rules: Mapping[str, methods.Rule]) -> tuple[float, float]:
    """(alarms of the real rules, false alarms of the drafts) per forged day."""
    real = drafts = 0
    for log, technique in days:
        real += sum(map(len, methods.run_rules(rules, log).values()))
        drafts += len(methods.run_rule(methods.parse_rule(_draft(technique)), log))
    return real / DAYS, drafts / DAYS


def _commands(logs: Iterable[methods.EventLog]) -> list[int]:
    """The lengths of all command lines that Sysmon recorded."""
    events = (event for log in logs for event in log.of(methods.SYSMON, (1,)))
    return [len(event.fields["CommandLine"]) for event in events]


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


def _channel(event: methods.Event) -> str:
    return str(event.channel).split("/", 1)[0].removeprefix("Microsoft-Windows-")


def _beside_forged(
    real: Collection[methods.EventLog],
    forged: Collection[methods.EventLog],
    shapes: Sequence[Sequence[int]],
) -> Figure:
    """Which kinds of records there are, and how long command lines are, real beside forged."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    kinds, lengths = figure.subplots(1, 2)
    counts = [
        Counter(f"{_channel(event)} {event.event_id}" for event in log)
        for log in ([e for log in logs for e in log] for logs in (real, forged))
    ]
    names = sorted(set(counts[0]) | set(counts[1]))
    at = np.arange(len(names))
    grid = np.arange(0, 401)
    looks = (("real", BLUE, "", "-"), ("forged", ORANGE, "//", "--"))
    for number, (name, colour, hatch, line) in enumerate(looks):
        share = [100 * counts[number][kind] / counts[number].total() for kind in names]
        kinds.barh(at + 0.4 * number, share, 0.4, color=colour, hatch=hatch, label=name)
        shorter = np.searchsorted(np.sort(shapes[number]), grid, side="right")
        lengths.plot(
            grid, 100 * shorter / len(shapes[number]), line, color=colour, linewidth=2, label=name
        )
    kinds.set_yticks(at + 0.2, names, fontsize=8)
    kinds.set(title="Kinds of records", xlabel="share (%)")
    lengths.set(title="Command lines of Sysmon 1", xlabel="characters, at most", ylabel="share (%)")
    for axes in (kinds, lengths):
        axes.legend(fontsize=9)
    return figure
