"""Why a value has not the form that its question asks for, in the trainee's language.

``dalil.answers`` says so in English, for logs; here the same is said to the person who can mend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dalil.answers import Form
from dalil.answers.forms import (
    AmbiguousError,
    Array,
    Boolean,
    Choice,
    Digest,
    Function,
    Integer,
    ListOf,
    MappingOf,
    Number,
    Record,
    Text,
    list_items,
)
from dalil.case.voice import Said, Voice
from dalil.errors import AnswerError
from dalil.models import N_

_RANGES = {
    (False, False): "{noun}",
    (True, False): N_("{noun} of at least {min}"),
    (False, True): N_("{noun} of at most {max}"),
    (True, True): N_("{noun} from {min} to {max}"),
}


def explain(voice: Voice, form: Form, value: Any) -> list[Said]:
    """Return the lines that say where *value* goes wrong, what is there, and what is expected."""
    places, inner, found = blame(form, value)
    lines = []
    if places:
        words = [
            voice.say(N_("item {number}"), number=place)
            if isinstance(place, int)
            else voice.say("{value}", value=place)
            for place in places
        ]
        lines.append(voice.say(N_("Where: {place}."), place=voice.join(words)))
    lines.append(voice.say(N_("You gave: {shown}."), shown=shown(voice, found)))
    lines += _fields(voice, inner, found)
    lines.append(voice.say(N_("Expected: {expected}."), expected=describe(voice, inner)))
    if _ambiguous(inner, found):
        lines.append(voice.say(N_("Write 1234 or 1.234, without signs between groups of digits.")))
    return lines


def blame(form: Form, value: Any) -> tuple[list[int | str], Form, Any]:
    """Return the way to the first part of *value* that fails, that part's form, and the part.

    Items count from 1. *value* must not have the form as a whole.
    """
    parts: list[tuple[int | str, Form, Any]] = []
    if isinstance(form, ListOf) and _countable(form, value):
        parts = [(number, form.of, item) for number, item in enumerate(list_items(value), 1)]
    elif isinstance(form, Record) and isinstance(value, Mapping) and set(value) == set(form.fields):
        parts = [(name, inner, value[name]) for name, inner in form.fields.items()]
    elif isinstance(form, MappingOf) and isinstance(value, Mapping):
        parts = [(str(name)[:30], form.of, item) for name, item in value.items()]
    for place, inner, part in parts:
        if not _fits(inner, part):
            places, leaf, found = blame(inner, part)
            return [place, *places], leaf, found
    return [], form, value


def _fits(form: Form, value: Any) -> bool:
    try:
        form.read(value)
    except AnswerError:
        return False
    return True


def _countable(form: ListOf, value: Any) -> bool:
    try:
        return form.min_length <= len(list_items(value)) <= form.max_length
    except AnswerError:
        return False


def _ambiguous(form: Form, value: Any) -> bool:
    try:
        form.read(value)
    except AmbiguousError:
        return True
    except AnswerError:
        return False
    return False


def _fields(voice: Voice, form: Form, value: Any) -> list[Said]:
    """Names that a table lacks, or has beyond those that are asked for."""
    if not isinstance(form, Record) or not isinstance(value, Mapping):
        return []
    lines = []
    if missing := [name for name in form.fields if name not in value]:
        lines.append(voice.say(N_("Missing: {names}."), names=voice.data(*missing)))
    if extra := [str(name)[:30] for name in value if name not in form.fields]:
        lines.append(voice.say(N_("Not asked for: {names}."), names=voice.data(*extra[:10])))
    return lines


def shown(voice: Voice, value: Any) -> Said:
    """A short word for *value*: numbers and short text as they are, the rest by kind and size."""
    if value is None:
        return voice.say(N_("nothing"))
    if isinstance(value, np.ndarray) and value.ndim:
        shape = "×".join(str(n) for n in value.shape)
        return voice.say(N_("an array of {shape}"), shape=shape)
    if isinstance(value, str):
        text = value if len(value) <= 40 else value[:39] + "…"
        return voice.say(N_("the text “{text}”"), text=text.encode("utf-8", "replace").decode())
    if isinstance(value, Mapping):
        return voice.say(N_("a table of {number} entries"), number=len(value))
    if isinstance(value, list | tuple | set | frozenset):
        return voice.say(N_("a list of {number} items"), number=len(value))
    if isinstance(value, bool | int | float | np.generic):
        return voice.say("{value}", value=str(value)[:40])
    return voice.say(N_("something of type {kind}"), kind=type(value).__name__[:40])


def describe(voice: Voice, form: Form) -> Said:
    """What *form* asks for, as a phrase."""
    match form:
        case Number():
            return _number(voice, form)
        case Boolean():
            return voice.say("True / False")
        case Digest():
            return voice.say(N_("a SHA-256 digest (64 hexadecimal digits)"))
        case Text(pattern=""):
            return voice.say(N_("text of at most {number} characters"), number=form.max_length)
        case Text():
            return voice.say(N_("text of the pattern {pattern}"), pattern=form.pattern)
        case Choice():
            return voice.say(N_("one of these words: {words}"), words=voice.data(*form.options))
        case Array():
            message = N_(
                "an array of finite numbers with {ndim} dimension(s) and at most {size} elements"
            )
            return voice.say(message, ndim=form.ndim, size=form.max_size)
        case _:
            return _compound(voice, form)


def _number(voice: Voice, form: Number) -> Said:
    noun = voice.say(N_("a whole number") if isinstance(form, Integer) else N_("a number"))
    message = _RANGES[form.min is not None, form.max is not None]
    said = voice.say(message, noun=noun, min=form.min, max=form.max)
    if form.unit:
        said = voice.say(N_("{expected}, in {unit}"), expected=said, unit=form.unit)
    return said


def _compound(voice: Voice, form: Form) -> Said:
    if isinstance(form, Record):
        named = [
            voice.say("{name} – {form}", name=name, form=describe(voice, inner))
            for name, inner in form.fields.items()
        ]
        return voice.say(N_("a table with exactly: {fields}"), fields=voice.join(named, "; "))
    if isinstance(form, ListOf):
        message = N_("a list of {min} to {max} items, each {form}")
        inner = describe(voice, form.of)
        return voice.say(message, min=form.min_length, max=form.max_length, form=inner)
    if isinstance(form, MappingOf):
        message = N_("a table of at most {max} entries, each {form}")
        return voice.say(message, max=form.max_length, form=describe(voice, form.of))
    if isinstance(form, Function):
        message = N_("a function that returns {form}")
        return voice.say(message, form=describe(voice, form.returns))
    return voice.say("{value}", value=form.describe())
