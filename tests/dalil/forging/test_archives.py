"""Files of evidence, byte by byte."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from dalil.errors import ForgingError
from dalil.forging import csv_text, json_text, utc, write_csv, write_text, write_zip, zip_bytes

WHEN = utc("2026-03-02T09:15:33Z")


def test_an_archive_reads_back(tmp_path: Path) -> None:
    members = {"b/été.txt": b"two", "a.bin": bytes(range(256)), "مختبر.csv": b""}
    write_zip(tmp_path / "pack.zip", members, WHEN)
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(members)
        assert {name: archive.read(name) for name in members} == members
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 2, 9, 15, 32)}


def test_the_order_of_members_does_not_matter() -> None:
    members = {"b": b"2", "a": b"1"}
    assert zip_bytes(members, WHEN) == zip_bytes(dict(reversed(members.items())), WHEN)


def test_members_may_have_times_of_their_own() -> None:
    content = zip_bytes({"a": b"", "b": b""}, {"a": WHEN, "b": utc("1999-12-31T23:59:58Z")})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.getinfo("b").date_time == (1999, 12, 31, 23, 59, 58)


def test_compression_is_asked_for() -> None:
    members = {"a": bytes(10_000)}
    assert len(zip_bytes(members, WHEN)) > 10_000
    small = zip_bytes(members, WHEN, compress=True)
    assert len(small) < 500
    assert zipfile.ZipFile(io.BytesIO(small)).read("a") == members["a"]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "a/../b", "a\\b", "C:x", "a//b", "", "a\0"]
)
def test_a_member_cannot_leave_the_archive(name: str) -> None:
    with pytest.raises(ForgingError, match="archive member"):
        zip_bytes({name: b""}, WHEN)


@pytest.mark.parametrize(
    "when", [datetime(2026, 1, 1), utc("1979-12-31T23:59:59Z"), utc("2108-01-01T00:00:00Z")]
)
def test_a_member_needs_a_time_that_zip_can_hold(when: datetime) -> None:
    with pytest.raises(ForgingError):
        zip_bytes({"a": b""}, when)


def test_a_table_has_one_form(tmp_path: Path) -> None:
    rows = [("أمينة", WHEN, 1.5, None), ('a "b", c', "x\ny", np.float64(0.1), 7)]
    write_csv(tmp_path / "t.csv", ["who", "when", "x", "n"], rows)
    content = (tmp_path / "t.csv").read_bytes()
    assert (
        content
        == ('who,when,x,n\nأمينة,2026-03-02T09:15:33Z,1.5,\n"a ""b"", c","x\ny",0.1,7\n').encode()
    )
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[2] == ['a "b", c', "x\ny", "0.1", "7"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ForgingError, match="row 2 has 1 fields, the header 2"):
        csv_text(["a", "b"], [(1, 2), (3,)])


def test_text_has_one_line_end(tmp_path: Path) -> None:
    write_text(tmp_path / "t.txt", "a\r\nb\rc\nété")
    assert (tmp_path / "t.txt").read_bytes() == "a\nb\nc\nété".encode()


def test_json_is_sorted_and_readable() -> None:
    assert json_text({"b": [1], "a": "مختبر"}) == '{\n  "a": "مختبر",\n  "b": [\n    1\n  ]\n}\n'
    assert json.loads(json_text({"x": 0.1})) == {"x": 0.1}
    with pytest.raises(ValueError, match="Out of range"):
        json_text(float("nan"))
