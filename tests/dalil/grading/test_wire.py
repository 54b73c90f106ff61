"""What travels comes back the same; what no run can be is refused in one line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.errors import RunnerError
from dalil.grading.outputs import MAX_BUNDLES
from dalil.grading.runner import Job, Run
from dalil.grading.wire import packed, received, sent, unpacked
from dalil.limits import Limits

CELLS = [new_code_cell("1", id="a"), new_markdown_cell("أ", id="text"), new_code_cell("2", id="b")]
JOB = Job(
    new_notebook(cells=CELLS),
    {"trainee": "أ\udc80"},
    {"disk/x.img": bytes(range(256))},
    {"f": [[1, None]]},
    Limits(output_bytes=2000, answer_bytes=100),
)
STREAM = {"output_type": "stream", "name": "stdout", "text": "\udc80\x1b[31m أ"}
RESULT = {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
RUN = Run(
    {
        "a": [STREAM, {**RESULT, "execution_count": 3}, {**RESULT, "execution_count": None}],
        "b": [ERROR],
    },
    [{"cell": "a", "bundle": {"question": "q", "value": 1e-300}}],
    {"b": "ran for more than 3 s"},
    0.25,
)


def test_there_and_back() -> None:
    assert unpacked(packed(JOB)) == JOB
    assert received(sent(RUN), JOB) == RUN
    assert received(sent(Run({}, [], {}, 0)), JOB).outputs == {}


def fields(**changes: Any) -> bytes:
    return json.dumps({**asdict(RUN), **changes}).encode()


BUNDLE = RUN.bundles[0]


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        RUN,
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"1" * 5000,
        fields(more=1),
        fields(outputs=[]),
        fields(outputs={"c": []}),
        fields(outputs={"text": []}),
        fields(outputs={"a": STREAM}),
        fields(outputs={"a": ["text"]}),
        fields(outputs={"a": [{**STREAM, "name": 1}]}),
        fields(outputs={"a": [{**STREAM, "output_type": "script"}]}),
        fields(outputs={"a": [{**STREAM, "more": 1}]}),
        fields(outputs={"a": [{**STREAM, "text": "x" * 100_000}]}),
        fields(outputs={"a": [{**RESULT, "execution_count": "1"}]}),
        fields(bundles={}),
        fields(bundles=[1]),
        fields(bundles=[None]),
        fields(bundles=[{"cell": "a"}]),
        fields(bundles=[{**BUNDLE, "cell": "c"}]),
        fields(bundles=[{**BUNDLE, "cell": ["a"]}]),
        fields(bundles=[{**BUNDLE, "cell": "b"}]),  # it died
        fields(bundles=[{**BUNDLE, "bundle": {"value": "x" * 101}}]),
        fields(bundles=[{**BUNDLE, "bundle": float("nan")}]),
        fields(bundles=[BUNDLE] * (MAX_BUNDLES + 1)),
        fields(died=[]),
        fields(died={"c": "why"}),
        fields(died={"b": None}),
        fields(died={"b": "x" * 301}),
        fields(died={"b": "two\nlines"}),
        fields(seconds=-1),
        fields(seconds="1"),
        fields(seconds=True),
        fields(seconds=float("inf")),
    ],
)
def test_no_run(data: object) -> None:
    with pytest.raises(
        RunnerError, match="a worker sent what no run of a notebook gives"
    ) as caught:
        received(data, JOB)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
