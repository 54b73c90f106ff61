"""How a value leaves the trainee's process: JSON or ``.npy``, in an output of its own MIME type.

Never pickle: what comes back is read by the grading side, which trusts nothing in it.
"""

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

import numpy as np

from dalil.errors import AnswerError

MIME = "application/vnd.dalil.answer+json"
MAX_ANSWER_BYTES = 4 * 1024 * 1024


_KINDS = "biuf"  # truth values, whole numbers, floats: what an answer's array may hold


def encode(question: str, value: Any) -> dict[str, Any]:
    """Return *value* as the bundle of MIME type ``MIME``. Raises AnswerError if it cannot go."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _KINDS:
            raise AnswerError(f"the value cannot be handed over: array of {value.dtype}")
        stream = io.BytesIO()
        np.save(stream, np.asarray(value), allow_pickle=False)
        return {"question": question, "npy": base64.b64encode(stream.getvalue()).decode("ascii")}
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise AnswerError(f"the value cannot be handed over: {error}") from None
    return {"question": question, "value": value}


def decode(bundle: Any) -> tuple[str, Any]:
    """Return (question, value) of a bundle; the opposite of ``encode``.

    Raises AnswerError for anything that ``encode`` would not have made, and for arrays whose text
    is longer than MAX_ANSWER_BYTES.
    """
    if not isinstance(bundle, dict) or not isinstance(bundle.get("question"), str):
        raise AnswerError("the answer is malformed")
    question = bundle["question"]
    if set(bundle) == {"question", "value"}:
        return question, bundle["value"]
    if set(bundle) != {"question", "npy"}:
        raise AnswerError("the answer is malformed")
    return question, decode_array(bundle["npy"])


def decode_array(text: Any) -> np.ndarray[Any, Any]:
    """Return the numeric array of base64 ``.npy`` *text*; raises AnswerError.

    The header is read first: a few bytes may declare terabytes, or objects to unpickle.
    """
    if not isinstance(text, str):
        raise AnswerError("the array is malformed")
    if len(text) > MAX_ANSWER_BYTES:
        raise AnswerError(f"the array is larger than {MAX_ANSWER_BYTES // 2**20} MiB")
    try:
        data = base64.b64decode(text, validate=True)
        shape, fortran, dtype, offset = _header(data)
        count = math.prod(shape)
        true_size = min(shape, default=0) >= 0 and count * dtype.itemsize == len(data) - offset
        if dtype.kind in _KINDS and true_size:
            flat = np.frombuffer(data, dtype=dtype, count=count, offset=offset)
            return flat.reshape(shape, order="F" if fortran else "C").copy()
    except Exception:  # whatever numpy raises on hostile bytes
        raise AnswerError("the array is malformed") from None
    raise AnswerError("the array is malformed")


def _header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, Fortran order, dtype and length of the header of ``.npy`` *data* (NEP 1)."""
    stream = io.BytesIO(data)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    shape, fortran, dtype = readers[np.lib.format.read_magic(stream)](stream)
    return shape, fortran, dtype, stream.tell()


def load_json(text: str | bytes) -> Any:
    """Parse JSON that nobody vouches for.

    NaN, infinities (1e999 is one), numbers of over 4,300 digits and nesting beyond Python's
    recursion limit raise AnswerError instead of passing or crashing.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        raise AnswerError("the text is not valid JSON") from None


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number
