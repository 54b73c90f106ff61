"""Files that are no backups, or were made to harm whoever restores them: refused in one line."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dalil.backup import Archive, inspect, make_backup
from dalil.backup.archive import MANIFEST, RECORDS
from dalil.errors import RecordsError
from tests.dalil.backup.academy import Academy, make_academy, still

Change = Callable[[dict[str, bytes], dict[str, Any]], None]


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Academy:
    return make_academy(tmp_path_factory.mktemp("academy") / "academy")


@pytest.fixture(scope="module")
def good(academy: Academy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "good.zip"
    return make_backup(academy.settings, path, who="naima", step=still).path


@pytest.fixture
def refused(academy: Academy, tmp_path: Path) -> Callable[[Path], str]:
    """Return a function that tells why a file is refused; nothing may be left behind."""

    def reason(path: Path) -> str:
        place = academy.elsewhere(tmp_path / "other").settings
        around = {p for p in tmp_path.rglob("*") if not p.is_relative_to(place.academy)}
        with pytest.raises(RecordsError) as caught:
            inspect(place, path, still)
        assert not place.academy.exists() or not list(place.academy.iterdir())
        assert {p for p in tmp_path.rglob("*") if not p.is_relative_to(place.academy)} == around
        line = str(caught.value)
        assert "\n" not in line
        assert line.startswith(str(path))
        return line

    return reason


def _entry(name: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "bytes": len(content), "sha256": digest, "mode": 0o600}


def _rebuilt(good: Path, target: Path, change: Change) -> Path:
    """The good backup with other members or another manifest."""
    with zipfile.ZipFile(good) as archive:
        members = {n: archive.read(n) for n in archive.namelist() if n != MANIFEST}
        manifest = json.loads(archive.read(MANIFEST))
    change(members, manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return target


def _added(name: str) -> Change:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members[name] = b"x"
        manifest["files"].append(_entry(name, b"x"))

    return change


def _said(**facts: Any) -> Change:
    return lambda members, manifest: manifest.update(facts)


def _first(**facts: Any) -> Change:
    return lambda members, manifest: manifest["files"][0].update(facts)


def _folder(**facts: Any) -> Change:
    return lambda members, manifest: manifest["folders"][0].update(facts)


def _altered(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    name = next(n for n in members if n.startswith("records/submissions/"))
    members[name] = b"[" + members[name][1:]
    members[name] = b"?" * len(members[name])


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "records/../../outside",
        "/etc/passwd",
        "records//x",
        "records/./x",
        "records/.",
        "records\\..\\x",
        "C:/x",
        "desks/amina/work",
        "records",
        "databases/other.db",
        "records/\u202egpj",
        "records/\nline",
        f"records/{'x' * 300}",
        f"records/{'x/' * 600}y",
    ],
)
def test_names_that_lead_elsewhere(
    good: Path, tmp_path: Path, refused: Callable[[Path], str], name: str
) -> None:
    line = refused(_rebuilt(good, tmp_path / "bad.zip", _added(name)))
    assert "leads out of an academy" in line


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_altered, "is not what its digest says"),
        (lambda members, _: members.pop(RECORDS), "is missing"),
        (lambda members, _: members.update({"records/more": b"x"}), "not what its manifest says"),
        (lambda _, manifest: manifest["files"].append(manifest["files"][0]), "one name"),
        (_first(bytes=3), "not what its manifest says"),
        (_first(bytes=-1), "manifest cannot be read"),
        (_first(bytes=True), "manifest cannot be read"),
        (_first(mode=0o4755), "manifest cannot be read"),
        (_first(sha256="0" * 64), "is not what its digest says"),
        (_first(sha256="z" * 64), "manifest cannot be read"),
        (_first(more=1), "manifest cannot be read"),
        (_folder(name="../x"), "leads out of an academy"),
        (_folder(name="desks"), "leads out of an academy"),
        (_folder(mode=0o4700), "manifest cannot be read"),
        (_folder(mode=0o000), "manifest cannot be read"),
        (_folder(name="records/keys/signing.pem"), "is a file and a folder"),
        (_said(kind="another"), "not of the kind"),
        (_said(files=3), "manifest cannot be read"),
        (_said(files=[[]]), "manifest cannot be read"),
        (_said(made=3), "manifest cannot be read"),
        (_added("records/keys/signing.pem/x"), "is a file and a folder"),
    ],
)
def test_members_and_manifests_that_do_not_agree(
    good: Path, tmp_path: Path, refused: Callable[[Path], str], change: Change, reason: str
) -> None:
    assert reason in refused(_rebuilt(good, tmp_path / "bad.zip", change))


def test_a_ledger_other_than_the_one_told_of(academy: Academy, good: Path, tmp_path: Path) -> None:
    path = _rebuilt(good, tmp_path / "bad.zip", _said(head="0" * 64))
    with pytest.raises(Exception, match="tells of another ledger"):
        inspect(academy.elsewhere(tmp_path / "other").settings, path, still)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(
    good: Path, tmp_path: Path, refused: Callable[[Path], str], kind: int
) -> None:
    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["files"].append(_entry("records/link", b"/etc/passwd"))

    path = _rebuilt(good, tmp_path / "bad.zip", change)
    info = zipfile.ZipInfo("records/link")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, b"/etc/passwd")
    assert "is a link or no file" in refused(path)


def test_a_bomb(good: Path, tmp_path: Path, refused: Callable[[Path], str]) -> None:
    zeros = bytes(200 * 2**20)

    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        members["release/zeros"] = zeros
        manifest["files"].append(_entry("release/zeros", zeros))

    assert "far more" in refused(_rebuilt(good, tmp_path / "bad.zip", change))


def test_a_member_that_is_longer_than_it_says(
    good: Path, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = _rebuilt(good, tmp_path / "bad.zip", _added("release/x"))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("release/x")
    # the local header's size and the directory's: both say 0
    directory = data.rindex(b"release/x") - 46
    data[directory + 24 : directory + 28] = bytes(4)
    data[info.header_offset + 22 : info.header_offset + 26] = bytes(4)
    path.write_bytes(data)
    assert refused(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.9999])
def test_cut_off(good: Path, tmp_path: Path, refused: Callable[[Path], str], share: float) -> None:
    data = good.read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(data[: int(len(data) * share)])
    assert "cut off or changed" in refused(path)


def unpacked(path: Path, folder: Path) -> dict[str, bytes]:
    """What is in a backup, by name. Raises RecordsError."""
    folder.mkdir()
    with Archive(path) as archive:
        archive.extract(folder, still)
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_byte_changed_anywhere_is_found_or_harmless(
    academy: Academy, good: Path, tmp_path: Path
) -> None:
    data = good.read_bytes()
    place = academy.elsewhere(tmp_path / "other").settings
    path = tmp_path / "bad.zip"
    found, tried = 0, range(0, len(data), max(len(data) // 40, 1))
    whole = unpacked(good, tmp_path / "whole")
    for at in tried:
        changed = bytearray(data)
        changed[at] ^= 0xFF
        path.write_bytes(changed)
        try:
            assert unpacked(path, tmp_path / f"at{at}") == whole
        except RecordsError:
            found += 1
    assert found > len(tried) / 2
    assert not place.academy.exists()


def test_a_directory_that_points_before_the_file_is_damage(good: Path, tmp_path: Path) -> None:
    data = bytearray(good.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    # All members then lie before the first byte.
    first = int.from_bytes(data[end + 16 : end + 20], "little")
    data[end + 16 : end + 20] = (first + 10**6).to_bytes(4, "little")
    path = tmp_path / "bad.zip"
    path.write_bytes(data)
    with pytest.raises(RecordsError):
        Archive(path)


def test_no_zip_no_file_and_a_zip_of_something_else(
    tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = tmp_path / "x.zip"
    path.write_text("not a zip", encoding="utf-8")
    assert "cut off or changed" in refused(path)
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert "no manifest" in refused(path)
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, b"[" * 100_000)
    assert "manifest cannot be read" in refused(path)
    path.unlink()
    assert "no such file" in refused(path).lower()
