"""Functions as answers: called while grading with inputs that the trainee has not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dalil.answers import Form, decode_array, load_json
from dalil.errors import AnswerError

PROBES_NAME = "probes.json"


def answers_to_probes(
    folder: Path, question: str, function: Callable[..., Any], returns: Form
) -> list[Any]:
    """Call *function* once per argument list of ``probes.json`` and return the results.

    Each call gets its own copies. A call that raises, or whose result has not the form *returns*,
    gives None. Raises AnswerError when there are no probes for the question.
    """
    try:
        probes = load_json((folder / PROBES_NAME).read_bytes())
    except OSError:
        raise AnswerError(f"{PROBES_NAME} is missing") from None
    calls = probes.get(question) if isinstance(probes, dict) else None
    if not isinstance(calls, list) or not all(isinstance(call, list) for call in calls):
        raise AnswerError(f"{PROBES_NAME} has no calls for {question}")
    return [_result(function, [revive(item) for item in call], returns) for call in calls]


def _result(function: Callable[..., Any], arguments: list[Any], returns: Form) -> Any:
    try:
        result = plain(returns.read(function(*arguments)))
        json.dumps(result, allow_nan=False)
    except (Exception, SystemExit):  # the function is the trainee's: anything may come out of it
        return None
    return result


def revive(item: Any) -> Any:
    """A copy of one argument as it lies in ``probes.json``; ``{"npy": base64}`` is an array."""
    if isinstance(item, dict):
        if set(item) == {"npy"} and isinstance(item["npy"], str):
            return decode_array(item["npy"])
        return {key: revive(value) for key, value in item.items()}
    return [revive(value) for value in item] if isinstance(item, list) else item


def plain(value: Any) -> Any:
    """*value* with the arrays inside of it as lists; its form reads them back."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
