"""CPU and memory are counted for all that a process started; programs report or fail in a line."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dalil.bench.control import GROUP_VARIABLE, control_group, group_cpu
from dalil.bench.meter import Spent, pss, spent, tree_cpu, tree_pss
from dalil.bench.programs import environment, run_program
from dalil.errors import DalilError

BURN = "import time\nwhile time.process_time() < 0.4: pass"
GRANDCHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"


@pytest.mark.parametrize("program", [BURN, GRANDCHILD])
def test_cpu_of_what_was_started_counts(program: str) -> None:
    with spent() as used:
        subprocess.run([sys.executable, "-c", program], check=True)
    assert used.cpu > 0.35
    assert used.wall > 0.35
    assert 0.0 <= used.others < 1.0


def test_work_of_others_is_seen() -> None:
    used = Spent()
    used.took(wall=2.0, cpu=1.0, machine=1.0 + psutil.cpu_count())
    assert used.others == pytest.approx(0.5)
    used.took(wall=2.0, cpu=1.0, machine=0.9)  # the system counts in ticks
    assert used.others == 0.0


def test_cpu_of_what_still_runs_counts() -> None:
    burner = f"{BURN}\nprint('burnt', flush=True)\ntime.sleep(60)"
    before = tree_cpu()
    process = subprocess.Popen([sys.executable, "-c", burner], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        assert tree_cpu() - before > 0.35
        process.kill()


ORPHAN = f"""
import os, sys
from dalil.bench.control import join_group
join_group()
if os.fork() == 0:
    {BURN.replace(chr(10), chr(10) + "    ")}
    open(sys.argv[1], "w").close()
"""


def test_a_group_counts_what_nobody_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = tmp_path / "done"
    with control_group() as variables:
        if not variables:
            pytest.skip("NOT TESTED: this account may make no control group")
        monkeypatch.setenv(GROUP_VARIABLE, variables[GROUP_VARIABLE])
        subprocess.run([sys.executable, "-c", ORPHAN, str(done)], check=True)
        while not done.exists():
            time.sleep(0.02)
        assert group_cpu() > 0.35


def test_memory_is_counted_for_the_tree() -> None:
    hold = "held = b'x' * 50_000_000\nprint('held', flush=True)\nimport time; time.sleep(60)"
    before = tree_pss(itself=False)
    process = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        assert pss(process.pid) > 50_000_000
        assert tree_pss(itself=False) - before > 50_000_000
        assert tree_pss() > tree_pss(itself=False)
        process.kill()
    assert pss(process.pid) == 0


def test_foreign_settings_do_not_reach_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_PATH", "PYTHONSTARTUP", "DALIL_ACADEMY", "IPYTHONDIR"):
        monkeypatch.setenv(name, "/elsewhere")
    variables = environment(tmp_path)
    assert "/elsewhere" not in variables.values()
    assert variables["JUPYTER_CONFIG_DIR"] == str(tmp_path / "jupyter")
    assert variables["OMP_NUM_THREADS"] == "1"


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(DalilError, match="no kernelspec 'nonsense'"):
        run_program("kernels", {"kernel": "nonsense", "count": 1}, tmp_path)
    with pytest.raises(DalilError, match=r"dalil\.bench\.kernels: KeyError: 'count'"):
        run_program("kernels", {}, tmp_path)
    with pytest.raises(DalilError, match=r"No module named dalil\.bench\.nonsense"):
        run_program("nonsense", {}, tmp_path)
