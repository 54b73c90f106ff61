"""Marks the answers of the module fingerprints.

Two errors cost a whole question, because they mislead a court: a false identification, and a
likelihood ratio beyond what the calibration supports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dalil.courses.fingerprints import methods
from dalil.courses.fingerprints.methods import records
from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

DISTANCE, TURN = 10.0, 30.0  # pixels at 500 per inch, degrees: tolerance of a marked minutia
POLE = 14.0  # pixels around a core or a delta in which nothing is judged
FULL, NONE = 0.80, 0.40  # F1 that earns everything; that earns nothing
WRONG_KIND = 0.5  # what a minutia in the right place but of the wrong type is worth
LR_TOLERANCE = 0.15  # of log10 LR
LIMIT_SLACK = 0.05  # a limit that was rounded is no over-claim
RATE_TOLERANCE = 0.002
BOUND_TOLERANCE = 0.05  # of the value
FALSE_REFUSAL = 1 / 3


def check_file(answer: dict[str, int], truth: dict[str, Any]) -> Verdict:
    """A third for each number."""
    right = sum(answer[name] == value for name, value in truth["file"].items())
    return by_parts(
        right,
        3,
        N_("The transaction was read rightly."),
        N_(
            "{right} of 3 numbers are right. The Type-1 record counts as a record too, and the "
            "image may hold bytes that look like separators: let the lengths tell where a record "
            "ends. There are two Type-9 records; the request names one by its IDC (lesson, "
            "section 8)."
        ),
    )


def check_patterns(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A third for each print."""
    given = _named(answer)
    right = sum(given.get(name) == pattern for name, pattern in truth["patterns"].items())
    return by_parts(
        right,
        3,
        N_("The patterns of all prints are right."),
        N_(
            "{right} of 3 patterns are right. Count the cores, and see to which side a loop "
            "opens as you look at the print: away from its delta. The names are print_a, "
            "print_b, print_c (lesson, section 3)."
        ),
    )


def check_ridges(answer: int, truth: dict[str, Any]) -> Verdict:
    """All for the number, half for one off."""
    off = abs(answer - truth["ridges"])
    if off == 0:
        return Verdict(1.0, N_("Every ridge between the two points was counted, and only those."))
    return Verdict(
        0.5 if off == 1 else 0.0,
        N_(
            "The count is off. Both points lie in valleys of print B, so each ridge in between "
            "counts once; x is the first number and runs to the right, y the second and runs "
            "down (lesson, section 3)."
        ),
    )


def check_minutiae(answer: list[dict[str, Any]], truth: dict[str, Any]) -> Verdict:
    """By F1 against what was planted, a wrong type at half; nothing near poles is judged."""
    known = truth["minutiae"]
    marked = [_minutia(row) for row in answer]
    marked = [m for m in marked if not _near(m, known["poles"])]
    planted = [methods.Minutia(x, y, d, int(k)) for x, y, d, k in known["seen"]]
    hidden = [methods.Minutia(x, y, d, int(k)) for x, y, d, k in known["hidden"]]
    hits = methods.agree(marked, planted, DISTANCE, TURN).pairs
    rest = [m for n, m in enumerate(marked) if n not in {n for n, _ in hits}]
    excused = len(methods.agree(rest, hidden, DISTANCE, TURN).pairs)
    worth = sum(1.0 if marked[n].kind == planted[m].kind else WRONG_KIND for n, m in hits)
    total = len(planted) + len(marked) - excused
    f1 = 2 * worth / total if total else 0.0
    share = min(max((f1 - NONE) / (FULL - NONE), 0.0), 1.0)
    values = {"marked": len(answer), "hits": len(hits)}
    if share == 1.0:
        return Verdict(1.0, N_("{hits} of your {marked} minutiae are there."), values)
    return Verdict(
        share,
        N_(
            "Of {marked} minutiae that you give, {hits} lie within 10 pixels and 30 degrees of "
            "one that is there; types count too. Three things go wrong here: x and y exchanged, "
            "y counted from below, directions taken away from the ridge instead of along it. "
            "Leave out ridge ends at the rim of the print (lesson, section 5)."
        ),
        values,
    )


def _minutia(row: Mapping[str, Any]) -> methods.Minutia:
    kind = methods.ENDING if row["kind"] == "ending" else methods.BIFURCATION
    return methods.Minutia(row["x"], row["y"], row["direction"], kind)


def _near(minutia: methods.Minutia, poles: list[list[float]]) -> bool:
    return any(math.dist((minutia.x, minutia.y), pole) < POLE for pole in poles)


def check_suitable(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A third for each mark."""
    given = _named(answer)
    right = sum(given.get(name) == value for name, value in truth["suitable"].items())
    return by_parts(
        right,
        3,
        N_("What shows enough was accepted, the rest refused."),
        N_(
            "{right} of 3 marks are judged by the policy. All three bounds of its first rule "
            "must be met: area, number of minutiae and quality. A mark that one can see is not "
            "yet one that can be compared (lesson, section 6)."
        ),
    )


def check_rates(answer: list[dict[str, float] | None], truth: dict[str, Any]) -> Verdict:
    """The share of sets with both rates right."""
    right = sum(
        got is not None
        and all(abs(got[name] - want[name]) <= RATE_TOLERANCE for name in ("fmr", "fnmr"))
        for got, want in zip(answer, truth["rates"], strict=True)
    )
    total = len(truth["rates"])
    return by_parts(
        right,
        total,
        N_("Both rates are right for every set of scores."),
        N_(
            "{right} of {total} sets have both rates right. A score on the threshold is a match. "
            "A comparison that failed (None) never is one: of one finger it is a false "
            "non-match, of different fingers none. It stays in the count either way (lesson, "
            "section 9)."
        ),
    )


def check_threshold(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """A third for each number; any threshold that separates the same scores is as good."""
    known = truth["threshold"]
    right = [
        known["below"] + 0.001 < answer["threshold"] <= known["threshold"] + 0.005,
        abs(answer["fnmr"] - known["fnmr"]) <= RATE_TOLERANCE,
        abs(answer["bound"] - known["bound"]) <= BOUND_TOLERANCE * known["bound"],
    ]
    return by_parts(
        sum(right),
        3,
        N_("Threshold, price and bound are right."),
        N_(
            "{right} of 3 numbers are right. The threshold is the smallest score at which at "
            "most 1 % of the comparisons of different fingers match; the false non-match rate is "
            "read at that threshold, as a share; the bound is that of the false match rate where "
            "log10 LR reaches 1.5, and no error seen there is not the same as no error ever "
            "(lesson, sections 9 and 11)."
        ),
    )


def check_log10_lr(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """A third for each print; nothing if one of them is over-claimed."""
    given, (low, high) = _named(answer), truth["limits"]
    if any(not low - LIMIT_SLACK <= value <= high + LIMIT_SLACK for value in given.values()):
        return Verdict(
            0.0,
            N_(
                "A value lies beyond what the calibration supports, and that costs the question. "
                "Hold it within LOG10_LR_LIMITS, and check that it is a logarithm to base 10 "
                "(lesson, section 10)."
            ),
        )
    right = sum(
        name in given and abs(given[name] - value) <= LR_TOLERANCE
        for name, value in truth["log10_lr"].items()
    )
    return by_parts(
        right,
        3,
        N_("Every ratio is what the calibration supports, and no more."),
        N_(
            "{right} of 3 ratios are right. Compare mark 1 with each print, the mark first; take "
            "the score, not the number of pairs; positive logarithms speak for one finger "
            "(lesson, section 10)."
        ),
    )


def check_decisions(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A third for each mark; nothing after a false identification."""
    given, expected = _named(answer), truth["decisions"]
    false = [
        name
        for name, decision in given.items()
        if decision.startswith("print_") and expected.get(name) != decision
    ]
    if false:
        return Verdict(
            0.0,
            N_(
                "An identification is stated that the policy does not allow, and that costs the "
                "question. Was the mark suitable? Are all three bounds met: ratio, pairs, and "
                "the share of the mark's minutiae that have a partner? The best of three prints "
                "need not be a good one: the source may not be among them (lesson, section 11)."
            ),
        )
    right = sum(given.get(name) == decision for name, decision in expected.items())
    return by_parts(
        right,
        3,
        N_("Each decision follows from the policy."),
        N_(
            "{right} of 3 decisions follow from the policy. Go through its rules in their order "
            "for each mark. What is not enough for an identification is not yet an exclusion, "
            "and what was refused is neither (lesson, section 11)."
        ),
    )


def check_record(answer: str, truth: dict[str, Any]) -> Verdict:
    """A quarter each: well formed; head; places, types and count; directions."""
    known = truth["record"]
    try:
        record = records.read_record(bytes.fromhex(answer))
        whole = record.type == 9
    except (methods.FingerprintError, ValueError):
        whole = False
    if not whole:
        return Verdict(
            0.0,
            N_(
                "These bytes are not one Type-9 record. Field 9.001 holds the length of the "
                "whole record in bytes, itself and the closing FS included; GS stands between "
                "fields, and the text that you hand over is the hexadecimal form (lesson, "
                "section 8)."
            ),
        )
    parts = (_head(record, known), *_body(record, known))
    share = 0.25 + 0.25 * sum(parts)
    if share == 1.0:
        return Verdict(1.0, N_("Another laboratory can read this record."))
    return Verdict(
        share,
        N_(
            "The record can be read, but something in it is not what the request lists: {head} "
            "of 1 for IDC, finger and size, {places} of 1 for places, types and number, {turns} "
            "of 1 for directions. Places are whole pixels from the upper left; directions are in "
            "units of 2 degrees (lesson, section 8)."
        ),
        {"head": int(parts[0]), "places": int(parts[1]), "turns": int(parts[2])},
    )


def _head(record: records.Record, known: dict[str, Any]) -> bool:
    wanted = {2: known["idc"], 128: 320, 129: 384, 134: known["finger"]}
    fields = {number: record.get(number) for number in wanted}
    return all(
        field is not None and field.value.strip().lstrip(b"0") == str(wanted[number]).encode()
        for number, field in fields.items()
    )


def _body(record: records.Record, known: dict[str, Any]) -> tuple[bool, bool]:
    """Whether places, types and number are right; whether the directions are."""
    try:
        found = records.minutiae_of(record)
    except methods.FingerprintError:
        return False, False
    if len(found) != len(known["minutiae"]):
        return False, False
    rows = sorted(known["minutiae"])
    given = sorted(found)
    places = all(
        abs(m.x - x) <= 1 and abs(m.y - y) <= 1 and m.kind == kind
        for m, (x, y, _, kind, _) in zip(given, rows, strict=True)
    )
    turns = all(
        abs(methods.angle_between(m.direction, direction)) <= 2
        for m, (_, _, direction, _, _) in zip(given, rows, strict=True)
    )
    return places, turns


def _named(answer: Mapping[str, Any]) -> dict[str, Any]:
    """*answer* with its names as the exercise writes them, whatever case and blanks were typed."""
    return {name.strip().lower(): value for name, value in answer.items()}


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "file": check_file,
    "patterns": check_patterns,
    "ridges": check_ridges,
    "minutiae": check_minutiae,
    "suitable": check_suitable,
    "rates": check_rates,
    "threshold": check_threshold,
    "log10_lr": check_log10_lr,
    "decisions": check_decisions,
    "record": check_record,
}


_AWAY_FROM_RIDGE = """\
minutiae = [
    {"x": m.x, "y": m.y, "direction": (m.direction + 180) % 360, "kind": methods.KINDS[m.kind]}
    for m in methods.find_minutiae(enhanced["print_a"])
]
"""

_FROM_BELOW = """\
minutiae = [
    {"x": m.x, "y": 384 - m.y, "direction": m.direction, "kind": methods.KINDS[m.kind]}
    for m in methods.find_minutiae(enhanced["print_a"])
]
"""

_FAILED_LEFT_OUT = """\
def rates(same, different, threshold):
    same = [score for score in same if score is not None]
    different = [score for score in different if score is not None]
    fmr = sum(score >= threshold for score in different) / len(different)
    return {"fmr": fmr, "fnmr": sum(score < threshold for score in same) / max(len(same), 1)}
"""

_TURNED_ROUND = """\
def rates(same, different, threshold):
    missed = sum(score is None or score < threshold for score in same) / len(same)
    false = sum(score is not None and score >= threshold for score in different) / len(different)
    return {"fmr": missed, "fnmr": false}
"""

_READ_SCORES = """\
with open(case.exhibit("scores"), encoding="utf-8", newline="") as table:
    rows = list(csv.DictReader(table))
same, different = (
    [float(row["score"]) for row in rows if row["comparison"] == kind]
    for kind in ("same", "different")
)
"""

_NO_ERROR_EVER = f"""{_READ_SCORES}\
thresholds, fmr, fnmr = methods.det_curve(same, different)
at = int(np.flatnonzero(fmr <= 0.01)[0])
threshold = {{"threshold": float(thresholds[at]), "fnmr": float(fnmr[at]), "bound": 0.0}}
"""

_ALWAYS_MATCH = """\
threshold = {"threshold": -1000, "fnmr": 1.0, "bound": 1.0}
"""

_RAW_LINE = """\
log10_lr = {name: 50 + one.score for name, one in comparisons["mark_1"].items()}
"""

_AGAINST = """\
log10_lr = {
    name: -float(methods.log10_likelihood_ratio(one.score))
    for name, one in comparisons["mark_1"].items()
}
"""

_BEST_OF_THREE = """\
decisions = {
    mark: max(PRINTS, key=lambda name: comparisons[mark][name].score) for mark in MARKS
}
"""

_LISTED = """\
kinds = {word: number for number, word in methods.KINDS.items()}
listed = []
for field, text in request.items():
    if field.startswith("minutia_"):
        x, y, direction, word, quality = text.split()
        listed.append(
            methods.Minutia(float(x), float(y), float(direction), kinds[word], int(quality))
        )
idc, finger = int(request["record_idc"]), int(request["record_finger"])
"""

_DEGREES = f"""{_LISTED}\
made = methods.records.minutiae_record(idc, listed, (384, 320), finger=finger)
items = [
    methods.records.US.join(
        str(round(v)).encode()
        for v in (n, m.x, m.y, (m.direction + 90) % 180, m.kind, m.quality)
    )
    for n, m in enumerate(listed, 1)
]
record = made.with_field(137, methods.records.RS.join(items)).encoded().hex()
"""

_WRONG_LENGTH = f"""{_LISTED}\
made = methods.records.minutiae_record(idc, listed, (384, 320), finger=finger)
record = (made.encoded() + bytes(1)).hex()
"""

_SPLIT_AT_FS = """\
parts = case.exhibit("transaction").read_bytes().split(methods.records.FS)
file = {"records": 0, "finger": 0, "minutiae": len(parts)}
"""

# What a simulation earns must not depend on the case: in each case marks 2 and 3 were left by
# strangers or show too little, so naming the best print for each is a false identification.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(minutiae=_AWAY_FROM_RIDGE), {"minutiae": 0.0}),
    leaving("half", "patterns", "ridges", "suitable", "rates", "decisions"),
    # Splits at separators, counts y from below, names the best of three, claims what it likes.
    Simulation(
        "wrong",
        solving(
            file=_SPLIT_AT_FS,
            minutiae=_FROM_BELOW,
            rates=_TURNED_ROUND,
            threshold=_ALWAYS_MATCH,
            log10_lr=_RAW_LINE,
            decisions=_BEST_OF_THREE,
            record=_WRONG_LENGTH,
        ),
        {
            "file": 0.0, "minutiae": 0.0, "rates": 0.0, "threshold": 0.0, "log10_lr": 0.0,
            "decisions": 0.0, "record": 0.0,
        },
    ),
    # Leaves failures out, takes no error seen for no error ever, and degrees for units of 2.
    Simulation(
        "careless",
        solving(rates=_FAILED_LEFT_OUT, threshold=_NO_ERROR_EVER, record=_DEGREES),
        {"rates": 0.625, "threshold": 2 / 3, "record": 0.75},
    ),
    # Turns the propositions round.
    Simulation(
        "direction",
        solving(log10_lr=_AGAINST, decisions=_BEST_OF_THREE),
        {"log10_lr": 0.0, "decisions": 0.0},
    ),
)  # fmt: skip
