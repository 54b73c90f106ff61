"""What crosses the wire is what was sent, and hostile bytes are refused before they cost memory."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dalil.answers import MAX_ANSWER_BYTES, decode, encode, load_json
from dalil.errors import AnswerError

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(plain)
def test_json_values_cross_unchanged(value: Any) -> None:
    text = json.dumps(encode("q", value))
    assert decode(load_json(text)) == ("q", value)


numeric = hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.unsigned_integer_dtypes()


@given(
    hnp.arrays(
        numeric | hnp.floating_dtypes(sizes=(16, 32, 64)),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    st.booleans(),
)
def test_arrays_cross_unchanged(array: np.ndarray[Any, Any], fortran: bool) -> None:
    sent = np.asfortranarray(array) if fortran else array
    question, received = decode(json.loads(json.dumps(encode("q", sent))))
    assert question == "q"
    assert received.dtype == array.dtype
    assert received.shape == sent.shape
    np.testing.assert_array_equal(received, sent)
    assert received.flags.writeable


@pytest.mark.parametrize(
    "value", [object(), float("nan"), {1, 2}, b"x", [float("inf")], np.float32(1)]
)
def test_what_is_not_json_is_not_sent(value: Any) -> None:
    with pytest.raises(AnswerError, match="handed over"):
        encode("q", value)


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["a"]), np.zeros(1, "M8[s]")])
def test_arrays_that_are_not_numeric_are_not_sent(array: np.ndarray[Any, Any]) -> None:
    with pytest.raises(AnswerError, match="handed over"):
        encode("q", array)


@pytest.mark.parametrize(
    "bundle",
    [
        None,
        [],
        {},
        {"question": "q"},
        {"question": 3, "value": 1},
        {"question": "q", "malformed": True},
        {"question": "q", "value": 1, "extra": 1},
        {"question": "q", "value": 1, "npy": "x"},
        {"question": "q", "npy": 3},
        {"question": "q", "npy": None},
        {"question": "q", "npy": ""},
        {"question": "q", "npy": "not base64!"},
        {"question": "q", "npy": "é"},
    ],
)
def test_other_bundles_are_refused(bundle: Any) -> None:
    with pytest.raises(AnswerError):
        decode(bundle)


def npy(header: str, body: bytes = b"", version: tuple[int, int] = (1, 0)) -> dict[str, str]:
    text = header.encode("latin-1") + b"\n"
    length = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    data = b"\x93NUMPY" + bytes(version) + length + text + body
    return {"question": "q", "npy": base64.b64encode(data).decode("ascii")}


def header(descr: str, shape: str, fortran: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}}}"


def test_the_hand_made_header_is_a_good_one() -> None:
    _, array = decode(npy(header("'<u1'", "(2,)"), b"\x01\x02"))
    assert array.tolist() == [1, 2]


@pytest.mark.parametrize(
    "bundle",
    [
        npy(header("'|O'", "(1,)"), b"cos\nsystem\n(S'x'\ntR."),
        npy(header("'|O'", "()"), b"\x80\x04."),
        npy(header("'<f8'", "(1000000000000,)"), b"\x00" * 8),
        npy(header("'<f8'", "(0, 1000000000000000000000)")),
        npy(header("'<f8'", "(2,)"), b"\x00" * 8),
        npy(header("'<f8'", "(1,)"), b"\x00" * 9),
        npy(header("'<f8'", "(-1,)"), b"\x00" * 8),
        npy(header("'<f8'", "(-1, -1)"), b"\x00" * 8),
        npy(header("'<f8'", "(True,)"), b""),
        npy(header("'<U4'", "(1,)"), b"\x00" * 16),
        npy(header("[('a', '<f8')]", "(1,)"), b"\x00" * 8),
        npy(header("'<f8'", "(" + "1," * 100 + ")"), b"\x00" * 8),
        npy(header("'<f8'", "__import__('os').getpid()"), b"\x00" * 8),
        npy("(" * 5000 + ")" * 5000),
        npy("{" + " " * 60000 + "}"),
        npy(header("'<f8'", "(1,)"), b"\x00" * 8, version=(3, 0)),
        npy(header("'<f8'", "(1,)"), b"\x00" * 8, version=(9, 9)),
    ],
)
def test_hostile_headers_are_refused_without_costing_memory(bundle: dict[str, str]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(AnswerError, match="malformed"):
            decode(bundle)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def test_a_header_that_claims_gigabytes_of_itself_is_refused() -> None:
    data = b"\x93NUMPY\x02\x00" + b"\xff\xff\xff\xff" + b"{"
    with pytest.raises(AnswerError, match="malformed"):
        decode({"question": "q", "npy": base64.b64encode(data).decode("ascii")})


def test_large_arrays_are_refused_by_their_text() -> None:
    with pytest.raises(AnswerError, match="larger than"):
        decode({"question": "q", "npy": "A" * (MAX_ANSWER_BYTES + 1)})


def saved(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda cut, noise: saved(np.arange(6.0))[:cut] + noise,
        st.integers(0, 180),
        st.binary(max_size=60),
    )
)
@example(b"\x93NUMPY\x01\x00")
def test_any_bytes_are_an_array_or_an_error(data: bytes) -> None:
    try:
        _, array = decode({"question": "q", "npy": base64.b64encode(data).decode("ascii")})
    except AnswerError:
        return
    assert array.dtype.kind in "biuf"
    assert array.nbytes <= len(data)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "-1e999", "1" * 5000, "[" * 100_000, "{", "", b"\xff", "{'a': 1}"]
)
def test_json_that_python_would_pass_or_crash_on_is_refused(text: str | bytes) -> None:
    with pytest.raises(AnswerError, match="not valid JSON"):
        load_json(text)
