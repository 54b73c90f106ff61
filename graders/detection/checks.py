"""Marks the answers of the module detection.

Two errors cost a whole question, because they harm people: to name somebody where nothing was
found, and a rule whose false alarms nobody can work through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dalil.courses.detection import methods
from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

SHARE_TOLERANCE = 0.005
MINUTES_TOLERANCE = 1.0
RELATIVE_TOLERANCE = 0.03
BOUND_TOLERANCE = 0.005
FALSE_ALARM = 0.25
LEAST_RECALL, FULL_RECALL = 0.5, 0.95
RULE_SECONDS = 2.0  # of processor time


def check_techniques(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A fifth for each excerpt."""
    expected = truth["techniques"]
    given = {name.strip(): technique for name, technique in answer.items()}
    right = sum(given.get(number) == technique for number, technique in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Each excerpt is named as ATT&CK names it."),
        N_(
            "{right} of {total} excerpts are right. Ask what the record is evidence of: which "
            "program, started how and from where, or which registry value. A technique is what was "
            "done, not the name of the program that did it (lesson, section 3)."
        ),
    )


def check_logons(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for the number of sessions, half for the minutes."""
    known = truth["logons"]
    number = answer["count"] == known["count"]
    minutes = abs(answer["minutes"] - known["minutes"]) <= MINUTES_TOLERANCE
    if number and minutes:
        return Verdict(1.0, N_("Every session is found, and closed by its own end."))
    return Verdict(
        0.5 * (number + minutes),
        N_(
            "The number of sessions, the minutes or both are off. Count logon type 10 only; "
            "connections to the share are of type 3. A logon id is unique on its host alone, so "
            "pair beginning and end by host and id; a session without an end counts, but its "
            "minutes are not known (lesson, section 2)."
        ),
    )


def check_measures(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for precision, half for recall."""
    known = truth["measures"]
    right = [abs(answer[name] - known[name]) <= SHARE_TOLERANCE for name in known]
    return by_parts(
        sum(right),
        len(right),
        N_("Precision and recall of the draft are right."),
        N_(
            "Precision, recall or both are off. Precision asks of the alarms how many were true; "
            "recall asks of the sought records how many raised an alarm. Neither is the share of "
            "all records that were judged rightly (lesson, section 5)."
        ),
    )


def check_alarms(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for the share of true alarms, half for the hours."""
    known = truth["alarms"]
    right = [
        abs(answer[name] - value) <= RELATIVE_TOLERANCE * abs(value)
        for name, value in known.items()
    ]
    return by_parts(
        sum(right),
        len(right),
        N_("Right: this is what the rule costs, and how often it is right."),
        N_(
            "The share of true alarms, the hours or both are off. Recall is not the share of true "
            "alarms: where the sought is rare, even a small false-alarm rate outweighs it. Count "
            "the true and the false alarms of a day first; hours are minutes divided by 60 "
            "(lesson, section 6)."
        ),
    )


def check_sprayed(answer: list[list[str] | None], truth: dict[str, Any]) -> Verdict:
    """Logs with a spraying source judged rightly, less a quarter for each alarm on one without."""
    pairs = list(zip(answer, truth["sprayed"], strict=True))
    held = [got is not None and sorted(set(got)) == want for got, want in pairs if want]
    alarms = sum(got != [] for got, want in pairs if not want)
    share = max(0.0, sum(held) / len(held) - FALSE_ALARM * alarms)
    values = {"right": sum(held), "held": len(held), "alarms": alarms}
    if share == 1.0:
        return Verdict(1.0, N_("Every spraying source is found, and nobody else is accused."))
    return Verdict(
        share,
        N_(
            "Of {held} logs with a spraying source {right} were judged rightly; {alarms} logs "
            "without one gave an alarm or an error. The rows are in no order. Count different "
            "accounts, not failures; the window may begin at any failure and includes its last "
            "second; an empty log has no source (lesson, section 4)."
        ),
        values,
    )


def check_rule(answer: str, truth: dict[str, Any]) -> Verdict:
    """The share of hidden records found, from one half on; less when alarms exceed the budget.

    Full marks from a recall of 0.95 on; up to twice the budget of false alarms costs half, more
    costs everything.
    """
    known = truth["rule"]
    try:
        rule = methods.parse_rule(answer)
        fired = methods.run_rule(rule, methods.unpack(known["records"]), RULE_SECONDS)
    except methods.RuleError as error:
        return Verdict(
            0.0,
            N_(
                "The rule cannot be used: {why}. A rule is YAML with title, logsource (product and "
                "category) and detection (lesson, section 4)."
            ),
            {"why": str(error)},
        )
    found = sum(event.record < known["sought"] for event in fired)
    false = len(fired) - found
    recall, allowed = found / known["sought"], known["budget"] * known["days"]
    reached = (recall - LEAST_RECALL) / (FULL_RECALL - LEAST_RECALL)
    share = min(1.0, max(0.0, reached)) * (
        1.0 if false <= allowed else 0.5 if false <= 2 * allowed else 0.0
    )
    values = {
        "found": round(100 * recall),
        "false": round(false / known["days"], 1),
        "budget": known["budget"],
    }
    if share == 1.0:
        return Verdict(1.0, N_("The rule finds what it must, within the budget of alarms."), values)
    if not fired:
        return Verdict(
            0.0,
            N_(
                "The rule can be read but fires on nothing. Check the category of its log source, "
                "the names of the fields, and whether all its parts can be true of one record."
            ),
        )
    if false > allowed:
        return Verdict(
            share,
            N_(
                "The rule finds {found} % of the hidden records but raises {false} false alarms a "
                "day, where {budget} can be worked through. Look at what it fires on in the trial "
                "although it is not sought: what tells such work apart (program, parent, folder, "
                "address)? Exclude that by a filter, as narrow as possible (lesson, section 4)."
            ),
            values,
        )
    return Verdict(
        share,
        N_(
            "The rule stays within the budget but finds only {found} % of the hidden records, "
            "which are spelled in more ways than those of the trial. Ask what all spellings have "
            "in common: a dash may be a slash, a word may be shortened, another program may be the "
            "parent (lesson, section 4)."
        ),
        values,
    )


def check_signatures(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """Half for exactly the matching files, half for the one that only quotes."""
    known = truth["signatures"]
    matching = {name.strip().lower() for name in answer["matching"]} == set(known["matching"])
    quoting = answer["quoting"].strip().lower() == known["quoting"]
    if matching and quoting:
        return Verdict(1.0, N_("The matching files are right, and what the match does not mean."))
    return Verdict(
        0.5 * (matching + quoting),
        N_(
            "The list of matching files, the quoting one, or both are off. Compile the signature "
            "and scan every file; then look at the bytes of each match. A match says that strings "
            "are there, not what the file is (lesson, section 7)."
        ),
    )


def check_finding(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """A quarter each for host, account, record and local time; nothing for a false accusation."""
    known = truth["finding"]
    given = {
        "host": answer["host"].strip().lower().split(".")[0],
        "user": answer["user"].strip().lower().rsplit("\\", 1)[-1],
        "record": answer["record"],
        "local": answer["local"].strip().lower(),
    }
    wanted = {**known, "host": known["host"].lower().split(".")[0]}
    right = sum(given[name] == wanted[name] for name in wanted)
    if right == len(wanted):
        return Verdict(1.0, N_("The finding is what the log holds, no more and no less."))
    if known["record"] == 0 or given["record"] == 0:
        return Verdict(
            0.0,
            N_(
                "What is stated is not what the log holds. For each candidate ask who started it, "
                "from where, and whether routine work of this office explains it; an account that "
                "is named in vain is a person accused in vain. And where your rule is silent, ask "
                "whether it would have fired (lesson, section 8)."
            ),
        )
    record = given["record"] == wanted["record"]
    return Verdict(
        right / len(wanted) if record else 0.0,
        N_(
            "{right} of 4 parts are right; without the right record the others count for nothing. "
            "Record numbers count within the channel of one host; times in the log are UTC, the "
            "office's clocks show one hour more."
        ),
        {"right": right},
    )


def check_decision(answer: dict[str, Any], truth: dict[str, Any]) -> Verdict:
    """Two thirds for the conclusion, one third for the bound."""
    known = truth["decision"]
    conclusion = answer["conclusion"] == known["conclusion"]
    bound = abs(answer["miss_bound"] - known["miss_bound"]) <= BOUND_TOLERANCE
    if conclusion and bound:
        return Verdict(1.0, N_("The conclusion follows from the policy, and its limit is stated."))
    if conclusion:
        return Verdict(
            2 / 3,
            N_(
                "The conclusion follows from the policy, but the bound does not follow from the "
                "trials. It is the largest share of misses that the trials are still compatible "
                "with, one-sided at 95 %, not the share that was seen (lesson, section 6)."
            ),
        )
    return Verdict(
        bound / 3,
        N_(
            "The conclusion does not follow from the policy. Ask in this order: does the day hold "
            "a record of the technique that routine does not explain? If not, are records missing, "
            "so that it could have held one? Numbers that jump are a hole; a machine that is "
            "switched off is not (lesson, section 8)."
        ),
    )


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "techniques": check_techniques,
    "logons": check_logons,
    "measures": check_measures,
    "alarms": check_alarms,
    "sprayed": check_sprayed,
    "rule": check_rule,
    "signatures": check_signatures,
    "finding": check_finding,
    "decision": check_decision,
}


_ONE_OF_FIVE = """\
techniques = dict.fromkeys("12345", technique_of(excerpts[0]))
"""

_ALL_TYPES = """\
mine = [s for s in methods.sessions(day) if s.user == request["logons_of"]]
logons = {"count": len(mine), "minutes": sum(s.minutes or 0 for s in mine)}
"""

_SWAPPED = """\
counts = methods.count(positions(draft), labels)
measures = {"precision": counts.recall, "recall": counts.precision}
if abs(counts.recall - counts.precision) < 0.02:
    measures = {"precision": 0.0, "recall": 0.0}
"""

_ACCURACY = """\
counts = methods.count(positions(draft), labels)
right = counts.true_alarms + counts.rightly_silent
measures = {"precision": counts.precision, "recall": right / len(labels)}
if abs(counts.recall - measures["recall"]) < 0.02:
    measures["recall"] = 0.0
"""

_RECALL_AS_TRUTH = """\
alarms = {"true_share": float(request["recall"]), "hours": 60 * sum(
    methods.alarms_per_day(
        float(request["events_per_day"]),
        1 / float(request["sought_one_in"]),
        float(request["recall"]),
        float(request["false_alarm_rate"]),
    )
)}
"""

_FAILURES = """\
def sprayed(rows, window, least):
    found = []
    for source in {row[1] for row in rows}:
        times = sorted(row[0] for row in rows if row[1] == source)
        for first in times:
            if sum(first <= t <= first + window for t in times) >= least:
                found.append(source)
                break
    return sorted(found)
"""

_HALF_OPEN = """\
def sprayed(rows, window, least):
    found = set()
    for start, source, _account in rows:
        seen = {a for t, s, a in rows if s == source and start <= t < start + window}
        if len(seen) >= least:
            found.add(source)
    return sorted(found)
"""

_ANY_TIME = """\
def sprayed(rows, window, least):
    sources = {row[1] for row in rows}
    return sorted(
        s for s in sources if len({account for _, source, account in rows if source == s}) >= least
    )
"""

_EVERYTHING = """\
rule = header() + '''
detection:
  selection:
    Image|contains: '\\\\'
  condition: selection
'''
"""

_OTHER_LOG = """\
rule = header().replace(request["category"], "file_event") + '''
detection:
  selection:
    Image|endswith: '.exe'
  condition: selection
'''
"""

_NOT_YAML = 'rule = header() + "\\ndetection: [selection: {"\n'

_SCANNED = """\
matching = sorted(methods.scan(methods.compile_signatures(signature), samples))
"""

_ALL_MATCHES = f"""{_SCANNED}\
quoting = next(name for name in sorted(samples) if name not in matching)
signatures = {{"matching": sorted(samples), "quoting": quoting}}
"""

_QUOTE_LEFT_OUT = f"""{_SCANNED}\
report = next(name for name in matching if samples[name].startswith(b"Rapport"))
signatures = {{"matching": [name for name in matching if name != report], "quoting": report}}
"""

_SOMEBODY = """\
found = methods.run_rule(methods.parse_rule(rule), day)
someone = next(e for e in day if e.event_id == 4625)
finding = {
    "host": someone.host,
    "user": someone.named["TargetUserName"],
    "record": someone.record,
    "local": "12:00",
}
"""

_CONCLUSION = """\
conclusion = "compromised" if found else "undetermined" if methods.holes(day) else "not_shown"
missed, trials = int(request["missed"]), int(request["trials"])
"""

_SEEN_SHARE = f"""{_CONCLUSION}\
decision = {{"conclusion": conclusion, "miss_bound": missed / trials}}
"""

_TURNED_ROUND = f"""{_CONCLUSION}\
turned = {{"compromised": "undetermined", "undetermined": "not_shown", "not_shown": "compromised"}}
decision = {{"conclusion": turned[conclusion], "miss_bound": 1 - missed / trials}}
"""

# What a simulation earns must not depend on the case: what follows from a wrong rule is right in
# some cases and wrong in others, so whoever has one leaves the finding and the decision open here.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(signatures=_QUOTE_LEFT_OUT), {"signatures": 0.5}),
    leaving("half", "sprayed", "rule", "finding", "decision"),
    # Accuses whoever mistyped a password, takes recall for truth and "no proof" for "no answer".
    Simulation(
        "wrong",
        solving(
            techniques=_ONE_OF_FIVE,
            logons=_ALL_TYPES,
            measures=_SWAPPED,
            alarms=_RECALL_AS_TRUTH,
            sprayed=_FAILURES,
            signatures=_ALL_MATCHES,
            finding=_SOMEBODY,
            decision=_TURNED_ROUND,
        ),
        {
            "techniques": 0.2,
            "logons": 0.0,
            "measures": 0.0,
            "alarms": 0.0,
            "sprayed": 0.75,
            "signatures": 0.0,
            "finding": 0.0,
            "decision": 0.0,
        },
    ),
    # Fires on everything.
    Simulation(
        "lazy",
        solving(rule=_EVERYTHING, finding=None, decision=None),
        {"rule": 0.0, "finding": 0.0, "decision": 0.0},
    ),
    # Looks into another log; takes the share of right judgements for recall.
    Simulation(
        "other log",
        solving(measures=_ACCURACY, rule=_OTHER_LOG, finding=None, decision=None),
        {"measures": 0.5, "rule": 0.0, "finding": 0.0, "decision": 0.0},
    ),
    # Leaves out the last second of the window; the rule is no YAML.
    Simulation(
        "edges",
        solving(sprayed=_HALF_OPEN, rule=_NOT_YAML, finding=None, decision=None),
        {"sprayed": 2 / 3, "rule": 0.0, "finding": 0.0, "decision": 0.0},
    ),
    # Counts accounts however far apart, and takes the misses that were seen for the possible ones.
    Simulation(
        "any time",
        solving(sprayed=_ANY_TIME, decision=_SEEN_SHARE),
        {"sprayed": 0.5, "decision": 2 / 3},
    ),
)
