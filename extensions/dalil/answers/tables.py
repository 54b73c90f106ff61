"""Forms as plain tables: what ``module.toml`` and ``case.json`` hold → a form."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from dalil.answers.forms import (
    Array,
    Boolean,
    Choice,
    Digest,
    Form,
    Function,
    Integer,
    ListOf,
    MappingOf,
    Number,
    Record,
    Text,
)
from dalil.errors import AnswerError

MAX_DEPTH = 6

_FORMS: dict[str, Callable[..., Form]] = {
    form.type: form
    for form in (
        Number,
        Integer,
        Boolean,
        Text,
        Digest,
        Choice,
        ListOf,
        Record,
        MappingOf,
        Array,
        Function,
    )
}


def form_from(table: Any) -> Form:
    """Build a form from its table in ``module.toml`` or ``case.json``.

    Raises AnswerError naming the key that is missing, not known or of a wrong type, by its place
    (``form.of.fields.kind: …``).
    """
    return _form(table, "form", 0)


def _form(table: Any, place: str, depth: int) -> Form:
    if depth > MAX_DEPTH:
        raise AnswerError(f"{place}: nested deeper than {MAX_DEPTH} levels")
    kind = table.get("type") if isinstance(table, Mapping) else None
    if not isinstance(kind, str) or kind not in _FORMS:
        raise AnswerError(f"{place}: 'type' must be one of {', '.join(_FORMS)}")
    if kind == "function" and depth:
        raise AnswerError(f"{place}: a function must be the whole answer")
    cls = _FORMS[kind]
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    given = {key: value for key, value in table.items() if key != "type"}
    if extra := sorted(set(given) - set(known)):
        raise AnswerError(f"{place}: unknown {extra} for {kind}; known: {sorted(known)}")
    needed = [name for name, item in known.items() if item.default is MISSING]
    if kind == "choice":
        needed.append("options")
    if missing := sorted(set(needed) - set(given)):
        raise AnswerError(f"{place}: {missing} missing for {kind}")
    values = {name: _setting(name, value, place, depth) for name, value in given.items()}
    for low, high in (("min", "max"), ("min_length", "max_length")):
        if low in values and high in values and values[low] > values[high]:
            raise AnswerError(f"{place}: {low} is greater than {high}")
    return cls(**values)


def _setting(name: str, value: Any, place: str, depth: int) -> Any:
    """One setting of a form's table, checked; the names are those of the forms' fields."""
    if name in ("of", "returns"):
        return _form(value, f"{place}.{name}", depth + 1)
    if name == "fields":
        if not isinstance(value, Mapping) or not value:
            raise AnswerError(f"{place}.fields: must be a table of forms")
        return {key: _form(v, f"{place}.fields.{key}", depth + 1) for key, v in value.items()}
    if name == "options":
        words = value if isinstance(value, list | tuple) else ()
        folded = {word.casefold() for word in words if isinstance(word, str) and word.strip()}
        if not words or len(folded) < len(words):
            raise AnswerError(f"{place}.options: must be a list of different words")
        return tuple(words)
    if name in ("min", "max"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise AnswerError(f"{place}.{name}: must be a number")
        return value
    if name in ("unit", "pattern"):
        if not isinstance(value, str):
            raise AnswerError(f"{place}.{name}: must be text")
        try:
            re.compile(value if name == "pattern" else "")
        except re.error as error:
            raise AnswerError(f"{place}.pattern: {error}") from None
        return value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise AnswerError(f"{place}.{name}: must be a whole number of 0 or more")
    return value
