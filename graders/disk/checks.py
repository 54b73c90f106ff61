"""Marks the answers of the module disk.

Two rules hold throughout. An accusation that is false costs half of the question. And a yes or no
that the records cannot carry costs the whole decision, because a court would build on it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dalil.marks import by_parts, leaving, less_false, solving
from dalil.models import N_, Simulation, Verdict

FALSE_ACCUSATION = 0.5
FALSE_ALARM = 0.25
CLOCK_TOLERANCE = 2.0  # seconds
MOMENT_TOLERANCE = 3.0  # seconds: FAT keeps every second one
MARGIN_TOLERANCE = 5.0  # seconds
_INVISIBLE = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_digest(answer: str, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if answer == truth["digest"]:
        return Verdict(1.0, N_("Right: the digest of the image as you received it."))
    return Verdict(
        0.0,
        N_(
            "That is not the digest of the image. Hash all its bytes as they are unpacked in "
            "memory, image.data, not the file disk.zip, which is only its packing (lesson, "
            "section 2)."
        ),
    )


def check_pieces(answer: list[int], truth: dict[str, Any]) -> Verdict:
    """Found pieces count the same; each false one costs half."""
    given, expected = set(answer), set(truth["pieces"])
    share = less_false(
        len(given & expected), len(expected), len(given - expected), FALSE_ACCUSATION
    )
    if share == 1.0:
        return Verdict(1.0, N_("Exactly these pieces, and all others are as acquired."))
    if given - expected:
        return Verdict(
            share,
            N_(
                "A piece is named that still has its recorded digest, and that costs half. AB and "
                "ab are the same hexadecimal digits; give the numbers of the column piece (lesson, "
                "section 2)."
            ),
        )
    return Verdict(
        share,
        N_(
            "A piece that differs is missing. One changed bit is enough: compare all digests, also "
            "those of pieces in free space (lesson, section 2)."
        ),
    )


def check_layout(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """A quarter for each of the four fields."""
    right = sum(answer[name] == value for name, value in truth["layout"].items())
    return by_parts(
        right,
        len(truth["layout"]),
        N_("Scheme, both partitions and what lies between are right."),
        N_(
            "{right} of 4 fields are right. Numbers are first sectors, counted from the start of "
            "the disk. Behind an MBR of the kind 0xEE stands a GPT. A gap is no file system: the "
            "field hidden is the sector where one begins, and 0 when there is none (lesson, "
            "section 3)."
        ),
    )


def check_clock(answer: float, truth: dict[str, Any]) -> Verdict:
    """Within two seconds."""
    if abs(answer - truth["clock"]) <= CLOCK_TOLERANCE:
        return Verdict(1.0, N_("Right: take it off each time that this computer recorded."))
    return Verdict(
        0.0,
        N_(
            "That is not the error of the clock. Bring both times to UTC first: the clock showed "
            "legal time, whose offset on that day depends on Ramadan. The error is what it showed "
            "less what was true, so a clock that is fast has a positive one (lesson, section 8)."
        ),
    )


def check_recovered(answer: str, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if answer == truth["recovered"]:
        return Verdict(1.0, N_("Right: the table as it was when it was deleted."))
    return Verdict(
        0.0,
        N_(
            "That is not the deleted table. Take as many bytes as its entry in the folder says: "
            "whole clusters have the rest of an older file at their end. And take the file that "
            "the request names (lesson, section 5)."
        ),
    )


def check_carved(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Found pictures count the same; each false one costs half."""
    given, expected = set(answer), set(truth["carved"])
    false = len(given - expected)
    share = less_false(len(given & expected), len(expected), false, FALSE_ACCUSATION)
    if share == 1.0:
        return Verdict(1.0, N_("Every whole picture in the free space, and nothing else."))
    return Verdict(
        share,
        N_(
            "{right} pictures are right, {false} are none of the whole pictures in the free space "
            "of the Linux partition. A picture holds a smaller one: the first FF D9 ends the "
            "thumbnail, not the file. What has no end is not whole; what still has a name in use "
            "does not lie in free space (lesson, section 6)."
        ),
        {"right": len(given & expected), "false": false},
    )


def check_moment(answer: str, truth: dict[str, Any]) -> Verdict:
    """Within three seconds."""
    if abs((_moment(answer) - _moment(truth["moment"])).total_seconds()) <= MOMENT_TOLERANCE:
        return Verdict(1.0, N_("Right: the true time, whatever the clocks showed."))
    return Verdict(
        0.0,
        N_(
            "That is not the true time. FAT keeps local time: turn it into UTC by the offset of "
            "that very day, not of today; then take off the error of the clock, with its sign. The "
            "last change is asked for, not the day of the last access (lesson, sections 7 and 8)."
        ),
    )


def check_order(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Half when only the mail, whose time is another clock's, is out of place."""
    expected = truth["order"]
    if answer == expected:
        return Verdict(1.0, N_("All six in their true order."))
    rest = [letter for letter in expected if letter != truth["mail"]]
    if [letter for letter in answer if letter != truth["mail"]] == rest:
        return Verdict(
            0.5,
            N_(
                "Five of the six are in their order, the mail is out of place. Was every time that "
                "this computer wrote corrected for its clock, and only those? A mail server has a "
                "clock of its own, and writes its offset down (lesson, section 8)."
            ),
        )
    return Verdict(
        0.0,
        N_(
            "That is not the order. Bring all six to UTC before you sort: FAT has local times, "
            "ext4 has UTC, logs and mails have offsets. Then take the error of the clock off what "
            "this computer recorded (lesson, section 8)."
        ),
    )


def check_findings(answer: list[dict[str, str]], truth: dict[str, Any]) -> Verdict:
    """Right place and kind: a hit; else an accusation in vain, half of the question each."""
    given = {(_place(item["place"]), item["kind"]) for item in answer}
    expected = {(_place(item["place"]), item["kind"]) for item in truth["findings"]}
    hits, false = len(given & expected), len(given - expected)
    share = less_false(hits, len(expected), false, FALSE_ACCUSATION)
    values = {"hits": hits, "false": false}
    if share == 1.0:
        return Verdict(1.0, N_("Everything that was concealed, and nothing accused in vain."))
    if false:
        return Verdict(
            share,
            N_(
                "{hits} right, {false} in vain at half of the question each. Ask what would make a "
                "sign harmless: a copy keeps its old date, an office document is a zip archive, an "
                "Arabic name may hold a plain direction mark, a deleted file's clusters may be "
                "another's by now (lesson, section 9)."
            ),
            values,
        )
    return Verdict(
        share,
        N_(
            "{hits} right, nothing in vain, but not everything. Go through the four kinds one "
            "after another, each over all files of both partitions, the deleted ones too (lesson, "
            "section 9)."
        ),
        values,
    )


def check_moments(answer: list[list[str] | None], truth: dict[str, Any]) -> Verdict:
    """Words with a moment read rightly, less a quarter for each alarm on words without one."""
    pairs = list(zip(answer, truth["moments"], strict=True))
    held = [_same(got, want) for got, want in pairs if want]
    alarms = sum(got != [] for got, want in pairs if not want)
    share = max(0.0, sum(held) / len(held) - FALSE_ALARM * alarms)
    values = {"right": sum(held), "held": len(held), "alarms": alarms}
    if share == 1.0:
        return Verdict(1.0, N_("Every pair of words was read rightly, impossible ones too."))
    return Verdict(
        share,
        N_(
            "Of {held} pairs of words that stand for a moment {right} were read rightly; {alarms} "
            "impossible ones gave a moment or an error. Seconds are kept divided by two, the year "
            "counts from 1980. Legal time is UTC+0 during Ramadan; one hour of each year happened "
            "twice and has two moments, one never was and has none (lesson, section 7)."
        ),
        values,
    )


def check_decision(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """Half for the decision, half for the margin; nothing for a yes or no that is not carried."""
    known = truth["decision"]
    if answer["opened"] != "undetermined" and answer["opened"] != known["opened"]:
        return Verdict(
            0.0,
            N_(
                "The records do not carry this decision, and that costs the question. The time of "
                "access says nothing when a backup reads every file. A last opening before the "
                "deadline does not exclude a later one. Within the uncertainty of the clock there "
                "is no before and after. Only a file that was gone cannot have been opened "
                "(lesson, section 10)."
            ),
        )
    near = abs(answer["margin"] - known["margin"]) <= MARGIN_TOLERANCE
    share = 0.5 * (answer["opened"] == known["opened"]) + 0.5 * near
    if share == 1.0:
        return Verdict(1.0, N_("The decision and its margin follow from the records."))
    return Verdict(
        share,
        N_(
            "The margin, the decision or both do not follow. The margin is the true time of the "
            "last recorded opening less the deadline, in seconds; the deadline is legal time, the "
            "list of recent documents is the computer's clock in UTC. Undetermined is right only "
            "where the three rules leave nothing else (lesson, section 10)."
        ),
    )


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text.strip())
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _same(got: list[str] | None, want: list[str]) -> bool:
    try:
        return got is not None and [_moment(text) for text in got] == [_moment(t) for t in want]
    except (ValueError, OverflowError):
        return False


def _place(place: str) -> str:
    """A place for comparison: composed letters, without what is invisible or spelled out."""
    plain = unicodedata.normalize("NFC", place.strip())
    for mark in _INVISIBLE:
        plain = plain.replace(f"‹U+{ord(mark):04X}›", "").replace(mark, "")
    return plain


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "digest": check_digest,
    "pieces": check_pieces,
    "layout": check_layout,
    "clock": check_clock,
    "recovered": check_recovered,
    "carved": check_carved,
    "moment": check_moment,
    "order": check_order,
    "findings": check_findings,
    "moments": check_moments,
    "decision": check_decision,
}


_PACKING = 'digest = methods.sha256(case.exhibit("disk").read_bytes())\n'

_EXACT_TEXT = """\
pieces = [
    int(row["piece"])
    for row in record
    if methods.sha256(image.data[int(row["offset"]) :][: int(row["bytes"])]) != row["sha256"]
]
"""

_GAP_IS_HIDDEN = """\
starts = {}
for area in table.partitions:
    for sector, kind in methods.file_systems_in(image, area):
        starts[kind] = sector
layout = {
    "scheme": table.scheme,
    "linux": starts["ext"],
    "exchange": starts["fat"],
    "hidden": [gap.first for gap in table.gaps if gap.first][0],
}
"""

_SLOW_FOR_FAST = """\
shown = methods.instants(datetime.fromisoformat(request["clock_shown"]))[0]
clock = (datetime.fromisoformat(request["clock_true"]) - shown).total_seconds()
"""

_WHOLE_CLUSTERS = """\
deleted = methods.find(files, request["recover"])
runs = methods.file_runs(exchange, deleted)
recovered = methods.sha256(b"".join(image.data[at : at + length] for at, length in runs))
"""

_FIRST_END = """\
carved = []
for start, length in methods.free_runs(linux):
    at = image.data.find(b"\\xff\\xd8\\xff", start, start + length)
    while at >= 0:
        end = image.data.find(b"\\xff\\xd9", at, start + length) + 2
        carved.append(methods.sha256(image.data[at:end]))
        at = image.data.find(b"\\xff\\xd8\\xff", max(end, at + 1), start + length)
"""

_ONE_PICTURE = """\
whole = [one for one in methods.carve_jpegs(image.data, methods.free_runs(linux)) if one.complete]
carved = [methods.sha256(whole[0].data)]
"""

_LOCAL_IS_UTC = """\
local = dict(methods.find(files, request["moment_file"]).local)["modified"]
moment = f"{local:%Y-%m-%dT%H:%M:%SZ}"
"""

_LOCAL_ORDER = """\
from datetime import UTC

times = {}
for event in events:
    if event["stamp"] == "Received":
        times[event["event"]] = methods.received(read(event["place"]))[0]
        continue
    if event["place"].endswith("syslog"):
        lines = methods.log_lines(read(event["place"]))
        recorded = [line.when for line in lines if event["stamp"] in line.text][0]
    else:
        entry = methods.find(files, event["place"])
        local = dict(entry.local).get(event["stamp"])
        recorded = local.replace(tzinfo=UTC) if local else getattr(entry, event["stamp"])
    times[event["event"]] = methods.true_time(recorded, clock)
order = sorted(times, key=times.get)
"""

_UNCORRECTED = """\
times = {}
for event in events:
    if event["stamp"] == "Received":
        times[event["event"]] = methods.received(read(event["place"]))[0]
    elif event["place"].endswith("syslog"):
        lines = methods.log_lines(read(event["place"]))
        times[event["event"]] = [line.when for line in lines if event["stamp"] in line.text][0]
    else:
        times[event["event"]] = getattr(methods.find(files, event["place"]), event["stamp"])
order = sorted(times, key=times.get)
"""

# Every copy with its date, every archive, every direction mark.
_EVERY_SIGN = """\
from datetime import timedelta

findings = []
for entry in files:
    if entry.created and entry.modified and entry.created - entry.modified > timedelta(days=1):
        findings.append({"place": entry.place, "kind": "backdated"})
"""

_FOUND = """\
findings = []
for entry in files:
    if entry.kind != "file" or not entry.size:
        continue
    data = methods.content(volumes[entry.place.partition(":")[0]], entry)
    if methods.wiped(entry, data):
        findings.append({"place": entry.place, "kind": "wiped"})
    if entry.deleted:
        continue
    if methods.other_kind(entry.name, data):
        findings.append({"place": entry.place, "kind": "extension"})
    if methods.set_back(entry, data):
        findings.append({"place": entry.place, "kind": "backdated"})
"""

_EVERY_MARK = f"""{_FOUND}\
    if any(letter in entry.name for letter in "\\u200e\\u200f\\u202e"):
        findings.append({{"place": entry.place, "kind": "bidi"}})
"""

_ALWAYS_ONE = """\
from datetime import timedelta


def moments(day, clock):
    local = methods.fat_local(day, clock)
    if local is None:
        return []
    return [f"{local - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"]
"""

_FIRST_OF_TWO = """\
from datetime import UTC


def moments(day, clock):
    local = methods.fat_local(day, clock)
    if local is None:
        return []
    return [f"{local.replace(tzinfo=methods.ZONE).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
"""

# Takes silence for a no and a deletion for no answer; and a late record for an early one.
_TURNED_ROUND = """\
visited = methods.recent_documents(read(recent))[request["sealed_file"].partition(":")[2]]
deadline = methods.instants(datetime.fromisoformat(request["deadline"]))[0]
late = (methods.true_time(visited, clock) - deadline).total_seconds()
gone = methods.find(files, request["sealed_file"]).removed
opened = "yes" if gone else "no"
decision = {"opened": opened, "margin": -late}
"""

# What a simulation earns must not depend on the case, so answers that are right in some cases only
# are left open here.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(carved=_ONE_PICTURE), {"carved": 0.5}),
    leaving("half", "order", "findings", "moments", "decision"),
    # Hashes the packing, carves to the first end, takes local time for UTC and silence for a no.
    Simulation(
        "wrong",
        solving(
            digest=_PACKING,
            layout=_GAP_IS_HIDDEN,
            recovered=_WHOLE_CLUSTERS,
            carved=_FIRST_END,
            moment=_LOCAL_IS_UTC,
            order=_LOCAL_ORDER,
            findings=_EVERY_SIGN,
            moments=_ALWAYS_ONE,
            decision=None,
        ),
        {
            "digest": 0.0,
            "layout": 0.75,
            "recovered": 0.0,
            "carved": 0.0,
            "moment": 0.0,
            "order": 0.0,
            "findings": 0.0,
            "moments": 0.0,
            "decision": 0.0,
        },
    ),
    # Turns the sign of the clock's error round: every corrected time is twice as wrong.
    Simulation(
        "sign",
        solving(clock=_SLOW_FOR_FAST, decision=None),
        {"clock": 0.0, "moment": 0.0, "order": 0.5, "decision": 0.0},
    ),
    # Leaves the clock as it is; only the mail is then out of place.
    Simulation("uncorrected", solving(order=_UNCORRECTED), {"order": 0.5}),
    # Compares digests as text and takes each direction mark for a deception.
    Simulation(
        "marks",
        solving(pieces=_EXACT_TEXT, findings=_EVERY_MARK),
        {"pieces": 0.5, "findings": 0.5},
    ),
    # One zone rule for all days, the first of two moments, and one for an hour that never was.
    Simulation("first", solving(moments=_FIRST_OF_TWO), {"moments": 0.3}),
)
