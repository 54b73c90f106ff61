"""What an honest notebook gets, and what a careless one keeps."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dalil.answers import MIME, decode
from dalil.errors import RunnerError
from dalil.grading import runner
from dalil.grading.runner import Job, Run, SandboxRunner
from dalil.limits import Limits

HAND = f"""
def hand(question, **said):
    from IPython.display import publish_display_data
    publish_display_data({{"{MIME}": {{"question": question, **said}}, "text/plain": "ok"}})
"""
MODES = ("auto", "off")


@functools.cache
def runner_in(mode: str) -> SandboxRunner:
    """One warm runner for all tests of a mode; it ends with the process."""
    return SandboxRunner(mode)


Execute = Callable[..., Run]


EXHIBITS = {"disk/log.csv": b"entry,hash\n1,ab\n"}


@pytest.fixture
def execute() -> Execute:
    def run(*sources: str, mode: str = "auto", **limits: float) -> Run:
        cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate((HAND, *sources))]
        job = Job(
            new_notebook(cells=cells),
            {"module": "custody", "trainee": "أمينة"},
            EXHIBITS,
            {"measure": [[1, 2]]},
            Limits(**limits),
        )
        return runner_in(mode).run(job)

    return run


def values(run: Run) -> dict[str, object]:
    """Question → value of everything that was handed over."""
    return dict(decode(item["bundle"]) for item in run.bundles)


def text(run: Run, cell: str) -> str:
    return "".join(output.get("text", "") for output in run.outputs[cell])


@pytest.mark.parametrize("mode", MODES)
def test_answers_come_back_with_the_cell_they_came_from(mode: str) -> None:
    graded = new_code_cell("hand('pairs', value=[3, {'a': 1.5}])", id="other")
    graded.metadata.nbgrader = {"grade_id": "pairs"}
    array = (
        "import base64, io, numpy; s = io.BytesIO(); numpy.save(s, numpy.arange(6).reshape(2, 3))"
    )
    cells = [
        new_markdown_cell("# Prose", id="prose"),
        new_code_cell(HAND, id="helper"),
        graded,
        new_code_cell("1 / 0", id="broken"),
        new_code_cell(
            f"{array}\nhand('grid', npy=base64.b64encode(s.getvalue()).decode())", id="b"
        ),
        new_code_cell("import json; case = json.load(open('case.json')); case", id="case"),
        new_code_cell(
            "print(json.load(open('probes.json')), open('exhibits/disk/log.csv').read())", id="e"
        ),
    ]
    case = {"module": "custody", "trainee": "أمينة", "grading": False}
    job = Job(new_notebook(cells=cells), case, EXHIBITS, {"measure": [[1, 2]]})
    before = nbformat.writes(job.notebook)
    run = runner_in(mode).run(job)
    assert [item["cell"] for item in run.bundles] == ["pairs", "b"]
    answers = values(run)
    assert answers["pairs"] == [3, {"a": 1.5}]
    np.testing.assert_array_equal(answers["grid"], [[0, 1, 2], [3, 4, 5]])
    assert run.died == {}
    assert run.outputs["pairs"][0]["data"] == {"text/plain": "ok"}
    assert run.outputs["broken"][0]["ename"] == "ZeroDivisionError"
    result = run.outputs["case"][0]
    assert result["output_type"] == "execute_result"
    assert "'grading': True" in result["data"]["text/plain"]
    assert "أمينة" in result["data"]["text/plain"]
    assert text(run, "e").startswith("{'measure': [[1, 2]]} entry,hash")
    assert set(run.outputs) <= {"helper", "pairs", "broken", "b", "case", "e"}
    assert nbformat.writes(job.notebook) == before
    assert 0 < run.seconds < 60


def test_outputs_belong_to_the_cell_that_made_them(execute: Execute) -> None:
    later = (
        "import threading, time\n"
        "def late():\n"
        "    time.sleep(0.3); print('from the thread')\n"
        "t = threading.Thread(target=late); t.start(); print('from the first')"
    )
    shown = (
        "from IPython.display import display, clear_output\n"
        "place = display('before', display_id=True); print('gone'); clear_output()\n"
        "place = display('before', display_id=True)"
    )
    run = execute(
        later, "time.sleep(0.6); t.join(); print('from the second')", shown, "place.update('after')"
    )
    assert "from the first" in text(run, "c1")
    assert "from the thread" not in text(run, "c3") + text(run, "c4")
    assert "from the second" in text(run, "c2")
    assert [output["data"]["text/plain"] for output in run.outputs["c3"]] == ["'after'"]
    assert run.died == {}


def test_figures_are_drawn_and_shells_work(execute: Execute) -> None:
    figure = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
    run = execute(figure, "!echo $((6 * 7))", "await __import__('asyncio').sleep(0)", "input()")
    assert "image/png" in run.outputs["c1"][-1]["data"]
    assert "42" in text(run, "c2")
    assert run.outputs["c3"] == []
    assert run.outputs["c4"][0]["ename"] == "StdinNotImplementedError"


@pytest.mark.parametrize("mode", MODES)
def test_a_loop_costs_its_own_cell_only(mode: str, execute: Execute) -> None:
    run = execute("x = 7\nwhile True: pass", "hand('b', value=x)", mode=mode, cell_seconds=1)
    assert run.died == {"c1": "ran for more than 1 s"}
    assert values(run) == {"b": 7}


def test_cells_after_the_time_is_up_are_named(execute: Execute) -> None:
    run = execute("while True: pass", "hand('b', value=1)", submission_seconds=5)
    assert run.died["c1"].startswith("ran for more than ")
    assert run.died["c1"].endswith(" s, until the 5 s for all cells were up")
    assert run.died["c2"] == "not run: the 5 s for all cells are up"
    assert run.bundles == []
    assert run.seconds < 7


def test_a_long_line_is_neither_read_nor_kept(execute: Execute) -> None:
    run = execute("print('x' * 60_000_000)", "hand('b', value=1)", "print('y' * 3_000_000)")
    assert run.died == {"c1": "put out more than 16384 KiB"}
    assert values(run) == {"b": 1}
    assert 1_000_000 < len(text(run, "c3")) < 1_100_000
    assert "the rest of the output was dropped" in text(run, "c3")
    assert len(json.dumps(run.outputs)) < 2_200_000


def test_endless_printing_is_stopped(execute: Execute) -> None:
    endless = "while True: print('evidence ' * 100)"
    run = execute(endless, "hand('b', value=1)", output_bytes=100_000)
    assert run.died == {"c1": "put out more than 1562 KiB"}
    assert values(run) == {"b": 1}
    assert len(text(run, "c1")) < 101_000
    assert run.seconds < 20


def test_answers_that_are_too_large_or_too_deep_say_so(execute: Execute) -> None:
    run = execute(
        "hand('a', value='x' * 70_000)",
        "hand(7, value=1)",
        "v = 1\nfor _ in range(100): v = [v]\nhand('c', value=v)",
        "hand('d', value='x' * 50_000)",
        answer_bytes=60_000,
    )
    bundles = {item["cell"]: item["bundle"] for item in run.bundles}
    assert bundles["c1"] == {"question": "a", "oversized": 60_000}
    assert "value" not in bundles["c3"]
    assert len(bundles["c4"]["value"]) == 50_000
    assert bundles["c2"]["question"] == 7


def test_memory_is_limited(execute: Execute) -> None:
    shared = (
        "import mmap, time\n"
        "m = mmap.mmap(-1, 1 << 30)\n"
        "for at in range(0, 1 << 30, 4096): m[at] = 1\n"
        "time.sleep(20)"
    )
    run = execute("hog = bytearray(1 << 30)", shared, "hand('b', value=1)", memory_bytes=512 << 20)
    assert run.outputs["c1"][0]["ename"] == "MemoryError"
    assert run.died == dict.fromkeys(("c1", "c2"), "used more than 512 MiB of memory")
    assert values(run) == {"b": 1}


def test_files_are_limited(execute: Execute) -> None:
    write = "with open('big', 'wb') as f: f.write(bytes(3_000_000))"
    run = execute(write, "hand('b', value=1)", file_bytes=1 << 20)
    assert values(run) == {"b": 1}
    assert run.died or run.outputs["c1"][0]["ename"] == "OSError"


@pytest.mark.parametrize("mode", MODES)
def test_every_start_finds_the_exhibits_as_they_were(mode: str, execute: Execute) -> None:
    before = "entry,hash\n1,ab\n"
    wipe = (
        "import os, shutil; before = open('exhibits/disk/log.csv').read()\n"
        "open('exhibits/disk/log.csv', 'w').write(''); shutil.rmtree('exhibits')"
    )
    run = execute(wipe, "os._exit(3)", "hand('second', value=before)", mode=mode)
    assert run.died == {"c2": "the process ended itself with status 3"}
    assert values(run) == {"second": before}


@pytest.mark.parametrize("mode", MODES)
def test_runs_from_several_threads_keep_apart(mode: str, execute: Execute) -> None:
    def one(number: int) -> object:
        open_file = f"open('mine', 'x').write('{number}')"
        return values(execute(open_file, "hand('n', value=open('mine').read())", mode=mode))["n"]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, range(3))) == ["0", "1", "2"]


def test_nothing_is_left(execute: Execute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner.tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    nasty = "import os; os.mkdir('locked'); open('locked/f', 'w').close(); os.chmod('locked', 0)"
    for mode in MODES:
        with closing(SandboxRunner(mode, warm=False)) as own:
            job = Job(new_notebook(cells=[new_code_cell(nasty, id="a")]), {}, {}, {})
            assert own.run(job).died == {}
        assert list((tmp_path / "t").iterdir()) == []


GARBAGE = {
    "no frame": b"\xff" * 7,
    "a frame without end": b"\x7f\xff\xff\xff" + b"x" * 100,
    "no JSON": b"\0\0\0\4abcd",
    "no message": b"\0\0\0\2{}" + b"\0\0\0\4null",
    "numbers that are none": b'\0\0\0\x1d["display_data",{"data":NaN}]',
    "half characters": b'\0\0\0\x28["stream",{"name":"stdout","text":"\\ud8"]',
    "depth": b"\0\1\0\0" + b"[" * 65536,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_on_the_channel_costs_its_own_cell_at_most(name: str, execute: Execute) -> None:
    write = f"import os; os.write(3, {GARBAGE[name]!r})"
    run = execute("hand('a', value=1)", write, "hand('b', value=2)", cell_seconds=2)
    assert values(run).get("a") == 1
    assert values(run).get("b", 2) == 2
    assert set(run.died) <= {"c2", "c3"}


def test_half_a_character_becomes_a_question_mark(execute: Execute) -> None:
    run = execute("print('a\\ud800b'); '\\udfff'")
    assert text(run, "c1") == "a?b\n"
    assert json.dumps(run.outputs).encode("utf-8")


def test_without_isolation_there_is_one_warning(
    execute: Execute, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "available", lambda: (None, "no reason"))
    runner._warn.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with closing(SandboxRunner("auto", warm=False)) as own:
                job = Job(new_notebook(cells=[new_code_cell("1", id="a")]), {}, {}, {})
                assert own.run(job).outputs["a"]
    assert [record.message.count("without a sandbox") for record in caplog.records] == [1]
    with pytest.raises(RunnerError, match="in a sandbox only"):
        SandboxRunner("required").run(job)
