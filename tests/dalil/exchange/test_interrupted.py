"""Killed in the middle, two at once, and accounts that may not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dalil.exchange import Exchange, Issued
from dalil.exchange import service as service_module

AMINA = "أمينة بنعلي"


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import dalil.exchange.service as service
import dalil.exchange.sealed as sealed
import dalil.exchange.store as store
import dalil.ledger.ledger as ledger
import conftest as test

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        die()
    return wrapped

where, folder = sys.argv[2], Path(sys.argv[3])
if where == "forging":
    sealed._contents = die
elif where == "first exhibit":
    store.Store.put = after(store.Store.put)
elif where == "writing":
    store.write_private = die
elif where == "event":
    ledger.Batch.append = after(ledger.Batch.append)
elif where == "case":
    service.keep_case = after(service.keep_case)
elif where == "head":
    ledger.Ledger._advance = die
exchange = service.Exchange(test.make_settings(folder))
exchange.issue(test.make_module(folder), "أمينة بنعلي", "ar")
"""


@pytest.mark.parametrize(
    ("where", "events"),
    [
        ("forging", 0),
        ("writing", 0),
        ("first exhibit", 0),
        ("event", 0),
        ("case", 0),
        ("head", 1),
    ],
)
def test_a_killed_issue_is_completed_by_the_next(
    reopened: Exchange, module: Any, tmp_path: Path, where: str, events: int
) -> None:
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, here, where, str(tmp_path)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(reopened.ledger.events()) == events
    assert (reopened.find(module, AMINA) is not None) == bool(events)
    issued = reopened.issue(module, AMINA, "ar")
    assert len(reopened.ledger.events()) == 1
    reopened.copy_exhibits(issued, tmp_path / "copy")
    reopened.ledger.append("opened", who=AMINA)
    assert reopened.audit().ok
    assert reopened.truth(issued)["secret"] == "TRUTH-7f3a"


def test_what_a_killed_forge_left_is_swept(exchange: Exchange, module: Any, tmp_path: Path) -> None:
    left, fresh = tmp_path / "records/forging/old", tmp_path / "records/forging/new"
    for folder in (left, fresh):
        folder.mkdir(parents=True)
        (folder / "x").touch()
    os.utime(left, (0, 0))
    exchange.issue(module, AMINA, "ar")
    assert [path.name for path in (tmp_path / "records/forging").iterdir()] == ["new"]


def test_two_who_issue_the_same_case_at_once_get_one(
    exchange: Exchange, reopened: Exchange, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[Issued] = []
    run_forge = service_module.run_forge

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(service_module, "run_forge", run_forge)
        issued.append(reopened.issue(module, AMINA, "ar"))
        return run_forge(*arguments)

    monkeypatch.setattr(service_module, "run_forge", interrupted)
    assert exchange.issue(module, AMINA, "fr") == issued[0]
    assert len(exchange.ledger.events()) == 1


ISSUE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest as test
from dalil.errors import RecordsError
from dalil.exchange import Exchange

folder = Path(sys.argv[2])
exchange, module = Exchange(test.make_settings(folder)), test.Module(folder, folder)
for act in (
    lambda: exchange.issue(module, "bob", "en"),
    lambda: exchange.seal(module, "bob", folder),
    lambda: exchange.submissions(),
    lambda: exchange.audit(),
):
    try:
        act()
    except RecordsError as error:
        print(error)
"""


def test_an_account_without_access_is_sent_to_the_server(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ISSUE, str(Path(__file__).parent), str(tmp_path)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root without setpriv may read everywhere")
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    (tmp_path / "records").mkdir()
    (tmp_path / "records").chmod(0)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        (tmp_path / "records").chmod(0o700)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    for line in lines:
        assert "not for this account; exhibits are issued and work is received by the" in line
