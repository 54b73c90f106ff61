"""A page's messages in one piece: ours and Jupyter's own functions agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

from dalil.sandbox.messages import pack, unpack

parts = st.lists(st.binary(max_size=50), min_size=4, max_size=8)


@given(parts)
def test_what_is_packed_jupyter_reads(told: list[bytes]) -> None:
    assert deserialize_msg_from_ws_v1(pack(b"iopub", *told)) == ("iopub", told)


@given(parts)
def test_what_jupyter_packs_is_read(told: list[bytes]) -> None:
    channel, *four, buffers = unpack(serialize_msg_to_ws_v1(told, "shell"))
    assert channel == b"shell"
    assert [*four, *map(bytes, buffers)] == told


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 80, (3).to_bytes(8, "little") + b"\xff" * 24])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="unpack"):
        unpack(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        unpack(data)
    except ValueError:
        return
