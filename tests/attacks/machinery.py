"""In the kernel: whatever runs the cells is in the trainee's hands, and it decides nothing.

The truth is not there to be found, a score is not there to be set, and of what a kernel says only
values count, which a check then compares with the truth in another process.
"""

from __future__ import annotations

import textwrap

from dalil.answers import MIME
from tests.attacks.harness import NOTHING, Attack, Graded, full_but, only
from tests.attacks.room import HONEST, POINTS

OUTPUTS = "points come from the check, not from what a cell puts out"
NO_TRUTH = "the truth never enters the process"
OWN_CELL = "an answer counts in its question's own cell only"
ONCE = "an answer that is handed over twice counts for nothing"
NOT_ANSWERED = dict.fromkeys(POINTS, "unanswered")
TWICE = dict.fromkeys(POINTS, "duplicated")

# right(): all right answers, in a scope of their own, so that no locked cell finds them.
RIGHT = f"""
def right():
{textwrap.indent(chr(10).join(HONEST.values()), "    ")}
    import json
    calls = json.loads(open('probes.json').read())['serial']
    values = dict(mean=mean, label=label, missing=missing, heaviest=heaviest, digest=digest)
    return dict(values, counts=counts.tolist(), serial=[serial(text) for (text,) in calls])
"""
PUBLISH = f"""
from IPython.display import display, publish_display_data, update_display
MIME = {MIME!r}
def publish(question, value, **more):
    display({{MIME: {{'question': question, 'value': value, **more}}}}, raw=True)
"""
SHELL = "ip = get_ipython()\n"
SCORE = "{'text/plain': '1000'}"


def workspace(*sources: str) -> dict[str, str]:
    return {"workspace": "\n".join(sources)}


def graded_cells_show_the_score_alone(graded: Graded, attack: Attack) -> None:
    """What formgrader and nbgrader see in the graded cells is ours: 0 and why."""
    notebook = graded.academy.graded_notebook(graded.trainees[attack.name])
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade_id in POINTS:
            score, explanation = cell.outputs
            assert score.output_type == "execute_result"
            assert score.data["text/plain"] == "0"
            assert explanation.output_type == "display_data"


# Looks for anything that only the grading side should know: objects in memory, frames, open files,
# the process's own memory, folders around. The words are put together so that they do not find
# themselves.
SEARCH = """
import gc, inspect, os, pathlib, re, sys
marks = [('"heav' + 'iest": {"item"').encode(), ('"heav' + 'iest":{"item"').encode()]
names = {'check_' + 'counts', 'for' + 'ge', 'CHE' + 'CKS'}
found = []

def is_truth(o):
    return type(o) is dict and {'mean', 'digest', 'serial'} <= set(map(str, o)) and type(
        o['mean']) in (int, float)

for o in gc.get_objects():
    if type(o) is dict and (is_truth(o) or names & {k for k in o if type(k) is str}):
        if o is not globals():
            found.append(('object', sorted(map(str, o))[:20]))
frame = sys._getframe()
while frame is not None:
    found += [('frame', name) for name, o in frame.f_locals.items() if is_truth(o)]
    frame = frame.f_back
for name, module in list(sys.modules.items()):
    if names & set(getattr(module, '__dict__', ())):
        found.append(('module', name))

def look(where, data):
    found.extend((where, mark) for mark in marks if mark in data)

for fd in os.listdir('/proc/self/fd'):
    try:
        path = f'/proc/self/fd/{fd}'
        if os.path.isfile(path):
            with open(path, 'rb') as stream:
                look(f'descriptor {os.readlink(path)}', stream.read(10_000_000))
    except OSError:
        pass
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
    for line in maps.read().splitlines():
        area = re.match(r'([0-9a-f]+)-([0-9a-f]+) rw', line)
        if area is None or '[v' in line:
            continue
        start, end = (int(g, 16) for g in area.groups())
        if end - start > 64_000_000:
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except (OSError, ValueError):
            continue
        # the needles themselves lie in memory, each with the end of a bytes object behind it
        for mark in marks:
            at = data.find(mark)
            while at >= 0:
                if data[at + len(mark):at + len(mark) + 1] not in (b'', b'\\0'):
                    found.append(('memory', data[at:at + 40]))
                at = data.find(mark, at + 1)
for top in ('/', '.', '..', os.path.expanduser('~'), '/exhibits', '/tmp', '/dev/shm', '/run'):
    for pattern in ('*evidence.py', '*checks.py', '*gradebook*', '*.key', '*dalil.db*'):
        try:
            found += [('file', str(p)) for p in pathlib.Path(top).glob(pattern)]
        except OSError:
            pass
"""

ATTACKS = (
    Attack(
        "input transformer",
        "every later cell becomes a number, which nbgrader takes for a score",
        NOTHING,
        OUTPUTS,
        answers=workspace(SHELL, "ip.input_transformers_cleanup.append(lambda lines: ['1000\\n'])"),
        flags=NOT_ANSWERED,
        after=graded_cells_show_the_score_alone,
    ),
    Attack(
        "AST transformer",
        "every call in later cells becomes a number",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            "import ast",
            "class Award(ast.NodeTransformer):",
            "    def visit_Call(self, node):",
            "        return ast.copy_location(ast.Constant(1000), node)",
            "get_ipython().ast_transformers.append(Award())",
        ),
        flags=NOT_ANSWERED,
        after=graded_cells_show_the_score_alone,
    ),
    Attack(
        "run_cell",
        "the shell's ways of running cells report success without running anything",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            SHELL,
            "from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult",
            "def done(*args, **kwargs):",
            "    result = ExecutionResult(ExecutionInfo('', False, False, True, None))",
            "    result.result = 1000",
            "    return result",
            "async def done_later(*args, **kwargs):",
            "    return done()",
            "ip.run_cell = ip._run_cell = done",
            "ip.run_cell_async = ip.run_ast_nodes = done_later",
        ),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "run_code",
        "code objects are not run, no error is ever told, every cell shows a number",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            SHELL,
            "async def run_code(code, result=None, *, async_=False):",
            "    ip.displayhook(1000)",
            "    return False",
            "ip.run_code = run_code",
            "ip.showtraceback = ip._showtraceback = lambda *a, **k: None",
        ),
        flags=NOT_ANSWERED,
        after=graded_cells_show_the_score_alone,
    ),
    Attack(
        "silent errors",
        "exceptions are swallowed by a handler of one's own, by sys.excepthook and by print",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            SHELL,
            "import sys",
            "ip.set_custom_exc((BaseException,), lambda *a, **k: ip.displayhook(1000))",
            "sys.excepthook = sys.unraisablehook = lambda *a: None",
            "sys.stderr = sys.stdout",
        ),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "shell's events",
        "callbacks before and after each cell put out scores and answers",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            SHELL,
            PUBLISH,
            "def after(result=None):",
            "    result.error_in_exec = result.error_before_exec = None; result.result = 1000",
            f"    publish_display_data({SCORE})",
            "ip.events.register('post_run_cell', after)",
            "ip.events.register('post_execute', lambda: ip.displayhook(1000))",
        ),
        flags=NOT_ANSWERED,
        after=graded_cells_show_the_score_alone,
    ),
    Attack(
        "forged messages",
        "scores, replies and ends of cells on the kernel's own channels",
        NOTHING,
        OUTPUTS,
        answers=workspace(
            SHELL,
            "k = getattr(ip, 'kernel', None)",
            "def forge():",
            f"    content = {{'data': {SCORE}, 'metadata': {{}}, 'execution_count': 1}}",
            "    ok = {'status': 'ok', 'execution_count': 1, 'payload': []}",
            "    idle = {'execution_state': 'idle'}",
            "    for kind, what in [('execute_result', content), ('status', idle)]:",
            "        k.session.send(k.iopub_socket, kind, what, parent=k.get_parent())",
            "    for stream in getattr(k, 'shell_streams', None) or [k.shell_stream]:",
            "        k.session.send(stream, 'execute_reply', ok, parent=k.get_parent())",
            "ip.events.register('pre_run_cell', lambda *a: forge())",
        ),
        flags=NOT_ANSWERED,
        after=graded_cells_show_the_score_alone,
    ),
    Attack(
        "every descriptor",
        "scores and answers are written to each open file of the process",
        NOTHING,
        "what is no message of the channel is not taken for one; the rest says nothing new",
        answers=workspace(
            "import json, os",
            f"bundle = {{{MIME!r}: {{'question': 'mean', 'value': 1.0, 'points': 2}}}}",
            "content = {'data': bundle, 'metadata': {}, 'points': 1000, 'status': 'ok'}",
            "for fd in range(512):",
            "    for text in (json.dumps(bundle), json.dumps(content), '{}', '\\0' * 64):",
            "        try: os.write(fd, text.encode() + b'\\n')",
            "        except OSError: break",
        ),
    ),
    Attack(
        "answers before time",
        "all right answers are published, but from another cell than their own",
        NOTHING,
        OWN_CELL,
        answers=workspace(RIGHT, PUBLISH, "for q, v in right().items(): publish(q, v)"),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "answers of others",
        "the cell of one question publishes the right answers of all",
        only(mean=2),
        OWN_CELL,
        answers=workspace(
            RIGHT,
            PUBLISH,
            "def answer(question, value):",
            "    for q, v in right().items(): publish(q, v)",
            "case.answer = answer",
            "mean = 0",
        ),
        flags={q: "unanswered" for q in POINTS if q != "mean"},
    ),
    Attack(
        "many guesses",
        "each cell publishes fifty guesses, the right one among them",
        NOTHING,
        ONCE,
        answers=workspace(
            RIGHT,
            PUBLISH,
            "known = right()",
            "def answer(question, value):",
            "    for n in range(25): publish(question, n)",
            "    publish(question, known[question])",
            "    for n in range(25): publish(question, n)",
            "case.answer = answer",
            "mean = label = missing = heaviest = counts = serial = digest = 0",
        ),
        flags=TWICE,
    ),
    Attack(
        "before and after",
        "a wrong answer before the right one, or after it, whichever might be taken",
        NOTHING,
        ONCE,
        work=HONEST,
        answers={
            "workspace": "\n".join(
                [
                    HONEST["workspace"],
                    PUBLISH,
                    "honest = case.answer",
                    "def answer(question, value):",
                    "    if len(question) % 2: publish(question, 'wrong')",
                    "    honest(question, value)",
                    "    if not len(question) % 2: publish(question, 'wrong')",
                    "case.answer = answer",
                ]
            )
        },
        flags=TWICE,
    ),
    Attack(
        "changed displays",
        "answers of earlier cells are changed through their display ids",
        only(digest=1),
        "an update is an answer of the cell that sends it",
        answers={
            **workspace(RIGHT, PUBLISH),
            "mean": "mean = 1.0",
            "label": "label = 'x'",
            "digest": (
                "publish_display_data({MIME: {'question': 'mean', 'value': right()['mean']}},\n"
                "    transient={'display_id': 'a'}, update=True)\n"
                f"{HONEST['digest']}"
            ),
        },
        work={
            "missing": (
                "from IPython.display import display\n"
                "display({MIME: {'question': 'mean', 'value': 1.0}}, raw=True, display_id='a')"
            )
        },
    ),
    Attack(
        "shapes of our own",
        "bundles with points, shares and verdicts in them, and of shapes that nobody reads",
        NOTHING,
        "a bundle has a question and a value, and nothing else",
        answers=workspace(
            RIGHT,
            PUBLISH,
            "known = right()",
            "shapes = dict(",
            "    mean=lambda v: {'question': 'mean', 'value': v, 'points': 2},",
            "    label=lambda v: {'question': 'label', 'value': v, 'share': 1.0},",
            "    missing=lambda v: {'question': None, 'value': v},",
            "    heaviest=lambda v: {'question': 'heaviest', 'value': [v]},",
            "    counts=lambda v: {'question': 'counts', 'npy': v},",
            "    serial=lambda v: {'question': 'serial', 'value': {'share': 1.0}},",
            "    digest=lambda v: [{'question': 'digest', 'value': v}],",
            ")",
            "def answer(q, value): display({MIME: shapes[q](known[q])}, raw=True)",
            "case.answer = answer",
            "mean = label = missing = heaviest = counts = serial = digest = 0",
        ),
        flags={**dict.fromkeys(POINTS, "malformed"), "digest": "unanswered"},
    ),
    Attack(
        "malformed arrays",
        "npy headers that promise terabytes, objects to unpickle, negative sizes",
        NOTHING,
        "an array's header is read before its data, and objects never",
        answers={
            "workspace": f"""{PUBLISH}
import base64, io, pickle
import numpy as np
class Bomb:
    def __reduce__(self): return (exec, ("import os; os.system('touch /tmp/bomb')",))
def npy(shape, descr, data=b''):
    head = repr(dict(descr=descr, fortran_order=False, shape=shape)).encode() + b'\\n'
    raw = b'\\x93NUMPY\\x01\\x00' + len(head).to_bytes(2, 'little') + head + data
    return base64.b64encode(raw).decode()
stream = io.BytesIO()
np.save(stream, np.array([[Bomb()]], dtype=object), allow_pickle=True)
made = dict(
    mean=npy((1 << 60,), '<f8'), label=npy((-1, -1), '<f8', bytes(8)),
    missing=base64.b64encode(pickle.dumps(Bomb())).decode(), heaviest='*' * 1000,
    counts=base64.b64encode(stream.getvalue()).decode(),
    serial=npy((4,), '|O', pickle.dumps([Bomb()] * 4)), digest=npy((0,) * 40, '|V8'),
)
def answer(q, value): display({{MIME: dict(question=q, npy=made[q])}}, raw=True)
case.answer = answer
mean = label = missing = heaviest = counts = serial = digest = 0
"""
        },
        flags=dict.fromkeys(POINTS, "malformed"),
    ),
    Attack(
        "helpers patched",
        "our own package: encode, the bundle's maker, the forms and the MIME type are replaced",
        NOTHING,
        "the value is read again, by the question's own form, on the other side",
        answers={
            "workspace": """
import dalil.answers, dalil.answers.forms as forms, dalil.answers.wire as wire
import dalil.case.handover as handover
yes = {'question': 'x', 'value': True, 'share': 1.0, 'points': 1000}
for module in (dalil.answers, wire, handover):
    module.encode = lambda question, value: {**yes, 'question': question}
handover.MAX_ANSWER_BYTES = 10 ** 12
for form in vars(forms).values():
    if isinstance(form, type) and hasattr(form, 'read'):
        form.read = lambda self, value: value
mean = label = missing = heaviest = counts = digest = True
def serial(text): return True
"""
        },
        flags=dict.fromkeys(POINTS, "malformed"),
    ),
    Attack(
        "libraries patched",
        "json, base64, hashlib and numpy say what the trainee wants",
        NOTHING,
        "the other side uses libraries of its own process",
        answers={
            "workspace": """
import base64, hashlib, json, math
import numpy as np
json.dumps = lambda *a, **k: '{"question": "mean", "value": 1, "points": 1000}'
base64.b64encode = lambda *a, **k: b'AAAA'
math.isfinite = lambda x: True
np.save = np.asarray = np.array_equal = np.allclose = lambda *a, **k: True
mean = label = missing = heaviest = counts = digest = float('nan')
def serial(text): return float('inf')
"""
        },
    ),
    Attack(
        "search of memory",
        "objects, frames, modules, open files, memory and folders are searched for the truth",
        only(mean=2),
        NO_TRUTH,
        answers={
            **workspace(SEARCH, HONEST["workspace"]),
            # An honest answer, lost as soon as anything was found.
            "mean": f"assert not found, found\n{HONEST['mean']}",
            "label": "label = str(found)[:40]",
        },
    ),
    Attack(
        "tracing",
        "trace and profile hooks look into every frame of the answer helper for what is expected",
        NOTHING,
        NO_TRUTH,
        answers={
            "workspace": """
import sys, threading
mean, seen = 0.0, []
def trace(frame, event, arg):
    for name in ('truth', 'expected', 'want', 'right'):
        if name in frame.f_locals:
            seen.append(frame.f_locals[name])
    if frame.f_code.co_name == 'read_number' and event == 'return' and seen:
        frame.f_locals['value'] = seen[-1]
    return trace
threading.setprofile(trace)
sys.setprofile(trace)
sys.settrace(trace)
""",
            "label": "label = str(seen)[:40]",
            "digest": "digest = str(seen[-1]) if seen else 'no'",
        },
        flags={"digest": "malformed"},
    ),
    Attack(
        "end after the answer",
        "a cell ends its process as soon as its answer is on the way",
        full_but("mean"),
        "what a cell said before it died does not count; the others run again without it",
        work=HONEST,
        answers={
            "workspace": "\n".join(
                [
                    HONEST["workspace"],
                    "import os",
                    "honest = case.answer",
                    "def answer(question, value):",
                    "    honest(question, value)",
                    "    if question == 'mean': os._exit(0)",
                    "case.answer = answer",
                ]
            )
        },
        flags={"mean": "died"},
    ),
    Attack(
        "end everywhere",
        "every cell ends its process, so that the notebook is run again and again",
        NOTHING,
        "a notebook is run six times at most",
        work={
            name: f"{text}\nimport os\nos._exit(0)"
            for name, text in HONEST.items()
            if name != "workspace"
        },
        answers=workspace(HONEST["workspace"]),
        flags=dict.fromkeys(POINTS, "died"),
        heavy=True,
    ),
    Attack(
        "late answers",
        "threads, exit handlers and finalisers publish guesses until the kernel is gone",
        NOTHING,
        OWN_CELL,
        answers=workspace(
            PUBLISH,
            "import atexit, threading, time, weakref",
            "def flood():",
            "    for n in range(200):",
            "        for q in ('mean', 'label', 'serial'): publish(q, n)",
            "        time.sleep(0.01)",
            "threading.Thread(target=flood, daemon=True).start()",
            "threading.Thread(target=flood).start()",
            "atexit.register(publish, 'mean', 1)",
            "class Last:",
            "    def __del__(self): publish('mean', 1)",
            "last = Last()",
        ),
    ),
    Attack(
        "case.json rewritten",
        "the forms that case.json asks for are made easy, and grading is switched off",
        only(mean=2),
        "forms are read from module.toml on the other side",
        answers={
            "workspace": """
import json, pathlib
path = pathlib.Path('case.json')
told = json.loads(path.read_text())
for question in told['questions'].values():
    question['form'] = {'type': 'boolean'}
told['questions']['mean']['form'] = {'type': 'text'}
told['grading'] = True
path.chmod(0o644); path.write_text(json.dumps(told))
label = missing = heaviest = counts = serial = digest = True
""",
            "mean": f"{RIGHT}\nmean = str(right()['mean'])",  # text of a number is a number
            "digest": "told['grading'] = False; path.write_text(json.dumps(told)); digest = True",
        },
        flags={
            **{q: "malformed" for q in POINTS if q != "mean"},
            "digest": "unanswered",
        },
    ),
)
