"""In the kernel: values that are not what they seem, and answers at the edge of what can be sent.

Whatever a value claims about itself, what leaves the process is plain JSON or npy, and the other
side reads it anew. Someone who has a right value gets its points, however odd its wrapping.
"""

from __future__ import annotations

from nbformat import NotebookNode

from tests.attacks.harness import (
    BYSTANDER,
    FULL,
    NOTHING,
    Academy,
    Attack,
    Graded,
    cell,
    full_but,
    only,
)
from tests.attacks.machinery import PUBLISH, RIGHT
from tests.attacks.room import HONEST, POINTS

PLAIN = "only a plain copy of the value leaves the process"
FORM = "the form of the question"
UNTRUE = "the check compares plain values"
MALFORMED = dict.fromkeys(POINTS, "malformed")

# Agrees with everything it is compared to, subtracted from or asked about.
AGREEABLE = """
import numpy as np
def yes(*a, **k): return True
def same(self, *a): return self
agree = dict.fromkeys(['__eq__', '__le__', '__ge__', '__lt__', '__gt__', '__contains__'], yes)
agree |= dict.fromkeys(['__sub__', '__rsub__', '__abs__', '__and__', '__rand__'], same)
agree |= {'__ne__': lambda *a: False, '__hash__': lambda self: 1, '__bool__': yes,
          '__len__': lambda self: 0, '__repr__': lambda self: '1', '__str__': lambda self: '1'}
def agreeable(base): return type('Agreeable', (base,), agree)
"""


def explains_without_format(graded: Graded, attack: Attack) -> None:
    """The label is shown to people as it was given: no place in it was filled in, none acts."""
    notebook = graded.academy.graded_notebook(graded.trainees[attack.name])
    found = next(c for c in notebook.cells if c.metadata.nbgrader.grade_id == "label")
    shown = found.outputs[1].data
    assert "{points}{0.__class__}%s<script>" in shown["text/plain"]
    assert "<script" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]


def copied_from_a_neighbour(notebook: NotebookNode, academy: Academy) -> None:
    """Every answer of somebody who got full marks, typed in."""
    for question, value in academy.truth(BYSTANDER).items():
        source = f"{question} = {value!r}"
        if question == "serial":
            source = f"results = iter({value!r})\ndef serial(text): return next(results)"
        cell(notebook, f"solve_{question}").source = source


ATTACKS = (
    Attack(
        "copied from a neighbour",
        "all answers of somebody with full marks",
        NOTHING,
        "everybody has a case of their own",
        spoil=copied_from_a_neighbour,
    ),
    Attack(
        "agreeable values",
        "numbers, text, lists, tables and arrays that are equal to everything",
        NOTHING,
        UNTRUE,
        answers={
            "workspace": AGREEABLE,
            "mean": "mean = agreeable(float)(1)",
            "label": "label = agreeable(str)('x')",
            "missing": "missing = [agreeable(str)('x')]",
            "heaviest": (
                "heaviest = agreeable(dict)(item=agreeable(str)('x'), grams=agreeable(int)(1))"
            ),
            "counts": "counts = np.zeros((4, 3)).view(agreeable(np.ndarray))",
            "serial": "def serial(text): return agreeable(int)(1)",
            "digest": "digest = agreeable(str)('0' * 64)",
        },
    ),
    Attack(
        "objects in disguise",
        "objects whose __class__, __float__, __index__ and __iter__ say that they are something",
        NOTHING,
        FORM,
        answers={
            "workspace": """
class Disguised:
    def __init__(self, kind): self.kind = kind
    @property
    def __class__(self): return self.kind
    def __float__(self): return 1.0
    def __int__(self): return 1
    __index__ = __int__
    def __iter__(self): return iter(['x'])
    def __len__(self): return 1
    def __getitem__(self, n): return 'x'
    def __eq__(self, other): return True
    def __call__(self, *a): raise SystemExit
mean, label, missing = Disguised(float), Disguised(str), Disguised(list)
heaviest, counts, serial = Disguised(dict), Disguised(list), Disguised(list)
digest = Disguised(str)
"""
        },
        # An object that can be called is a function, if a bad one: it returns nothing.
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
    Attack(
        "rigged conversions",
        "subclasses that convert to another value than they hold: what they hold is what counts",
        full_but("mean", "digest"),
        PLAIN,
        work=HONEST,
        answers={
            "workspace": HONEST["workspace"]
            + """
class Text(str):
    def __str__(self): return 'another'
    def strip(self, *a): return 'another'
    def lower(self): return 'another'
    def encode(self, *a): return b'another'
class Items(list):
    def __iter__(self): return iter(['another'])
    def __len__(self): return 10 ** 9
class Whole(int):
    def __int__(self): return 7
    def __float__(self): return 7.0
class Real(float):
    def __float__(self): return 7.0
""",
            "mean": "mean = Real(1)",
            "label": f"{HONEST['label']}\nlabel = Text(label)",
            "missing": f"{HONEST['missing']}\nmissing = Items(map(Text, missing))",
            "heaviest": f"{HONEST['heaviest']}\nheaviest['grams'] = Whole(heaviest['grams'])",
            "serial": HONEST["serial"].replace("return ", "return Whole(") + ")",
            "digest": "digest = Text('0' * 64)",
        },
    ),
    Attack(
        "not a number",
        "NaN in each numeric place, also where a check forgets that NaN compares as nothing",
        NOTHING,
        "no form takes what is not finite",
        answers={
            "workspace": "import numpy as np\nnan = float('nan')",
            "mean": "mean = nan",
            "label": "label = nan",
            "missing": "missing = [nan]",
            "heaviest": "heaviest = {'item': 'x', 'grams': nan}",
            "counts": "counts = np.full((4, 3), nan)",
            "serial": "def serial(text): return nan",
            "digest": "digest = np.float32('nan')",
        },
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
    Attack(
        "infinities",
        "infinities, 1e999 in text, and numbers of six thousand digits",
        NOTHING,
        "no form takes what is not finite",
        answers={
            "workspace": "import numpy as np",
            "mean": "mean = '1e999'",
            "label": "label = float('inf')",
            "missing": "missing = [10 ** 6000]",
            "heaviest": "heaviest = {'item': 'x', 'grams': 10 ** 6000}",
            "counts": "counts = np.full((4, 3), np.inf)",
            "serial": "def serial(text): return 10 ** 6000",
            "digest": "digest = 10 ** 6000",
        },
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
    Attack(
        "long digits past the helper",
        "whole numbers of six thousand digits as JSON, which the other side must survive",
        NOTHING,
        "what is no JSON to Python's reader is no answer",
        answers={
            "workspace": f"""{PUBLISH}
import sys
sys.set_int_max_str_digits(0)
case.answer = lambda q, v: publish(q, 10 ** 6000)
mean = label = missing = heaviest = counts = serial = digest = 0
"""
        },
        flags=dict.fromkeys(POINTS, "malformed unanswered oversized"),
    ),
    Attack(
        "generators",
        "right items, but in generators, views and iterators",
        only(heaviest=2),
        FORM,
        work=HONEST,
        answers={
            "mean": "mean = (n for n in [1.0])",
            "label": "label = iter('x')",
            "missing": "missing = (row['item'] for row in rows if not row['shelf'])",
            "heaviest": f"import types\n{HONEST['heaviest']}\n"
            "heaviest = types.MappingProxyType(heaviest)",
            "counts": "counts = (row for row in [[1, 2, 3]] * 4)",
            "serial": "def serial(text): yield int.from_bytes(text.encode(), 'big') % 999983",
            "digest": "digest = {hashlib.sha256().hexdigest(): 1}.keys() if 0 else map(str, [1])",
        },
        flags={q: "malformed" for q in POINTS if q not in ("heaviest", "serial")},
    ),
    Attack(
        "changing when read",
        "objects that are one value when they are checked and another one when they are sent",
        only(missing=3, counts=2),
        PLAIN,
        work={"missing": HONEST["missing"], "counts": HONEST["counts"]},
        answers={
            "workspace": f"""{HONEST["workspace"]}
import itertools
import numpy as np
turn = itertools.count()
class Lazy(list):
    def __iter__(self):
        return iter(['x']) if next(turn) % 2 else list.__iter__(self)
    def __getitem__(self, n):
        return 'x' if next(turn) % 2 else list.__getitem__(self, n)
class Table(dict):
    def __getitem__(self, name): return next(turn)
    def get(self, name, other=None): return next(turn)
class Grid:
    def __init__(self, right): self.right = right
    def __array__(self, *a, **k):
        return self.right if not next(turn) else self.right * 0
""",
            "missing": f"{HONEST['missing']}\nmissing = Lazy(missing)",
            "heaviest": "heaviest = Table(item='x', grams=1)",
            "counts": f"{HONEST['counts']}\nturn = itertools.count()\ncounts = Grid(counts)",
            "mean": "mean = turn",
            "serial": "def serial(text): return next(turn)",
        },
        flags={"mean": "malformed", "heaviest": "malformed"},
    ),
    Attack(
        "bottomless values",
        "values nested without end, in themselves or a hundred thousand levels deep",
        NOTHING,
        FORM,
        answers={
            "workspace": """
deep = []
for _ in range(100_000): deep = [deep]
round_and_round = []
round_and_round.append(round_and_round)
table = {'grams': 1}
table['item'] = table
""",
            "mean": "mean = round_and_round",
            "label": "label = deep",
            "missing": "missing = round_and_round",
            "heaviest": "heaviest = table",
            "counts": "counts = deep",
            "serial": "def serial(text): return serial(text)",
            "digest": "digest = [deep] * 1000",
        },
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
    Attack(
        "bottomless past the helper",
        "bundles nested deeper than a reader of JSON goes, sent without the helper",
        NOTHING,
        "nesting is measured before anything else looks",
        answers={
            "workspace": f"""{PUBLISH}
deep = 0
for _ in range(400): deep = [deep]
case.answer = lambda q, v: publish(q, deep)
mean = label = missing = heaviest = counts = serial = digest = 0
"""
        },
        flags=MALFORMED,
    ),
    Attack(
        "too large",
        "answers of several MiB, through the helper and past it",
        NOTHING,
        "4 MiB an answer",
        answers={
            "workspace": f"{PUBLISH}\nimport numpy as np\nhonest = case.answer",
            "mean": "mean = '1' * 6_000_000",
            "label": "label = 'x' * 6_000_000",
            "missing": "missing = ['x' * 6_000_000]",
            "heaviest": "heaviest = dict(item='x' * 5_000_000, grams=1); case.answer = publish",
            "counts": "counts = np.zeros((1000, 1000)); case.answer = honest",
            "digest": "digest = '0' * 5_000_000; case.answer = publish",
        },
        flags={
            **dict.fromkeys(POINTS, "malformed oversized"),
            "heaviest": "oversized",
            "digest": "oversized",
            "serial": "unanswered",
        },
    ),
    Attack(
        "memorised probes",
        "a function that only knows the inputs it will be asked: what it returns is right",
        only(serial=4),
        "– (what was computed is computed; what is expected lies elsewhere)",
        answers={
            "serial": f"{RIGHT}\nimport json\n"
            "asked = [text for (text,) in json.load(open('probes.json'))['serial']]\n"
            "known = dict(zip(asked, right()['serial']))\n"
            "serial = known.__getitem__"
        },
    ),
    Attack(
        "probes rewritten",
        "only the one probe is left that the function is right about",
        NOTHING,
        "a function's answer must have a result for each probe",
        answers={
            "serial": f"{RIGHT}\nimport json, pathlib\n"
            "path = pathlib.Path('probes.json')\n"
            "first = json.loads(path.read_text())['serial'][0]\n"
            "known = right()['serial'][0]\n"
            "path.write_text(json.dumps({'serial': [first]}))\n"
            "def serial(text): return known"
        },
        flags={"serial": "malformed"},
    ),
    Attack(
        "no probes",
        "the function's answer is an empty list, of which all items are right",
        NOTHING,
        "a function's answer must have a result for each probe",
        answers={
            "serial": "import pathlib\npathlib.Path('probes.json').write_text('{\"serial\": []}')\n"
            "def serial(text): return 0"
        },
        flags={"serial": "malformed"},
    ),
    Attack(
        "asking the caller",
        "a function that looks for the expected result in the frames that call it",
        NOTHING,
        "the caller does not know it",
        answers={
            "serial": """
import gc, sys
def serial(text):
    frame, seen = sys._getframe(1), []
    while frame is not None:
        for name, value in {**frame.f_globals, **frame.f_locals}.items():
            if name in ('truth', 'expected', 'want', 'results', 'calls', 'probes'):
                seen.append(value)
        frame = frame.f_back
    for value in seen:
        if isinstance(value, dict) and 'serial' in value:
            value = value['serial']
        if isinstance(value, list) and value and isinstance(value[0], int):
            return value[0]
    return 1
"""
        },
    ),
    Attack(
        "poisoned function",
        "results that are lists, grow, raise, exit, or change the probes for the next call",
        only(serial=1),
        "each call stands for itself; what is no result is none",
        answers={
            "serial": """
import sys
count = 0
def serial(text):
    global count
    count += 1
    if count == 1: return [1, 2, 3]
    if count == 2: raise KeyboardInterrupt if False else SystemExit(0)
    if count == 3: return int.from_bytes(text.encode(), 'big') % 999983
    frame = sys._getframe(1)
    frame.f_locals.get('arguments', []).clear()
    class Later(int):
        def __index__(self): return 3
    return Later(-5)
"""
        },
    ),
    Attack(
        "text that acts",
        "text that would be filled in, run or shown by whoever formats it",
        NOTHING,
        "text is shown escaped and never formatted",
        answers={
            "label": "label = '{points}{0.__class__}%s<script>'",
            "digest": 'digest = "\'; DROP TABLE grade; --"',
            "missing": "missing = [\"'); UPDATE grade SET\", '\\x1b]0;x\\x07', '{{x}}']",
            "heaviest": "heaviest = {'item': '${jndi:ldap://x}', 'grams': '1; 2'}",
        },
        flags={"digest": "malformed", "heaviest": "malformed"},
        after=explains_without_format,
    ),
    Attack(
        "broken text",
        "lone surrogates, control characters, digits of other scripts, turned directions",
        NOTHING,
        FORM,
        answers={
            "mean": "mean = '\\ud800'",
            "label": "label = '\\udfff' * 3",
            "missing": "missing = ['\\x00', '\\u202eE-1']",
            "heaviest": "heaviest = {'item\\ud800': 'x', 'item': '\\ud83d', 'grams': '\\u2028'}",
            "counts": "counts = '[[1]]'",
            "digest": "digest = '٣' * 64",
        },
        flags={
            **{q: "malformed" for q in POINTS if q != "missing"},
            "serial": "unanswered",
        },
    ),
    Attack(
        "odd arrays",
        "complex, structured, text, object and date arrays, and arrays of other shapes",
        NOTHING,
        FORM,
        answers={
            "workspace": "import numpy as np",
            "mean": "mean = np.array([1.0, 2.0])",
            "label": "label = np.array(['x'], dtype=object)",
            "missing": "missing = np.array([(1, 2)], dtype=[('a', int), ('b', int)])",
            "heaviest": "heaviest = np.rec.array([('x', 1)], names='item,grams')",
            "counts": "counts = np.zeros((4, 3), dtype=complex)",
            "serial": "def serial(text): return np.zeros((9, 9))",
            "digest": "digest = np.array('2026-01-01', dtype='M8[s]')",
        },
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
    Attack(
        "foreign byte order",
        "right values as big-endian, Fortran-ordered, read-only and half-width arrays: they count",
        FULL,
        "–",
        work=HONEST,
        answers={
            "counts": f"{HONEST['counts']}\n"
            "counts = np.asfortranarray(counts.astype('>f2'))\ncounts.flags.writeable = False",
            "missing": f"{HONEST['missing']}\nimport numpy as np\n"
            "missing = np.array(missing, dtype='>U20')",
            "mean": f"{HONEST['mean']}\nimport numpy as np\nmean = np.float64(mean)",
            "heaviest": f"{HONEST['heaviest']}\nheaviest['grams'] = np.array(\n"
            "    [heaviest['grams']], dtype='>i8')[0]",
        },
    ),
    Attack(
        "words for numbers",
        "true, group signs, hexadecimal and arithmetic where a number is asked for",
        NOTHING,
        FORM,
        answers={
            "mean": "mean = '1,234'",
            "heaviest": "heaviest = {'item': 'x', 'grams': True}",
            "label": "label = b'bytes'",
            "missing": "missing = 'E-1,E-2'",
            "counts": "counts = [[True, 'x', None]]",
            "serial": "def serial(text): return '0x10'",
            "digest": "digest = '0' * 63 + 'g'",
        },
        flags={q: "malformed" for q in POINTS if q != "serial"},
    ),
)
