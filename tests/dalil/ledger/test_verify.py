"""Verification: whatever is done to the ledger, it is seen, and the row is named."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dalil.ledger import Ledger, Report
from dalil.ledger.events import canonical, row_hash

ROWS = 12


def open_ledger(records: Path) -> Ledger:
    return Ledger(f"sqlite:///{records / 'dalil.db'}", records / "keys")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of ROWS rows on one page, with a checkpoint under rows 5 and 12."""
    records = tmp_path_factory.mktemp("original") / "records"
    ledger = open_ledger(records)
    for n in range(1, ROWS + 1):
        ledger.append(
            "graded",
            who="grader",
            trainee=f"أمينة {n:02}" if n % 4 else None,
            module="custody",
            attempt=n if n % 3 else None,
            what={"points": n / 8},
        )
        if n in (5, ROWS):
            ledger.checkpoint()
    return records


@pytest.fixture
def records(original: Path, tmp_path: Path) -> Path:
    """A copy of the ledger to tamper with."""
    shutil.copytree(original, tmp_path / "records")
    return tmp_path / "records"


def tamper(records: Path, *statements: str) -> Report:
    """Do what an insider with the database's password can do, then verify."""
    with closing(sqlite3.connect(records / "dalil.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return open_ledger(records).verify()


def named(report: Report) -> list[int | None]:
    assert not report.ok
    assert all(problem.reason and "\n" not in str(problem) for problem in report.problems)
    return [problem.row for problem in report.problems]


def test_an_untouched_ledger_is_good(records: Path) -> None:
    report = open_ledger(records).verify()
    assert report.ok
    assert (report.rows, report.checkpoints, list(report.problems)) == (ROWS, 2, [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "'regraded'"),
        ("who", "'nobody'"),
        ("trainee", "'bob'"),
        ("trainee", "NULL"),
        ("module", "'firearms'"),
        ("attempt", "99"),
        ("attempt", "NULL"),
        ("attempt", "1.5"),
        ("at", "'2020-01-01T00:00:00.000000Z'"),
        ("what", "'{\"points\":9}'"),
        ("what", "'{ \"points\":0.875}'"),
        ("what", "CAST(what AS BLOB)"),
        ("what", "x'ff'"),
        ("what", "zeroblob(9)"),
        ("previous", "hash"),
        ("hash", "previous"),
        ("hash", "upper(hash)"),
    ],
)
def test_a_changed_column_names_its_row(records: Path, column: str, value: str) -> None:
    assert named(tamper(records, f"UPDATE events SET {column} = {value} WHERE seq = 7")) == [7]


@pytest.mark.parametrize("row", [1, 5, 6, ROWS])
def test_a_removed_row_is_named(records: Path, row: int) -> None:
    assert named(tamper(records, f"DELETE FROM events WHERE seq = {row}")) == [row]


def test_several_removed_rows_are_all_named(records: Path) -> None:
    report = tamper(records, "DELETE FROM events WHERE seq IN (1, 2, 7)")
    assert named(report) == [1, 2, 7]


@pytest.mark.parametrize("kept", [0, 1, 5, 11])
def test_a_cut_off_end_is_named(records: Path, kept: int) -> None:
    report = tamper(
        records,
        f"DELETE FROM events WHERE seq > {kept}",
        f"DELETE FROM checkpoints WHERE seq > {kept}",
    )
    assert named(report) == list(range(kept + 1, ROWS + 1))


def test_an_end_cut_off_after_the_last_checkpoint_is_named(records: Path) -> None:
    open_ledger(records).append("graded", who="grader")
    assert named(tamper(records, f"DELETE FROM events WHERE seq = {ROWS + 1}")) == [ROWS + 1]


def test_rows_that_changed_places_are_named(records: Path) -> None:
    report = tamper(
        records,
        "UPDATE events SET seq = 99 WHERE seq = 3",
        "UPDATE events SET seq = 3 WHERE seq = 8",
        "UPDATE events SET seq = 8 WHERE seq = 99",
    )
    assert named(report) == [3, 8]


def test_rows_whose_content_changed_places_are_named(records: Path) -> None:
    """With hashes computed anew, so that each row by itself is in order."""
    with closing(sqlite3.connect(records / "dalil.db")) as connection, connection:
        rows = {r[0]: r for r in connection.execute("SELECT * FROM events WHERE seq IN (3, 8)")}
        for here, there in ((3, 8), (8, 3)):
            row = (here, *rows[there][1:8], rows[here][8])
            connection.execute("DELETE FROM events WHERE seq = ?", (here,))
            connection.execute(
                f"INSERT INTO events VALUES ({','.join('?' * 10)})", (*row, row_hash(row))
            )
    assert named(open_ledger(records).verify()) == [3, 8]


def test_a_renumbered_row_is_named(records: Path) -> None:
    assert named(tamper(records, "UPDATE events SET seq = 1000 WHERE seq = 12")) == [12]


def test_an_invented_row_is_named(records: Path) -> None:
    report = tamper(
        records,
        "INSERT INTO events SELECT 13, kind, who, trainee, module, attempt, at, what, hash, hash "
        "FROM events WHERE seq = 12",
    )
    assert named(report) == [13]


def test_a_chain_that_was_computed_anew_fails_at_what_was_signed(records: Path) -> None:
    """An insider without the key changes row 7 and every hash after it."""
    with closing(sqlite3.connect(records / "dalil.db")) as connection, connection:
        rows = connection.execute("SELECT * FROM events WHERE seq >= 7 ORDER BY seq").fetchall()
        before = rows[0][8]
        for row in rows:
            trainee = "bob" if row[0] == 7 else row[3]
            previous, before = before, row_hash((*row[:3], trainee, *row[4:8], before))
            connection.execute(
                "UPDATE events SET trainee = ?, previous = ?, hash = ? WHERE seq = ?",
                (trainee, previous, before, row[0]),
            )
    assert named(open_ledger(records).verify()) == [12]


@pytest.mark.parametrize(
    "change",
    [
        "SET hash = (SELECT hash FROM events WHERE seq = 4)",
        "SET at = '2020-01-01T00:00:00.000000Z'",
        "SET key = 'abcdefabcdefabcd'",
        "SET signature = (SELECT signature FROM checkpoints WHERE seq = 12)",
        "SET signature = upper(signature)",
        "SET signature = ''",
        "SET signature = x'00'",
    ],
)
def test_a_forged_checkpoint_is_named(records: Path, change: str) -> None:
    assert named(tamper(records, f"UPDATE checkpoints {change} WHERE seq = 5")) == [5]


def test_a_checkpoint_of_another_academy_is_named(records: Path, tmp_path: Path) -> None:
    stranger = open_ledger(tmp_path / "stranger")
    stranger.append("graded", who="grader")
    point = stranger.checkpoint()
    assert point is not None
    unsigned = replace(point, seq=5, signature="")
    forged = replace(unsigned, signature=stranger.signer.sign(unsigned.message))
    with closing(sqlite3.connect(records / "dalil.db")) as connection, connection:
        connection.execute("DELETE FROM checkpoints WHERE seq = 5")
        values = tuple(asdict(forged).values())
        connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)", values)
    assert named(open_ledger(records).verify()) == [5]


def test_a_removed_head_is_seen(records: Path) -> None:
    (records / "keys/ledger.head").unlink()
    assert named(open_ledger(records).verify()) == [ROWS]


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_a_damaged_head_is_seen(records: Path, content: bytes) -> None:
    (records / "keys/ledger.head").write_bytes(content)
    report = open_ledger(records).verify()
    assert named(report) == [None]
    assert "ledger.head" in report.problems[0].reason


@pytest.mark.parametrize("change", [{"seq": 11}, {"seq": 10**30}, {"hash": "0" * 64}, {"key": ""}])
def test_a_forged_head_is_seen(records: Path, change: dict[str, object]) -> None:
    path = records / "keys/ledger.head"
    head = {**json.loads(path.read_bytes()), **change}
    path.write_bytes(canonical(head) + b"\n")
    assert not open_ledger(records).verify().ok


def test_a_cut_ledger_stays_cut_when_it_grows_again(records: Path) -> None:
    """New rows must not make the head forget the rows that it vouched for."""
    tamper(records, "DELETE FROM events WHERE seq > 6", "DELETE FROM checkpoints WHERE seq > 6")
    ledger = open_ledger(records)
    for _ in range(ROWS):
        ledger.append("graded", who="grader")
    assert 12 in named(ledger.verify())


def test_a_ledger_whose_database_was_removed_names_its_rows(records: Path) -> None:
    (records / "dalil.db").unlink()
    assert named(open_ledger(records).verify()) == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE events",
        "DROP TABLE checkpoints",
        "ALTER TABLE events RENAME COLUMN what TO that",
        "CREATE TABLE other AS SELECT * FROM events",
    ],
)
def test_changed_tables_give_an_answer(records: Path, statement: str) -> None:
    report = tamper(records, statement)
    assert report.ok == statement.startswith("CREATE")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 400, b"SQLite format 3\0"])
def test_what_is_no_database_gives_an_answer(records: Path, content: bytes) -> None:
    (records / "dalil.db").write_bytes(content)
    assert not open_ledger(records).verify().ok


@pytest.mark.parametrize("size", [100, 4096, 15_000, -1])
def test_a_shortened_file_gives_an_answer(records: Path, size: int) -> None:
    content = (records / "dalil.db").read_bytes()
    (records / "dalil.db").write_bytes(content[:size])
    assert not open_ledger(records).verify().ok


def test_an_auditor_needs_only_the_public_key(records: Path) -> None:
    (records / "keys/signing.pem").unlink()
    assert open_ledger(records).verify().ok
    assert not (records / "keys/signing.pem").exists()


def test_without_the_public_key_nothing_counts_as_signed(records: Path) -> None:
    for path in (records / "keys").glob("*.pub"):
        path.unlink()
    assert named(open_ledger(records).verify()) == [5, 12, None]


def flipped(content: bytes, position: int, mask: int) -> bytes:
    return content[:position] + bytes([content[position] ^ mask]) + content[position + 1 :]


def verify_bytes(records: Path, content: bytes) -> Report:
    for left in records.glob("dalil.db-*"):
        left.unlink()
    (records / "dalil.db").write_bytes(content)
    return open_ledger(records).verify()


def read_rows(records: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(records / "dalil.db")) as connection:
        return connection.execute("SELECT * FROM events ORDER BY seq").fetchall()


def rows_of_page(content: bytes) -> range:
    """The bytes of all rows of the events table, which lie together on one page.

    A page of SQLite begins with its kind, then, at 3 and 5, the number of cells and the place of
    the first; the cells of the events end with the hash of row 1, which was written first.
    """
    for start in range(4096, len(content), 4096):
        page = content[start : start + 4096]
        if page[0] == 10 and int.from_bytes(page[3:5], "big") == ROWS and b'{"points"' in page:
            return range(start + int.from_bytes(page[5:7], "big"), start + 4096)
    raise AssertionError("the events are not on one page")


def test_each_byte_of_a_row_counts(records: Path) -> None:
    """Every third byte of all rows, one at a time, also those that say lengths and types."""
    content = (records / "dalil.db").read_bytes()
    masks = [1, 2, 4, 8, 16, 32, 64, 128, 255]
    area = rows_of_page(content)
    assert len(area) > ROWS * 200
    unnamed = []
    for position in area[::3]:
        report = verify_bytes(records, flipped(content, position, masks[position % len(masks)]))
        assert not report.ok, position
        if not any(problem.row for problem in report.problems):
            unnamed.append(position)
    assert unnamed == []


def test_a_flipped_letter_names_just_its_row(records: Path) -> None:
    """A byte within the text of a row: that row and no other."""
    content = (records / "dalil.db").read_bytes()
    for event in open_ledger(records).events():
        position = content.index(f'{{"points":{event.seq / 8}}}'.encode()) + 11
        assert named(verify_bytes(records, flipped(content, position, 1))) == [event.seq]


def test_any_byte_of_the_file_gives_an_answer(records: Path) -> None:
    """Never a traceback; and "good" only if each row reads as it was written."""
    content = (records / "dalil.db").read_bytes()
    events = read_rows(records)
    draw = random.Random(20261123)
    # Most of a young file is empty: look where there is something.
    places = [n for n, byte in enumerate(content) if byte or draw.random() < 0.01]
    good = 0
    for position in draw.sample(places, 700):
        report = verify_bytes(records, flipped(content, position, draw.randrange(1, 256)))
        if report.ok:
            good += 1
            assert read_rows(records) == events
    assert good < 600
