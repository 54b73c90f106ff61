"""Forged FAT volumes: what a reader of another make finds in them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytsk3

from dalil.errors import ForgingError
from dalil.forging import fat

WHEN = datetime(2026, 2, 13, 17, 5, 9, 430_000)


class Memory(pytsk3.Img_Info):
    """A volume in memory, for The Sleuth Kit."""

    def __init__(self, data: bytes) -> None:
        self.data = bytes(data)
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]

    def get_size(self) -> int:
        return len(self.data)


def volume(sectors: int = 12_288, cluster: int = 2) -> fat.FatVolume:
    return fat.FatVolume(sectors, cluster=cluster, serial=7, label="essai", when=WHEN)


def listed(made: fat.FatVolume, path: str = "/") -> dict[str, bytes | None]:
    """Name → content of the files of a folder; deleted ones have the mark × before their name."""
    system = pytsk3.FS_Info(Memory(made.image))
    found = {}
    for item in system.open_dir(path):
        if item.info.meta is None or item.info.meta.type != pytsk3.TSK_FS_META_TYPE_REG:
            continue
        deleted = int(item.info.name.flags) & int(pytsk3.TSK_FS_NAME_FLAG_UNALLOC)
        data = item.read_random(0, item.info.meta.size) if item.info.meta.size else b""
        found["×" * bool(deleted) + item.info.name.name.decode()] = data
    return found


@pytest.mark.parametrize(
    ("sectors", "cluster", "kind"),
    [(2048, 1, pytsk3.TSK_FS_TYPE_FAT12), (12_288, 2, pytsk3.TSK_FS_TYPE_FAT16)],
)
def test_names_and_content_come_back(sectors: int, cluster: int, kind: object) -> None:
    made = volume(sectors, cluster)
    made.mkdir("/وثائق", WHEN)
    texts = {f"تقرير طويل رقم {n} للأسبوع.txt": bytes([n]) * (700 * n) for n in range(30)}
    for name, data in texts.items():
        made.write(f"/وثائق/{name}", data, WHEN)
    made.write("/README.TXT", b"plain", WHEN)
    made.write("/Mixed.Case.txt", b"long", WHEN)
    assert pytsk3.FS_Info(Memory(made.image)).info.ftype == kind
    assert listed(made, "/وثائق") == texts  # over several clusters of the folder
    assert {name: data for name, data in listed(made).items() if "Label" not in name} == {
        "README.TXT": b"plain",
        "Mixed.Case.txt": b"long",
    }


def test_a_deleted_file_keeps_all_but_its_first_letter_and_chain() -> None:
    made = volume()
    made.write("/محذوف.csv", b"gone" * 500, WHEN)
    made.write("/KEPT.TXT", b"kept", WHEN)
    clusters = made.clusters_of("/محذوف.csv")
    made.delete("/محذوف.csv")
    assert listed(made)["×محذوف.csv"] == b"gone" * 500
    assert all(made.free(cluster) for cluster in clusters)
    made.write("/NEW.TXT", b"new", WHEN)  # goes on behind: the content stays
    assert listed(made)["×محذوف.csv"] == b"gone" * 500
    made.rewind()
    made.write("/TAKES.TXT", b"taken", WHEN)
    assert made.clusters_of("/TAKES.TXT") == clusters[:1]


def test_behind_the_end_of_a_file_stays_what_lay_there() -> None:
    made = volume()
    made.image[made.data_start :] = b"\xaa" * (len(made.image) - made.data_start)
    made.write("/A.TXT", b"x" * 100, WHEN)
    at = made.data_start + (made.clusters_of("/A.TXT")[0] - 2) * made.cluster_bytes
    assert made.image[at + 100 : at + 512] == bytes(412)
    assert made.image[at + 512 : at + 1024] == b"\xaa" * 512


def test_a_file_is_rewritten_in_place_and_its_times_follow() -> None:
    made = volume()
    made.write("/A.CSV", b"1" * 1500, WHEN)
    before = made.clusters_of("/A.CSV")
    made.rewrite("/A.CSV", b"2" * 1400, datetime(2026, 2, 16, 9, 0, 1))
    assert listed(made)["A.CSV"] == b"2" * 1400
    assert made.clusters_of("/A.CSV") == before
    with pytest.raises(ForgingError, match="another number"):
        made.rewrite("/A.CSV", b"3" * 5000, WHEN)


def test_words_keep_half_seconds_and_hundredths() -> None:
    day, clock, hundredths = fat.words(WHEN)
    assert (1980 + (day >> 9), day >> 5 & 15, day & 31) == (2026, 2, 13)
    assert (clock >> 11, clock >> 5 & 63, (clock & 31) * 2) == (17, 5, 8)
    assert hundredths == 143
    for wrong in (WHEN.replace(tzinfo=UTC), datetime(1979, 1, 1)):
        with pytest.raises(ForgingError, match="1980 to 2107"):
            fat.words(wrong)


def test_short_names_never_collide() -> None:
    made = volume()
    names = [f"/rapport très long {n}.txt" for n in range(40)]
    for name in names:
        made.write(name, b"x", WHEN)
    assert len([name for name in listed(made) if name.startswith("rapport")]) == 40
    with pytest.raises(ForgingError, match="exists"):
        made.write(names[0], b"", WHEN)


def test_what_does_not_fit_is_refused() -> None:
    small = volume(2048, 1)
    with pytest.raises(ForgingError, match="full"):
        small.write("/BIG.BIN", bytes(2_000_000), WHEN)
    with pytest.raises(ForgingError, match="another size"):
        volume(1_000_000, 1)


def test_fsck_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("fsck.fat") or shutil.which("fsck.fat", path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip("NOT TESTED against fsck.fat: apt-get install dosfstools")
    made = volume()
    made.mkdir("/D", WHEN)
    for number in range(9):
        made.write(f"/D/ملف {number}.txt", b"x" * 3000 * number, WHEN)
    made.delete("/D/ملف 4.txt")
    (tmp_path / "fat.img").write_bytes(made.image)
    done = subprocess.run(
        [program, "-n", str(tmp_path / "fat.img")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
