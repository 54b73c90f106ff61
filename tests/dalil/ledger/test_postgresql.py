"""The same ledger on a real PostgreSQL server, started for these tests alone.

DALIL_POSTGRES_URL names another one to use instead.
"""

from __future__ import annotations

import multiprocessing
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from dalil.ledger import Ledger


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server: the named one, or one of our own on a socket in a temporary folder."""
    if named := os.environ.get("DALIL_POSTGRES_URL"):
        yield named
        return
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [shutil.which("pg_ctl")]
    if found[-1] is None:
        pytest.skip("NOT TESTED: no PostgreSQL server is installed (Debian: postgresql)")
    tools = found[-1] if isinstance(found[-1], Path) else Path(found[-1]).parent
    place = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path is short
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(place, "postgres")
        as_user = ["setpriv", f"--reuid={pwd.getpwnam('postgres').pw_uid}", "--clear-groups"]
    data, options = place / "data", f"-c listen_addresses= -c unix_socket_directories={place}"

    def run(*line: str) -> None:
        subprocess.run([*as_user, *line], check=True, cwd=place, stdout=subprocess.DEVNULL)

    try:
        run(str(tools / "initdb"), "-D", str(data), "-U", "dalil", "-A", "trust", "-E", "UTF8")
        run(
            str(tools / "pg_ctl"),
            "-D",
            str(data),
            "-o",
            options,
            "-l",
            f"{place}/log",
            "-w",
            "start",
        )
        yield f"postgresql+psycopg://dalil@/postgres?host={place}"
        run(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def url(server: str) -> Iterator[str]:
    """The server's URL with a schema of its own that is gone after the test."""
    schema = f"dalil_{secrets.token_hex(6)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    options = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
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
