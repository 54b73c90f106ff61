"""The ledger: what is appended is chained, signed and found again, by however many at once."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalil.errors import LedgerError
from dalil.ledger import KINDS, Batch, Ledger
from dalil.ledger.events import GENESIS


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path)


def open_ledger(folder: Path) -> Ledger:
    records = folder / "records"
    return Ledger(f"sqlite:///{records / 'dalil.db'}", records / "keys")


def test_an_event_says_who_what_and_when(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    event = ledger.append(
        "issued",
        who="amina",
        trainee="أمينة بنعلي",
        module="custody",
        attempt=2,
        what={"exhibits": {"log": "ab"}, "é": [1, 2.5, None]},
    )
    assert (event.seq, event.previous) == (1, GENESIS)
    assert before <= event.at <= datetime.now(UTC)
    assert event.at.tzinfo is UTC
    assert ledger.events() == [event]
    assert event.what == {"exhibits": {"log": "ab"}, "é": [1, 2.5, None]}


def test_the_chain_can_be_computed_by_anyone(ledger: Ledger) -> None:
    """Documented as SHA-256 of the canonical JSON list of a row's columns: done here by hand."""
    ledger.append("issued", who="amina")
    event = ledger.append("graded", who="grader", attempt=1, what={"b": "é", "a": 1})
    at = event.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    what = '{"a":1,"b":"é"}'
    row = [2, "graded", "grader", None, None, 1, at, what, ledger.events()[0].hash]
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    assert event.hash == hashlib.sha256(text.encode()).hexdigest()


def test_events_are_found_by_their_properties(ledger: Ledger) -> None:
    for n in range(1, 9):
        ledger.append(
            "graded" if n % 2 else "issued",
            who="grader",
            trainee=f"t{n % 3}",
            module="custody" if n < 5 else "firearms",
            attempt=n,
        )
    assert [e.seq for e in ledger.events(kind="graded")] == [1, 3, 5, 7]
    assert [e.seq for e in ledger.events(trainee="t1", module="custody")] == [1, 4]
    assert [e.seq for e in ledger.events(attempt=6)] == [6]
    assert [e.seq for e in ledger.events(after=5, limit=2)] == [6, 7]
    assert ledger.events(who="nobody") == []
    assert [e.seq for e in ledger.stream(["graded"], module="custody")] == [1, 3]
    assert [e.seq for e in ledger.stream(["graded", "issued"], module="custody", trainee="t1")] == [
        1,
        4,
    ]
    assert [e.seq for e in ledger.numbered([7, 2, 99])] == [2, 7]
    with ledger.writing() as batch:
        new = batch.append("graded", who="grader", trainee="t1", module="custody")
        seen = [e.seq for e in batch.stream(["graded"], module="custody", trainee="t1")]
    assert seen == [1, new.seq]


@pytest.mark.parametrize(
    ("kind", "who", "what", "reason"),
    [
        ("sold", "x", {}, "must be one of"),
        ("graded", "x", {"n": float("nan")}, "plain JSON"),
        ("graded", "x", {"n": {1, 2}}, "plain JSON"),
        ("graded", "x", {"n": "\ud800"}, "plain JSON"),
        ("graded", "a\0b", {}, "not text"),
        ("graded", "\ud800", {}, "not text"),
        ("graded", "x", {"n": "x" * 2**20}, "1 MiB"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    ledger: Ledger, kind: str, who: str, what: dict[str, object], reason: str
) -> None:
    with pytest.raises(LedgerError, match=reason):
        ledger.append(kind, who=who, what=what)
    assert ledger.events() == []
    assert ledger.verify().ok


def test_every_kind_of_the_design_is_known() -> None:
    assert {"issued", "opened", "submitted", "graded", "regraded", "hand-marked"} < KINDS
    assert {"feedback-released", "authorised", "revoked"} < KINDS


def _append_all(batch: Batch, *kinds: str) -> None:
    for kind in kinds:
        batch.append(kind, who="grader")


def test_a_batch_is_recorded_whole_or_not_at_all(ledger: Ledger) -> None:
    with pytest.raises(LedgerError), ledger.writing() as batch:
        _append_all(batch, "graded", "no such kind")
    assert ledger.events() == []
    with ledger.writing() as batch:
        events = [batch.append("graded", who="grader", attempt=n) for n in range(1, 100)]
    assert ledger.events() == events
    assert ledger.verify().ok


def test_a_checkpoint_signs_the_ledger_as_it_stands(ledger: Ledger) -> None:
    assert ledger.checkpoint() is None
    event = ledger.append("graded", who="grader")
    point = ledger.checkpoint()
    assert point is not None
    assert (point.seq, point.hash) == (event.seq, event.hash)
    assert ledger.signer.verify(point.message, point.signature, point.key)
    assert ledger.checkpoint() == point, "nothing new, nothing to sign"
    assert ledger.verify().checkpoints == 1


def test_the_head_follows_each_event(ledger: Ledger) -> None:
    assert ledger.head() is None
    for n in range(1, 4):
        event = ledger.append("graded", who="grader")
        head = ledger.head()
        assert head is not None
        assert (head.seq, head.hash) == (n, event.hash)
    assert stat.S_IMODE(ledger.head_file.stat().st_mode) == 0o600


def test_verifying_an_academy_without_events_makes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    report = ledger.verify()
    assert (report.ok, report.rows) == (True, 0)
    assert list(tmp_path.iterdir()) == []


def _append_many(folder: Path, name: str, count: int) -> None:
    ledger = open_ledger(folder)
    for n in range(count):
        ledger.append("graded", who=name, attempt=n)
        if n % 5 == 0:
            ledger.checkpoint()


def test_four_processes_append_at_once(tmp_path: Path) -> None:
    """Also the first use: all four may make the database and the key."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(tmp_path, f"w{n}", 8)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    ledger = open_ledger(tmp_path)
    events = ledger.events()
    assert [event.seq for event in events] == list(range(1, 33))
    for n in range(4):
        assert [e.attempt for e in events if e.who == f"w{n}"] == list(range(8))
    report = ledger.verify()
    assert report.ok, report.problems
    head = ledger.head()
    assert head is not None
    assert head.seq == 32
    assert len(list((tmp_path / "records/keys").glob("*.pub"))) == 1
