"""Every form takes what a person may reasonably write and names what it cannot take."""

from __future__ import annotations

import json
import tracemalloc
from collections import OrderedDict, UserDict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.answers import form_from, read_number
from dalil.errors import AnswerError

DIGEST = "ab" * 32
RECORD = {
    "type": "record",
    "fields": {
        "entry": {"type": "integer", "min": 1},
        "kind": {"type": "choice", "options": ["Gap"]},
    },
}

GOOD: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "number"}, 3, 3.0),
    ({"type": "number"}, "3.14", 3.14),
    ({"type": "number"}, " 3,14 ", 3.14),
    ({"type": "number"}, "٣٫١٤", 3.14),
    ({"type": "number"}, "٣.١٤", 3.14),
    ({"type": "number"}, "۳٫۵", 3.5),
    ({"type": "number"}, "\u22122", -2.0),
    ({"type": "number"}, "1e-3", 0.001),
    ({"type": "number"}, "0,123", 0.123),
    ({"type": "number", "min": 0, "max": 1}, 1, 1.0),
    ({"type": "number"}, np.float32(0.5), 0.5),
    ({"type": "number"}, np.int64(7), 7.0),
    ({"type": "number"}, Decimal("3.14"), 3.14),
    ({"type": "number"}, Fraction(1, 4), 0.25),
    ({"type": "integer"}, Decimal(2**60 + 1), 2**60 + 1),
    ({"type": "integer"}, 7.0, 7),
    ({"type": "integer"}, "١٢", 12),
    ({"type": "integer"}, 2**60 + 1, 2**60 + 1),
    ({"type": "integer"}, "1700000000123456789", 1700000000123456789),
    ({"type": "integer"}, np.uint64(2**63 + 1), 2**63 + 1),
    ({"type": "boolean"}, np.True_, True),
    ({"type": "text", "max_length": 3}, "أبج", "أبج"),
    ({"type": "text", "pattern": r"\d{2}"}, "12", "12"),
    ({"type": "digest"}, f" {DIGEST.upper()}\n", DIGEST),
    ({"type": "choice", "options": ["Gap", "Hash"]}, " gap ", "Gap"),
    ({"type": "choice", "options": ["Straße"]}, "STRASSE", "Straße"),
    ({"type": "list", "of": {"type": "integer"}}, (3, "١"), [3, 1]),
    ({"type": "list", "of": {"type": "integer"}}, {3, 1}, [1, 3]),
    ({"type": "list", "of": {"type": "integer"}}, np.array([3, 1]), [3, 1]),
    ({"type": "list", "of": {"type": "integer"}}, pd.Series([3, 1], dtype="Int64"), [3, 1]),
    ({"type": "list", "of": {"type": "text"}}, pd.Index(["a", "b"]), ["a", "b"]),
    ({"type": "list", "of": {"type": "integer"}}, [], []),
    (RECORD, {"kind": "GAP", "entry": 2}, {"entry": 2, "kind": "Gap"}),
    (RECORD, UserDict(entry=1, kind="gap"), {"entry": 1, "kind": "Gap"}),
    ({"type": "mapping", "of": {"type": "number"}}, OrderedDict(a="1,5"), {"a": 1.5}),
    (
        {"type": "function", "returns": {"type": "number"}},
        [1, None, "x", "٢"],
        [1.0, None, None, 2.0],
    ),
]


@pytest.mark.parametrize(("table", "value", "expected"), GOOD)
def test_good_values_come_out_in_canonical_form(table: Any, value: Any, expected: Any) -> None:
    canonical = form_from(table).read(value)
    assert canonical == expected
    assert type(canonical) is type(expected)
    assert form_from(table).read(json.loads(json.dumps(canonical))) == expected


BAD: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "number"}, "1,234", "ambiguous"),
    ({"type": "number"}, "١٬٢٣٤", "ambiguous"),
    ({"type": "number"}, "1,234,567", "ambiguous"),
    ({"type": "number"}, "1.234,5", "not a number"),
    ({"type": "number"}, "", "not a number"),
    ({"type": "number"}, "0x10", "not a number"),
    ({"type": "number"}, "1_000", "not a number"),
    ({"type": "number"}, "9" * 70, "not a number"),
    ({"type": "number"}, "3 cells", "not a number"),
    ({"type": "number"}, "1e999", "finite"),
    ({"type": "number"}, "inf", "not a number"),
    ({"type": "number"}, float("nan"), "finite"),
    ({"type": "number"}, 10**400, "too large"),
    ({"type": "number"}, Fraction(10**400), "too large"),
    ({"type": "number"}, Decimal("Infinity"), "finite"),
    ({"type": "number"}, Decimal("sNaN"), "finite"),
    ({"type": "integer"}, Fraction(5, 2), "not whole"),
    ({"type": "list", "of": {"type": "text"}}, pd.Series(["a", 1]), "item 2"),
    ({"type": "number"}, True, "true/false"),
    ({"type": "number"}, np.True_, "true/false"),
    ({"type": "number"}, None, "nothing"),
    ({"type": "number"}, 3 + 4j, "complex"),
    ({"type": "number", "min": 0}, -0.1, "too small"),
    ({"type": "number", "max": 0, "unit": "mm"}, 0.1, "mm"),
    ({"type": "integer"}, 2.5, "not whole"),
    ({"type": "integer"}, "2,5", "not whole"),
    ({"type": "boolean"}, 1, "True or False"),
    ({"type": "boolean"}, "True", "True or False"),
    ({"type": "text"}, b"bytes", "expected text"),
    ({"type": "text", "max_length": 3}, "abcd", "longer"),
    ({"type": "text", "max_length": 10**9}, "a" * 20_001, "longer"),
    ({"type": "text"}, "\ud800", "surrogates"),
    ({"type": "text", "pattern": r"\d"}, "12", "look like"),
    ({"type": "digest"}, DIGEST[:-1], "SHA-256"),
    ({"type": "digest"}, "٣" * 64, "SHA-256"),
    ({"type": "choice", "options": ["gap"]}, "gaps", "one of gap"),
    ({"type": "list", "of": {"type": "integer"}}, [1, "x"], "item 2"),
    ({"type": "list", "of": {"type": "integer"}, "max_length": 1}, [1, 2], "2 items"),
    ({"type": "list", "of": {"type": "integer"}, "min_length": 1}, [], "0 items"),
    ({"type": "list", "of": {"type": "text"}}, "abc", "expected a list"),
    ({"type": "list", "of": {"type": "text"}}, {1, "a"}, "no order"),
    ({"type": "list", "of": {"type": "integer"}}, np.array(3), "expected a list"),
    (RECORD, {"entry": 1}, "missing ['kind']"),
    (RECORD, {"entry": 1, "kind": "gap", "x": 1}, "not expected ['x']"),
    (RECORD, {"entry": 0, "kind": "gap"}, "entry: 0 is too small"),
    (RECORD, [1, "gap"], "expected a table"),
    ({"type": "mapping", "of": {"type": "number"}}, {1: 2}, "expected text"),
    ({"type": "mapping", "of": {"type": "number"}}, {"a": "x"}, "a: "),
    ({"type": "mapping", "of": {"type": "number"}, "max_length": 1}, {"a": 1, "b": 2}, "2 entries"),
    ({"type": "array"}, [[1], [2, 3]], "finite numbers"),
    ({"type": "array"}, [["a"]], "elements of type"),
    ({"type": "array", "ndim": 1}, [[1]], "shape (1, 1)"),
    ({"type": "array", "max_size": 3}, np.zeros((2, 2)), "shape (2, 2)"),
    ({"type": "array"}, np.array([[1.0, np.nan]]), "infinity or NaN"),
    ({"type": "array"}, [[1.0, float("inf")]], "infinity or NaN"),
    ({"type": "array"}, np.array([[object()]]), "elements of type object"),
    ({"type": "function", "returns": {"type": "number"}}, 3, "expected a function"),
]


@pytest.mark.parametrize(("table", "value", "reason"), BAD)
def test_bad_values_are_refused_in_one_line(table: Any, value: Any, reason: str) -> None:
    with pytest.raises(AnswerError) as caught:
        form_from(table).read(value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_long_text_in_a_long_list_is_refused_before_numpy_makes_room_for_it() -> None:
    form = form_from({"type": "array", "ndim": 1})
    tracemalloc.start()
    try:
        with pytest.raises(AnswerError, match="elements of type text"):
            form.read([1, *[""] * 1_000, "x" * 200_000])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_arrays_keep_their_numbers() -> None:
    form = form_from({"type": "array", "ndim": 2})
    masked = np.ma.masked_array([[1, 2]], mask=[[True, False]])
    for value in ([[1, 2]], np.asarray([[1, 2]], dtype=">i2"), masked):
        array = form.read(value)
        assert type(array) is np.ndarray
        assert array.tolist() == [[1, 2]]


def test_functions_are_taken_as_they_are() -> None:
    assert form_from({"type": "function", "returns": {"type": "number"}}).read(len) is len


class RiggedFloat(float):
    def __float__(self) -> float:
        return 100.0

    def __eq__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __lt__
    __hash__ = float.__hash__
    __repr__ = __str__ = lambda self: "100"


class RiggedInt(int):
    def __int__(self) -> int:
        return 100

    __float__ = __index__ = __int__  # type: ignore[assignment]
    __eq__ = RiggedFloat.__eq__
    __hash__ = int.__hash__


class RiggedText(str):
    __eq__ = RiggedFloat.__eq__
    __hash__ = str.__hash__
    __len__ = lambda self: 1  # noqa: E731
    __str__ = __repr__ = strip = lower = casefold = lambda self, *a: "gap"  # type: ignore[assignment]


class RiggedList(list[Any]):  # noqa: PLW1641 -- a trainee's would not either
    def __iter__(self) -> Any:
        return iter([1, 1, 1])

    def __len__(self) -> int:
        return 1

    __eq__ = RiggedFloat.__eq__


def builtin(value: Any) -> bool:
    """Whether *value* consists of plain built-in types alone."""
    if type(value) is list:
        return all(builtin(item) for item in value)
    if type(value) is dict:
        return all(type(k) is str and builtin(v) for k, v in value.items())
    return type(value) in (int, float, str, bool, type(None))


@pytest.mark.parametrize(
    ("table", "value", "expected"),
    [
        ({"type": "number"}, RiggedFloat(2), 2.0),
        ({"type": "number"}, RiggedInt(2), 2.0),
        ({"type": "integer"}, RiggedFloat(2), 2),
        ({"type": "integer"}, RiggedInt(2), 2),
        ({"type": "number"}, RiggedText("2"), 2.0),
        ({"type": "text"}, RiggedText("two"), "two"),
        ({"type": "list", "of": {"type": "text"}}, RiggedList([RiggedText("b")]), ["b"]),
        ({"type": "list", "of": {"type": "number"}}, RiggedList([RiggedFloat(2), 3]), [2.0, 3.0]),
        (
            {"type": "mapping", "of": {"type": "text"}},
            {RiggedText("k"): RiggedText("v")},
            {"k": "v"},
        ),
        (RECORD, {"entry": RiggedInt(2), "kind": "gap"}, {"entry": 2, "kind": "Gap"}),
    ],
)
def test_rigged_values_come_out_as_what_they_hold(table: Any, value: Any, expected: Any) -> None:
    canonical = form_from(table).read(value)
    assert builtin(canonical)
    assert json.dumps(canonical) == json.dumps(expected)


def test_rigged_choices_and_lengths_do_not_pass() -> None:
    for table, value in (
        ({"type": "choice", "options": ["gap"]}, RiggedText("wrong")),
        ({"type": "text", "max_length": 3}, RiggedText("wrong")),
        ({"type": "list", "of": {"type": "number"}, "max_length": 1}, RiggedList([1, 2])),
        ({"type": "number", "max": 1}, RiggedFloat(2)),
    ):
        with pytest.raises(AnswerError):
            form_from(table).read(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_survives_being_written_in_arabic_and_french(number: float) -> None:
    text = repr(number)
    assert read_number(text) == number
    assert read_number(text.translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫"))) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_an_error(text: str) -> None:
    try:
        number = read_number(text)
    except AnswerError:
        return
    assert np.isfinite(number)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (None, "form: 'type'"),
        ({}, "form: 'type'"),
        ({"type": "real"}, "form: 'type'"),
        ({"type": ["list"]}, "form: 'type'"),
        ({"type": "number", "maximum": 1}, "form: unknown ['maximum']"),
        ({"type": "number", "min": "0"}, "form.min: must be a number"),
        ({"type": "number", "min": True}, "form.min: must be a number"),
        ({"type": "number", "min": 2, "max": 1}, "form: min is greater than max"),
        ({"type": "number", "unit": 3}, "form.unit"),
        ({"type": "text", "pattern": "("}, "form.pattern"),
        ({"type": "choice"}, "form: ['options'] missing"),
        ({"type": "choice", "options": []}, "form.options"),
        ({"type": "choice", "options": "abc"}, "form.options"),
        ({"type": "choice", "options": ["a", "A"]}, "form.options"),
        ({"type": "choice", "options": ["a", 3]}, "form.options"),
        ({"type": "list"}, "form: ['of'] missing"),
        ({"type": "list", "of": 3}, "form.of: 'type'"),
        ({"type": "list", "of": {"type": "text"}, "max_length": -1}, "form.max_length"),
        ({"type": "record", "fields": []}, "form.fields"),
        ({"type": "record", "fields": {"a": {"type": "x"}}}, "form.fields.a: 'type'"),
        ({"type": "list", "of": {"type": "function", "returns": {"type": "number"}}}, "form.of"),
    ],
)
def test_broken_tables_are_refused_by_place(table: Any, place: str) -> None:
    with pytest.raises(AnswerError) as caught:
        form_from(table)
    assert str(caught.value).startswith(place)


def test_deep_tables_are_refused() -> None:
    table: dict[str, Any] = {"type": "number"}
    for _ in range(500):
        table = {"type": "list", "of": table}
    with pytest.raises(AnswerError, match="nested deeper"):
        form_from(table)


@pytest.mark.parametrize("table", [table for table, _, _ in GOOD])
def test_each_form_describes_itself(table: Any) -> None:
    assert form_from(table).describe()
