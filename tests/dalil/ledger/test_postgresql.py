"""The same ledger on a PostgreSQL server, where DALIL_POSTGRES_URL names one to try it on."""

from __future__ import annotations

import multiprocessing
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from dalil.ledger import Ledger

URL = os.environ.get("DALIL_POSTGRES_URL", "")

pytestmark = pytest.mark.skipif(not URL, reason="DALIL_POSTGRES_URL names no server")


@pytest.fixture
def url() -> Iterator[str]:
    """The server's URL with a schema of its own that is gone after the test."""
    schema = f"dalil_{secrets.token_hex(6)}"
    engine = create_engine(URL)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    options = make_url(URL).update_query_dict({"options": f"-csearch_path={schema}"})
    yield options.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def _append_many(url: str, keys: Path, name: str) -> None:
    ledger = Ledger(url, keys)
    for n in range(10):
        ledger.append("graded", who=name, attempt=n, trainee="أمينة", what={"points": n / 8})


def test_four_processes_append_at_once(url: str, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_append_many, args=(url, tmp_path, f"w{n}")) for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    ledger = Ledger(url, tmp_path)
    ledger.checkpoint()
    report = ledger.verify()
    assert (report.ok, report.rows, report.checkpoints) == (True, 40, 1)


def test_changes_are_named(url: str, tmp_path: Path) -> None:
    _append_many(url, tmp_path, "w")
    ledger = Ledger(url, tmp_path)
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE events SET who = 'nobody' WHERE seq = 3"))
        connection.execute(text("DELETE FROM events WHERE seq IN (5, 10)"))
    assert [problem.row for problem in ledger.verify().problems] == [3, 5, 10]
