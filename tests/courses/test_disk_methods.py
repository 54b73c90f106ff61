"""The disk methods: against programs of other makers, and on images that mean harm."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil.courses.disk import methods
from dalil.errors import ExhibitError
from dalil.forging import photographs, practice, zip_bytes
from dalil.forging.disks import LINUX, Part, mbr_disk
from dalil.forging.fat import FatVolume
from dalil.validate import disk as validation

WHEN = datetime(2026, 2, 10, 9, 30)
ALL = frozenset(methods.TRICKS)


def program(name: str, package: str) -> str:
    """Where a program lies; the test is skipped where it is absent, except in CI."""
    found = validation.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs {name} for this test: apt-get install {package}")
        pytest.skip(f"NOT TESTED against {name}: apt-get install {package}")
    return found


def staged(folder: Path, **changes: Any) -> tuple[methods.Staged, methods.Image]:
    plan = methods.Plan(
        **{
            "scheme": "mbr", "linux_first": False, "year": 2025, "forward": True, "late": True,
            "hidden": True, "tricks": ALL, "opened": "yes", "damaged": 2, **changes,
        }
    )  # fmt: skip
    made = methods.stage(practice(f"disk methods {sorted(changes.items())}"), folder, plan)
    return made, methods.open_image(folder / methods.IMAGE)


# ------------------------------------------------------------------------------ other makers


@pytest.mark.parametrize("number", range(2))
def test_the_timeline_is_that_of_fls_and_mactime(number: int) -> None:
    for name in validation.PROGRAMS:
        program(name, "sleuthkit")
    counts = validation.measure(number)
    assert counts["entries"] > 40
    assert counts["unlike fls"] == counts["unlike mactime"] == counts["unsound"] == 0
    assert counts["found"] == counts["facts"]


@pytest.mark.parametrize("options", [("-b", "1024"), ("-O", "64bit,metadata_csum,flex_bg"), ()])
def test_free_space_and_inodes_are_those_of_real_ext4(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    mke2fs, blkls = program("mke2fs", "e2fsprogs"), program("blkls", "sleuthkit")
    tree = tmp_path / "tree"
    (tree / "مجلد").mkdir(parents=True)
    for number in range(30):
        (tree / "مجلد" / f"ملف {number}.bin").write_bytes(bytes([number]) * 3000 * number)
    path = tmp_path / "ext4.img"
    command = [mke2fs, "-q", "-t", "ext4", *options, "-d", str(tree), str(path), "24M"]
    subprocess.run(command, check=True, capture_output=True)
    volume = methods.open_volume(methods.Image(path.read_bytes()), 0, "v")
    listed = subprocess.run([blkls, "-l", str(path)], capture_output=True, check=True, text=True)
    free = {int(line.split("|")[0]) for line in listed.stdout.splitlines() if line.endswith("|f")}
    size = volume.system.info.block_size
    mine = {
        block
        for at, length in methods.free_runs(volume)
        for block in range(at // size, (at + length) // size)
    }
    assert mine == free
    entry = methods.find(methods.list_files(volume), "v:/مجلد/ملف 7.bin")
    assert methods.content(volume, entry) == b"\7" * 21_000
    inode = methods.ext_inode(volume, entry.inode)
    assert struct.unpack_from("<I", inode, 4) == (21_000,)
    assert entry.modified is not None
    assert struct.unpack_from("<I", inode, 16) == (int(entry.modified.timestamp()),)


@pytest.mark.parametrize(("kind", "size"), [("12", "2M"), ("16", "16M"), ("32", "40M")])
def test_entries_and_free_space_are_those_of_real_fat(kind: str, size: str, tmp_path: Path) -> None:
    mkfs = shutil.which("mkfs.fat") or shutil.which("mkfs.fat", path="/usr/sbin:/sbin")
    if mkfs is None:
        pytest.skip("NOT TESTED on volumes of mkfs.fat: apt-get install dosfstools")
    path = tmp_path / "fat.img"
    with path.open("wb") as file:
        file.truncate(int(size[:-1]) << 20)
    command = [mkfs, "-F", kind, "-s", "1", "-n", "ESSAI", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    volume = methods.open_volume(methods.Image(path.read_bytes()), 0, "v")
    label = next(e for e in methods.list_files(volume) if "Label" in e.place)
    raw = methods.fat_entry(volume, label.inode)
    assert raw is not None
    assert raw.startswith(b"ESSAI")
    assert dict(label.local)["modified"].year >= 2024
    blkls = program("blkls", "sleuthkit")
    listed = subprocess.run([blkls, "-l", str(path)], capture_output=True, check=True, text=True)
    free = sum(line.endswith("|f") for line in listed.stdout.splitlines())
    mine = sum(length for _, length in methods.free_runs(volume)) // methods.SECTOR
    assert 0 <= free - mine <= 1  # sectors behind the last whole cluster belong to nothing


# -------------------------------------------------------------------------------------- image


def test_a_changed_bit_is_found_in_its_piece(tmp_path: Path) -> None:
    made, image = staged(tmp_path)
    record = methods.read_record(tmp_path / methods.RECORD)
    assert methods.differing(image, record) == list(made.differing)
    assert len(made.differing) == 2
    assert any(row["sha256"].isupper() for row in record)
    raw = tmp_path / "raw.dd"
    raw.write_bytes(image.data)
    assert methods.sha256(methods.open_image(raw).data) == made.digest


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"image.json": b"{"},
        {"image.json": b'{"bytes": 99999999999, "piece": 512}'},
        {"image.json": b'{"bytes": 1024, "piece": 512}', "00009.bin": b"x"},
        {"image.json": b'{"bytes": 1024, "piece": 512}', "00000.bin": b"x" * 600},
        {"image.json": b'{"bytes": 1024, "piece": 512}', "a.bin": b"x"},
    ],
)
def test_a_pack_that_is_none_is_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "disk.zip"
    path.write_bytes(zip_bytes(members, datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(ExhibitError, match=r"disk\.zip"):
        methods.open_image(path)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert sorted(archive.namelist()) == sorted(members)


def test_random_bytes_are_refused_not_followed() -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    with pytest.raises(ExhibitError, match="no partition table"):
        methods.read_table_of(methods.Image(rng.bytes(200_000)))
    with pytest.raises(ExhibitError, match="no file system"):
        methods.open_volume(methods.Image(rng.bytes(200_000)), 0, "x")


def test_a_damaged_volume_ends_in_a_word_not_in_a_traceback(tmp_path: Path) -> None:
    _, image = staged(tmp_path)
    rng = np.random.Generator(np.random.PCG64(2))
    table = methods.read_table_of(image)
    read = refused = 0
    for _ in range(12):
        data = bytearray(image.data)
        for area in table.partitions:  # the metadata of both
            start = area.first * methods.SECTOR
            for at in rng.integers(start, start + 60_000, 60):
                data[int(at)] = int(rng.integers(256))
        broken = methods.Image(bytes(data))
        for area in table.partitions:
            try:
                volume = methods.open_volume(broken, area.first, "v")
                for entry in methods.list_files(volume)[:200]:
                    if entry.kind == "file":
                        methods.content(volume, entry)
                methods.free_runs(volume)
                read += 1
            except ExhibitError:
                refused += 1
    assert read + refused == 24
    assert refused


# ------------------------------------------------------------------------------------ volumes


def test_a_file_system_that_no_table_declares_is_found() -> None:
    inside = FatVolume(2048, cluster=1, serial=1, label="X", when=WHEN)
    part = Part(64, 100, LINUX, bytes(100 * methods.SECTOR))
    disk = mbr_disk(4096, [part], 1)
    disk[1000 * 512 : 1000 * 512 + len(inside.image)] = inside.image
    disk[200 * 512 + 510 : 200 * 512 + 512] = b"\x55\xaa"  # a boot sector with nothing in it
    image = methods.Image(bytes(disk))
    table = methods.read_table_of(image)
    assert table.scheme == "mbr"
    assert [(area.first, area.sectors) for area in table.partitions] == [(64, 100)]
    assert methods.hidden_file_systems(image, table) == [(1000, "fat")]


# -------------------------------------------------------------------------------------- times


def test_legal_time_is_one_moment_or_two_or_none() -> None:
    once = methods.instants(datetime(2026, 2, 14, 2, 30))
    assert once == [datetime(2026, 2, 14, 1, 30, tzinfo=UTC)]
    twice = methods.instants(datetime(2026, 2, 15, 2, 30))
    assert twice == [datetime(2026, 2, 15, hour, 30, tzinfo=UTC) for hour in (1, 2)]
    assert methods.instants(datetime(2026, 3, 22, 2, 30)) == []
    assert methods.instants(datetime(2026, 3, 22, 3, 0)) == [datetime(2026, 3, 22, 2, tzinfo=UTC)]
    assert methods.legal(twice[1]) == "2026-02-15 02:30:00 +00:00"
    assert methods.legal(twice[0]) == "2026-02-15 02:30:00 +01:00"


def test_changes_of_the_clock_are_those_that_were_decreed() -> None:
    hour = timedelta(hours=1)
    assert methods.clock_changes(2024) == [
        (datetime(2024, 3, 10, 2, tzinfo=UTC), -hour),
        (datetime(2024, 4, 14, 2, tzinfo=UTC), hour),
    ]


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (0x5C4D, 0x88A4, datetime(2026, 2, 13, 17, 5, 8)),
        (0x0021, 0, datetime(1980, 1, 1)),
        (0, 0, None),  # month 0
        (0x5C5E, 0, None),  # 30 February
        (0x5C4D, 24 << 11, None),
        (0x5C4D, 60 << 5, None),
        (0x5C4D, 30, None),  # second 60
    ],
)
def test_words_of_fat(day: int, clock: int, expected: datetime | None) -> None:
    assert methods.fat_local(day, clock) == expected


def test_hundredths_belong_to_the_time_of_creation() -> None:
    assert methods.fat_local(0x5C4D, 0x88A4, 143) == datetime(2026, 2, 13, 17, 5, 9, 430_000)


def test_a_time_of_fat_does_not_depend_on_the_analysts_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    _, image = staged(tmp_path)
    seen = []
    for zone in ("UTC", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        volumes = validation.volumes_of(image)
        seen.append([methods.body_line(e) for e in methods.list_files(volumes["exchange"])])
    monkeypatch.undo()
    time.tzset()
    assert seen[0] == seen[1]


# ------------------------------------------------------------------------------------ carving


def picture(seed: int) -> bytes:
    rng = np.random.Generator(np.random.PCG64(seed))
    return photographs.jpeg(photographs.scene(rng), WHEN)


def test_a_picture_ends_where_its_structure_ends() -> None:
    data = picture(1)
    assert methods.jpeg_end(data + b"\xff\xd9 more") == len(data)
    assert data.index(b"\xff\xd9") + 2 < len(data)  # the thumbnail's
    for cut in (3, 100, len(data) // 2, len(data) - 1):
        assert methods.jpeg_end(data[:cut]) is None
    assert methods.jpeg_end(b"\xff\xd8\xff\xe0\x00\x01") is None  # a length that is none


def test_carving_looks_in_the_runs_alone_and_tells_whole_from_broken() -> None:
    one, two, three = picture(1), picture(2), picture(3)
    data = bytearray(200 * 512)
    places = {10: one, 60: two[: len(two) // 2], 120: three}
    for sector, content in places.items():
        data[sector * 512 : sector * 512 + len(content)] = content
    runs = [(0, 100 * 512), (100 * 512, 10 * 512)]
    found = methods.carve_jpegs(bytes(data), runs)
    assert [(c.offset // 512, c.complete) for c in found] == [(10, True), (60, False)]
    assert found[0].data == one


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0", ""),
        ("a.JPEG", b"\xff\xd8\xff\xe0", ""),
        ("a.jpg", b"PK\x03\x04", "zip"),
        ("عقد.docx", b"PK\x03\x04", ""),
        ("a.csv", "رقم;مبلغ\r\n".encode(), ""),
        ("a.csv", b"\x00\x01\x02\xff", "unknown"),
        ("a.csv", b"", ""),
        ("a.csv", b"\0" * 20, ""),
        ("without", b"PK\x03\x04", ""),
        ("a.xyz", b"PK\x03\x04", ""),
    ],
)
def test_a_name_and_its_content(name: str, data: bytes, kind: str) -> None:
    assert methods.other_kind(name, data) == kind


# ------------------------------------------------------------------------- records and signs


def test_only_what_reorders_a_name_is_a_sign() -> None:
    assert methods.reordering("facture_\u202efdp.zip") == ["U+202E"]
    assert methods.displayed("facture_\u202efdp.zip") == "facture_piz.pdf"
    assert methods.reordering("تقرير\u200f 2.csv") == []
    assert methods.spelled("a\u202eb\u200fc\n") == "a‹U+202E›b‹U+200F›c‹U+000A›"


def entry(**times: datetime) -> methods.Entry:
    return methods.Entry("v:/a.docx", 5, "file", False, False, 9, "r/rrw-r--r--", **times)


def test_a_date_inside_contradicts_and_an_old_copy_does_not(tmp_path: Path) -> None:
    from dalil.courses.disk.methods.papers import document

    wrote = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
    data = document(["x"], wrote)
    assert methods.inner_date(data) == wrote
    born = datetime(2026, 2, 9, 8, tzinfo=UTC)
    assert methods.set_back(entry(modified=wrote, created=born), data) is None
    early = entry(modified=wrote - timedelta(days=9), created=born)
    assert methods.set_back(early, data) == timedelta(days=9)
    assert methods.set_back(entry(modified=wrote - timedelta(hours=20)), data) is None
    assert methods.set_back(entry(), data) is None


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04junk", b"\xff\xd8\xff\xe1\x00\x08Exif", b"text"])
def test_no_inner_date_is_no_error(data: bytes) -> None:
    assert methods.inner_date(data) is None


def test_records_that_programs_write() -> None:
    log = (
        "2026-02-13T15:20:07.123456+01:00 host kernel: usb\nno time here\n"
        "2026-02-13T15:20:07 host: no offset\n"
    )
    (line,) = methods.log_lines(log.encode())
    assert line.when == datetime(2026, 2, 13, 14, 20, 7, 123_456, tzinfo=UTC)
    assert line.text == "host kernel: usb"
    xbel = b'<bookmark href="file:///home/a%20b/%D9%85.docx" visited="2026-02-13T15:20:07Z"/>'
    assert methods.recent_documents(xbel) == {
        "/home/a b/م.docx": datetime(2026, 2, 13, 15, 20, 7, tzinfo=UTC)
    }
    mail = (
        b"Received: from a by b; Fri, 13 Feb 2026 10:02:09 -0500\r\n"
        b"Received: from c by a; not a date\r\nDate: Fri, 13 Feb 2026 18:02:01 +0300\r\n\r\nx"
    )
    assert methods.received(mail) == [datetime(2026, 2, 13, 15, 2, 9, tzinfo=UTC)]


def test_hex_view_underlines_and_says_what_it_marks() -> None:
    shown = methods.hex_view(b"<MBR>" + bytes(20), 0, 25, [(1, 3, "a <name>")])
    assert "<u><b>4d</b></u> <u><b>42</b></u> <u><b>52</b></u>" in shown
    assert "a &lt;name&gt;" in shown
    assert "&lt;MBR&gt;" in shown
    assert 'dir="ltr"' in shown


def test_slack_is_zeros_and_then_older_content() -> None:
    assert methods.slack(bytes(2048), 700, 1024) == (324, 1024)
    assert methods.slack(bytes(1024), 1024, 1024) == (0, 0)
    with pytest.raises(ValueError, match="within"):
        methods.slack(bytes(10), 11, 512)
