"""What the fuzzers draw from: any JSON, notebooks bent at every joint, answers almost right."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalil.answers import MIME, encode

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

_ALLOWED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def fuzz(cases: int, strategy: st.SearchStrategy[Any], holds: Callable[[Any], None]) -> None:
    """Try *holds* on so many *cases* of *strategy*."""
    tried = settings(max_examples=cases, deadline=None, suppress_health_check=_ALLOWED)(holds)
    given(strategy)(tried)()


class Long(str):
    """Text that a failing test should not print."""

    def __repr__(self) -> str:
        return f"{self[:1]!r} * {len(self)}"


ODD_TEXTS = (
    "",
    "\x00",
    "\ud800",
    "a\udc00b",
    "\u202egnp.exe\u202c",
    "\u2028\u2029\x85\x0b\x0c",
    "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "<script>window.acted = 1</script>",
    "__class__",
    "../../../../etc/passwd",
    "NaN",
    "-0",
    "1e999",
    "٣٫١٤",
    "1,234",
    "²",
    Long("x" * 300_000),
    Long("é" * 120_000),
    Long("\n" * 5_000),
)
ODD_NUMBERS = (
    *(0, -1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400, True, False),
    *(0.0, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 1 + 2**-52),
)

texts = st.sampled_from(ODD_TEXTS) | st.text(st.characters(), max_size=12)
numbers = st.sampled_from(ODD_NUMBERS) | st.integers(-20, 1000) | st.floats()
scalars = st.none() | numbers | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def nested(depth: int, kind: str = "list") -> Any:
    """Lists or tables in one another, *depth* deep."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


depths = st.builds(nested, st.sampled_from([5, 30, 59, 62, 65, 200, 700]), st.sampled_from("ld"))


def spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in *tree*, as a container and a key or index of it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict | list):
            for key in list(node) if isinstance(node, dict) else range(len(node)):
                yield node, key
                stack.append(node[key])


def _delete(draw: Draw, node: Any, key: Any) -> None:
    del node[key]


def _retype(draw: Draw, node: Any, key: Any) -> None:
    node[key] = draw(json_values | depths)


def _duplicate(draw: Draw, node: Any, key: Any) -> None:
    twin = json.loads(json.dumps(node[key]))
    if isinstance(node, list):
        node.insert(draw(st.integers(0, len(node))), twin)
    else:
        node[draw(texts)] = twin


def _rename(draw: Draw, node: Any, key: Any) -> None:
    if isinstance(node, dict):
        words = ("nbgrader", "grade_id", "source", "outputs", "cells", "id", "tags", "worksheets")
        node[draw(st.sampled_from(words) | texts)] = node.pop(key)
    else:
        node.insert(draw(st.integers(0, len(node))), node.pop(key))


def _renumber(draw: Draw, node: Any, key: Any) -> None:
    node[key] = draw(numbers)


def _wrap(draw: Draw, node: Any, key: Any) -> None:
    node[key] = draw(st.sampled_from([[node[key]], {"a": node[key]}, [node[key], node[key]]]))


def _swap(draw: Draw, node: Any, key: Any) -> None:
    other = draw(st.sampled_from(sorted(node, key=str) if isinstance(node, dict) else [0, -1]))
    node[key], node[other] = node[other], node[key]


BENDS = (_delete, _retype, _duplicate, _rename, _renumber, _wrap, _swap)


@st.composite
def bent(draw: Draw, originals: tuple[str, ...], most: int = 6) -> Any:
    """One of the JSON texts *originals*, with some of its places spoilt."""
    tree = json.loads(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, most))):
        places = list(spots(tree))
        if not places:
            break
        node, key = places[draw(st.integers(0, len(places) - 1))]
        draw(st.sampled_from(BENDS))(draw, node, key)
    return tree


class File(bytes):
    """The content of a file, which a failing test should not print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: work.ipynb in the test's own folder>"


def as_file(tree: Any, *, escaped: bool = True) -> File:
    """JSON as somebody else's program may write it: NaN, raw surrogates and all."""
    return File(json.dumps(tree, ensure_ascii=escaped).encode("utf-8", "surrogatepass"))


@st.composite
def notebook_files(draw: Draw, originals: tuple[str, ...]) -> File:
    """The bytes of what claims to be a notebook: bent, made up, or damaged as a file."""
    made_up = st.fixed_dictionaries(
        {"cells": st.lists(json_values | bent(originals), max_size=3) | json_values},
        optional={"nbformat": json_values, "metadata": json_values | depths},
    )
    often = st.sampled_from([bent(originals)] * 8 + [made_up, json_values | depths])
    data = as_file(draw(draw(often)), escaped=draw(st.booleans()))
    if draw(st.integers(0, 7)) == 0:
        at = draw(st.integers(0, len(data)))
        noise = draw(st.binary(max_size=4))
        data = File(data[:at] + noise + data[at + draw(st.integers(0, 9)) :])
    return data


def npy(array: np.ndarray[Any, Any]) -> str:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return base64.b64encode(stream.getvalue()).decode("ascii")


NPY = tuple(
    npy(array)
    for array in (
        np.zeros((2, 2)),
        np.arange(12),
        np.array(5),
        np.array([np.nan, np.inf]),
        np.zeros((0, 7)),
        np.ones((1,) * 40, dtype=bool),
        np.array([2**63], dtype=np.uint64),
        np.zeros(3, dtype=">f2"),
    )
)


@st.composite
def damaged_npy(draw: Draw) -> str:
    """Base64 of an array with some bytes changed, cut off or added; or no base64 at all."""
    data = bytearray(base64.b64decode(draw(st.sampled_from(NPY))))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    end = draw(st.integers(0, len(data) + 9))
    text = base64.b64encode(bytes(data[:end])).decode("ascii")
    return text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text


@st.composite
def bundles(draw: Draw, honest: dict[str, Any]) -> dict[str, Any]:
    """``{"cell": …, "bundle": …}`` as a hostile process may leave it, often nearly right."""
    named = st.sampled_from(sorted(honest))
    question = draw(named)
    right = json.dumps(honest[question])
    value = draw(
        st.just(honest[question])
        | bent((json.dumps([honest[question]]),), 3).map(_first)
        | st.just(right)
        | json_values
        | depths
    )
    name = draw(st.just(question) | st.just(question) | named | texts | st.none() | json_values)
    bundle = draw(
        st.sampled_from(
            [{"question": name, "value": value}] * 8
            + [
                {"question": name, "npy": draw(st.sampled_from(NPY) | damaged_npy())},
                {"question": name, "value": value, draw(texts): value},
                {"question": name, "oversized": draw(st.booleans())},
                {"question": name, "malformed": True},
                {"question": name, "value": value, "npy": NPY[0]},
                {"question": name},
                value,
            ]
        )
    )
    return {"cell": draw(st.just(question) | named | texts), "bundle": bundle}


def _first(tree: Any) -> Any:
    return next(iter(tree.values() if isinstance(tree, dict) else tree), None) if tree else tree


MIMES = (
    *("text/plain", "text/html", "image/png", "image/svg+xml", "application/json", MIME),
    *("application/x+json", "text/xjson", "json", "", "application/vnd.x.v1+json", "text/latex"),
)
KINDS = (
    *("stream", "display_data", "execute_result", "update_display_data", "error", "clear_output"),
    *("status", "execute_input", "comm_open", "shutdown_reply", "", "constructor"),
)
_data = st.dictionaries(
    st.sampled_from(MIMES) | texts,
    st.just({"question": "q", "value": 1}) | json_values | texts | depths,
    max_size=3,
)
_contents = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["stdout", "stderr"]) | json_values,
        "text": texts | json_values,
        "data": _data | json_values,
        "metadata": st.dictionaries(texts, json_values, max_size=2) | json_values | depths,
        "transient": st.fixed_dictionaries({"display_id": st.sampled_from("ab") | json_values}),
        "execution_count": numbers | json_values,
        "ename": texts | json_values,
        "evalue": texts | json_values,
        "traceback": st.lists(texts, max_size=3) | json_values,
        "wait": st.booleans() | json_values,
    },
)
messages = st.tuples(st.sampled_from(KINDS), _contents, st.integers(0, 5_000))


def handed(question: str, value: Any) -> dict[str, Any]:
    """An honest bundle, as the locked cell of *question* leaves it."""
    return {"cell": question, "bundle": encode(question, value)}
