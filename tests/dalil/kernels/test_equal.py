"""The same cells in a cold ipykernel, a warm one and the grader's channel: the same outputs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from dalil.grading.runner import Job, SandboxRunner
from dalil.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are warm on Linux only")

CELLS = {
    "arithmetic": "6 * 7",
    "text": "'أمينة \\U0001f50d'",
    "nothing": "x = None; x",
    "several": "print('one'); print('two', end=''); 'three'",
    "standard error": "import sys; print('out'); print('err', file=sys.stderr)",
    "warning": "import warnings; warnings.warn('careful')",
    "error": "def f(x):\n    return 1 / x\nf(0)",
    "chained": "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('b') from error",
    "syntax": "a b",
    "indentation": "if True:\nx = 1",
    "group": "raise ExceptionGroup('all', [ValueError(1), TypeError('b')])",
    "assertion": "assert 1 == 2, 'not equal'",
    "recursion": "def g(): g()\ntry:\n    g()\nexcept RecursionError as error: print(error)",
    "markdown": "from IPython.display import Markdown; Markdown('**bold** $x$')",
    "html": "from IPython.display import HTML, display; display(HTML('<b>a</b>')); HTML('<i>b</i>')",  # noqa: E501
    "svg": "from IPython.display import SVG; SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    "json": "from IPython.display import JSON; JSON({'a': [1, 2]})",
    "latex": "from IPython.display import Latex, Math; display(Math('x')); Latex('$y$')",
    "raw": "display({'text/plain': 'a', 'application/x-own+json': {'b': 1}}, raw=True)",
    "metadata": "display({'text/plain': 'a'}, metadata={'text/plain': {'m': 1}}, raw=True)",
    "display id": "h = display('first', display_id='one'); h.update('second'); print('after')",
    "later update": "h.update('third'); display('fourth', display_id='one')",
    "clear": "from IPython.display import clear_output\nprint(1); clear_output(); print('a')",
    "clear wait": "print('gone'); clear_output(wait=True); print('b')",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([0, 1, 4]); plt.title('t')",
    "figures": "for n in range(2):\n    plt.figure(); plt.bar([1, 2], [n, 1]); plt.show()",
    "image": "import numpy as np\nfig, ax = plt.subplots(); ax.imshow(np.eye(5)); plt.show(); fig",
    "frame": "import pandas as pd; pd.DataFrame({'a': [1.5, 2], 'b': ['x', 'ب']})",
    "wide frame": "pd.DataFrame(np.zeros((3, 40)))",
    "long frame": "pd.DataFrame({'n': range(200)})",
    "series": "pd.Series([1, 2], name='s')",
    "styled": "pd.DataFrame({'a': [1]}).style.set_uuid('u')",
    "array": "np.arange(2000).reshape(40, 50)",
    "scalar": "np.float64(0.5), np.int32(3), np.array([True])",
    "asynchronous": "import asyncio\nawait asyncio.sleep(0.01)\nprint(1); await asyncio.sleep(0, 5)",  # noqa: E501
    "task": "async def h2():\n    print('in task')\nawait asyncio.gather(h2(), h2())",
    "thread": (
        "import threading\nt = threading.Thread(target=print, args=('thread',)); t.start(); t.join()"  # noqa: E501
    ),
    "widget": "import ipywidgets as w; slider = w.IntSlider(3, description='d'); slider",
    "progress": (
        "from tqdm import tqdm\nbar = tqdm(total=2, bar_format='{desc}: {n} of {total}')\n"
        "bar.update(2); bar.close()"
    ),
    "bash": "%%bash\necho from bash; echo trouble >&2",
    "bash fails": "%%bash\nexit 3",
    "shell": "!echo from shell",
    "captured": "found = !printf 'a\\nb'\nfound",
    "capture": "%%capture kept\nprint('hidden')",
    "shown": "kept.show()",
    "magic": "%precision 3\n3.14159",
    "no magic": "%nothing_of_the_kind",
    "who": "%who_ls str",
    "help": "len?",
    "input": "input('who?')",
    "password": "import getpass; getpass.getpass()",
    "module": "import types; types.ModuleType('m')",
    "name": "__name__, __doc__",
    "names": "sorted(name for name in globals() if name.startswith('_'))",
    "out": "Out[1], _, In[1]",
    "semicolon": "5;",
    "class": "class C:\n    def __repr__(self): return 'a C'\nC()",
    "html class": "class H:\n    def _repr_html_(self): return '<p>h'\nH()",
    "bad repr": "class B:\n    def __repr__(self): raise ValueError('no')\nB()",
    "bundle": (
        "class M:\n    def _repr_mimebundle_(self, **k): return {'text/plain': 'm', 'x/y': '1'}\nM()"  # noqa: E501
    ),
    "write": "sys.stdout.write('raw\\n'); sys.stdout.flush(); sys.stdout.isatty()",
    "carriage": "print('10%\\r20%\\r', end=''); print('done')",
    "bytes": "b'\\x00\\xff', '\\ud800'.encode('utf-8', 'replace')",
    "fork": "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.waitpid(pid, 0)[1]",
    "child": "import subprocess; subprocess.run(['echo', 'captured'], capture_output=True).stdout",
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool: print(list(pool.map(abs, [-1, -2])))"
    ),
    "logging": "import logging; logging.warning('logged'); logging.info('not')",
    "interrupt": "raise KeyboardInterrupt",
    "custom": "class Mine(Exception): pass\nraise Mine('a', 2)",
    "long line": "print('x' * 100_000)",
    "source": "import inspect; print(inspect.getsource(f))",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass D:\n    a: int\nD(1)",
    "pickle": "import pickle; pickle.loads(pickle.dumps(D(2)))",
    "system exit": "sys.exit('enough')",
    "after": "print('still here')",
}

# Memory addresses, times, process numbers, names made up at random, folders.
UNEQUAL = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"[0-9a-f]{32}"), "<id>"),
    (re.compile(r"/[\w./-]{0,60}ipykernel_\d+/\d+\.py"), "<cell>"),
    (re.compile(r"/tmp/[\w./-]+"), "<tmp>"),
)
ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted(ROOT.glob("courses/*/*.ipynb"))

# The grader's channel goes its own way here, for the reason given.
APART = {
    "input": "nobody can be asked, which ipykernel says, too; nbclient cannot answer either",
}


def plain(outputs: list[Any]) -> list[Any]:
    """Outputs without what may differ between two runs; streams of one name joined."""
    text = json.dumps(joined(outputs), ensure_ascii=False, sort_keys=True)
    for pattern, instead in UNEQUAL:
        text = pattern.sub(instead, text)
    found: list[Any] = json.loads(text)
    return found


def joined(outputs: list[Any]) -> list[Any]:
    """How a stream was cut up is a matter of time: one piece each, standard error last."""
    texts: dict[str, str] = {}
    others = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + output["text"]
        else:
            others.append({key: value for key, value in output.items() if key != "transient"})
    return [*others, *sorted(texts.items())]


def by_kernel(name: str, sources: dict[str, str], folder: Path) -> dict[str, list[Any]]:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources.values())]
    notebook = new_notebook(cells=cells)
    client = NotebookClient(
        notebook,
        kernel_name=name,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        timeout=120,
    )
    client.execute()
    return {key: plain(cell.outputs) for key, cell in zip(sources, notebook.cells, strict=True)}


def by_grader(sources: dict[str, str], runner: SandboxRunner) -> dict[str, list[Any]]:
    cells = [new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources.values())]
    limits = Limits(submission_seconds=200, cell_seconds=100)
    run = runner.run(Job(new_notebook(cells=cells), {}, {}, {}, limits))
    assert not run.died
    return {key: plain(run.outputs[f"c{n}"]) for n, key in enumerate(sources)}


@pytest.fixture(scope="module")
def runner() -> Iterator[SandboxRunner]:
    """Without a sandbox, whose folders and refusals would differ, and should."""
    runner = SandboxRunner("off", ROOT)
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    return by_kernel("python3", CELLS, tmp_path_factory.mktemp("cold"))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    return by_kernel("dalil", CELLS, tmp_path_factory.mktemp("warm"))


@pytest.fixture(scope="module")
def graded(runner: SandboxRunner) -> dict[str, list[Any]]:
    return by_grader(CELLS, runner)


@pytest.mark.parametrize("name", CELLS)
def test_a_warm_kernel_shows_what_a_cold_one_shows(name: str, cold: Any, warm: Any) -> None:
    assert warm[name] == cold[name]


@pytest.mark.parametrize("name", [name for name in CELLS if name not in APART])
def test_the_graders_channel_shows_what_a_kernel_shows(name: str, cold: Any, graded: Any) -> None:
    assert graded[name] == cold[name]


def test_the_comparison_can_fail(cold: dict[str, list[Any]]) -> None:
    assert cold["arithmetic"] != cold["text"]
    assert all(cold[name] for name in ("figure", "frame", "error", "widget", "bash", "wide frame"))
    assert "..." in str(cold["wide frame"])


@pytest.mark.acceptance
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_lessons_and_apps_show_the_same(path: Path, runner: SandboxRunner, tmp_path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    sources = {f"cell {n}": cell.source for n, cell in enumerate(cells)}
    cold, warm = (by_kernel(name, sources, tmp_path) for name in ("python3", "dalil"))
    assert any(cold.values())
    assert warm == cold
    assert by_grader(sources, runner) == cold
