"""The doctor: on this machine, as an ordinary user, and where layers are really missing."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dalil.sandbox import doctor, landlock, trials

NOBODY = "65534"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: this is no Linux")
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become others")

# Prints what `examine` prints, from inside whatever was done to the process before.
EXAMINE = """
import tempfile
from dalil.sandbox import doctor, seccomp
"""


def states(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["name"]: line["state"] for line in lines}


def findings(lines: list[dict[str, Any]]) -> list[doctor.Finding]:
    return [doctor.Finding(**line) for line in lines]


def test_every_layer_is_tried_and_nothing_is_left_behind() -> None:
    before = {name for name in os.listdir("/tmp") if name.startswith("dalil-doctor")}
    found = doctor.examine()
    assert [line.name for line in found] == [layer.name for layer in doctor.LAYERS]
    assert len(found) >= 20
    for line in found:
        assert line.state in {"ok", "weaker", "missing"}
        assert line.found
        assert line.means
        assert bool(line.advice) == (line.state != "ok")
    after = {name for name in os.listdir("/tmp") if name.startswith("dalil-doctor")}
    assert after <= before


@only_root
def test_as_an_ordinary_user(child: Any) -> None:
    as_root = {line.name: line.state for line in doctor.examine()}
    said = child(EXAMINE + "become('65534')\ndoctor.main(tempfile.mkdtemp())")
    as_user = states(said)
    # What this machine lets root do, its users may, but for making control groups.
    assert {name for name in as_user if as_user[name] != as_root[name]} <= {"memory of all"}
    if as_user["memory of all"] == "weaker":
        assert "watchdog" in next(x["found"] for x in said if x["name"] == "memory of all")


@only_root
def test_without_user_namespaces(child: Any) -> None:
    # Inside a user namespace one may forbid further ones: the machine's own setting stays.
    said = child(
        EXAMINE
        + """
become("65534")
linux.unshare(linux.CLONE_NEWUSER)
for name, text in (("setgroups", "deny"), ("uid_map", "0 65534 1"), ("gid_map", "0 65534 1")):
    with open(f"/proc/self/{name}", "w") as handle:
        handle.write(text)
with open("/proc/sys/user/max_user_namespaces", "w") as handle:
    handle.write("0")
linux.drop_capabilities()
doctor.main(tempfile.mkdtemp())
"""
    )
    found = {line.name: line for line in findings(said)}
    for name in ("user namespace", "mounts", "processes", "network", "IPC and names", "own /proc"):
        assert found[name].state == "missing", name
        assert found[name].advice
    assert found["user namespace"].found == "user.max_user_namespaces = 0 forbids it"
    assert found["Landlock"].state != "missing" or landlock.abi() == 0
    assert found["CPU time"].state == "ok"
    assert not doctor.can_grade(found.values())


def test_where_a_filter_forbids_what_is_needed(child: Any) -> None:
    said = child(
        EXAMINE + "linux.no_new_privileges()\nseccomp.install()\ndoctor.main(tempfile.mkdtemp())"
    )
    found = states(said)
    assert found["read-only root"] == found["size of /tmp"] == found["network"] == "missing"
    assert found["seccomp"] == "missing"  # a second filter is refused by the first
    assert found["certain end"] == "missing"  # so is the signal on the parent's death
    assert found["open files"] == found["size of a file"] == "ok"
    assert not doctor.can_grade(findings(said))


def make(trial: Any, needed: bool = True) -> doctor.Layer:
    return doctor.Layer("a layer", trial, "mischief", "do this", needed)


def raise_it(error: Exception) -> Any:
    def trial(_: str) -> str:
        raise error

    return trial


@pytest.mark.parametrize(
    ("trial", "state", "found"),
    [
        (lambda folder: f"in {folder}", "ok", "in /folder"),
        (raise_it(trials.PartlyError("only half")), "weaker", "only half"),
        (raise_it(PermissionError(1, "No way")), "missing", "No way"),
        (raise_it(OSError("just words")), "missing", "just words"),
        (raise_it(AttributeError("no pidfd here")), "missing", "AttributeError: no pidfd here"),
        (lambda _: os.kill(os.getpid(), signal.SIGSEGV), "missing", "no answer, status -11"),
        (lambda _: os._exit(3), "missing", "no answer, status 3"),
    ],
)
def test_how_a_trial_ends(trial: Any, state: str, found: str) -> None:
    line = doctor.attempt(make(trial), "/folder")
    assert (line.state, line.found) == (state, found)
    assert line.advice == ("" if state == "ok" else "do this")


def test_a_trial_that_hangs_is_ended_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "_SECONDS", 0.5)

    def hang(folder: str) -> str:
        pid = os.fork()
        if pid:
            Path(folder, "pid").write_text(str(pid), encoding="utf-8")
        signal.pause()
        return "never"

    line = doctor.attempt(make(hang), str(tmp_path))
    assert (line.state, line.found) == ("missing", "no answer, status -9")
    pid = int((tmp_path / "pid").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return
        if state[0] in "ZX":
            return
        time.sleep(0.01)
    pytest.fail("a child of the trial is still there")


@pytest.mark.parametrize(
    ("state", "needed", "able"),
    [
        ("ok", True, True),
        ("weaker", True, True),
        ("missing", True, False),
        ("missing", False, True),
    ],
)
def test_what_stands_in_the_way(state: Any, needed: bool, able: bool) -> None:
    good = doctor.Finding("x", "ok", "", "", "", needed=True)
    assert doctor.can_grade([good, doctor.Finding("y", state, "", "", "", needed)]) is able


def test_an_examination_that_fails_is_no_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "executable", "/bin/false")
    found = doctor.examine()
    assert [line.state for line in found] == ["missing"]
    assert not doctor.can_grade(found)
