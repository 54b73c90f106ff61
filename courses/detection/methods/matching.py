"""A Sigma condition as a function of an event.

pySigma parses a rule into a tree: and, or, not, and tests of one field against one value. Here each
node becomes a small function. Text is compared without regard to case unless ``cased`` asks for it;
``*`` stands for any characters and ``?`` for one (Sigma specification, "detection"). Regular
expressions run in RE2, whose time grows with the length of the text and never explodes.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from operator import ge, gt, le, lt, ne
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.policy.regex_engine import RE2RegexEngine, RegexEngine, RegexPattern
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
    TimestampPart,
)

from dalil.courses.detection.methods.events import Event
from dalil.errors import UsageError

Test = Callable[[Event], bool]
MAX_TESTS = 1_000


class RuleError(UsageError):
    """A rule that cannot be read, is too large, or asks for what no Windows event can tell."""


_OPERATORS: dict[CompareOperators, Callable[[float, float], bool]] = {
    CompareOperators.LT: lt,
    CompareOperators.LTE: le,
    CompareOperators.GT: gt,
    CompareOperators.GTE: ge,
    CompareOperators.NEQ: ne,
}
_PARTS: dict[TimestampPart, Callable[[datetime], int]] = {
    TimestampPart.MINUTE: lambda when: when.minute,
    TimestampPart.HOUR: lambda when: when.hour,
    TimestampPart.DAY: lambda when: when.day,
    TimestampPart.WEEK: lambda when: when.isocalendar().week,
    TimestampPart.MONTH: lambda when: when.month,
    TimestampPart.YEAR: lambda when: when.year,
}


class Linear(RE2RegexEngine):
    """RE2 that tells its errors to the caller alone, and refuses what would be slow to run.

    A large pattern may need more memory than RE2 is given for its fast way; the slow one that it
    then takes is linear too, but by the size of the pattern.
    """

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        signs = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
        letters = "".join(letter for flag, letter in signs.items() if flags & flag)
        options = self._re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 19
        compiled: RegexPattern = self._re2.compile(
            f"(?{letters}){pattern}" if letters else pattern, options
        )
        return compiled


LINEAR = Linear()


class Compiler:
    """Turns condition trees into functions; *engine* compiles their regular expressions."""

    def __init__(self, engine: RegexEngine = LINEAR) -> None:
        self._engine = engine
        self._tests = 0

    def compile(self, node: Any) -> Test:
        """The function of one node of pySigma's tree.

        Raises RuleError for a kind of value that no event can be compared with, and for a rule of
        more than ``MAX_TESTS`` tests.
        """
        if isinstance(node, ConditionNOT):
            inner = self.compile(node.args[0])
            return lambda event: not inner(event)
        if isinstance(node, ConditionAND | ConditionOR):
            parts = tuple(self.compile(arg) for arg in node.args if arg is not None)
            if isinstance(node, ConditionAND):
                return lambda event: all(part(event) for part in parts)
            return lambda event: any(part(event) for part in parts)
        self._tests += 1
        if self._tests > MAX_TESTS:
            raise RuleError(f"the rule makes more than {MAX_TESTS} tests of an event; shorten it")
        if isinstance(node, ConditionFieldEqualsValueExpression):
            return self._field(node.field, node.value)
        if isinstance(node, ConditionValueExpression):
            return self._keyword(node.value)
        raise RuleError("the condition names nothing that could be tested")

    def _any(self, tests: list[Test]) -> Test:
        self._tests += len(tests)
        parts = tuple(tests)
        return lambda event: any(part(event) for part in parts)

    def _field(self, name: str, value: Any) -> Test:
        if isinstance(value, SigmaExpansion):
            return self._any([self._field(name, item) for item in value.values])
        if isinstance(value, SigmaNull):
            return lambda event: not event.named.get(name)
        if isinstance(value, SigmaExists):
            wanted = bool(value)
            return lambda event: (name in event.named) is wanted
        if isinstance(value, SigmaFieldReference):
            return _reference(name, value)
        if isinstance(value, SigmaString) and not isinstance(value, SigmaCasedString):
            matches = self._text(value, cased=False)
            return lambda event: (found := event.folded.get(name)) is not None and matches(found)
        matches = self._value(value)
        return lambda event: (found := event.named.get(name)) is not None and matches(found)

    def _value(self, value: Any) -> Callable[[str], bool]:
        """A test of one field's text for a value that is no plain, caseless text."""
        if isinstance(value, SigmaCasedString):
            return self._text(value, cased=True)
        if isinstance(value, SigmaRegularExpression):
            return self._regex(value)
        if isinstance(value, SigmaCIDRExpression):
            network = value.network
            return lambda text: (address := _address(text)) is not None and address in network
        if isinstance(value, SigmaTimestampPart):
            part, wanted = _PARTS[value.timestamp_part], int(value.number)
            return lambda text: (when := _when(text)) is not None and part(when) == wanted
        if isinstance(value, SigmaCompareExpression):
            operator, bound = _OPERATORS[value.op], float(value.number.number)
            return lambda text: (got := _number(text)) is not None and operator(got, bound)
        if isinstance(value, SigmaBool):
            truth = str(value).lower()
            return lambda text: text.lower() == truth
        if isinstance(value, SigmaNumber):
            number = float(value.number)
            return lambda text: _number(text) == number
        raise RuleError(f"values of the kind {type(value).__name__} are not for Windows events")

    def _keyword(self, value: Any) -> Test:
        """A value without a field: looked for anywhere in the event."""
        if isinstance(value, SigmaExpansion):
            return self._any([self._keyword(item) for item in value.values])
        if isinstance(value, SigmaRegularExpression):
            search = self._regex(value)
            return lambda event: search(event.text)
        cased = isinstance(value, SigmaCasedString)
        if isinstance(value, SigmaNumber):
            value = SigmaString(str(value))
        if not isinstance(value, SigmaString):
            raise RuleError("a keyword without a field must be text or a number")
        anywhere = SpecialChars.WILDCARD_MULTI
        matches = self._text(anywhere + value + anywhere, cased=cased)
        return lambda event: matches(event.text if cased else event.text.lower())

    def _regex(self, value: SigmaRegularExpression) -> Callable[[str], bool]:
        flags = 0
        for flag in value.flags:
            flags |= value.sigma_to_python_flags[flag]
        try:
            search = self._engine.compile(str(value.regexp), flags).search
        except self._engine.error as error:
            raise RuleError(f"the regular expression cannot be used: {error}") from None
        return lambda text: search(text) is not None

    def _text(self, value: SigmaString, *, cased: bool) -> Callable[[str], bool]:
        """A test for text with wildcards: the four common shapes without a regular expression."""
        if value.contains_placeholder():
            raise RuleError("placeholders such as %name% have no value here; write the values")
        parts = [p if cased or not isinstance(p, str) else p.lower() for p in value.s]
        match parts:
            case []:
                return lambda text: not text
            case [str(whole)]:
                return lambda text: text == whole
            case [SpecialChars.WILDCARD_MULTI]:
                return lambda text: True
            case [str(start), SpecialChars.WILDCARD_MULTI]:
                return lambda text: text.startswith(start)
            case [SpecialChars.WILDCARD_MULTI, str(end)]:
                return lambda text: text.endswith(end)
            case [SpecialChars.WILDCARD_MULTI, str(piece), SpecialChars.WILDCARD_MULTI]:
                return lambda text: piece in text
        signs = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
        pattern = "".join(re.escape(p) if isinstance(p, str) else signs[p] for p in parts)
        fullmatch = LINEAR.compile(pattern, re.DOTALL).fullmatch
        return lambda text: fullmatch(text) is not None


def _reference(name: str, value: SigmaFieldReference) -> Test:
    """A test of one field against another one of the same event."""
    starts, ends = value.starts_with, value.ends_with

    def test(event: Event) -> bool:
        one, other = event.folded.get(name), event.folded.get(value.field)
        if one is None or other is None:
            return False
        if starts and ends:
            return other in one
        if starts:
            return one.startswith(other)
        return one.endswith(other) if ends else one == other

    return test


def _number(text: str) -> float | None:
    """A decimal or, as Windows writes identifiers, a hexadecimal number."""
    try:
        return float(int(text, 16)) if text.lower().startswith("0x") else float(text)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address; IPv4 written as IPv6 (``::ffff:192.0.2.7``, as Windows does) counts as IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _when(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def decode_command(command: str) -> str:
    """What PowerShell's ``-EncodedCommand`` stands for; "" if *command* holds no such text.

    The text is base64 of UTF-16, little end first.
    """
    for word in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", command):
        try:
            return base64.b64decode(word, validate=True).decode("utf-16-le")
        except (ValueError, UnicodeDecodeError):
            continue
    return ""
