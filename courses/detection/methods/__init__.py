"""Detection in event logs: Windows events, Sigma rules, YARA-X signatures, and what alarms cost.

Sources: the Sigma specification (SigmaHQ), parsed by pySigma; MITRE ATT&CK for the techniques;
Axelsson (2000) for the base rate; the documentation of Sysmon and of Windows' security audit for
the events. The last part stages fictive days of an office, for lessons and apps as well as for the
forge. It is public: what is secret about a trainee's case is the seed alone.
"""

from dalil.courses.detection.methods.events import (
    SECURITY,
    SYSMON,
    Event,
    EventLog,
    field_names,
    parse_event,
    read_log,
)
from dalil.courses.detection.methods.logons import Hole, Session, holes, sessions
from dalil.courses.detection.methods.matching import RuleError, decode_command
from dalil.courses.detection.methods.measures import (
    Counts,
    alarms_per_day,
    count,
    true_share,
    upper_bound,
)
from dalil.courses.detection.methods.office import ZONE, Office, make_office, play, workday
from dalil.courses.detection.methods.showing import table
from dalil.courses.detection.methods.sigma import (
    Rule,
    by_technique,
    parse_rule,
    run_rule,
    run_rules,
)
from dalil.courses.detection.methods.signatures import compile_signatures, scan, strings_found
from dalil.courses.detection.methods.staging import (
    Samples,
    StagedDay,
    json_lines,
    of_category,
    pack,
    stage_day,
    stage_excerpts,
    stage_hidden,
    stage_samples,
    stage_trial,
    unpack,
)
from dalil.courses.detection.methods.techniques import EXAMPLES, TECHNIQUES
from dalil.courses.detection.methods.traces import Technique, Trace

__all__ = [
    "EXAMPLES",
    "SECURITY",
    "SYSMON",
    "TECHNIQUES",
    "ZONE",
    "Counts",
    "Event",
    "EventLog",
    "Hole",
    "Office",
    "Rule",
    "RuleError",
    "Samples",
    "Session",
    "StagedDay",
    "Technique",
    "Trace",
    "alarms_per_day",
    "by_technique",
    "compile_signatures",
    "count",
    "decode_command",
    "field_names",
    "holes",
    "json_lines",
    "make_office",
    "of_category",
    "pack",
    "parse_event",
    "parse_rule",
    "play",
    "read_log",
    "run_rule",
    "run_rules",
    "scan",
    "sessions",
    "stage_day",
    "stage_excerpts",
    "stage_hidden",
    "stage_samples",
    "stage_trial",
    "strings_found",
    "table",
    "true_share",
    "unpack",
    "upper_bound",
    "workday",
]
