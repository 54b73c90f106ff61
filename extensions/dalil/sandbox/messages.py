"""A page's messages in one piece, as Jupyter's websocket protocol v1 lays them out.

The number of offsets, the offsets (8 bytes each, the lowest first), and between them channel,
header, parent header, metadata, content and buffers.
"""

from __future__ import annotations

import itertools

# What a page of widgets says to its kernel.
KNOWN = ("comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request")
_WORD = 8


def pack(*parts: bytes) -> bytes:
    """Return *parts* (channel, header, parent header, metadata, content, buffers) as one."""
    offset = _WORD * (len(parts) + 2)
    offsets = [offset, *(offset := offset + len(part) for part in parts)]
    return b"".join(number.to_bytes(_WORD, "little") for number in (len(offsets), *offsets)) + (
        b"".join(parts)
    )


def unpack(message: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes, list[memoryview]]:
    """The reverse: the first five parts, and the buffers. Raises ValueError for fewer parts."""
    view = memoryview(message)
    count = int.from_bytes(view[:_WORD], "little")
    table = view[_WORD : _WORD * (count + 1)]
    offsets = [int.from_bytes(table[n : n + _WORD], "little") for n in range(0, len(table), _WORD)]
    parts = [view[start:end] for start, end in itertools.pairwise(offsets)]
    channel, header, parent, metadata, content = map(bytes, parts[:5])
    return channel, header, parent, metadata, content, parts[5:]
