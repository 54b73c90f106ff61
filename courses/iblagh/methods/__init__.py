"""Triage of citizens' reports in Arabic, Darija in both alphabets, French, and mixtures of them.

The chain is ``find_identifiers``/``redact`` -> ``fold``, ``arabizi``, ``sounds`` (normalise, on
copies) -> ``train``, ``propose``, ``reasons`` (class and urgency, and which n-grams spoke for them)
-> ``best_threshold`` (by cost) -> ``clusters`` (reports of one incident) -> ``route``. ``wilson``,
``macro_f1``, ``by_group`` and ``gap`` say how well it serves, and whether all languages fare alike.
The machine proposes; a human decides. Sources stand in each part.

``make_corpus``, ``make_queue`` and ``make_log`` invent what it is tried on.
"""

from dalil.courses.iblagh.methods.classify import (
    Proposal,
    Reason,
    Triage,
    TriageError,
    propose,
    readable,
    reasons,
    train,
    urgency_out_of_fold,
)
from dalil.courses.iblagh.methods.corpus import Report, make_corpus, make_queue
from dalil.courses.iblagh.methods.duplicates import Pair, clusters, compare, first_of_each
from dalil.courses.iblagh.methods.grammar import CLASS_MIX, CLASSES, VARIETIES, Templates, split
from dalil.courses.iblagh.methods.identifiers import KINDS, Identifier, find_identifiers, redact
from dalil.courses.iblagh.methods.measures import (
    b_cubed,
    best_threshold,
    by_group,
    confusion,
    cost_curve,
    difference_interval,
    gap,
    macro_f1,
    wilson,
)
from dalil.courses.iblagh.methods.normal import ARABIZI_DIGITS, arabizi, fold, scripts, sounds
from dalil.courses.iblagh.methods.panel import Entry, make_log
from dalil.courses.iblagh.methods.routing import DESKS, UNITS, route

__all__ = [
    "ARABIZI_DIGITS",
    "CLASSES",
    "CLASS_MIX",
    "DESKS",
    "KINDS",
    "UNITS",
    "VARIETIES",
    "Entry",
    "Identifier",
    "Pair",
    "Proposal",
    "Reason",
    "Report",
    "Templates",
    "Triage",
    "TriageError",
    "arabizi",
    "b_cubed",
    "best_threshold",
    "by_group",
    "clusters",
    "compare",
    "confusion",
    "cost_curve",
    "difference_interval",
    "find_identifiers",
    "first_of_each",
    "fold",
    "gap",
    "macro_f1",
    "make_corpus",
    "make_log",
    "make_queue",
    "propose",
    "readable",
    "reasons",
    "redact",
    "route",
    "scripts",
    "sounds",
    "split",
    "train",
    "urgency_out_of_fold",
    "wilson",
]
