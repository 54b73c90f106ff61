"""Frames on a stream socket: four bytes of length, then the bytes.

The grading side and a forked child talk through it without ZMQ. What the child sends after foreign
code began is hostile: lengths are checked before anything is read, and nothing is unpickled.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any, Final

_LENGTH: Final = struct.Struct(">I")
LARGEST: Final = 1 << 30


class FrameError(ValueError):
    """The other side sent a frame that no frame can be."""


def send(channel: socket.socket, payload: bytes) -> None:
    """Send one frame; waits while the other side's buffer is full."""
    if len(payload) > 65536:
        channel.sendall(_LENGTH.pack(len(payload)))
        channel.sendall(payload)
    else:
        channel.sendall(_LENGTH.pack(len(payload)) + payload)


def send_json(channel: socket.socket, value: Any) -> None:
    """Send *value* as a frame of JSON; a lone surrogate becomes a question mark."""
    send(channel, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def receive(channel: socket.socket, largest: int = LARGEST) -> bytes:
    """Wait for one frame and return it. Raises EOFError when the other side is gone."""
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    if length > largest:
        raise FrameError(f"a frame of {length} bytes")
    return _exactly(channel, length)


def _exactly(channel: socket.socket, count: int) -> bytes:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        read = channel.recv_into(view[got:])
        if not read:
            raise EOFError("the other side is gone")
        got += read
    return bytes(data)


class Frames:
    """Cuts a stream of bytes into frames of at most *largest* bytes; a larger one is skipped.

    ``lost`` counts the bytes of skipped frames.
    """

    def __init__(self, largest: int) -> None:
        self.largest, self.lost = largest, 0
        self._data = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take in *data* and yield every frame that is complete now."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        self._data += data
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            if length > self.largest:
                self.lost += length
                there = min(len(self._data) - _LENGTH.size, length)
                self._skip = length - there
                del self._data[: _LENGTH.size + there]
                continue
            end = _LENGTH.size + length
            if len(self._data) < end:
                return
            frame = bytes(self._data[_LENGTH.size : end])
            del self._data[:end]
            yield frame
