"""Sigma rules: read them, from friends and from strangers, and run them over event logs.

A rule is read by pySigma after its YAML has been looked through event by event: no aliases or tags,
a bounded size and depth, a short condition. What is left takes milliseconds, whoever wrote it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import process_time
from typing import Any

import yaml
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.policy.profiles import TrustedPolicy
from sigma.rule import SigmaRule

from dalil.courses.detection.methods.events import Event, EventLog
from dalil.courses.detection.methods.logsources import Source, select, sources
from dalil.courses.detection.methods.matching import LINEAR, Compiler, RuleError, Test

MAX_CHARACTERS = 20_000
_SAFE = SigmaPolicy(regex_engine=LINEAR)
_MAX_NODES, _MAX_DEPTH, _MAX_VALUE = 2_000, 12, 2_000
_MAX_WORDS, _MAX_BRACKETS = 60, 4


@dataclass(frozen=True, eq=False)
class Rule:
    """A Sigma rule ready to run: ``matches`` is its condition, ``where`` its log sources."""

    title: str
    id: str
    level: str
    tags: tuple[str, ...]
    where: tuple[Source, ...]
    matches: Test

    @property
    def techniques(self) -> tuple[str, ...]:
        """The ATT&CK techniques in the rule's tags, such as ``T1059.001``."""
        found = (re.fullmatch(r"attack\.(t\d{4}(\.\d{3})?)", tag.lower()) for tag in self.tags)
        return tuple(match[1].upper() for match in found if match)


def parse_rule(text: str, *, trusted: bool = False) -> Rule:
    """A rule from its YAML text. Raises RuleError, in one line, if it cannot be used.

    A *trusted* rule may hold regular expressions with look-around, which RE2 does not have and
    Python's engine may take for ever over: never for a rule of a stranger.
    """
    table = _safe_yaml(text)
    policy = TrustedPolicy if trusted else _SAFE
    try:
        rule = SigmaRule.from_dict(table, policy=policy)
        conditions = rule.detection.parsed_condition
        compiler = Compiler(policy.regex_engine)
        tests = [compiler.compile(condition.parsed) for condition in conditions]
    except RuleError:
        raise
    except SigmaError as error:
        raise RuleError(f"not a Sigma rule: {_first_line(error)}") from None
    except Exception as error:  # pySigma trips over odd tables in many ways; each is a bad rule
        raise RuleError(f"not a Sigma rule: {type(error).__name__}") from None
    where = _where(rule)
    return Rule(
        title=str(rule.title or ""),
        id=str(rule.id or ""),
        level=rule.level.name.lower() if rule.level else "",
        tags=tuple(str(tag) for tag in rule.tags),
        where=where,
        matches=tests[0] if len(tests) == 1 else lambda event: any(t(event) for t in tests),
    )


def _where(rule: SigmaRule) -> tuple[Source, ...]:
    logsource = rule.logsource
    if (logsource.product or "windows") != "windows":
        raise RuleError(f"the log source is of {logsource.product}; the logs here are of Windows")
    if not (logsource.product or logsource.category or logsource.service):
        raise RuleError("the log source names no product, category or service")
    found = sources(logsource.category, logsource.service)
    if found is None:
        known = ", ".join(filter(None, (logsource.category, logsource.service)))
        raise RuleError(f"no Windows log is known for the log source {known}")
    return found


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _safe_yaml(text: str) -> dict[str, Any]:
    """The table in *text*, after a look at its events one by one: nothing is built before that."""
    if len(text) > MAX_CHARACTERS:
        raise RuleError(f"the rule is longer than {MAX_CHARACTERS} characters")
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if nodes > _MAX_NODES or depth > _MAX_DEPTH:
                raise RuleError("the rule is nested too deeply or holds too many values")
            if isinstance(event, yaml.NodeEvent) and (event.anchor or getattr(event, "tag", None)):
                raise RuleError("anchors, aliases and tags of YAML have no place in a rule")
            if isinstance(event, yaml.ScalarEvent) and len(event.value) > _MAX_VALUE:
                raise RuleError(f"a value is longer than {_MAX_VALUE} characters")
        table = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RuleError(f"not YAML: {_first_line(error)}") from None
    if not isinstance(table, dict) or not isinstance(table.get("detection"), dict):
        raise RuleError("a rule is a table with title, logsource and detection")
    _check_condition(table["detection"].get("condition"))
    return table


def _check_condition(condition: Any) -> None:
    """Bounds on what the parser of conditions must try; brackets cost it most."""
    for text in condition if isinstance(condition, list) else [condition]:
        if not isinstance(text, str):
            raise RuleError("detection needs a condition, such as: selection and not filter")
        depth = deepest = 0
        for sign in text:
            depth += (sign == "(") - (sign == ")")
            deepest = max(deepest, depth)
        if len(text.split()) > _MAX_WORDS or deepest > _MAX_BRACKETS or text.count("(") > 12:
            raise RuleError("the condition is too long or its brackets too deep; split the rule")
    if isinstance(condition, list) and len(condition) > 10:
        raise RuleError("the rule has more than ten conditions")


def run_rule(rule: Rule, log: EventLog, seconds: float = math.inf) -> list[Event]:
    """The events of *log* on which *rule* fires.

    Raises RuleError once it has taken *seconds* of processor time: for the rule of a stranger.
    """
    fired = []
    end = process_time() + seconds
    for event in select(log, rule.where):
        if rule.matches(event):
            fired.append(event)
        if process_time() > end:
            raise RuleError("the rule takes too long; use fewer or simpler values")
    return fired


def run_rules(rules: Mapping[str, Rule], log: EventLog) -> dict[str, list[Event]]:
    """Which events each of *rules* fires on; rules without any are left out."""
    fired = ((name, run_rule(rule, log)) for name, rule in rules.items())
    return {name: events for name, events in fired if events}


def by_technique(rules: Iterable[Rule]) -> dict[str, list[str]]:
    """ATT&CK technique → titles of the *rules* that are tagged with it."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for technique in rule.techniques:
            found.setdefault(technique, []).append(rule.title)
    return dict(sorted(found.items()))
