"""How a value leaves the trainee's process: JSON or ``.npy``, in an output of its own MIME type.

Never pickle: what comes back is read by the grading side, which trusts nothing in it.
"""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np

from dalil.errors import AnswerError

MIME = "application/vnd.dalil.answer+json"
MAX_ANSWER_BYTES = 4 * 1024 * 1024


def encode(question: str, value: Any) -> dict[str, Any]:
    """Return *value* as the bundle of MIME type ``MIME``. Raises AnswerError if it cannot go."""
    if isinstance(value, np.ndarray):
        stream = io.BytesIO()
        np.save(stream, value, allow_pickle=False)
        return {"question": question, "npy": base64.b64encode(stream.getvalue()).decode("ascii")}
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise AnswerError(f"the value cannot be handed over: {error}") from None
    return {"question": question, "value": value}


def decode(bundle: Any) -> tuple[str, Any]:
    """Return (question, value) of a bundle; the opposite of ``encode``.

    Raises AnswerError for anything that ``encode`` would not have made, oversized data included.
    """
    if not isinstance(bundle, dict) or not isinstance(bundle.get("question"), str):
        raise AnswerError("the answer is malformed")
    question = bundle["question"]
    if set(bundle) == {"question", "value"}:
        return question, bundle["value"]
    if set(bundle) != {"question", "npy"} or not isinstance(bundle["npy"], str):
        raise AnswerError("the answer is malformed")
    try:
        stream = io.BytesIO(base64.b64decode(bundle["npy"], validate=True))
        array = np.lib.format.read_array(stream, allow_pickle=False)
    except Exception:  # whatever numpy raises on hostile bytes
        raise AnswerError("the array is malformed") from None
    return question, array


def load_json(text: str | bytes) -> Any:
    """Parse JSON that nobody vouches for.

    NaN, infinities, numbers of over 4,300 digits and nesting beyond Python's recursion limit raise
    AnswerError instead of passing or crashing.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise AnswerError("the text is not valid JSON") from None


def _refuse(name: str) -> Any:
    raise ValueError(name)
