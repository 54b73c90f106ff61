"""Marks the answers of the module custody.

One rule for accusations: each one that is false costs half of the question, because in a court a
false break does as much harm as a missed one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from dalil.marks import leaving, less_false, solving
from dalil.models import N_, Simulation, Verdict

FALSE_ACCUSATION = 0.5


def check_seals(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """All seal numbers in order; half for the right numbers in another order or number."""
    given = [number.strip().upper() for number in answer]
    if given == truth["seals"]:
        return Verdict(1.0, N_("All seals, in the order of their use."))
    if set(given) == set(truth["seals"]):
        return Verdict(
            0.5,
            N_(
                "These are the numbers that occur, but not one per sealing in the order of use. "
                "Start with the seal of the seizure and add the new number each time the pack was "
                "re-sealed, even if that number has been seen before."
            ),
        )
    return Verdict(
        0.0,
        N_(
            "The list holds a number that never closed the pack, or lacks one that did. Read "
            "seal_after of the first entry, then of each entry in which seal_before and "
            "seal_after differ."
        ),
    )


def check_digests(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """Each right digest counts the same; a name that is not in the pack cancels one."""
    expected = truth["digests"]
    given = {_name(name): digest for name, digest in answer.items()}
    right = sum(given.get(_name(name)) == digest for name, digest in expected.items())
    extra = len(set(given) - {_name(name) for name in expected})
    share = max(0.0, (right - extra) / len(expected))
    values = {"right": right, "total": len(expected), "extra": extra}
    if share == 1.0:
        return Verdict(1.0, N_("All {total} digests are right."), values)
    return Verdict(
        share,
        N_(
            "{right} of {total} digests are right; {extra} names are not in the pack. Hash the "
            "bytes of each file as they lie in the pack: text that was decoded, or whose line ends "
            "were changed, is another file."
        ),
        values,
    )


def check_mismatched(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Found files count the same; each false one costs half of the question."""
    given = {_name(name) for name in answer}
    expected = {_name(name) for name in truth["mismatched"]}
    share = less_false(
        len(given & expected), len(expected), len(given - expected), FALSE_ACCUSATION
    )
    if share == 1.0:
        return Verdict(1.0, N_("These files, and no others, have changed."))
    if given - expected:
        return Verdict(
            share,
            N_(
                "A file is named that still matches its digest, and that costs half of the "
                "question. A digest is a number: AB and ab are the same hexadecimal digits."
            ),
        )
    return Verdict(
        share,
        N_(
            "A changed file is missing from the list. Equal size does not mean equal content: "
            "compare the digests, all of them."
        ),
    )


def check_transit(answer: float, truth: dict[str, Any]) -> Verdict:
    """Right within a minute."""
    if abs(answer - truth["transit"]) <= 1.0:
        return Verdict(1.0, N_("Right: elapsed time, whatever the clocks on the wall said."))
    return Verdict(
        0.0,
        N_(
            "That is not the elapsed time. Find the two entries of the night transport, take "
            "utc_offset away from local_time in each, and only then subtract."
        ),
    )


def check_breaks(answer: list[dict[str, Any]], truth: dict[str, Any]) -> Verdict:
    """Right entry and kind: a whole hit; right entry, wrong kind: half a hit; else false."""
    given = {(item["entry"], item["kind"]) for item in answer}
    expected = {(item["entry"], item["kind"]) for item in truth["breaks"]}
    exact = given & expected
    open_entries = {entry for entry, _ in expected - exact}
    near = {entry for entry, _ in given - exact} & open_entries
    false = len(given) - len(exact) - len(near)
    share = less_false(len(exact) + 0.5 * len(near), len(expected), false, FALSE_ACCUSATION)
    values = {"exact": len(exact), "near": len(near), "false": false}
    if share == 1.0:
        return Verdict(1.0, N_("Every break with its kind, and nothing accused in vain."))
    if false:
        return Verdict(
            share,
            N_(
                "{exact} breaks with their kind, {near} with another kind, {false} false "
                "accusations at half of the question each. Before you accuse, ask what would make "
                "it harmless: a locked room, a new seal number, a deputy's signature, a correction "
                "that moved nothing, capital letters, the clock change. A break is reported at the "
                "entry in which it shows."
            ),
            values,
        )
    return Verdict(
        share,
        N_(
            "{exact} breaks with their kind, {near} with another kind, nothing accused in vain, "
            "but not everything found. Go through the four kinds one after another, each over the "
            "whole log."
        ),
        values,
    )


def check_verify(answer: list[int | None], truth: dict[str, Any]) -> Verdict:
    """Faulty logs located, less half of the question for each alarm on a sound log."""
    pairs = list(zip(answer, truth["verify"], strict=True))
    faulty = [(got, want) for got, want in pairs if want]
    exact = sum(got == want for got, want in faulty)
    noticed = sum(got is not None and got not in (0, want) for got, want in faulty)
    alarms = sum(got != 0 for got, want in pairs if not want)
    share = less_false(exact + 0.5 * noticed, len(faulty), alarms, FALSE_ACCUSATION)
    values = {"exact": exact, "noticed": noticed, "faulty": len(faulty), "alarms": alarms}
    if share == 1.0:
        return Verdict(1.0, N_("Every changed log was found, and no sound one accused."))
    return Verdict(
        share,
        N_(
            "Of {faulty} changed logs your function located {exact} and noticed {noticed} more at "
            "another position; {alarms} sound logs (an empty one among them) gave an alarm or an "
            "error. Carry the recorded hash from entry to entry, begin with FIRST, compare, and "
            "return the position in the list, counted from 1, not the number written in the entry."
        ),
        values,
    )


def check_decision(answer: str, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if answer == truth["decision"]:
        return Verdict(1.0, N_("The decision follows from the records."))
    return Verdict(
        0.0,
        N_(
            "The decision does not follow from the records. Ask in this order: is there a break? "
            "If there is none, does the log itself verify, so that 'no break' means anything? Only "
            "then is the chain intact as far as the records go."
        ),
    )


def _name(name: str) -> str:
    """A file's name for comparison: composed letters, without a folder in front."""
    return unicodedata.normalize("NFC", name).rsplit("/", 1)[-1]


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "seals": check_seals,
    "digests": check_digests,
    "mismatched": check_mismatched,
    "transit": check_transit,
    "breaks": check_breaks,
    "verify": check_verify,
    "decision": check_decision,
}


_REVERSED = """\
seals = [log[0]["seal_after"]]
for entry in log:
    if entry["seal_before"] != entry["seal_after"] and entry is not log[0]:
        seals.append(entry["seal_after"])
seals.reverse()
"""

_WALL_CLOCK_TRANSIT = """\
from datetime import datetime

for before, entry in zip(log, log[1:], strict=False):
    if before["purpose"] == "night transport":
        wall = [datetime.fromisoformat(row["local_time"]) for row in (before, entry)]
        transit = (wall[1] - wall[0]).total_seconds() / 60
"""

# Every break, found rightly; what is wrong in a simulation follows.
_FOUND = """\
breaks = [{"entry": gap.entry, "kind": "gap"} for gap in methods.find_gaps(log)]
seen = []
for before, entry in zip([None, *log], log, strict=False):
    number = int(entry["entry"])
    if before and not methods.same_digest(before["pack_sha256"], entry["pack_sha256"]):
        breaks.append({"entry": number, "kind": "hash"})
    if not entry["signature"]:
        breaks.append({"entry": number, "kind": "signature"})
    if entry["seal_before"] != entry["seal_after"]:
        if entry["seal_after"] in seen:
            breaks.append({"entry": number, "kind": "seal"})
        seen.append(entry["seal_after"])
"""

_WALL_CLOCK_BREAKS = f"""{_FOUND}\
    if before and before["purpose"] == "night transport":
        breaks.append({{"entry": number, "kind": "gap"}})
"""

_EVERY_RESEAL = f"""{_FOUND}\
    if before and entry["seal_before"] != entry["seal_after"]:
        breaks.append({{"entry": number, "kind": "seal"}})
"""

_EXACT_TEXT_BREAKS = f"""{_FOUND}\
    if before and before["pack_sha256"] != entry["pack_sha256"]:
        breaks.append({{"entry": number, "kind": "hash"}})
"""

_EVERY_NIGHT = """\
breaks = [
    {"entry": int(entry["entry"]), "kind": "gap"}
    for before, entry in zip(log, log[1:], strict=False)
    if methods.minutes_between(before, entry) > 120
]
"""

_TEXT_DIGESTS = """\
digests = {}
for name, data in pack.items():
    if not name.endswith(".png"):
        data = data.decode("utf-8").replace("\\r\\n", "\\n").encode("utf-8")
    digests[name] = methods.sha256_bytes(data)
"""

_EXACT_TEXT_MISMATCH = """\
mismatched = [
    row["file"]
    for row in manifest
    if methods.sha256_bytes(pack[row["file"]]) != row["sha256"]
]
"""

_NUMBER_NOT_POSITION = """\
def verify(entries):
    previous = methods.FIRST
    for entry in entries:
        if methods.chain_hash(previous, entry) != entry["entry_hash"]:
            return int(entry["entry"])
        previous = entry["entry_hash"]
    return 0
"""

_UNCHAINED = """\
def verify(entries):
    for position, entry in enumerate(entries, 1):
        if methods.chain_hash(methods.FIRST, entry) != entry["entry_hash"]:
            return position
    return 0
"""

_TURNED_ROUND = """\
sound = True
previous = methods.FIRST
for entry in log:
    sound = sound and methods.chain_hash(previous, entry) == entry["entry_hash"]
    previous = entry["entry_hash"]
decision = "undetermined" if sound else "broken"
"""

# A decision drawn from breaks that are false is right in some cases and wrong in others, so who
# accuses in vain leaves it open here: what a simulation earns must not depend on the case.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(seals=_REVERSED), {"seals": 0.5}),
    leaving("half", "breaks", "verify", "decision"),
    # Hashes text instead of bytes, takes each re-seal for a break and "no proof" for "no answer".
    Simulation(
        "wrong",
        solving(
            digests=_TEXT_DIGESTS,
            mismatched="mismatched = [row['file'] for row in manifest\n"
            "              if digests[row['file']] != row['sha256'].lower()]\n",
            breaks=_EVERY_RESEAL,
            verify=_UNCHAINED,
            decision=_TURNED_ROUND,
        ),
        # Three photographs of eight files are hashed right; the five texts are accused.
        {"digests": 0.375, "mismatched": 0.0, "breaks": 0.0, "verify": 0.0, "decision": 0.0},
    ),
    # Reads clocks on the wall: an hour too long, and one gap that is none.
    Simulation(
        "clock",
        solving(transit=_WALL_CLOCK_TRANSIT, breaks=_WALL_CLOCK_BREAKS, decision=None),
        {"transit": 0.0, "breaks": 0.5, "decision": 0.0},
    ),
    # Compares digests as text: one file and two entries are accused for capital letters.
    Simulation(
        "capitals",
        solving(mismatched=_EXACT_TEXT_MISMATCH, breaks=_EXACT_TEXT_BREAKS, decision=None),
        {"mismatched": 0.5, "breaks": 0.0, "decision": 0.0},
    ),
    # Takes each night in a locked room for a gap.
    Simulation(
        "nights",
        solving(breaks=_EVERY_NIGHT, decision=None),
        {"breaks": 0.0, "decision": 0.0},
    ),
    # Of the eight changed logs, three number their entries otherwise than by position.
    Simulation("numbers", solving(verify=_NUMBER_NOT_POSITION), {"verify": 6.5 / 8}),
)
