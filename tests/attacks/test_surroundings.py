"""Whatever an attack might leave behind would be seen."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.attacks.surroundings import (
    MARK,
    Surroundings,
    below,
    marked_files,
    marked_processes,
)

GRADED = {"a trainee"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("courses/m/x.py", "academy/records/keys/k", "academy/desks/b/m/b.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("as it was", encoding="utf-8")
    with closing(sqlite3.connect(gradebook(tmp_path))) as database:
        database.execute("create table grade (who text, score real)")
        database.execute("insert into grade values ('b', 1)")
        database.commit()
    return tmp_path


def gradebook(root: Path) -> Path:
    return root / "academy/records/gradebook.db"


def look(root: Path) -> Surroundings:
    return Surroundings.of(root, gradebook(root))


def write(root: Path, name: str, text: str = "new") -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def sql(root: Path, *lines: str) -> None:
    with closing(sqlite3.connect(gradebook(root))) as database:
        for line in lines:
            database.execute(line)
        database.commit()


def test_what_grading_writes_is_no_loss(root: Path) -> None:
    before = look(root)
    write(root, "academy/autograded/a trainee/m/m.ipynb")
    write(root, "academy/logs/dalil.log")
    write(root, "academy/records/keys/ledger.head")
    sql(root, "insert into grade values ('a', 2)")
    after = look(root)
    assert before.lost_files(after) == before.new_files(after, GRADED) == []
    assert before.lost_rows(after) == []
    assert before.tables == after.tables


@pytest.mark.parametrize(
    "change",
    [
        lambda root: write(root, "courses/m/x.py"),
        lambda root: write(root, "academy/records/keys/k"),
        lambda root: (root / "academy/desks/b/m/b.ipynb").unlink(),
        lambda root: (root / "academy/desks/b/m/b.ipynb").chmod(0o777),
    ],
)
def test_changed_files_are_seen(root: Path, change: Callable[[Path], None]) -> None:
    before = look(root)
    change(root)
    assert before.lost_files(look(root))


@pytest.mark.parametrize(
    "name", ["graders/m/new.py", "academy/autograded/b/m/m.ipynb", "academy/records/keys/new"]
)
def test_new_files_are_seen(root: Path, name: str) -> None:
    before = look(root)
    write(root, name)
    assert name in before.new_files(look(root), GRADED)


def test_the_gradebooks_changes_are_seen(root: Path) -> None:
    before = look(root)
    sql(
        root,
        "update grade set score = 9",
        "create trigger t after insert on grade begin update grade set score = 10; end",
    )
    after = look(root)
    assert before.lost_rows(after) == ["grade: ('b', 1.0)"]
    assert before.tables != after.tables


def test_marked_files_are_seen(tmp_path: Path) -> None:
    now = time.time()
    (tmp_path / "content").write_text(f"x {MARK} y", encoding="utf-8")
    (tmp_path / MARK).mkdir()
    (tmp_path / "other").write_text("x", encoding="utf-8")
    os.utime(tmp_path / "content", (0, 0))
    found = set(marked_files(tmp_path, since=now))
    (tmp_path / "content").unlink()
    (tmp_path / MARK).rmdir()
    assert found == {tmp_path / "content", tmp_path / MARK}


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_marked_processes_and_listeners_are_seen(root: Path, where: str) -> None:
    assert marked_processes() == []
    before = look(root)
    program = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(60)"
    line = [sys.executable, "-c", program, *([MARK] if where == "argument" else [])]
    environment = {**os.environ, **({"X": MARK} if where == "environment" else {})}
    with subprocess.Popen(line, env=environment) as process:
        deadline = time.monotonic() + 20
        while look(root).listening == before.listening and time.monotonic() < deadline:
            time.sleep(0.05)
        seen, children = marked_processes(), {p.pid for p in below()} - before.children
        listening = look(root).listening - before.listening
        process.kill()
    assert [p.pid for p in seen] == list(children) == [process.pid]
    assert [address for address, _ in listening] == ["127.0.0.1"]


def test_ones_own_listeners_are_seen(root: Path) -> None:
    before = look(root)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname() in look(root).listening - before.listening
