"""Files by their digests, whole or in pieces."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from dalil.errors import RecordsError
from dalil.exchange.store import Store


def test_what_came_in_pieces_is_what_was_put_whole(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    work = store.coming()
    for piece in (b"one ", b"", b"two"):
        work.write(piece)
    digest = work.keep()
    work.drop()
    assert (digest, work.bytes) == (hashlib.sha256(b"one two").hexdigest(), 7)
    assert store.get(digest) == b"one two"
    assert store.put(b"one two") == digest
    (path,) = (tmp_path / "store").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    work = store.coming()
    work.write(b"half")
    work.drop()
    work.drop()
    assert not list((tmp_path / "store").iterdir())


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.put(b"kept")
    old, new = store.coming(), store.coming()
    old.write(b"old")
    left = max((tmp_path / "store").glob(".coming.*"), key=lambda path: path.name)
    os.utime(left, (0, 0))
    store.sweep()
    assert store.get(digest) == b"kept"
    assert len(list((tmp_path / "store").glob(".coming.*"))) == 1
    for work in (old, new):
        work.drop()


def test_a_file_that_was_altered_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    digest = store.put(b"kept")
    (tmp_path / "store" / digest).write_bytes(b"other")
    with pytest.raises(RecordsError, match="altered since it was stored"):
        store.get(digest)
    for wrong in ("../secret", digest.upper(), ""):
        with pytest.raises(RecordsError, match="not a SHA-256 digest"):
            store.get(wrong)
