"""What is kept of files: made once, made again when a file changes, never too much of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dalil.curriculum.memo import Memo


def test_a_value_is_made_once_until_a_file_changes(tmp_path: Path) -> None:
    file, made = tmp_path / "a", []
    memo: Memo[str] = Memo()

    def make() -> str:
        made.append(1)
        return file.read_text() if file.exists() else "none"

    assert [memo.get("k", [file], make) for _ in range(2)] == ["none", "none"]
    file.write_text("one")
    assert [memo.get("k", [file], make) for _ in range(2)] == ["one", "one"]
    os.utime(file, ns=(1, 1))
    memo.get("k", [file], make)
    fresh = tmp_path / "b"
    fresh.write_text("two")
    os.utime(fresh, ns=(1, 1))
    fresh.replace(file)  # as old and as long, but another file
    assert memo.get("k", [file], make) == "two"
    assert len(made) == 4


def test_keys_are_apart_and_old_ones_go(tmp_path: Path) -> None:
    memo: Memo[int] = Memo(size=2)
    made: list[int] = []

    def get(key: int) -> int:
        return memo.get(key, [], lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    assert [get(1), get(2), get(1), get(3), get(1)] == [1, 2, 1, 3, 1]
    assert made == [1, 2, 3, 1]


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    memo: Memo[int] = Memo()
    with pytest.raises(ZeroDivisionError):
        memo.get("k", [], lambda: 1 // 0)
    assert memo.get("k", [], lambda: 7) == 7
