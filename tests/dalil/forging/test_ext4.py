"""Forged ext4 volumes: sound for e2fsprogs, and as the kernel leaves them after a deletion."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytsk3

from dalil.errors import ForgingError
from dalil.forging.ext4 import BLOCK, Ext4Volume, nanoseconds
from tests.dalil.forging.test_fat import Memory

WHEN = datetime(2026, 2, 13, 16, 5, 9, 123_456, tzinfo=UTC)


def volume(blocks: int = 512) -> Ext4Volume:
    return Ext4Volume(blocks, inodes=128, identity=bytes(range(16)), label="essai", when=WHEN)


def later(minutes: int) -> datetime:
    return WHEN + timedelta(minutes=minutes)


def entries(made: Ext4Volume, path: str) -> dict[str, pytsk3.File]:
    system = pytsk3.FS_Info(Memory(made.finish()))
    return {item.info.name.name.decode(): item for item in system.open_dir(path)}


def fsck(made: Ext4Volume, folder: Path) -> str:
    """What fsck.ext4 complains of; empty when the volume is sound."""
    program = shutil.which("fsck.ext4") or shutil.which("fsck.ext4", path="/usr/sbin:/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs fsck.ext4 for this test: apt-get install e2fsprogs")
        pytest.skip("NOT TESTED against fsck.ext4: apt-get install e2fsprogs")
    (folder / "ext4.img").write_bytes(made.finish())
    done = subprocess.run(
        [program, "-fn", str(folder / "ext4.img")], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode else ""


def test_a_volume_with_a_history_is_sound(tmp_path: Path) -> None:
    made = volume()
    made.mkdir("/home", later(1))
    made.mkdir("/home/سعاد", later(2))
    for number in range(60):
        made.write(f"/home/سعاد/ملف {number}.txt", b"x" * (311 * number), later(3 + number))
    for number in range(0, 60, 3):
        made.delete(f"/home/سعاد/ملف {number}.txt", later(90 + number))
    made.rewind()
    made.write("/home/new.txt", b"n" * 9000, later(200))
    made.append("/home/new.txt", b"m" * 20_000, later(201))
    made.set_times("/home/new.txt", later(202), modified=later(-900))
    made.read_at("/home/new.txt", later(203))
    assert fsck(made, tmp_path) == ""
    item = entries(made, "/home")["new.txt"]
    assert item.read_random(0, 29_000) == b"n" * 9000 + b"m" * 20_000
    meta = item.info.meta
    seconds = [meta.mtime, meta.atime, meta.ctime, meta.crtime]
    assert seconds == [int(later(n).timestamp()) for n in (-900, 203, 202, 200)]
    assert meta.crtime_nano == 123_456_000


def test_a_deletion_empties_the_inode_and_leaves_name_and_content() -> None:
    made = volume()
    made.write("/a.txt", b"first", later(1))
    made.write("/secret.jpg", b"\xff\xd8 content", later(2))
    (block,) = made.blocks_of("/secret.jpg")
    made.delete("/secret.jpg", later(9))
    item = entries(made, "/")["secret.jpg"]
    assert int(item.info.name.flags) & int(pytsk3.TSK_FS_NAME_FLAG_UNALLOC)
    assert item.info.meta.size == 0
    assert list(item) == [] or all(not list(attribute) for attribute in item)
    assert item.info.meta.ctime == int(later(9).timestamp())
    assert item.info.meta.crtime == int(later(2).timestamp())
    assert made.image[block * BLOCK :].startswith(b"\xff\xd8 content")
    assert made.free(block)


def test_a_free_inode_is_given_out_again_lowest_first() -> None:
    made = volume()
    numbers = [made.write(f"/{n}", b"x", later(n)) for n in range(4)]
    made.delete("/1", later(9))
    made.delete("/3", later(9))
    assert made.write("/again", b"x", later(10)) == numbers[1]


def test_the_kernel_leaves_nothing_behind_the_end_of_a_file() -> None:
    made = volume()
    free = (made.blocks_of("/lost+found")[-1] + 1) * BLOCK
    made.image[free:] = b"\xaa" * (len(made.image) - free)
    made.write("/a", b"x" * 10, later(1))
    (block,) = made.blocks_of("/a")
    assert made.image[block * BLOCK + 10 : (block + 1) * BLOCK] == bytes(BLOCK - 10)


def test_wrong_use_is_refused() -> None:
    made = volume()
    made.write("/a", b"x", later(1))
    with pytest.raises(ForgingError, match="exists"):
        made.write("/a", b"x", later(2))
    with pytest.raises(ForgingError, match="free blocks"):
        made.write("/big", bytes(4_000_000), later(2))
    with pytest.raises(ForgingError, match="one group"):
        volume(40_000)
    with pytest.raises(ForgingError, match="zone"):
        nanoseconds(datetime(2026, 1, 1))
