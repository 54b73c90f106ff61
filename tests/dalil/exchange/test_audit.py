"""The audit: what lies beside the ledger is compared with it."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from dalil.errors import RecordsError
from dalil.exchange import Exchange, Saved

EVIDENCE = """
from dalil.models import Evidence

def forge(seed, folder):
    (folder / "log.csv").write_text(seed.token("log", 100))
    return Evidence(truth={"answer": seed.token("truth", 20)}, probes={"f": [[1], [2]]})
"""


def open_exchange(folder: Path) -> Exchange:
    records = folder / "records"
    return Exchange(
        SimpleNamespace(
            course_id="academy",
            records=records,
            keys=records / "keys",
            exhibits=records / "exhibits",
            database_url=f"sqlite:///{records / 'dalil.db'}",
        )
    )


def make_module(folder: Path) -> Any:
    return SimpleNamespace(
        id="custody",
        version="1",
        course=folder,
        grader=folder,
        exhibits=[SimpleNamespace(name="log", file="log.csv", title="Log")],
        questions=[],
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows 1 and 2 issue, 3 and 4 submit, 5 grades; one run is on record."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "evidence.py").write_text(EVIDENCE)
    exchange, module = open_exchange(folder), make_module(folder)
    cases = [exchange.issue(module, trainee, "en") for trainee in ("amina", "bob")]
    for issued in cases:
        desk = folder / issued.key.trainee
        text = nbformat.v4.new_markdown_cell(issued.key.trainee, id="a")
        exchange.deliver(issued, desk, nbformat.v4.new_notebook(cells=[text]))
        receipt = exchange.seal(module, issued.key.trainee, desk)
    exchange.save_run(Saved(receipt.sha256, "b" * 64, '{"bundles": []}', '{"seconds": 1}'))
    exchange.ledger.append("graded", who="grader", what={"submission": receipt.sha256})
    assert exchange.audit().ok
    return folder


@pytest.fixture
def academy(original: Path, tmp_path: Path) -> Path:
    """A copy of the academy to tamper with."""
    return Path(shutil.copytree(original, tmp_path / "academy"))


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("""UPDATE cases SET truth = '{"answer":"mine"}' WHERE trainee = 'bob'""", 2),
        ("""UPDATE cases SET probes = '{"f":[[1]]}' WHERE trainee = 'bob'""", 2),
        ("UPDATE cases SET salt = 'x' WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET truth = CAST(truth AS BLOB) WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET truth = x'ff' WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET version = '2' WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET attempt = 2 WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET language = 'xx' WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET serial = 1 WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET exhibits = '[]' WHERE trainee = 'bob'", 2),
        ("UPDATE cases SET exhibits = 'nonsense' WHERE trainee = 'bob'", 2),
        ("DELETE FROM cases WHERE trainee = 'amina'", 1),
        ("DELETE FROM submissions WHERE trainee = 'amina'", 3),
        ("UPDATE submissions SET trainee = 'carol' WHERE serial = 4", 4),
        ("UPDATE submissions SET received = '2020-01-01' WHERE serial = 4", 4),
        ("UPDATE submissions SET receipt = '{}' WHERE serial = 4", 4),
        ("UPDATE submissions SET receipt = replace(receipt, 'bob', 'eve') WHERE serial = 4", 4),
        ("UPDATE submissions SET receipt = x'ff00' WHERE serial = 4", 4),
        ("""UPDATE runs SET payload = '{"seconds": 2}'""", 4),
        ("UPDATE runs SET payload = x'00'", 4),
    ],
)
def test_a_change_beside_the_ledger_names_the_row(academy: Path, statement: str, row: int) -> None:
    with closing(sqlite3.connect(academy / "records/dalil.db")) as connection, connection:
        assert connection.execute(statement).rowcount == 1
    report = open_exchange(academy).audit()
    assert not report.ok
    assert [problem.row for problem in report.problems] == [row]
    assert "\n" not in report.problems[0].reason


def test_an_altered_truth_is_not_used(academy: Path) -> None:
    with closing(sqlite3.connect(academy / "records/dalil.db")) as connection, connection:
        connection.execute("UPDATE cases SET truth = '{}'")
    exchange = open_exchange(academy)
    issued = exchange.find("custody", "bob")
    assert issued is not None
    for read in (exchange.truth, exchange.probes):
        with pytest.raises(RecordsError, match="altered since it was issued"):
            read(issued)


@pytest.mark.parametrize("column", ["payload", "answers"])
@pytest.mark.parametrize("value", ["'{}'", "x'00'", "7"])
def test_a_damaged_run_is_as_good_as_none(academy: Path, column: str, value: str) -> None:
    exchange = open_exchange(academy)
    digest = exchange.submissions(trainee="bob")[0].digest
    kept = exchange.load_run(digest, "b" * 64)
    assert kept == Saved(digest, "b" * 64, '{"bundles": []}', '{"seconds": 1}')
    assert exchange.answers([(digest, "b" * 64)]) == {"b" * 64: '{"bundles": []}'}
    with closing(sqlite3.connect(academy / "records/dalil.db")) as connection, connection:
        connection.execute(f"UPDATE runs SET {column} = {value}")
    assert exchange.load_run(digest, "b" * 64) is None
    assert len(exchange.answers([(digest, "b" * 64)])) == (column == "payload")
    assert [problem.reason for problem in exchange.audit().problems] == [
        "the run of its notebook was altered; grade it again"
    ]


def test_any_byte_of_the_database_gives_an_answer(academy: Path) -> None:
    """Never a traceback, whatever byte of the file is flipped."""
    path = academy / "records/dalil.db"
    content = path.read_bytes()
    draw = random.Random(7)
    places = [n for n, byte in enumerate(content) if byte]
    seen = 0
    for position in draw.sample(places, 250):
        for left in path.parent.glob("dalil.db-*"):
            left.unlink()
        changed = bytes([content[position] ^ draw.randrange(1, 256)])
        path.write_bytes(content[:position] + changed + content[position + 1 :])
        seen += not open_exchange(academy).audit().ok
    assert seen > 100
