"""Notebooks run on the workers of a real Dask scheduler; marks are made here, once each."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook

from dalil.cli import dalil
from dalil.errors import RunnerError, UsageError
from dalil.grading import remote
from dalil.grading.batch import Progress, grade_batch
from dalil.grading.remote import Fleet, Place, connect
from dalil.grading.runner import Job, Run, SandboxRunner
from dalil.settings import load_settings
from tests.dalil.grading.clusters import Cluster
from tests.dalil.grading.scales import (
    MODULE,
    RIGHT,
    Academy,
    academy,
    make_academy,
    template,
)

__all__ = ["academy", "make_academy", "template"]

METHODS = "def weigh(text):\n    return int(text)\n"


@pytest.fixture(scope="module")
def curriculum(template: Path) -> Path:
    """The curriculum with code that notebooks import, as the grading side has it."""
    methods = template / "courses" / MODULE / "methods.py"
    methods.write_text(METHODS, encoding="utf-8")
    return template


@pytest.fixture(scope="module")
def cluster(curriculum: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler whose workers have ``courses/`` and nothing else of the curriculum."""
    folder = tmp_path_factory.mktemp("cluster")
    root = folder / "courses-only"
    shutil.copytree(curriculum / "courses", root / "courses")
    shutil.copy(curriculum / "jupyter_config.py", root)
    running = Cluster(folder, root)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def fleet(cluster: Cluster, curriculum: Path) -> Iterator[Fleet]:
    """Two workers at least, made ready."""
    cluster.have(2)
    with joined(cluster, curriculum, 2) as fleet:
        yield fleet


def joined(cluster: Cluster, curriculum: Path, number: int) -> Fleet:
    """Connect once *number* workers are fit."""
    deadline = time.monotonic() + 60
    while True:
        fleet = connect(cluster.place, load_settings(curriculum))
        if fleet.threads >= number:
            return fleet
        fleet.shutdown()
        assert time.monotonic() < deadline, [cluster.log(name) for name in cluster.workers]
        time.sleep(0.5)


def job(*sources: str, exhibits: dict[str, bytes] | None = None) -> Job:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    return Job(new_notebook(cells=cells), {"module": MODULE, "trainee": "أ"}, exhibits or {}, {})


def printed(run: Run) -> dict[str, str]:
    return {
        name: "".join(output.get("text", output.get("evalue", "")) for output in outputs)
        for name, outputs in run.outputs.items()
    }


def test_a_run_elsewhere_is_a_run_here(fleet: Fleet, curriculum: Path) -> None:
    disk = os.urandom(12 * 2**20)
    sources = (
        "from dalil.courses.scales import methods; print(methods.weigh('12'))",
        "import hashlib; print(hashlib.sha256(open('exhibits/disk.img', 'rb').read()).hexdigest())",
        "print('\\udc80 \\x1b[31m أ')",
        "import os; os._exit(3)",
        "1 / 0",
    )
    asked = job(*sources, exhibits={"disk.img": disk})
    there = fleet.submit(fleet.runner.run, asked).result(60)
    here = SandboxRunner("required", curriculum)
    try:
        expected = here.run(asked)
    finally:
        here.close()
    assert replace(there, seconds=0) == replace(expected, seconds=0)
    assert printed(there)["c0"] == "12\n"
    assert there.died["c3"] == "the process ended itself with status 3"


def test_what_runs_reaches_neither_scheduler_nor_keys(fleet: Fleet, cluster: Cluster) -> None:
    if not cluster.apart:
        pytest.skip("NOT TESTED: workers on other networks need root, iproute2 and util-linux")
    host, port = cluster.address(0).removeprefix("tls://").rsplit(":", 1)
    attack = f"""
import os, socket
for address in (("{host}", {port}), ("127.0.0.1", {port})):
    try:
        socket.create_connection(address, 3)
        print("reached")
    except OSError as error:
        print("refused")
print(os.listdir({str(cluster.folder)!r}))
print(os.listdir({str(cluster.root)!r}))
print([name for name in os.environ if "DASK" in name])
"""
    run = fleet.submit(fleet.runner.run, job(attack)).result(60)
    assert printed(run)["c0"] == "refused\nrefused\n['courses-only']\n['courses']\n[]\n"


def test_a_broken_worker_is_not_believed(fleet: Fleet) -> None:
    def broken(job: Job) -> Run:
        return Run({"c0": [], "other": []}, [], {}, 1.0)

    def failing(job: Job) -> Run:
        raise RunnerError("the disk is full; make room")

    with pytest.raises(RunnerError, match="outputs: not by the cells"):
        fleet.submit(broken, job("1")).result(60)
    with pytest.raises(RunnerError, match=r"^the disk is full; make room$"):
        fleet.submit(failing, job("1")).result(60)


def test_cancelled_work_stops_nobody(fleet: Fleet) -> None:
    slow = [fleet.submit(fleet.runner.run, job("import time; time.sleep(2)")) for _ in range(4)]
    assert all(future.cancel() for future in slow)
    run = fleet.submit(fleet.runner.run, job("print('next')")).result(60)
    assert printed(run)["c0"] == "next\n"


def test_the_command(
    fleet: Fleet, cluster: Cluster, academy: Academy, monkeypatch: pytest.MonkeyPatch
) -> None:
    academy.submit("by command", solve_unit="unit = 'kg'")
    monkeypatch.setenv("DALIL_ROOT", str(academy.settings.root))
    keys = [word for n in ("ca", "cert", "key") for word in (f"--tls-{n}", str(cluster.tls[n]))]
    options = ["grade", "--json", "--scheduler", cluster.address(0), *keys]
    done = CliRunner().invoke(dalil, options, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (result,) = json.loads(done.stdout)
    assert (result["trainee"], result["points"], result["error"]) == ("by command", 3.0, "")


def test_a_worker_that_would_mark_otherwise_gets_nothing(
    cluster: Cluster, curriculum: Path, tmp_path: Path
) -> None:
    shutil.copytree(cluster.root, tmp_path / "other")
    methods = tmp_path / "other" / "courses" / MODULE / "methods.py"
    methods.write_text(METHODS.replace("int", "float"), encoding="utf-8")
    cluster.have(1)
    cluster.add("odd", tmp_path / "other")
    deadline = time.monotonic() + 60
    while True:
        with joined(cluster, curriculum, 1) as fleet:
            odd = [why for _, why in fleet.workers.values() if "courses/ is" in why]
            if odd:
                futures = [fleet.submit(fleet.runner.run, job("print(1)")) for _ in range(4)]
                assert {printed(future.result(60))["c0"] for future in futures} == {"1\n"}
                break
        assert time.monotonic() < deadline
    cluster.kill("odd")


def test_a_worker_is_killed_and_everything_is_graded_once(
    fleet: Fleet, cluster: Cluster, curriculum: Path, academy: Academy
) -> None:
    slow = "import time; time.sleep(0.4)\n"
    names = [f"trainee {n}" for n in range(12)]
    for n, name in enumerate(names):
        other = (
            {"solve_unit": slow + "unit = 'kg'"} if n % 2 else {"solve_unit": slow + "unit = 'g'"}
        )
        academy.submit(name, **other)
    academy.submit("away", solve_total=f"{slow}{RIGHT['solve_total']}; import os; os._exit(1)")
    academy.course.collect(academy.module)
    victim = next(name for name, p in cluster.workers.items() if p.poll() is None)
    left: list[psutil.Process] = []

    def strike(now: Progress) -> None:
        if now.done == 3 and not left:
            left.extend(cluster.kill(victim))

    grader = replace(academy.grader, runner=fleet.runner)
    with academy.course.gradebook as gradebook:
        results = grade_batch(
            grader, [academy.module], gradebook, fleet, at_once=2 * fleet.threads, progress=strike
        )
    assert left, "the worker had a zygote"
    assert {result.error for result in results} == {""}
    assert len(results) == 13
    for n, name in enumerate(names):
        assert academy.points(name) == {"total": 2.0, "unit": 1.0 if n % 2 else 2.0, "report": None}
        assert len(academy.events(name)) == 1
    assert academy.points("away") == {"total": 0.0, "unit": 2.0, "report": None}
    assert psutil.wait_procs(left, timeout=10)[1] == []


def test_only_the_one_that_ends_workers_fails(cluster: Cluster, curriculum: Path) -> None:
    def deadly(job: Job) -> Run:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    cluster.have(3)
    with joined(cluster, curriculum, 3) as fleet:
        honest = job("import time; time.sleep(0.3); print('fine')")
        before = [fleet.submit(fleet.runner.run, honest) for _ in range(4)]
        worst = fleet.submit(deadly, honest)
        after = [fleet.submit(fleet.runner.run, honest) for _ in range(4)]
        with pytest.raises(RunnerError, match="each worker that ran it died"):
            worst.result(90)
        for future in (*before, *after):
            assert printed(future.result(60))["c0"] == "fine\n"


def test_the_loss_of_workers_and_of_the_scheduler_is_told(
    cluster: Cluster, curriculum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.have(1)
    slow = job("import time; time.sleep(30)")
    with joined(cluster, curriculum, 1) as fleet, joined(cluster, curriculum, 1) as patient:
        monkeypatch.setattr(fleet, "_patience", 1.0)
        asked = [fleet.submit(fleet.runner.run, slow) for _ in range(3)]
        for name, process in cluster.workers.items():
            if process.poll() is None:
                cluster.kill(name)
        for future in asked:
            with pytest.raises(RunnerError, match=r"no worker was left for 1 s|each worker"):
                future.result(60)
        monkeypatch.setattr(remote, "JOIN_SECONDS", 0.5)
        with pytest.raises(RunnerError, match="no worker has joined"):
            connect(cluster.place, load_settings(curriculum))
        waiting = patient.submit(patient.runner.run, slow)
        assert cluster.scheduler is not None
        cluster.scheduler.kill()
        with pytest.raises(RunnerError, match="the scheduler was lost"):
            waiting.result(60)
        with pytest.raises(RunnerError, match="the scheduler was lost"):
            patient.submit(patient.runner.run, slow)
    with pytest.raises(UsageError, match="no scheduler answers"):
        connect(cluster.place, load_settings(curriculum))


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place("tcp://198.18.0.1:8786"), "whoever reaches that port"),
        (Place("tcp://grader.example:8786"), "whoever reaches that port"),
        (Place("tls://198.18.0.1:8786"), "--tls-ca"),
        (Place("tcp://127.0.0.1:8786", tls_ca=Path("ca.pem")), "nothing is encrypted"),
        (Place("127.0.0.1:8786"), "name a scheduler"),
        (Place("tcp://127.0.0.1"), "name a scheduler"),
        (Place("tcp://127.0.0.1:port"), "name a scheduler"),
        (Place("http://127.0.0.1:8786"), "name a scheduler"),
        (Place("tcp://[::1"), "name a scheduler"),
        (Place(""), "name a scheduler"),
    ],
)
def test_only_safe_ways_to_a_scheduler(place: Place, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        place.check()
    assert "\n" not in str(caught.value)


def test_loopback_tls_and_insistence_are_fine() -> None:
    for address in ("tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"):
        Place(address).check()
    Place("tcp://198.18.0.1:1", insecure=True).check()
    Place("tls://198.18.0.1:1", *map(Path, ("a", "b", "c"))).check()


def test_without_dask_one_line(monkeypatch: pytest.MonkeyPatch, template: Path) -> None:
    for name in ("dask", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r'pip install "dalil\[scale\]"'):
        connect(Place("tcp://127.0.0.1:1"), load_settings(template))


def test_nobody_loads_dask_who_did_not_ask() -> None:
    code = (
        "import sys; import dalil.cli.scheduler; "
        "print({'dask', 'distributed'} & set(sys.modules), dalil.cli.scheduler.connect.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "set() connect\n", done.stderr
