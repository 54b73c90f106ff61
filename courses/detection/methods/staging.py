"""Stages what a case is made of: a day with or without a trace, a trial, hidden days, files.

All of it is drawn from a seed; what is secret about a trainee's case is that seed alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from dalil.courses.detection.methods.events import (
    SECURITY,
    SYSMON,
    Event,
    EventLog,
    parse_event,
)
from dalil.courses.detection.methods.journal import Draft
from dalil.courses.detection.methods.office import WORDS, Day, Office, play, workday
from dalil.courses.detection.methods.techniques import TECHNIQUES
from dalil.courses.detection.methods.traces import Technique, Trace
from dalil.forging import Seed

Raw = dict[str, Any]
"""An event in the JSON that the library ``evtx`` emits."""

LOOKALIKES = (6, 9)
"""How many harmless records a day holds that resemble the technique, at least and at most."""

_EVENTS = {"process_creation": ((SYSMON, 1), (SECURITY, 4688)), "registry_set": ((SYSMON, 13),)}
# What differs from record to record without meaning is not kept of hidden days.
_PASSING = ("UtcTime", "ProcessGuid", "ParentProcessGuid", "LogonGuid", "Hashes", "ProcessId")


@dataclass(frozen=True, eq=False)
class StagedDay:
    """The records of a day, the one that was planted (None: nothing was), and the host with a hole.

    ``user`` is the account in whose session the trace was planted.
    """

    records: list[Raw]
    planted: Draft | None
    user: str
    hole: str


def stage_day(
    seed: Seed,
    office: Office,
    day: date,
    technique: Technique,
    *,
    planted: bool,
    hole: bool,
) -> StagedDay:
    """A day with look-alikes of *technique*, its trace if *planted*, records lost if *hole*.

    A planted trace is never lost itself: the hole is in another host's Sysmon.
    """
    written = workday(seed.child("routine"), office, day)
    rng = seed.rng("staged")
    _resemble(written, rng, technique)
    draft, user = None, ""
    if planted:
        trace = _by_somebody(rng, technique.planted[int(rng.integers(len(technique.planted)))])
        draft, logon = play(written, rng, trace)
        user = logon.account.name
    records = written.journal.close()
    lost = ""
    if hole:
        exempt = draft.host if draft else ""
        lost = str(rng.choice([host for _, host in office.posts if host != exempt]))
        records = _lose(rng, day, records, lost)
    return StagedDay(records, draft, user, lost)


def _by_somebody(rng: np.random.Generator, trace: Trace) -> Trace:
    """Mostly in an employee's session, now and then in an administrator's."""
    return replace(trace, actor="admin") if rng.random() < 0.4 else trace


def _resemble(day: Day, rng: np.random.Generator, technique: Technique) -> list[Draft]:
    """Stage harmless work that resembles *technique*: each kind once, then any."""
    kinds = list(technique.harmless)
    count = int(rng.integers(LOOKALIKES[0], LOOKALIKES[1], endpoint=True))
    chosen = [*kinds, *(kinds[int(n)] for n in rng.integers(len(kinds), size=count))][:count]
    return [play(day, rng, trace)[0] for trace in chosen]


def _lose(rng: np.random.Generator, day: date, records: list[Raw], host: str) -> list[Raw]:
    """*records* without what Sysmon wrote on *host* in one to two hours of the morning."""
    begins = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(
        minutes=float(rng.uniform(0, 90))
    )
    ends = begins + timedelta(minutes=float(rng.uniform(60, 120)))

    def kept(record: Raw) -> bool:
        event = parse_event(record)
        inside = event.host == host and event.channel == SYSMON
        return not (inside and begins <= event.when <= ends)

    return [record for record in records if kept(record)]


def of_category(records: Iterable[Raw], category: str) -> list[Raw]:
    """Those of *records* that a rule of the *category* looks at."""
    wanted = _EVENTS[category]
    system = ((record, record["Event"]["System"]) for record in records)
    return [record for record, head in system if (head["Channel"], head["EventID"]) in wanted]


def stage_trial(
    seed: Seed, office: Office, day: date, technique: Technique, others: int = 60
) -> tuple[list[Raw], list[bool]]:
    """Records of a trial with known truth, and for each whether it is of the technique.

    Each planted trace is staged four to seven times, each harmless kind three to six times;
    *others* are records of everyday work.
    """
    written = workday(seed.child("routine"), office, day)
    rng = seed.rng("trial")
    sought, known = [], []
    for trace in technique.planted:
        for _ in range(int(rng.integers(4, 8))):
            sought.append(play(written, rng, _by_somebody(rng, trace))[0])
    for trace in technique.harmless:
        known += [play(written, rng, trace)[0] for _ in range(int(rng.integers(3, 7)))]
    records = written.journal.close()
    drafts = written.journal.drafts
    chosen = {id(draft) for draft in (*sought, *known)}
    rest = [
        number
        for number, draft in enumerate(drafts)
        if (draft.channel, draft.event_id) in _EVENTS[technique.category]
        and id(draft) not in chosen
    ]
    kept = {int(n) for n in rng.choice(rest, size=min(others, len(rest)), replace=False)}
    planted = {id(draft) for draft in sought}
    pairs = [
        (record, id(draft) in planted)
        for number, (record, draft) in enumerate(zip(records, drafts, strict=True))
        if id(draft) in chosen or number in kept
    ]
    return [record for record, _ in pairs], [truth for _, truth in pairs]


def stage_hidden(
    seed: Seed, office: Office, first: date, technique: Technique, *, days: int, each: int
) -> tuple[list[Raw], list[list[Raw]]]:
    """What a rule is tried on: records of the technique, and *days* without it.

    Each trace, the unseen ones too, is staged *each* times. Of the days the records of the
    technique's category are kept; each holds its look-alikes.
    """
    written = workday(seed.child("sought"), office, first)
    rng = seed.rng("hidden")
    traces = (*technique.planted, *technique.unseen)
    sought = [
        play(written, rng, replace(trace, actor="admin") if number % 3 == 2 else trace)[0]
        for trace in traces
        for number in range(each)
    ]
    records = written.journal.close()
    wanted = {id(draft) for draft in sought}
    pairs = zip(records, written.journal.drafts, strict=True)
    positives = [record for record, draft in pairs if id(draft) in wanted]
    negatives = []
    for number in range(days):
        quiet = workday(seed.child(f"day {number}"), office, first + timedelta(days=number + 1))
        _resemble(quiet, rng, technique)
        negatives.append(of_category(quiet.journal.close(), technique.category))
    return positives, negatives


def stage_excerpts(seed: Seed, office: Office, day: date, ids: Sequence[str]) -> list[Raw]:
    """One record of each of the techniques *ids*, in their order."""
    written = workday(seed.child("routine"), office, day)
    rng = seed.rng("excerpts")
    drafts = []
    for name in ids:
        traces = TECHNIQUES[name].planted
        drafts.append(play(written, rng, traces[int(rng.integers(len(traces)))])[0])
    records = written.journal.close()
    place = {id(draft): number for number, draft in enumerate(written.journal.drafts)}
    return [records[place[id(draft)]] for draft in drafts]


def json_lines(records: Iterable[Raw]) -> str:
    """*records* as JSON lines: the form of an exported log."""
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def pack(records: Iterable[Raw]) -> str:
    """*records* as one short text: each value once, and without what differs for no reason."""
    values: dict[str, int] = {}

    def number(value: object) -> int:
        return values.setdefault(str(value), len(values))

    rows = []
    for record in records:
        event = parse_event(record)
        fields = {k: v for k, v in event.fields.items() if k not in _PASSING}
        pairs = [number(part) for item in fields.items() for part in item]
        rows.append([number(event.channel), event.event_id, number(event.host), *pairs])
    return json.dumps([list(values), rows], ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> EventLog:
    """The events of ``pack``: their time and record number are not kept."""
    values, rows = json.loads(text)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return EventLog(
        Event(
            channel=values[channel],
            event_id=event_id,
            record=place,
            when=start,
            host=values[host],
            provider="",
            fields={values[n]: values[v] for n, v in zip(rest[::2], rest[1::2], strict=True)},
        )
        for place, (channel, event_id, host, *rest) in enumerate(rows)
    )


# -- files for signatures -----------------------------------------------------------------------

_LIMIT = 24 * 1024
_SIGNATURE = """\
rule exercise_{word} {{
  meta:
    description = "inert files of the exercise {word}; nothing here is or does anything"
  strings:
    $mark = "{mark}"
    $task = "{task}" nocase
    $note = "{note}" ascii wide
  condition:
    2 of them and filesize < {limit}
}}
"""


@dataclass(frozen=True)
class Samples:
    """Inert files and a signature; ``quoting`` is the report that merely quotes the strings."""

    files: Mapping[str, bytes]
    signature: str
    quoting: str


def stage_samples(seed: Seed) -> Samples:
    """Twelve inert files: carriers of the strings, near misses, noise, and a report on them."""
    rng = seed.rng("samples")
    word = str(rng.choice(WORDS))
    digits = [str(int(n)) for n in rng.integers(1000, 9999, 3)]
    mark, task, note = f"EXERCISE-{digits[0]}", f"task_{word}_{digits[1]}", f"{word}:{digits[2]}"
    report = (
        f"Rapport d'analyse (fictif)\r\n\r\nLes fichiers de la série contiennent « {mark} » "
        f"et « {task} ».\r\nVoir aussi la note {note}.\r\n"
    )
    wide = note.encode("utf-16-le")
    kinds: list[tuple[list[bytes], int]] = [
        ([mark.encode(), task.encode()], 0),
        ([task.upper().encode(), wide], 0),
        ([mark.encode(), task.encode(), note.encode()], 0),
        ([mark.encode()], 0),
        ([wide, wide], 0),
        ([mark.lower().encode(), task.encode()], 0),
        ([mark.encode(), task.encode()], _LIMIT),
        ([mark.encode("utf-16-le"), task.encode()], 0),
        ([], 0),
        ([], 0),
        ([], _LIMIT),
    ]
    contents = [_noise(rng, parts, least) for parts, least in kinds]
    contents.append(report.encode() + b" " * int(rng.integers(2_000, 16_000)))
    names = [f"f{n:02d}.bin" for n in range(1, len(contents) + 1)]
    order = [int(n) for n in rng.permutation(len(contents))]
    files = {names[place]: contents[number] for place, number in enumerate(order)}
    signature = _SIGNATURE.format(word=word, mark=mark, task=task, note=note, limit=_LIMIT)
    return Samples(files, signature, names[order.index(len(contents) - 1)])


def _noise(rng: np.random.Generator, parts: Sequence[bytes], least: int) -> bytes:
    """Bytes without meaning, over *least* of them, with *parts* somewhere in between."""
    pieces = [rng.bytes(int(rng.integers(600, 4_500))) for _ in range(4)]
    pieces.append(rng.bytes(least))
    for place, part in enumerate(parts):
        pieces.insert(1 + 2 * place, part)
    return b"INERT\0" + b"".join(pieces)
