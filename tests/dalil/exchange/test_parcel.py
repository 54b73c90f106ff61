"""A case on its way: what was packed comes out, and nothing else ever does."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import ExchangeError
from dalil.exchange.parcel import MAX_FILES, Parcel, unpacked

LOG = b"a,b\n1,2\n"
CASE: dict[str, Any] = {
    "module": "small",
    "attempt": 1,
    "exhibits": {"log": {"file": "log.csv", "sha256": hashlib.sha256(LOG).hexdigest()}},
}
PARCEL = Parcel("small", CASE, b'{"cells": []}', {"log.csv": LOG})


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def case(**changes: Any) -> bytes:
    return json.dumps({**CASE, **changes}).encode()


def test_what_was_packed_is_delivered(tmp_path: Path) -> None:
    assert unpacked(PARCEL.packed(), "small") == PARCEL
    PARCEL.deliver(tmp_path / "desk")
    assert (tmp_path / "desk" / "exhibits" / "log.csv").read_bytes() == LOG
    (tmp_path / "desk" / "small.ipynb").write_bytes(b"my work")
    (tmp_path / "desk" / "exhibits" / "log.csv").write_bytes(b"altered")
    PARCEL.deliver(tmp_path / "desk")
    assert (tmp_path / "desk" / "small.ipynb").read_bytes() == b"my work"
    assert (tmp_path / "desk" / "exhibits" / "log.csv").read_bytes() == LOG
    PARCEL.deliver(tmp_path / "desk", overwrite=True)
    assert (tmp_path / "desk" / "small.ipynb").read_bytes() == PARCEL.notebook


def test_a_link_in_the_way_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "desk").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "desk" / "exhibits")
    with pytest.raises(ExchangeError, match="a link"):
        PARCEL.deliver(tmp_path / "desk")
    assert not list((tmp_path / "elsewhere").iterdir())


GOOD = {"case.json": case(), "small.ipynb": b"{}", "exhibits/log.csv": LOG}


@pytest.mark.parametrize(
    "members",
    [
        {**GOOD, "case.json": b"{"},
        {**GOOD, "case.json": b"[]"},
        {**GOOD, "case.json": case(module="other")},
        {**GOOD, "case.json": case(exhibits={})},
        {**GOOD, "case.json": case(exhibits={"log": {"file": "../x", "sha256": "0"}})},
        {**GOOD, "exhibits/log.csv": b"another"},
        {**GOOD, "exhibits/more.csv": b"more"},
        {**GOOD, "../../.bashrc": b"rm -rf ~"},
        {**GOOD, "/etc/passwd": b"root"},
        {name: content for name, content in GOOD.items() if name != "small.ipynb"},
        {f"exhibits/{n}": b"" for n in range(MAX_FILES + 1)},
    ],
)
def test_anything_else_is_refused_in_one_line(members: dict[str, bytes]) -> None:
    with pytest.raises(ExchangeError, match=r"sent for small is damaged \(.+\); try again") as told:
        unpacked(packed(members), "small")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", PARCEL.packed()[:-30], b"\x00" * 1000])
def test_no_archive_at_all(content: bytes) -> None:
    with pytest.raises(ExchangeError, match="damaged"):
        unpacked(content, "small")
