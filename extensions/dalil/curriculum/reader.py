"""Reading tables that people write: every value checked, all problems kept."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from dalil.errors import AnswerError, DalilError

T = TypeVar("T")
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_LINE = 300


class Reader:
    """Takes values out of one TOML table and collects what is wrong with them.

    ``place`` leads to the table (``questions[2]``; tables of a list count from 1). Each method
    returns a value of its type even when it found a problem, so that reading goes on.
    """

    def __init__(self, table: Any, place: str, problems: list[str]) -> None:
        self.source, self.place, self.problems = table, place, problems
        self.table: Mapping[str, Any] = table if isinstance(table, Mapping) else {}
        if not isinstance(table, Mapping):
            self.report("", f"expected a table, got {kind(table)}", "write it as [table] or {…}")

    def report(self, key: str, problem: str, hint: str) -> None:
        """Keep one problem with *key* ("" for the table itself)."""
        place = ".".join(part for part in (self.place, key) if part)
        self.problems.append(f"{place}: {problem}; {hint}" if place else f"{problem}; {hint}")

    def keys(self, needed: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Report keys that are missing, and keys that nobody knows, with the likeliest meant."""
        needed, known = list(needed), [*needed, *optional]
        for key in needed:
            if key not in self.table:
                self.report(key, "missing", "add it")
        for key in self.table:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                self.report(key, "unknown key", hint)

    def line(self, key: str, pattern: re.Pattern[str] | None = None, hint: str = "") -> str:
        """One line of text, which *pattern* must match as a whole."""
        value = self.table.get(key)
        if key not in self.table:
            return ""
        if problem := line_problem(value):
            self.report(key, problem, hint or "write one short line")
            return ""
        if pattern and not pattern.fullmatch(str(value)):
            self.report(key, f"{value!r} will not do", hint)
        return str(value)

    def lines(self, key: str, *, some: bool = True) -> tuple[str, ...]:
        """A list of different lines, not empty if *some*."""
        value = self.table.get(key, [])
        if not isinstance(value, list):
            self.report(key, f"expected a list, got {kind(value)}", 'write ["…", "…"]')
            return ()
        if some and not value and key in self.table:
            self.report(key, "empty", "name at least one")
        for number, item in enumerate(value, 1):
            if problem := line_problem(item):
                self.report(f"{key}[{number}]", problem, "write one short line")
            elif item in value[: number - 1]:
                self.report(f"{key}[{number}]", "said twice", "remove one")
        return tuple(item for item in value if isinstance(item, str))

    def number(self, key: str, low: float, high: float) -> float:
        """A number above *low* and up to *high*."""
        value = self.table.get(key, high)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.report(key, f"expected a number, got {kind(value)}", "write it without quotes")
            return high
        if not low < value <= high:
            self.report(key, f"{value} is out of range", f"above {low:g}, at most {high:g}")
        return value

    def tables(self, key: str) -> list[Reader]:
        """The tables of ``[[key]]``, each with its own reader; what is no table is left out."""
        value = self.table.get(key, [])
        if not isinstance(value, list):
            self.report(key, f"expected tables, got {kind(value)}", f"write [[{key}]]")
            return []
        readers = [Reader(item, f"{key}[{n}]", self.problems) for n, item in enumerate(value, 1)]
        return [reader for reader in readers if isinstance(reader.source, Mapping)]

    def tried(self, key: str, make: Callable[[Any], T], hint: str) -> T | None:
        """``make(value)``, or None with its error kept as a problem."""
        if key not in self.table:
            return None
        try:
            return make(self.table[key])
        except AnswerError as error:  # names its own place within the form
            inner, _, problem = str(error).partition(": ")
            self.report(inner, problem, hint)
        except DalilError as error:
            self.report(key, str(error), hint)
        return None

    def unique(self, key: str, values: Iterable[str]) -> None:
        """Report each of *values* that occurs again, upper and lower case alike."""
        seen: set[str] = set()
        for value in values:
            if value and value.casefold() in seen:
                self.report(key, f"{value!r} is used twice", "give each its own")
            seen.add(value.casefold())


def kind(value: Any) -> str:
    """A TOML value's type as a person says it."""
    names = {str: "text", bool: "true/false", int: "a number", float: "a number"}
    names |= {list: "a list", dict: "a table", type(None): "nothing"}
    return names.get(type(value), "a date or time")


def line_problem(value: Any) -> str:
    """Why *value* is not one short line of visible text; "" if it is."""
    if not isinstance(value, str):
        return f"expected text, got {kind(value)}"
    if not value.strip() or value != value.strip():
        return "empty" if not value.strip() else "begins or ends with a space"
    if len(value) > MAX_LINE:
        return f"longer than {MAX_LINE} characters"
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            return f"holds the invisible character U+{ord(character):04X}"
    return ""
