"""The drill: back up while work comes in, lose everything, restore, go on."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from dalil.backup import backup_of, backups, inspect, make_backup, restore
from dalil.cli import main
from dalil.errors import LedgerError, RecordsError, UsageError
from dalil.roster import Person, Roster
from tests.dalil.backup.academy import Academy, contents, make_academy, still, unchanged


@pytest.fixture
def academy(tmp_path: Path) -> Academy:
    return make_academy(tmp_path / "academy")


def test_backed_up_while_work_comes_in_lost_and_restored(academy: Academy, tmp_path: Path) -> None:
    early = academy.submit("amina", b'{"early": 1}')
    stop, receipts = threading.Event(), []

    def hand_in() -> None:
        while not stop.is_set():
            receipts.append(academy.submit(f"t{len(receipts)}", b"%d" % len(receipts)))

    busy = threading.Thread(target=hand_in)
    busy.start()
    try:
        while len(receipts) < 3:
            stop.wait(0.01)
        before = len(receipts)
        made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
        while len(receipts) < before + 3:
            stop.wait(0.01)
    finally:
        stop.set()
        busy.join()
    signing = academy.exchange.ledger.signer.key_id
    shutil.rmtree(academy.settings.academy)

    done = restore(academy.settings, made.path, force=False, who="naima", step=still)
    assert (done.aside, done.manifest.sound) == (None, True)
    report = academy.exchange.audit()
    assert report.ok, report.problems
    assert report.rows == done.manifest.rows + 1  # and the event of the restore
    kept = {r.sha256: r for r in (s.receipt for s in academy.exchange.submissions())}
    assert early.sha256 in kept
    assert len(kept) >= before
    for receipt in (early, *receipts):  # also those that came too late for the backup
        academy.exchange.verify(receipt)
    assert academy.exchange.ledger.signer.key_id == signing
    again = academy.submit("amina", b'{"after": 1}')
    academy.exchange.verify(again)
    assert academy.exchange.audit().ok


def test_nothing_of_the_academy_is_lost(academy: Academy, tmp_path: Path) -> None:
    before = contents(academy.settings.academy)
    other = academy.elsewhere(tmp_path / "other")
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    restore(other.settings, made.path, force=False, who="naima", step=still)
    assert contents(other.settings.academy) == before
    assert [p.name for p in (other.settings.records / "hub").iterdir()] == ["passwords"]
    assert Roster(other.settings).people() == Roster(academy.settings).people()
    for folder, mode in (("records", 0o700), ("records/keys", 0o700), ("release", 0o700)):
        assert stat.S_IMODE((other.settings.academy / folder).stat().st_mode) == mode, folder
    inbound = other.settings.exchange / "academy" / "inbound"
    assert stat.S_IMODE(inbound.stat().st_mode) == 0o2733
    assert stat.S_IMODE((other.settings.keys / "signing.pem").stat().st_mode) == 0o600


def test_the_file_is_private_whole_and_noted(academy: Academy) -> None:
    made = make_backup(academy.settings, who="naima", step=still)
    folder = made.path.parent
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    subprocess.run(
        ["sha256sum", "--check", "--quiet", f"{made.path}.sha256"], cwd=folder, check=True
    )
    [known] = backups(academy.settings)
    assert (known.path, known.bytes, known.sha256) == (made.path, made.bytes, made.sha256)
    assert backup_of(academy.settings, made.path.name) == known
    assert backup_of(academy.settings, "../records/dalil.db") is None
    assert {p.name for p in folder.iterdir()} == {made.path.name, f"{made.path.name}.sha256"}
    [event] = academy.exchange.ledger.events(kind="backed-up")
    assert (event.who, event.what["sha256"]) == ("naima", made.sha256)
    with zipfile.ZipFile(made.path) as archive:
        assert archive.testzip() is None


def test_an_academy_is_replaced_only_by_force_and_kept_aside(
    academy: Academy, tmp_path: Path
) -> None:
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    late = academy.submit("late", b'"late"')
    with (
        unchanged(academy.settings.academy),
        pytest.raises(RecordsError, match=r"holds an academy already.*--force"),
    ):
        restore(academy.settings, made.path, force=False, who="naima", step=still)
    done = restore(academy.settings, made.path, force=True, who="naima", step=still)
    assert "late" not in {s.trainee for s in academy.exchange.submissions()}
    assert done.aside is not None
    aside = academy.elsewhere(academy.settings.academy / "aside")
    done.aside.rename(aside.settings.academy)
    assert late in [s.receipt for s in aside.exchange.submissions()]
    assert aside.exchange.audit().ok
    assert (academy.settings.desks / "late" / "custody").is_dir()  # people's own folders stay


def test_nothing_changes_when_a_step_fails(
    academy: Academy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    moves = 0
    real = shutil.move

    def failing(source: Path, target: Path) -> object:
        nonlocal moves
        moves += 1
        if moves == 5:
            raise OSError(16, "Device or resource busy", str(source))
        return real(source, target)

    with unchanged(academy.settings.academy):
        monkeypatch.setattr(shutil, "move", failing)
        with pytest.raises(RecordsError, match="busy"):
            restore(academy.settings, made.path, force=True, who="naima", step=still)
    assert moves > 5
    assert academy.exchange.audit().ok


def test_a_changed_ledger_is_told_of_and_never_restored(academy: Academy, tmp_path: Path) -> None:
    with sqlite3.connect(academy.settings.records / "dalil.db") as connection:
        connection.execute("UPDATE events SET who = 'nobody' WHERE seq = 2")
    connection.close()
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    assert made.sound is False
    other = academy.elsewhere(tmp_path / "other")
    with pytest.raises(LedgerError, match="row 2: changed after it was written"):
        restore(other.settings, made.path, force=False, who="naima", step=still)
    assert not other.settings.records.exists()


def test_no_backup_without_records_nor_over_a_file(academy: Academy, tmp_path: Path) -> None:
    other = academy.elsewhere(tmp_path / "other")
    other.settings.prepare()
    with pytest.raises(RecordsError, match="nothing to back up"):
        make_backup(other.settings, who="naima", step=still)
    assert list((other.settings.academy / "backups").iterdir()) == []
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(UsageError, match="is there already"):
        make_backup(academy.settings, taken, who="naima", step=still)
    assert taken.read_bytes() == b"mine"


def test_a_full_disk_leaves_nothing_half(
    academy: Academy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = zipfile._ZipWriteFile.write  # type: ignore[attr-defined]

    def full(self: object, data: bytes) -> int:
        if b"release" in data:
            raise OSError(28, "No space left on device")
        return int(real(self, data))

    monkeypatch.setattr(zipfile._ZipWriteFile, "write", full)  # type: ignore[attr-defined]
    with pytest.raises(RecordsError, match=r"no space left on device.*free some space"):
        make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    assert not [p for p in tmp_path.iterdir() if "b.zip" in p.name or p.name.startswith(".backup")]


def test_too_little_room_to_unpack(
    academy: Academy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    other = academy.elsewhere(tmp_path / "other")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(RecordsError, match="free some space"):
        inspect(other.settings, made.path, still)


def test_a_database_outside_the_records_comes_back_to_its_place(
    academy: Academy, tmp_path: Path
) -> None:
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    place = tmp_path / "elsewhere" / "academy.db"
    other = academy.elsewhere(tmp_path / "other", database_url=f"sqlite:///{place}")
    restore(other.settings, made.path, force=False, who="naima", step=still)
    assert other.exchange.audit().ok
    Roster(other.settings).enrol([Person("later")], who="naima")
    done = restore(other.settings, made.path, force=True, who="naima", step=still)
    assert Roster(other.settings).person("later") is None
    assert done.aside is not None
    assert (done.aside / "academy.db").is_file()


def test_the_command_line(
    academy: Academy,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make_curriculum: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_curriculum(tmp_path / "curriculum", "custody")  # type: ignore[operator]
    monkeypatch.setenv("DALIL_ROOT", str(root))
    monkeypatch.setenv("DALIL_ACADEMY", str(academy.settings.academy))

    def run(*line: str) -> tuple[int, str, str]:
        status = 0
        try:
            main(list(line))
        except SystemExit as end:
            status = int(end.code or 0)
        return (status, *capsys.readouterr())

    file = str(tmp_path / "b.zip")
    status, out, _ = run("backup", file, "--json")
    assert (status, json.loads(out)["path"]) == (0, file)
    assert run("backup", file)[0] == 2
    assert run("backup", str(tmp_path / "no" / "b.zip"))[0] == 2
    status, out, _ = run("restore", file, "--check")
    assert (status, "its ledger verifies" in out) == (0, True)
    status, _, err = run("restore", file)
    assert (status, "--force" in err, len(err.strip().splitlines())) == (1, True, 1)
    status, out, _ = run("restore", file, "--force", "--json")
    assert (status, Path(json.loads(out)["aside"]).is_dir()) == (0, True)
    status, out, _ = run("ledger", "verify")
    assert (status, "unbroken" in out) == (0, True)
