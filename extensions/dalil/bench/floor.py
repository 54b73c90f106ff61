"""The floor: the same cells in forked processes that had everything imported, and nothing else.

No sandbox, no kernel, no checks, no gradebook: a parent that has run the reference solution once
forks a child per submission, as many at once as there are workers. The child runs the cells in
order, keeps what a notebook shows (printed text, last values, figures, IPython's tracebacks) and
writes it to one file. What grading costs is measured against this, so nothing slow belongs here.
"""

from __future__ import annotations

import ast
import base64
import gc
import io
import json
import linecache
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.core.ultratb import AutoFormattedTB, SyntaxTB

import dalil
from dalil.bench.meter import spent
from dalil.bench.programs import Step, serve

TRACEBACK = AutoFormattedTB(mode="Context", theme_name="neutral")
SYNTAX = SyntaxTB(theme_name="neutral")
ERRORS = ("raise NotImplementedError()", "an_unknown_name", "a = 1\n)")


def floor(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """Run the notebooks of ``request["submissions"]``, files by trainee.

    ``exhibits``: a folder; ``files``: file by exhibit name; ``warm``: the reference solution;
    ``workers``. Returns what was ``spent`` and the ``answers`` by trainee.
    """
    answers: dict[str, Any] = {}
    _lend_case(Path(request["exhibits"]), request["files"], answers)
    run_cells(Path(request["warm"]))
    for source in ERRORS:
        _run_cell(source, {}, "<warm>")
    out = Path(request["out"])
    todo: list[tuple[str, str]] = sorted(request["submissions"].items(), reverse=True)
    count = len(todo)
    gc.collect()
    gc.freeze()
    running: set[int] = set()
    with spent() as used:
        while todo or running:
            while todo and len(running) < request["workers"]:
                trainee, path = todo.pop()
                running.add(_fork(Path(path), out / f"{trainee}.json", answers))
            pid, status = os.wait()
            if status:
                raise RuntimeError(f"a child of the floor ended with status {status}")
            running.discard(pid)
            step(count - len(todo) - len(running), count)
    results = {path.stem: json.loads(path.read_bytes())["answers"] for path in out.iterdir()}
    return {**asdict(used), "answers": results}


def run_cells(path: Path) -> list[list[str]]:
    """Run the code cells of the notebook at *path*; returns what each shows."""
    cells = json.loads(path.read_bytes())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_run_cell(source, names, f"<cell {n}>") for n, source in enumerate(sources)]


def _run_cell(source: str, names: dict[str, Any], file: str) -> list[str]:
    printed, shown = io.StringIO(), list[str]()
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = (len(source), None, lines, file)  # tracebacks quote it
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            tree = ast.parse(source, file)
            last = tree.body[-1] if tree.body else None
            if isinstance(last, ast.Expr):
                tree.body.pop()
                exec(compile(tree, file, "exec"), names)
                value = eval(compile(ast.Expression(last.value), file, "eval"), names)
                shown += _rendered(value)
            else:
                exec(compile(tree, file, "exec"), names)
        except SyntaxError as error:
            shown.append(SYNTAX.text(SyntaxError, error, None))
        except Exception as error:  # the trainee's own, without the frame of this function
            inner = error.__traceback__.tb_next if error.__traceback__ else None
            shown.append(TRACEBACK.text(type(error), error, inner))
        shown += _figures()
    return [printed.getvalue(), *shown]


def _rendered(value: Any) -> list[str]:
    """A cell's last value: as text, and as HTML if it has any."""
    if value is None:
        return []
    html = getattr(value, "_repr_html_", None)
    return [repr(value)] if html is None else [repr(value), html()]


def _figures() -> list[str]:
    """The open figures as PNG in base64, drawn as the inline backend draws them; all closed."""
    if (plt := sys.modules.get("matplotlib.pyplot")) is None or not plt.get_fignums():
        return []
    drawn = []
    for number in plt.get_fignums():
        figure, buffer = plt.figure(number), io.BytesIO()
        figure.savefig(buffer, format="png", bbox_inches="tight")
        drawn += [repr(figure), base64.b64encode(buffer.getvalue()).decode("ascii")]
    plt.close("all")
    return drawn


def _lend_case(exhibits: Path, files: dict[str, str], answers: dict[str, Any]) -> None:
    """Let ``from dalil import case`` give paths and keep answers, without checking either."""
    case: Any = ModuleType("dalil.case")
    case.exhibit = lambda name: exhibits / files[name]
    case.answer = answers.__setitem__
    sys.modules["dalil.case"] = dalil.case = case  # type: ignore[attr-defined]
    import matplotlib.pyplot as plt

    plt.show = lambda *_, **__: None  # drawn when the cell ends


def _fork(path: Path, out: Path, answers: dict[str, Any]) -> int:
    """Run the notebook at *path* in a child, which writes *out* and ends; returns its id."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        os.setsid()  # as kernels do: Linux shares a busy processor between sessions
        answers.clear()
        outputs = run_cells(path)
        text = json.dumps({"outputs": outputs, "answers": answers}, default=_plain)
        out.write_text(text, encoding="utf-8")
        status = 0
    finally:
        os._exit(status)


def _plain(value: Any) -> Any:
    """A numpy scalar or array as JSON has it."""
    return value.tolist()


if __name__ == "__main__":
    serve(floor)
