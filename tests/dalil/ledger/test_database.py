"""The records database: made whole, migrated, and honest when it cannot write."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text

from dalil.errors import RecordsError
from dalil.ledger import Database, Ledger, database
from dalil.ledger.tables import EVENTS, METADATA


def open_database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'records' / 'dalil.db'}")


def test_first_use_makes_a_private_database_in_wal_mode(tmp_path: Path) -> None:
    with open_database(tmp_path).reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    records = tmp_path / "records"
    assert stat.S_IMODE(records.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in records.iterdir()} == {0o600}
    assert sorted(path.name for path in records.iterdir()) == [".lock", "dalil.db"]


def test_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    with open_database(tmp_path).reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        query = "SELECT sql FROM sqlite_master WHERE name IN ('events', 'checkpoints')"
        for sql in connection.execute(text(query)).scalars():
            assert "WITHOUT ROWID" in sql


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [database.HEAD]


def test_folders_with_odd_names_hold_a_database(tmp_path: Path) -> None:
    folder = tmp_path / "100% أكاديمية {x} #1"
    with open_database(folder).writing() as connection:
        assert connection.execute(select(EVENTS)).all() == []
    ledger = Ledger(f"sqlite:///{folder / 'records' / 'dalil.db'}", folder / "keys")
    ledger.append("issued", who="x")
    assert ledger.verify().ok


def test_an_empty_file_is_no_database_yet(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/dalil.db").touch()
    with open_database(tmp_path).reading() as connection:
        assert connection.execute(select(EVENTS)).all() == []


def test_a_database_without_tables_is_migrated(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    with closing(sqlite3.connect(tmp_path / "records/dalil.db")) as connection, connection:
        connection.execute("CREATE TABLE other (x)")
    with open_database(tmp_path).reading() as connection:
        assert connection.execute(select(EVENTS)).all() == []


def test_an_interrupted_first_use_leaves_no_half_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(database, "_migrate", fail)
        with pytest.raises(KeyboardInterrupt), open_database(tmp_path).reading():
            pass
    assert not (tmp_path / "records/dalil.db").exists()
    with open_database(tmp_path).reading() as connection:
        assert connection.execute(select(EVENTS)).all() == []


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with open_database(tmp_path).writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsError, match=r"another version of Dalil \(records 9999\)"):
        open_database(tmp_path).reading().__enter__()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "not a URL"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("unheard://host/x", "install its driver"),
    ],
)
def test_a_url_that_cannot_be_used_is_told(url: str, reason: str) -> None:
    with pytest.raises(RecordsError, match=reason), Database(url).reading():
        pass


def test_no_message_shows_a_password() -> None:
    assert "secret" not in Database("postgresql://dalil:secret@host/records").place


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/dalil.db").write_bytes(b"no database" * 1000)
    with pytest.raises(RecordsError, match="not a database; run `dalil ledger verify`") as caught:
        open_database(tmp_path).reading().__enter__()
    assert "\n" not in str(caught.value)


def test_a_locked_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = tmp_path / "records"
    ledger = Ledger(f"sqlite:///{records / 'dalil.db'}", records / "keys")
    ledger.append("issued", who="x")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    impatient = Ledger(f"sqlite:///{records / 'dalil.db'}", records / "keys")
    with closing(sqlite3.connect(records / "dalil.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordsError, match="locked; another program holds it"):
            impatient.append("issued", who="x")
        assert len(impatient.events()) == 1, "readers are not kept waiting"


APPEND = """
import sys
from pathlib import Path
from dalil.errors import RecordsError
from dalil.ledger import Ledger

records = Path(sys.argv[1])
ledger = Ledger(f"sqlite:///{records / 'dalil.db'}", records / "keys")
try:
    for n in range(int(sys.argv[2])):
        ledger.append("graded", who="x", what={"n": "x" * 20_000})
except RecordsError as error:
    print(error)
report = ledger.verify()
print(report.ok, report.rows)
"""


def run(command: list[str], *arguments: str) -> list[str]:
    """Run APPEND behind *command*; returns what it printed."""
    done = subprocess.run(
        [*command, sys.executable, "-W", "error", "-c", APPEND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def without_rights() -> list[str]:
    """A prefix that takes the rights of root away, so that file permissions count."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root without setpriv may write everywhere")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    records = tmp_path / "records"
    assert run([], str(records), "2") == ["True 2"]
    for path in (*records.rglob("*"), records):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        lines = run(without_rights(), str(records), "1")
    finally:
        for path in (records, *records.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
    assert len(lines) == 2
    assert "readonly database; nothing was recorded: make it writable" in lines[0]
    assert lines[1] == "True 2"


def test_records_of_another_account_are_told(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    tmp_path.chmod(0o700)
    records.chmod(0)
    try:
        command = [*without_rights(), sys.executable, "-c", APPEND, str(records), "1"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        records.chmod(0o700)
    assert "only the account that runs the academy may use its records" in done.stdout


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    """On a file system of 1 MiB in a mount namespace of its own."""
    script = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    mounted = ["unshare", "-Urm", "sh", "-c", script, "sh", str(tmp_path)]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*mounted, "true"], check=False).returncode
    ):
        pytest.skip("this machine gives no mount namespace")
    lines = run(mounted, str(tmp_path / "records"), "100")
    assert len(lines) == 2
    assert "nothing was recorded: free some space and repeat" in lines[0]
    ok, count = lines[1].split()
    assert ok == "True"
    assert 0 < int(count) < 50


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
"""


def test_a_file_that_may_not_grow_is_told(tmp_path: Path) -> None:
    """The same by a limit of the process, which every Unix has."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LIMITED + APPEND, str(tmp_path / "records"), "100"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert "nothing was recorded" in lines[0]
    assert lines[1].startswith("True ")


def test_a_kept_connection_serves_one_thread_and_sees_what_others_write(tmp_path: Path) -> None:
    ours, theirs = open_database(tmp_path), open_database(tmp_path)
    with ours.kept():
        with ours.reading() as first:
            pass
        with ours.kept(), ours.writing() as second, ours.reading() as within:
            assert second is first
            assert within is not first
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(lambda: ours.reading().__enter__()).result()
        assert other is not first
        other.close()
        with theirs.writing() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES ('x')"))
        with ours.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 2
    with ours.reading() as last:
        assert last is not first
    assert first.closed


def test_an_error_does_not_spoil_a_kept_connection(tmp_path: Path) -> None:
    records = open_database(tmp_path)
    with records.kept():
        with pytest.raises(RecordsError):
            _fail(records)
        with records.writing() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version"))
            assert found.scalars().all() == [database.HEAD]


def _fail(records: Database) -> None:
    with records.writing() as connection:
        connection.execute(text("INSERT INTO alembic_version VALUES ('lost')"))
        connection.execute(text("nonsense"))


def test_runs_of_before_are_kept_by_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS).replace("%", "%%"))
    with monkeypatch.context() as patch:
        patch.setattr(database, "HEAD", "0001")
        patch.setattr(database, "_migrate", lambda connection, *_: _to_first(config, connection))
        with open_database(tmp_path).writing() as connection:
            row = "'s', 'k', '{}', 'd', '2026'"
            columns = "submission, source, payload, sha256, saved"
            connection.execute(text(f"INSERT INTO runs ({columns}) VALUES ({row})"))
    with open_database(tmp_path).reading() as connection:
        (kept,) = connection.execute(text("SELECT submission, answers FROM runs")).all()
        assert tuple(kept) == ("s", None)
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def _to_first(config: Config, connection: Connection) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
