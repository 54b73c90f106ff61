"""Bytes made up by machine on a sandbox's channel: cut into frames, read as messages, counted."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st

from dalil.answers import MIME
from dalil.grading.outputs import FLOOD, Displays, Record
from dalil.grading.session import Furniture, Session
from dalil.limits import Limits
from dalil.sandbox.channel import Frames
from tests.attacks.fuzz.properties import ANSWER_BYTES, OUTPUT_BYTES, heard, outputs_of_a_stream
from tests.attacks.fuzz.strategies import Draw, depths, fuzz, json_values, messages

LARGEST = 32_000


def framed(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def frames(draw: Draw) -> list[bytes]:
    """Payloads: messages, other JSON, no JSON, too much."""
    one = st.one_of(
        messages.map(lambda m: as_json([m[0], m[1]])),
        messages.map(lambda m: json.dumps([m[0], m[1]]).encode()),
        (json_values | depths).map(as_json),
        st.just(b'["done"]'),
        st.binary(max_size=12),
        st.just(b"[" * 20_000),
        st.just(b"x" * (LARGEST + 1)),
    )
    return [draw(one) for _ in range(draw(st.integers(1, 8)))]


def cut(draw: Draw, data: bytes) -> list[bytes]:
    places = sorted({0, len(data), *draw(st.lists(st.integers(0, len(data)), max_size=8))})
    return [data[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize("cases", [150, pytest.param(1_000, marks=pytest.mark.acceptance)])
def test_frames_come_out_whole_however_the_stream_is_cut(cases: int) -> None:
    def holds(drawn: tuple[list[bytes], Any]) -> None:
        payloads, data = drawn
        cutter = Frames(LARGEST)
        stream = b"".join(map(framed, payloads))
        got = [frame for part in cut(data.draw, stream) for frame in cutter.feed(part)]
        assert got == [payload for payload in payloads if len(payload) <= LARGEST]
        assert cutter.lost == sum(len(p) for p in payloads if len(p) > LARGEST)

    fuzz(cases, st.tuples(frames(), st.data()), holds)


@pytest.mark.parametrize("cases", [150, pytest.param(1_000, marks=pytest.mark.acceptance)])
def test_whatever_a_child_sends_valid_outputs_remain(cases: int) -> None:
    def holds(drawn: tuple[list[bytes], bytes]) -> None:
        payloads, tail = drawn
        session = outputs_of_a_stream([*map(framed, payloads), tail])
        assert session._done or b'["done"]' not in payloads

    fuzz(cases, st.tuples(frames(), st.binary(max_size=9)), holds)


NOISE = (
    b"",
    b"\xff" * 100,
    b"[]",
    b'"text"',
    as_json(["status", {"execution_state": "busy" * 20}]),
    as_json(["stream", {"name": "stdout", "text": ""}]),
    as_json(["display_data", {"data": {MIME: 1}}]),
    as_json(["stream", 7]),
    as_json(["a", {}, {}]),
)


@pytest.mark.parametrize("payload", NOISE, ids=lambda payload: repr(payload[:30]))
def test_no_frame_is_free(payload: bytes) -> None:
    """A child must not keep the grading side busy with what is neither output nor answer."""
    most = FLOOD * OUTPUT_BYTES + 64 * 2 * ANSWER_BYTES
    session = heard([framed(payload) * (most // (len(payload) + 64) + 70)])
    assert session._record is not None
    assert session._record.flooded
    assert not session._done


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"":{}},'])
def test_a_frame_takes_no_more_room_than_it_should(unit: bytes) -> None:
    """16 MiB of empty lists would take half a gigabyte, and some of this process's time."""
    session: Any = Session(None, Limits(), Furniture("", {}, {}, {}))  # type: ignore[arg-type]
    session._record = Record(MIME, 1 << 20, 1 << 22, Displays())
    frame = b"[" + unit * ((16 << 20) // len(unit) - 2) + b"0]"
    tracemalloc.start()
    begun = time.process_time()
    try:
        session._frame(frame)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
    assert time.process_time() - begun < 1
    assert session._record._received >= len(frame)
