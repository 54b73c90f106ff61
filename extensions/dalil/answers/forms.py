"""Forms: type, shape, unit and range of an answer, as ``module.toml`` declares them.

A form is read from a plain table (``{"type": "integer", "min": 0}``), so that a trainee's kernel,
which has only ``case.json``, and the grading side judge the form of a value by the same code.
"""

from __future__ import annotations

import math
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from dalil.errors import AnswerError

_NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
MAX_TEXT = 20_000
MAX_NESTING = 65  # lists in one another; numpy's arrays end at 64 dimensions


class AmbiguousError(AnswerError):
    """1,234 may be a thousand or a decimal."""


def read_number(value: object) -> float:
    """Return *value* as a finite float; text may be 3.14, 3,14 or ٣٫١٤.

    Raises AnswerError for what is not a number, is not finite, or is ambiguous (1,234 might be a
    thousand or a decimal).
    """
    if isinstance(value, bool | np.bool_):
        raise AnswerError("expected a number, got true/false")
    if isinstance(value, str):
        return _finite(float(_western(_plain_text(value))))
    try:
        if isinstance(value, float):  # np.float64 is one; a subclass may redefine __float__
            return _finite(float.__float__(value))
        if isinstance(value, int):
            return _finite(int.__float__(value))
        if isinstance(value, np.integer | np.floating | Decimal | Fraction):
            return _finite(float(value))
    except OverflowError:
        raise AnswerError("the number is too large") from None
    except ValueError:  # Decimal("sNaN")
        raise AnswerError("expected a finite number, got NaN") from None
    raise AnswerError(f"expected a number, got {_kind(value)}")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise AnswerError("expected a finite number, got infinity or NaN")
    return number


def _plain_text(value: str) -> str:
    """*value* as a plain ``str``, whatever methods its class redefines."""
    return str.__str__(value)


def _western(text: str) -> str:
    """Digits of any script to 0-9, the Arabic or French decimal sign to a point."""
    plain = "".join(
        str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in text.strip()
    )
    plain = plain.replace("\u2212", "-")  # the minus sign of typesetters
    if "٬" in plain or _GROUPED.fullmatch(plain):
        raise AmbiguousError(f"{text[:30]!r} is ambiguous: write 1234 or 1.234 without group signs")
    plain = plain.replace("٫", ".")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if len(plain) > 64 or not _NUMBER.fullmatch(plain):
        raise AnswerError(f"{text[:30]!r} is not a number")
    return plain


def _kind(value: object) -> str:
    """A type's name as a person says it."""
    names = {type(None): "nothing", str: "text", dict: "a table", list: "a list", tuple: "a list"}
    return names.get(type(value), str(type(value).__name__)[:30])


class Form(ABC):
    """What a question asks for. ``read`` returns the value in canonical form or raises."""

    type: ClassVar[str]

    @abstractmethod
    def read(self, value: Any) -> Any:
        """Return *value* as plain JSON or a numpy array; raises AnswerError saying what is off."""

    @abstractmethod
    def describe(self) -> str:
        """One short English phrase for a person: "a whole number from 0 to 400 (cells)"."""


@dataclass(frozen=True)
class Number(Form):
    """A finite number within ``min`` and ``max`` (inclusive), in ``unit``."""

    type: ClassVar[str] = "number"
    min: float | None = None
    max: float | None = None
    unit: str = ""
    noun: ClassVar[str] = "a number"

    def read(self, value: Any) -> float | int:
        number = read_number(value)
        if self.min is not None and number < self.min:
            raise AnswerError(f"{number:g} is too small: expected {self.describe()}")
        if self.max is not None and number > self.max:
            raise AnswerError(f"{number:g} is too large: expected {self.describe()}")
        return number

    def describe(self) -> str:
        low = f" from {self.min:g}" if self.min is not None else ""
        high = f" up to {self.max:g}" if self.max is not None else ""
        return f"{self.noun}{low}{high}" + (f" ({self.unit})" if self.unit else "")


@dataclass(frozen=True)
class Integer(Number):
    """A whole number within ``min`` and ``max`` (inclusive)."""

    type: ClassVar[str] = "integer"
    noun: ClassVar[str] = "a whole number"

    def read(self, value: Any) -> int:
        number = super().read(value)
        if number != int(number):
            raise AnswerError(f"{number:g} is not whole: expected {self.describe()}")
        # A float holds whole numbers up to 2**53 only; times in nanoseconds are larger.
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, np.integer | Decimal | Fraction):
            return int(value)
        digits = _western(_plain_text(value)) if isinstance(value, str) else ""
        return int(digits) if re.fullmatch(r"[+-]?\d+", digits) else int(number)


@dataclass(frozen=True)
class Boolean(Form):
    """True or false."""

    type: ClassVar[str] = "boolean"

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise AnswerError(f"expected True or False, got {_kind(value)}")
        return bool(value)

    def describe(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Text(Form):
    """Text of at most ``max_length`` characters; ``pattern`` is a regular expression, if given."""

    type: ClassVar[str] = "text"
    max_length: int = 2_000
    pattern: str = ""

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise AnswerError(f"expected text, got {_kind(value)}")
        text = _plain_text(value)
        if len(text) > min(self.max_length, MAX_TEXT):
            raise AnswerError(f"the text is longer than {self.max_length} characters")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise AnswerError("the text holds broken characters (lone surrogates)") from None
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise AnswerError(f"{text[:30]!r} does not look like {self.describe()}")
        return text

    def describe(self) -> str:
        return f"text matching {self.pattern}" if self.pattern else "text"


@dataclass(frozen=True)
class Digest(Form):
    """A SHA-256 digest (FIPS 180-4): 64 hexadecimal digits, in any case."""

    type: ClassVar[str] = "digest"

    def read(self, value: Any) -> str:
        text = Text(max_length=80).read(value).strip().lower()
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            raise AnswerError(f"{text[:20]!r} is not a SHA-256 digest: expected {self.describe()}")
        return text

    def describe(self) -> str:
        return "64 hexadecimal digits"


@dataclass(frozen=True)
class Choice(Form):
    """One of ``options``, upper or lower case."""

    type: ClassVar[str] = "choice"
    options: tuple[str, ...] = ()

    def read(self, value: Any) -> str:
        text = Text(max_length=100).read(value).strip().casefold()
        for option in self.options:
            if text == option.casefold():
                return option
        raise AnswerError(f"{text[:30]!r} is not {self.describe()}")

    def describe(self) -> str:
        return "one of " + ", ".join(self.options)


def list_items(value: Any) -> list[Any]:
    """The items of a list, tuple, set (in order), array or pandas column; raises AnswerError."""
    if callable(getattr(value, "to_numpy", None)):  # pandas' own, without importing it
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.ndim:
        return list(value.tolist())
    if isinstance(value, set | frozenset):
        try:
            return sorted(value)
        except TypeError:
            raise AnswerError("expected a list, got a set whose items have no order") from None
    if isinstance(value, list):
        return list.copy(value)
    if isinstance(value, tuple):
        return list(tuple.__iter__(value))
    raise AnswerError(f"expected a list, got {_kind(value)}")


@dataclass(frozen=True)
class ListOf(Form):
    """A list whose items all have the form ``of``, from ``min_length`` to ``max_length`` long."""

    type: ClassVar[str] = "list"
    of: Form
    min_length: int = 0
    max_length: int = 1_000

    def read(self, value: Any) -> list[Any]:
        items = list_items(value)
        if not self.min_length <= len(items) <= self.max_length:
            raise AnswerError(f"{len(items)} items: expected {self.describe()}")
        return [_inside(f"item {n}", self.of, item) for n, item in enumerate(items, 1)]

    def describe(self) -> str:
        return f"a list of {self.min_length} to {self.max_length} items, each {self.of.describe()}"


@dataclass(frozen=True)
class Record(Form):
    """A table with exactly the named ``fields``, each of its own form."""

    type: ClassVar[str] = "record"
    fields: Mapping[str, Form]

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise AnswerError(f"expected a table, got {_kind(value)}")
        missing = [name for name in self.fields if name not in value]
        extra = [str(name)[:30] for name in value if name not in self.fields]
        if missing or extra:
            raise AnswerError(
                f"missing {missing}, not expected {extra}: expected {self.describe()}"
            )
        return {name: _inside(name, form, value[name]) for name, form in self.fields.items()}

    def describe(self) -> str:
        inner = "; ".join(f"{name}: {form.describe()}" for name, form in self.fields.items())
        return f"a table with {inner}"


@dataclass(frozen=True)
class MappingOf(Form):
    """A table from text keys to values of the form ``of``, at most ``max_length`` entries."""

    type: ClassVar[str] = "mapping"
    of: Form
    max_length: int = 1_000

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise AnswerError(f"expected a table, got {_kind(value)}")
        if len(value) > self.max_length:
            raise AnswerError(f"{len(value)} entries: expected at most {self.max_length}")
        key = Text(max_length=200)
        return {
            key.read(name): _inside(str(name)[:30], self.of, item) for name, item in value.items()
        }

    def describe(self) -> str:
        return f"a table of at most {self.max_length} entries, each {self.of.describe()}"


@dataclass(frozen=True)
class Array(Form):
    """A numpy array of finite numbers, of ``ndim`` dimensions and at most ``max_size`` elements."""

    type: ClassVar[str] = "array"
    ndim: int = 2
    max_size: int = 1_000_000
    unit: str = ""

    def read(self, value: Any) -> np.ndarray[Any, Any]:
        if _holds_text(value):  # numpy would give each item the room of the longest
            raise AnswerError(f"expected {self.describe()}, got elements of type text")
        try:
            array = np.asarray(value)
        except (ValueError, TypeError):  # rows of unequal length
            raise AnswerError(f"expected {self.describe()}, got {_kind(value)}") from None
        if array.dtype.kind not in "biuf":
            raise AnswerError(f"expected {self.describe()}, got elements of type {array.dtype}")
        if array.ndim != self.ndim or array.size > self.max_size:
            raise AnswerError(f"expected {self.describe()}, got shape {array.shape}")
        if not np.isfinite(array).all():  # NaN differs from nothing: a check may forget that
            raise AnswerError(f"expected {self.describe()}, got infinity or NaN among them")
        return array

    def describe(self) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        size = f"{self.ndim} dimensions, at most {self.max_size} elements"
        return f"an array of finite numbers, {size}{unit}"


def _holds_text(value: Any) -> bool:
    """Tell whether lists and tuples in one another hold text anywhere."""
    level = [value]
    for _ in range(MAX_NESTING):
        if any(isinstance(item, str | bytes) for item in level):
            return True
        level = [inner for item in level if isinstance(item, list | tuple) for inner in item]
    return False


@dataclass(frozen=True)
class Function(Form):
    """A function: called while grading with hidden inputs; each result has the form ``returns``.

    In a trainee's kernel ``read`` takes the callable; on the grading side it takes the list of
    results, where a call that raised is ``None``.
    """

    type: ClassVar[str] = "function"
    returns: Form

    def read(self, value: Any) -> Any:
        if callable(value):
            return value
        if not isinstance(value, list):
            raise AnswerError(f"expected a function, got {_kind(value)}")
        return [self._result(item) for item in value]

    def _result(self, item: Any) -> Any:
        try:
            return None if item is None else self.returns.read(item)
        except AnswerError:
            return None

    def describe(self) -> str:
        return f"a function that returns {self.returns.describe()}"


def _inside(place: str, form: Form, value: Any) -> Any:
    try:
        return form.read(value)
    except AnswerError as error:
        raise AnswerError(f"{place}: {error}") from None
