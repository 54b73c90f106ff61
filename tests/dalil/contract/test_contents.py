"""What exhibits hold, archives included."""

from __future__ import annotations

from pathlib import Path

from dalil.contract.contents import contents, readable
from dalil.contract.forged import forging_key, secret_of, spellings
from dalil.forging import utc, zip_bytes
from dalil.models import CaseKey, ModuleId, TraineeId

WHEN = utc("2026-03-01T00:00:00Z")


def test_members_of_archives_are_looked_into(tmp_path: Path) -> None:
    inner = zip_bytes({"log.txt": b"the door"}, WHEN, compress=True)
    (tmp_path / "pack.zip").write_bytes(zip_bytes({"inner.zip": inner}, WHEN, compress=True))
    found = dict(contents(tmp_path))
    assert found["pack.zip/inner.zip/log.txt"] == b"the door"
    assert "the door" in readable(tmp_path)


def test_a_damaged_archive_is_only_bytes(tmp_path: Path) -> None:
    data = bytearray(zip_bytes({"log.txt": b"the door"}, WHEN))
    data[40] ^= 255  # within the content: its checksum no longer fits
    (tmp_path / "pack.zip").write_bytes(data)
    assert [name for name, _ in contents(tmp_path)] == ["pack.zip"]


def test_each_case_has_a_secret_of_its_own_that_stays() -> None:
    one = CaseKey(ModuleId("glass"), "1", TraineeId("amina"), 1)
    other = CaseKey(ModuleId("glass"), "1", TraineeId("amina"), 2)
    assert secret_of(one) == secret_of(one) != secret_of(other)
    assert forging_key("glass") != forging_key("firearms")
    assert secret_of(one).hex().upper().encode() in spellings(secret_of(one))
