"""Honest traps: what well-meaning people do, and lose points for elsewhere. Here nobody is robbed.

Whatever happens in one question's cells costs that question at most.
"""

from __future__ import annotations

import copy
import json
from functools import partial

import nbformat
from nbformat import NotebookNode

from tests.attacks.harness import FULL, Academy, Attack, cell, copied, full_but
from tests.attacks.room import HONEST, POINTS

Trap = partial(Attack, work=HONEST, stopped_by="–")


def then(question: str, *lines: str) -> str:
    """The honest source of *question* with *lines* below."""
    return "\n".join([HONEST[question], *lines])


def copied_answer(notebook: NotebookNode, academy: Academy) -> None:
    """The answer cell twice, as copying it by mistake leaves it."""
    for number, question in enumerate(POINTS):
        cells = notebook.cells
        place = cells.index(cell(notebook, f"solve_{question}"))
        cells.insert(place, copied(notebook, f"solve_{question}", f"copy{number}"))


def answered_in_a_copy(notebook: NotebookNode, academy: Academy) -> None:
    """The answer stands in a copy; the original is as it was released, above or below it."""
    for number, question in enumerate(POINTS):
        original = cell(notebook, f"solve_{question}")
        copy_of_it = copied(notebook, f"solve_{question}", f"copy{number}")
        original.source = "# YOUR CODE HERE\nraise NotImplementedError()"
        notebook.cells.insert(notebook.cells.index(original) + number % 2, copy_of_it)


def split_answer(notebook: NotebookNode, academy: Academy) -> None:
    for number, question in enumerate(("counts", "heaviest", "digest")):
        first = cell(notebook, f"solve_{question}")
        second = copied(notebook, f"solve_{question}", f"half{number}")
        first.source, _, second.source = HONEST[question].partition("\n")
        notebook.cells.insert(notebook.cells.index(first) + 1, second)


def of_another_editor(notebook: NotebookNode, academy: Academy) -> bytes:
    """nbformat 4.2 without ids, lines as lists, Windows line ends, a byte-order mark, indented."""
    plain = json.loads(json.dumps(notebook))
    plain["nbformat_minor"] = 2
    for found in plain["cells"]:
        del found["id"]
        found["source"] = [f"{line}\r\n" for line in found["source"].split("\n")]
        found["metadata"]["vscode"] = {"languageId": "python"}
    return b"\xef\xbb\xbf" + json.dumps(plain, indent=4).replace("\n", "\r\n").encode()


def of_version_3(notebook: NotebookNode, academy: Academy) -> str:
    return str(nbformat.writes(nbformat.convert(copy.deepcopy(notebook), 3), version=3))


def without_marks(notebook: NotebookNode, academy: Academy) -> None:
    """nbgrader's metadata is gone, as some editors leave it; ids are still there."""
    for found in notebook.cells:
        found.metadata.clear()


ATTACKS = (
    Trap(
        "chatty",
        "prints, warnings, logs and progress bars, on standard error too",
        FULL,
        answers={
            "mean": then(
                "mean",
                "import logging, sys, time, warnings",
                "from tqdm import tqdm",
                "for n in tqdm(range(50), desc='working'): print(n, file=sys.stderr)",
                "warnings.warn('divide by zero', RuntimeWarning)",
                "warnings.warn('old', DeprecationWarning)",
                "logging.getLogger().warning('careful')",
                "sys.stderr.write('\\r100 %')",
            ),
            "label": then("label", "print('x' * 300_000)", "label"),
            "missing": then("missing", "display(missing, rows)", "for _ in range(99): print('.')"),
        },
    ),
    Trap("copied answers", "each answer cell twice", FULL, spoil=copied_answer),
    Trap(
        "answered in a copy",
        "each answer stands in a copy of its cell, the original is still untouched",
        FULL,
        spoil=answered_in_a_copy,
    ),
    Trap("split answers", "answer cells split in two", FULL, spoil=split_answer),
    Trap(
        "segfault",
        "a library crashes in one answer",
        full_but("heaviest"),
        answers={"heaviest": "import ctypes\nctypes.string_at(0)"},
        flags={"heaviest": "died"},
    ),
    Trap(
        "aborted twice",
        "one answer aborts, another would kill itself, which the first process cannot",
        full_but("label", "digest"),
        answers={
            "label": "import os\nos.abort()",
            "digest": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        },
        flags={"label": "died", "digest": "unanswered"},
    ),
    Trap(
        "a module of one's own",
        "%%writefile in one cell, an import in another",
        full_but("label"),  # whose cell writes the module
        answers={
            "label": "%%writefile mine.py\ndef total(rows):\n"
            "    return sum(int(row['grams']) for row in rows)",
            "digest": then("digest", "import mine", "assert mine.total(rows) > 0"),
            "missing": "import mine\n" + HONEST["missing"],
        },
        flags={"label": "unanswered"},
    ),
    Trap(
        "exit and quit",
        "exit() and quit() below the answers, as in a console",
        FULL,
        answers={"label": then("label", "exit()"), "heaviest": then("heaviest", "quit()")},
    ),
    Trap(
        "endless loop",
        "one answer never ends",
        full_but("mean"),
        answers={"mean": "while True:\n    pass"},
        flags={"mean": "died"},
    ),
    Trap(
        "endless loop in a function",
        "the function that was asked for never returns",
        full_but("serial"),
        answers={"serial": "def serial(text):\n    while True:\n        pass"},
        flags={"serial": "died unanswered malformed"},
        heavy=True,
    ),
    Trap(
        "deep recursion",
        "Python's limit in one answer, the stack's end in another",
        full_but("mean", "label"),
        answers={
            "mean": "def f(n):\n    return f(n + 1)\nmean = f(0)",
            "label": "import sys\nsys.setrecursionlimit(10 ** 9)\n"
            "def g(x):\n    return [*map(g, [x])]\ng(1)",
        },
        flags={"mean": "unanswered died", "label": "died"},
    ),
    Trap(
        "too much memory",
        "one answer asks for more memory than there is",
        full_but("counts"),
        answers={"counts": "keep = []\nwhile True:\n    keep.append(bytearray(b'x' * 10_000_000))"},
        flags={"counts": "died unanswered"},
    ),
    Trap(
        "one exception",
        "an error and a syntax error in one cell each",
        full_but("label", "digest"),
        answers={"label": "label = rows[10 ** 6]['label']", "digest": "digest = = 1"},
        flags={"label": "unanswered", "digest": "unanswered"},
    ),
    Trap(
        "numpy's scalars",
        "numpy's numbers, text and arrays instead of Python's",
        FULL,
        answers={
            "mean": then("mean", "import numpy as np", "mean = np.float64(mean)"),
            "label": then("label", "label = np.str_(label)"),
            "missing": then("missing", "missing = np.array(missing)"),
            "heaviest": then(
                "heaviest",
                "heaviest = dict(item=np.str_(heaviest['item']), grams=np.int32(grams(top)))",
            ),
            "counts": then("counts", "counts = counts.astype(np.uint8)"),
            "serial": "def serial(text):\n"
            "    return np.int64(int.from_bytes(text.encode(), 'big') % 999983)",
            "digest": then("digest", "digest = np.str_(f' {digest.upper()}\\n')"),
        },
    ),
    Trap(
        "pandas",
        "columns and scalars of pandas",
        FULL,
        answers={
            "workspace": then(
                "workspace", "import pandas as pd", "table = pd.read_csv(case.exhibit('register'))"
            ),
            "mean": "mean = table.grams.mean()",
            "label": "label = table.loc[table.grams.idxmax(), 'label']",
            "missing": "missing = table[table.shelf.isna()].item",
            "heaviest": "top = table.loc[table.grams.idxmax()]\n"
            "heaviest = {'item': top['item'], 'grams': top['grams']}",
            "counts": "placed = table.dropna(subset='shelf')\n"
            "counts = pd.crosstab(placed.room, placed.shelf)\n"
            "counts = counts.reindex(index=range(4), columns=range(3), fill_value=0)",
        },
    ),
    Trap(
        "exact numbers",
        "decimal numbers and fractions",
        FULL,
        answers={
            "mean": "from decimal import Decimal\n"
            "mean = sum(Decimal(grams(row)) for row in rows) / len(rows)",
            "heaviest": then(
                "heaviest",
                "from fractions import Fraction",
                "heaviest['grams'] = Fraction(heaviest['grams'])",
            ),
        },
    ),
    Trap(
        "Arabic digits",
        "numbers written as ١٢٣٫٥, and French decimal commas",
        FULL,
        answers={
            "workspace": then(
                "workspace",
                "arabic_digits = str.maketrans('0123456789.', '٠١٢٣٤٥٦٧٨٩٫')",
                "def arabic(n): return str(n).translate(arabic_digits)",
            ),
            "mean": then("mean", "mean = f'{mean:.2f}'.replace('.', ',')"),
            "heaviest": then("heaviest", "heaviest['grams'] = arabic(heaviest['grams'])"),
            "serial": then(
                "serial", "plain = serial", "def serial(text): return arabic(plain(text))"
            ),
        },
    ),
    Trap(
        "other containers",
        "a set, a tuple, a callable object, a partial",
        FULL,
        answers={
            "missing": then("missing", "missing = set(missing)"),
            "heaviest": then(
                "heaviest",
                "import collections",
                "heaviest = collections.OrderedDict(sorted(heaviest.items(), reverse=True))",
            ),
            "counts": then("counts", "counts = tuple(tuple(row) for row in counts.tolist())"),
            "serial": "import functools\n"
            "class Check:\n"
            "    def __call__(self, modulus, text):\n"
            "        return int.from_bytes(text.encode(), 'big') % modulus\n"
            "serial = functools.partial(Check(), 999983)",
        },
    ),
    Trap(
        "figures",
        "figures, rich outputs and matplotlib's magic",
        FULL,
        answers={
            "mean": then(
                "mean",
                "%matplotlib inline",
                "import matplotlib.pyplot as plt",
                "plt.plot([grams(row) for row in rows]); plt.title('الوزن'); plt.show()",
            ),
            "label": then("label", "from IPython.display import HTML", "HTML('<b>x</b>')"),
            "missing": then("missing", "%time len(missing)", "plt.hist([1, 2, 2]);"),
        },
    ),
    Trap(
        "exits",
        "sys.exit(), SystemExit and KeyboardInterrupt below the answers",
        FULL,
        answers={
            "mean": then("mean", "import sys", "sys.exit()"),
            "missing": then("missing", "raise SystemExit(3)"),
            "digest": then("digest", "raise KeyboardInterrupt"),
        },
    ),
    Trap(
        "asks a person",
        "input() in one answer, a debugger in another",
        full_but("mean", "label"),
        answers={
            "mean": "mean = float(input('The mean? '))",
            "label": "breakpoint()\nlabel = input()",
        },
        flags={"mean": "unanswered", "label": "unanswered died"},
    ),
    Trap("another editor", "saved by other editors, on Windows", FULL, spoil=of_another_editor),
    Trap("nbformat 3", "saved in the format of 2013", FULL, spoil=of_version_3),
    Trap("marks lost", "nbgrader's metadata gone, ids kept", FULL, spoil=without_marks),
    Trap(
        "names taken",
        "names of built-ins and of modules used for something else",
        FULL,
        answers={
            "mean": then("mean", "json = str = type = dict = print = id = None", "np = 'north'"),
            "label": then("label", "display = dalil = IPython = []", "_ = __ = In = Out = 3"),
        },
    ),
    Trap(
        "another folder",
        "os.chdir() in an answer",
        FULL,
        answers={
            "mean": then("mean", "import os, tempfile", "os.chdir(tempfile.mkdtemp())"),
            "label": then("label", "%cd /"),
        },
    ),
    Trap(
        "strict settings",
        "warnings and floating-point troubles made errors, other number formats",
        FULL,
        answers={
            "workspace": then(
                "workspace",
                "import decimal, locale, random, sys, warnings",
                "import numpy as np",
                "warnings.simplefilter('error')",
                "np.seterr(all='raise')",
                "np.set_printoptions(threshold=3, precision=1, legacy='1.13')",
                "decimal.getcontext().prec = 2",
                "random.seed(0); np.random.seed(0)",
                "sys.setrecursionlimit(20_000)",
            ),
        },
    ),
    Trap(
        "at once",
        "threads, processes, a shell and top-level await",
        FULL,
        answers={
            "workspace": then(
                "workspace",
                "import asyncio, subprocess, sys, threading, time",
                "from concurrent.futures import ThreadPoolExecutor",
                "from multiprocessing import get_context",
                "threading.Thread(target=time.sleep, args=(600,)).start()  # never joined",
            ),
            "mean": "with get_context('fork').Pool(2) as pool:\n"
            "    mean = sum(pool.map(int, [row['grams'] for row in rows])) / len(rows)",
            "label": "with ThreadPoolExecutor(4) as threads:\n"
            "    weights = list(threads.map(grams, rows))\n"
            "label = rows[weights.index(max(weights))]['label']",
            "missing": "await asyncio.sleep(0.01)\n"
            "async def absent():\n    return [row['item'] for row in rows if not row['shelf']]\n"
            "missing = await absent()",
            "digest": "path = case.exhibit('photo')\nsaid = !sha256sum {path}\n"
            "digest = said[0].split()[0]\n"
            "assert subprocess.run([sys.executable, '-c', 'print(1)']).returncode == 0",
        },
    ),
    Trap(
        "files of one's own",
        "files written beside the notebook, in the temporary folder and at home, read again",
        FULL,
        answers={
            "mean": then(
                "mean",
                "import pathlib, sqlite3, tempfile",
                "for place in ('.', tempfile.gettempdir(), str(pathlib.Path.home())):",
                "    pathlib.Path(place, 'mean.txt').write_text(repr(mean))",
                "mean = float(pathlib.Path('mean.txt').read_text())",
                "sqlite3.connect('x.db').execute('create table t (x)')",
            ),
        },
    ),
    Trap(
        "the released line is still there",
        "answers above the line that raises NotImplementedError",
        FULL,
        answers={
            question: then(question, "# YOUR CODE HERE", "raise NotImplementedError()")
            for question in POINTS
        },
    ),
    Trap(
        "handed over twice",
        "case.answer() in one's own cells too, and names used again later",
        FULL,
        answers={
            "mean": then("mean", "case.answer('mean', mean)", "case.answer('mean', mean)"),
            "missing": then("missing", "mean = label = None", "case.answer('mean', mean)"),
            "digest": then("digest", "case.answer('nothing', 1)", "case.answer('digest', 1)"),
        },
    ),
)
