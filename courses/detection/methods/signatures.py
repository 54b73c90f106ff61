"""YARA-X: signatures over the bytes of files.

A signature is a set of byte strings and a condition on them; unlike a Sigma rule it sees content,
no context, so a report that quotes the strings looks like the thing itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import yara_x

from dalil.courses.detection.methods.matching import RuleError

MAX_SOURCE = 20_000
SECONDS = 2
"""Time that one file may take."""


def compile_signatures(source: str) -> yara_x.Rules:
    """The signatures in *source*. Raises RuleError in one line; ``include`` is not followed."""
    if len(source) > MAX_SOURCE:
        raise RuleError(f"the signatures are longer than {MAX_SOURCE} characters")
    compiler = yara_x.Compiler()
    compiler.enable_includes(False)
    try:
        compiler.add_source(source)
    except yara_x.CompileError as error:
        raise RuleError(f"not a signature of YARA-X: {str(error).splitlines()[0]}") from None
    return compiler.build()


def scan(rules: yara_x.Rules, files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Name of file → names of the signatures that match it; files without a match are left out.

    Raises RuleError if a file takes longer than ``SECONDS``.
    """
    scanner = yara_x.Scanner(rules)
    scanner.set_timeout(SECONDS)
    found: dict[str, list[str]] = {}
    for name, data in files.items():
        try:
            matching = scanner.scan(data).matching_rules
        except yara_x.TimeoutError:
            raise RuleError(f"{name}: the signatures take too long; simplify them") from None
        if matching:
            found[name] = sorted(rule.identifier for rule in matching)
    return found


def strings_found(rules: yara_x.Rules, data: bytes) -> list[tuple[str, str, int]]:
    """(signature, string, offset) of each string of a matching signature in *data*, by offset."""
    scanner = yara_x.Scanner(rules)
    scanner.set_timeout(SECONDS)
    found = [
        (rule.identifier, pattern.identifier, match.offset)
        for rule in scanner.scan(data).matching_rules
        for pattern in rule.patterns
        for match in pattern.matches
    ]
    return sorted(found, key=lambda item: item[2])
