"""Marks the answers of the module iblagh.

Two errors cost a whole question, because they may cost a life: an urgent report that is sent
anywhere but to the officer on duty, and a list that the officer cannot read in time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dalil.courses.iblagh.methods import b_cubed
from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

FALSE_ACCUSATION = 0.5
MISSED_URGENT = 0.5
COUNT_TOLERANCE = 1
SHARE_TOLERANCE = 0.025
RECALL_TOLERANCE = 0.01  # of its interval too
PRECISION_TOLERANCE = 0.05  # of the value
GAP_TOLERANCE = 0.01
ENOUGH, NOTHING = 0.9, 0.5  # B-cubed F1 of the repeated reports: full marks, none


def check_draft(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Found sentences count the same; each right one that is struck out costs half."""
    given = {letter.strip().upper() for letter in answer}
    expected = set(truth["draft"])
    false = len(given - expected)
    share = max(0.0, len(given & expected) / len(expected) - FALSE_ACCUSATION * false)
    if share == 1.0:
        return Verdict(1.0, N_("These sentences go, the others stay."))
    values = {"right": len(given & expected), "false": false}
    return Verdict(
        share,
        N_(
            "{right} sentences are rightly struck out, {false} in vain (half of the question "
            "each). Ask of each sentence of your draft: is there a purpose and an end, no more "
            "data than needed, a human who decides, and a way to object? Read lesson section 2."
        ),
        values,
    )


def check_comparable(answer: list[str | None], truth: dict[str, Any]) -> Verdict:
    """Half of the texts right earn nothing: that many need no thought about mixed scripts."""
    right = sum(got == want for got, want in zip(answer, truth["comparable"], strict=True))
    total = len(truth["comparable"])
    share = max(0.0, 2 * right / total - 1)
    if share == 1.0:
        return Verdict(1.0, N_("Every text came out in its comparable form."))
    return Verdict(
        share,
        N_(
            "{right} of {total} texts came out as they should. Digits are letters only when they "
            "are alone in a word with a Latin letter: 7anout and b2a, but neither 1200dh nor "
            "2026 nor a telephone number. Read the digits before you fold, and think of an empty "
            "text. Lesson section 3."
        ),
        {"right": right, "total": total},
    )


def check_identifiers(answer: dict[str, int], truth: dict[str, Any]) -> Verdict:
    """A quarter for each kind."""
    expected = truth["identifiers"]
    right = sum(abs(answer[kind] - count) <= COUNT_TOLERANCE for kind, count in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("All four counts are right."),
        N_(
            "{right} of {total} counts are right. Count different values, not places: one number "
            "may be written with blanks, dots, a country code or Arabic digits. Sixteen digits "
            "whose check digit is wrong are no card. Lesson section 2."
        ),
    )


def check_incidents(answer: list[list[str]], truth: dict[str, Any]) -> Verdict:
    """B-cubed F1 over the reports that are repeated, or were said to be."""
    groups = [[_name(name) for name in group] for group in answer]
    precision, recall, f1 = b_cubed(truth["incidents"], groups, repeated=True)
    if f1 >= ENOUGH:
        return Verdict(1.0, N_("The reports are put together by incident."))
    share = max(0.0, (f1 - NOTHING) / (ENOUGH - NOTHING))
    values = {"precision": round(precision, 2), "recall": round(recall, 2)}
    return Verdict(
        share,
        N_(
            "Of the repeated reports, precision is {precision} and recall {recall}; both are "
            "wanted high. Low precision: reports of one kind are not yet of one incident, look at "
            "sums, platforms and days. Low recall: the same story was spelled by another hand, or "
            "closes otherwise. Lesson section 6."
        ),
        values,
    )


def check_share(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """A third for the share, a third for each end of its interval."""
    expected = truth["share"]
    right = sum(abs(answer[key] - value) <= SHARE_TOLERANCE for key, value in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Share and interval are those of the incidents."),
        N_(
            "{right} of {total} numbers are right. A campaign of many reports is one incident: "
            "keep one report of each before you count, and take that smaller number for the "
            "interval too. Shares go from 0 to 1. Lesson section 6."
        ),
    )


def check_matrix(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for recall, half for precision."""
    expected = truth["matrix"]
    recall = abs(answer["recall"] - expected["recall"]) <= RECALL_TOLERANCE
    precision = (
        abs(answer["precision"] - expected["precision"])
        <= PRECISION_TOLERANCE * expected["precision"]
    )
    if recall and precision:
        return Verdict(1.0, N_("Both are read rightly, for the queue and not for the log."))
    if recall:
        return Verdict(
            0.5,
            N_(
                "The recall is right, the precision is not that of the queue. The log was "
                "enriched: an urgent row stands for one report, another row for stands_for of "
                "them. Weigh the false alarms accordingly. Lesson section 5."
            ),
        )
    return Verdict(
        0.5 * precision,
        N_(
            "The recall is not right. It is the share of the urgent reports whose urgency is at "
            "least the service's threshold; the threshold itself counts as flagged. Precision is "
            "the share of urgent ones among the flagged. Lesson section 5."
        ),
    )


def check_threshold(answer: float, truth: dict[str, Any]) -> Verdict:
    """All within 5 % of the least cost, half within 30 %."""

    def within(name: str) -> bool:
        return any(low < answer <= high for low, high in truth["threshold"][name])

    if within("full"):
        return Verdict(1.0, N_("At this threshold the cost is the least, or close to it."))
    share = 0.5 if within("half") else 0.0
    return Verdict(
        share,
        N_(
            "Another threshold costs clearly less. Add up at each candidate: cost_miss for each "
            "urgent report below it, cost_alarm times stands_for for each other report at or "
            "above it. 0.5 is the right threshold only when both errors cost the same. Lesson "
            "section 5."
        ),
    )


def check_urgent(answer: list[str], truth: dict[str, Any]) -> Verdict:
    """Each urgent report that is not named costs half; more than the capacity, everything."""
    given = {_name(name) for name in answer}
    values = {"capacity": truth["capacity"]}
    if len(given) > truth["capacity"]:
        return Verdict(
            0.0,
            N_(
                "More than {capacity} reports are named; the officer on duty cannot read so many "
                "at once, and the urgent ones drown. Order by urgency and read from the top."
            ),
            values,
        )
    missed = len(set(truth["urgent"]) - given)
    if not missed:
        return Verdict(1.0, N_("Every report of a danger to life is before the officer on duty."))
    return Verdict(
        max(0.0, 1 - MISSED_URGENT * missed),
        N_(
            "A report of a present danger to life is missing from the list, and each costs half. "
            "Order the queue by the machine's urgency, not by its class: danger is also told in "
            "reports of blackmail or insult. Use the whole capacity of {capacity}. Lesson "
            "section 5."
        ),
        values,
    )


def check_routing(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A tenth each; nothing if an urgent report goes anywhere but to the officer on duty."""
    given = {_name(name): desk for name, desk in answer.items()}
    expected = truth["routing"]
    lost = any(given.get(name) != "duty" for name, desk in expected.items() if desk == "duty")
    if lost:
        return Verdict(
            0.0,
            N_(
                "A report of a present danger to life is not sent to the officer on duty, and "
                "that costs the question. Read each named report in full before you route it; "
                "danger to life comes first in the policy, also for a repeated report."
            ),
        )
    right = sum(given.get(name) == desk for name, desk in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Each report goes where the policy sends it."),
        N_(
            "{right} of {total} reports go where the policy sends them. In its order: danger to "
            "life; a repetition is attached to the earlier report; else the desk of the class. "
            "Where an officer has read, the officer's class counts, not the machine's. Lesson "
            "section 7."
        ),
    )


def check_fairness(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """A third each: the gap, whose the worst figure is, and whether it is more than chance."""
    expected = truth["fairness"]
    right = (
        int(abs(answer["gap"] - expected["gap"]) <= GAP_TOLERANCE)
        + int(answer["worst"] == expected["worst"])
        + int(answer["clear"] == expected["clear"])
    )
    return by_parts(
        right,
        3,
        N_("The gap is measured, and read with its uncertainty."),
        N_(
            "{right} of 3 parts are right. The gap is the best macro-F1 of a variety less the "
            "worst. Whether it is clear is another matter: with some hundred reports a variety, "
            "a gap of 0.05 may be chance. Compare the shares of right classes of the worst and of "
            "all others together, with the interval of their difference. Lesson section 8."
        ),
    )


def check_decision(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """Half for the decision, a quarter for each end of the interval that it is stated with."""
    expected = truth["decision"]
    ends = sum(abs(answer[end] - expected[end]) <= RECALL_TOLERANCE for end in ("low", "high"))
    share = 0.5 * (answer["decision"] == expected["decision"]) + 0.25 * ends
    if share == 1.0:
        return Verdict(1.0, N_("The decision and its uncertainty follow from the log."))
    if answer["decision"] == expected["decision"]:
        return Verdict(
            share,
            N_(
                "The decision follows from the log and the policy, its uncertainty does not. Take "
                "Wilson's interval of the recall: of all urgent reports of the log, how many reach "
                "the service's threshold? Lesson sections 6 and 8."
            ),
        )
    return Verdict(
        share,
        N_(
            "The decision does not follow from the log and the policy. First: is one variety "
            "clearly served worse? Then: where does the whole interval of the recall lie, not "
            "only its middle? No miss among twenty reports leaves a recall of 0.85 possible. "
            "Lesson section 8."
        ),
    )


def _name(name: str) -> str:
    return name.strip().upper()


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "draft": check_draft,
    "comparable": check_comparable,
    "identifiers": check_identifiers,
    "incidents": check_incidents,
    "share": check_share,
    "matrix": check_matrix,
    "threshold": check_threshold,
    "urgent": check_urgent,
    "routing": check_routing,
    "fairness": check_fairness,
    "decision": check_decision,
}


_FOLD_ONLY = """\
def comparable(text):
    return methods.fold(text)
"""

_EVERY_DIGIT = """\
def comparable(text):
    letters = str.maketrans(methods.ARABIZI_DIGITS)
    return methods.fold(methods.fold(text).translate(letters))
"""

_NONE_FOUND = "identifiers = dict.fromkeys(methods.KINDS, 0)\n"

_ONE_CLASS_ONE_INCIDENT = """\
incidents = [
    [name for name, proposal in proposals.items() if proposal.label == label]
    for label in methods.CLASSES
]
"""

_REPORTS = """\
hits, total = sum(row["class"] == "fraud" for row in sample), len(sample)
low, high = methods.wilson(hits, total)
share = {"share": hits / total, "low": low, "high": high}
"""

_AS_IT_LIES = """\
flagged = urgency >= float(request["threshold"])
matrix = {
    "recall": float((flagged & urgent_truth).sum() / urgent_truth.sum()),
    "precision": float((flagged & urgent_truth).sum() / flagged.sum()),
}
"""

_UNWEIGHTED = """\
threshold, _ = methods.best_threshold(
    urgency, urgent_truth, miss=float(request["cost_miss"]), alarm=float(request["cost_alarm"])
)
"""

_MACHINE_ALONE = """\
later = {name for group in methods.clusters(texts) for name in group[1:]}
routing = {
    row["report"]: methods.route(
        proposals[row["report"]].label,
        urgent=proposals[row["report"]].urgency >= 0.5,
        repeated=row["report"] in later,
    )
    for row in named
}
"""

_OF_ALL_ROWS = """\
low, high = methods.wilson(int((flagged & urgent_truth).sum()), int(urgent_truth.sum()))
placed = "yes" if low >= 0.90 else "no" if high < 0.90 else "undetermined"
low, high = methods.wilson(int((flagged & urgent_truth).sum()), len(log))
decision = {
    "decision": "no" if fairness["clear"] == "yes" else placed, "low": low, "high": high
}
"""

_CLASS_ALONE = """\
routing = {row["report"]: methods.DESKS[proposals[row["report"]].label] for row in named}
"""

# What a simulation earns must not depend on the case, so a decision that is right by luck in some
# is left open here.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(matrix=_AS_IT_LIES), {"matrix": 0.5}),
    leaving("half", "comparable", "incidents", "share", "routing", "fairness", "decision"),
    # Strikes out everything, folds alone, finds no identifier, counts reports, trusts 0.5 and the
    # classes.
    Simulation(
        "wrong",
        solving(
            draft='draft = request["draft"].split()\n',
            comparable=_FOLD_ONLY,
            identifiers=_NONE_FOUND,
            share=_REPORTS,
            threshold="threshold = 0.5\n",
            urgent="urgent = list(texts)\n",
            routing=_CLASS_ALONE,
            decision=None,
        ),
        {
            "draft": 0.0,
            "comparable": 0.0,
            "identifiers": 0.0,
            "share": 0.0,
            "threshold": 0.0,
            "urgent": 0.0,
            "routing": 0.0,
            "decision": 0.0,
        },
    ),
    # Takes the machine's word against the officers' twice in ten, and the log for the queue.
    Simulation(
        "machine",
        solving(matrix=_AS_IT_LIES, threshold=_UNWEIGHTED, routing=_MACHINE_ALONE),
        {"matrix": 0.5, "threshold": 0.0, "routing": 0.8},
    ),
    # States the share of all rows for the recall.
    Simulation("rows", solving(decision=_OF_ALL_ROWS), {"decision": 0.5}),
    # Five of thirteen texts hold a number whose digits are no letters.
    Simulation("digits", solving(comparable=_EVERY_DIGIT), {"comparable": 2 * 8 / 13 - 1}),
    # One class is not one incident.
    Simulation(
        "classes",
        solving(incidents=_ONE_CLASS_ONE_INCIDENT, share=None),
        {"incidents": 0.0, "share": 0.0},
    ),
)
