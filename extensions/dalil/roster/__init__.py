"""Who is in the academy, and until when: people, cohorts, dates, extensions, attempts.

``Roster(settings)`` is all that others need; what it returns is plain and frozen. Every change is
an event of the ledger, which names who made it.
"""

from dalil.roster.calendar import Calendar, Dates, Extension, Rules, moment
from dalil.roster.people import ROLES, SEXES, Person, Role
from dalil.roster.plan import Change, Plan, Problem
from dalil.roster.service import Roster
from dalil.roster.sheet import write_people

__all__ = [
    "ROLES",
    "SEXES",
    "Calendar",
    "Change",
    "Dates",
    "Extension",
    "Person",
    "Plan",
    "Problem",
    "Role",
    "Roster",
    "Rules",
    "moment",
    "write_people",
]
