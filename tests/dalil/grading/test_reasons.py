"""Each limit, hit in earnest: its question earns 0 and says why, the others count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dalil.answers import MIME, form_from
from dalil.grading import reasons
from dalil.grading.hits import hit
from dalil.grading.marking import mark
from dalil.grading.reasons import Reason
from dalil.grading.runner import Job, SandboxRunner
from dalil.limits import MIB, Limits
from dalil.models import Flag, Score, Verdict
from dalil.translation import missing_in, own_domain

HAND = f"""
def hand(question, value):
    from IPython.display import publish_display_data
    publish_display_data({{"{MIME}": {{"question": question, "value": value}}, "text/plain": "ok"}})
"""
QUESTIONS = ("before", "hit", "after")
TEXT = form_from({"type": "text", "max_length": 10**8})

Submit = Callable[..., dict[str, Score]]


@pytest.fixture(scope="module")
def submit() -> Iterator[Submit]:
    """Run three questions, the middle one with a hostile solution, and mark them."""
    with closing(SandboxRunner("required")) as runner:

        def submit(source: str, value: str = "'right'", **limits: Any) -> dict[str, Score]:
            cells = [new_code_cell(HAND, id="helper")]
            for question in QUESTIONS:
                solution = f"{source}\nfound = {value}" if question == "hit" else "found = 'right'"
                cells.append(new_code_cell(solution, id=f"solve_{question}"))
                cells.append(new_code_cell(f"hand({question!r}, found); del found", id=question))
            run = runner.run(Job(new_notebook(cells=cells), {}, {}, {}, Limits(**limits)))
            outcome = mark(
                dict.fromkeys(QUESTIONS, TEXT),
                dict.fromkeys(QUESTIONS, 2.0),
                dict.fromkeys(QUESTIONS, lambda answer, truth: Verdict(1.0, "Right.")),
                {},
                bundles=run.bundles,
                died=run.died,
            )
            return {score.question: score for score in outcome.scores}

        yield submit


def explained(scores: dict[str, Score], told: str, values: dict[str, Any]) -> None:
    """The middle question, and it alone, lost its points for that reason."""
    assert [scores[question].points for question in QUESTIONS] == [2.0, 0.0, 2.0]
    assert scores["hit"].verdict.message == told
    assert scores["hit"].verdict.values == values
    assert scores["hit"].flag == "died"


SPIN = "import hashlib\ndef spin():\n    while True: hashlib.sha256(bytes(1 << 22)).digest()\n"
CASES = {
    "time of a cell": ("while True: pass", {"cell_seconds": 1}, reasons.CELL_TIME, {"n": "1"}),
    "time of a cell that cannot be interrupted": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        {"cell_seconds": 1},
        reasons.CELL_TIME,
        {"n": "1"},
    ),
    "memory": (
        "held = [bytes([i]) * (50 << 20) for i in range(99)]",
        {"memory_bytes": 300 * MIB},
        reasons.MEMORY,
        {"n": "300"},
    ),
    "memory of several": (
        "import os, time\n"
        "for _ in range(6):\n"
        "    if not os.fork():\n"
        "        held = b'1' * (100 << 20); time.sleep(60)\n"
        "time.sleep(60)",
        {"memory_bytes": 300 * MIB},
        reasons.MEMORY,
        {"n": "300"},
    ),
    "processes": (
        "import subprocess\nheld = [subprocess.Popen(['sleep', '60']) for _ in range(99)]",
        {"processes": 20},
        reasons.PROCESSES,
        {"n": "20"},
    ),
    "threads": (
        "import threading, time\n"
        "for _ in range(99): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        {"processes": 20},
        reasons.PROCESSES,
        {"n": "20"},
    ),
    "one file": (
        "open('large', 'wb').write(bytes(3 << 20))",
        {"file_bytes": 2 * MIB},
        reasons.FILE,
        {"n": "2"},
    ),
    "all files": (
        "for n in range(9): open(f'{n}', 'wb').write(bytes(3 << 19))",
        {"file_bytes": 2 * MIB},
        reasons.FILES,
        {"n": "8"},
    ),
    "output": (
        "while True: print('x' * 999)",
        {"output_bytes": 10_240},
        reasons.OUTPUT,
        {"n": "160"},
    ),
    "network": (
        "import socket\nsocket.create_connection(('192.0.2.1', 80), 5)",
        {},
        reasons.FORBIDDEN,
        {},
    ),
    "namespaces": (
        "import ctypes, os\n"
        "if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):\n"
        "    raise OSError(ctypes.get_errno(), 'unshare')",
        {},
        reasons.FORBIDDEN,
        {},
    ),
    "a crash": ("import ctypes\nctypes.string_at(0)", {}, reasons.SIGNAL, {"signal": "SIGSEGV"}),
    "an end of one's own": ("import os\nos._exit(3)", {}, reasons.STATUS, {"n": "3"}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_limit_costs_its_own_question(name: str, submit: Submit) -> None:
    source, limits, reason, values = CASES[name]
    explained(submit(source, **limits), reason.told, values)


def test_processor_time_of_threads_counts_together(submit: Submit) -> None:
    threads = (
        f"{SPIN}import threading\n"
        "for _ in range(2): threading.Thread(target=spin, daemon=True).start()\nspin()"
    )
    scores = submit(threads, cell_seconds=60, submission_seconds=4)
    told = scores["hit"].verdict.message
    # On a busy machine the clock on the wall may be first.
    assert told in (reasons.PROCESSOR.told, reasons.ALL_TIME.told)
    assert scores["before"].points == 2.0
    assert (scores["hit"].points, scores["hit"].flag) == (0.0, "died")


def test_time_that_is_up_for_all_names_what_ran_and_what_did_not(submit: Submit) -> None:
    scores = submit("import time; time.sleep(60)", cell_seconds=50, submission_seconds=2)
    assert scores["before"].points == 2.0
    assert scores["hit"].verdict.message == reasons.ALL_TIME.told
    assert scores["hit"].verdict.values["total"] == "2"
    assert scores["after"].verdict.message == reasons.TOO_LATE.told
    assert scores["after"].verdict.values == {"n": "2"}


def test_an_answer_that_is_too_large_names_its_limit(submit: Submit) -> None:
    scores = submit("", value="'x' * 9000", answer_bytes=8 * 1024)
    assert [scores[question].points for question in QUESTIONS] == [2.0, 0.0, 2.0]
    assert scores["hit"].flag == "oversized"
    assert scores["hit"].verdict.values == {"n": 8}
    assert "{n} KiB" in scores["hit"].verdict.message


def test_a_limit_that_was_hit_and_handled_costs_nothing(submit: Submit) -> None:
    source = "try: held = bytes(400 << 20)\nexcept MemoryError: pass"
    scores = submit(source, value="'right'", memory_bytes=300 * MIB)
    assert [scores[question].points for question in QUESTIONS] == [2.0, 2.0, 2.0]


def words() -> dict[Reason, str]:
    """Each reason as the runner says it."""
    values = {"n": 7.5, "total": 180, "signal": "SIGSEGV"}
    return {
        reason: reason(**{name: values[name] for name in re.findall(r"\{(\w+)\}", reason.said)})
        for reason in reasons.ALL
    }


@pytest.mark.parametrize("end", ["", reasons.STUBBORN])
def test_what_the_runner_says_is_read_back(end: str) -> None:
    for reason, said in words().items():
        found = [known for known in reasons.ALL if known.read(said + end) is not None]
        assert found == [reason], said
        places = set(re.findall(r"\{(\w+)\}", reason.told))
        assert places <= set(reason.read(said + end) or {})


def test_every_reason_that_the_code_knows_is_among_all() -> None:
    known = {value for value in vars(reasons).values() if isinstance(value, Reason)}
    assert known == set(reasons.ALL)
    assert len(reasons.ALL) == len(known)


def test_the_runner_has_no_words_of_its_own() -> None:
    """Each reason is used by its name, and nothing else is given for one."""
    folder = Path(reasons.__file__).parent
    code = "".join((folder / f"{name}.py").read_text() for name in ("hits", "session", "runner"))
    names = {name for name, value in vars(reasons).items() if isinstance(value, Reason)}
    assert set(re.findall(r"reasons\.([A-Z_]+)\(", code)) == names
    for said in (reason.said.split("{")[0] for reason in reasons.ALL):
        assert said not in code


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_explanation_is_translated(language: Any) -> None:
    lines = missing_in(own_domain(), language)
    assert [line for line in lines if "grading/" in line] == []


@pytest.mark.parametrize(
    "said",
    [
        "",
        "\n\x00",
        "used more than  MiB of memory",
        "ran for more than 7 s of joy",
        "ran",
        "7" * 99,
    ],
)
def test_other_words_are_nobodys_reason(said: str) -> None:
    assert all(reason.read(said) is None for reason in reasons.ALL)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("numpy._core._exceptions._ArrayMemoryError", "Unable to allocate", reasons.MEMORY),
        ("OSError", "[Errno 12] Cannot allocate memory", reasons.MEMORY),
        ("OSError", "[Errno 27] File too large", reasons.FILE),
        ("OSError", "[Errno 28] No space left on device: 'x'", reasons.FILES),
        ("BlockingIOError", "[Errno 11] Resource temporarily unavailable", reasons.PROCESSES),
        ("RuntimeError", "can't start new thread", reasons.PROCESSES),
        ("PermissionError", "[Errno 1] Operation not permitted", reasons.FORBIDDEN),
        ("ValueError", "[Errno x]", None),
        ("KeyError", "'MemoryError'", None),
        ("PermissionError", "[Errno 13] Permission denied: 'exhibits'", None),
    ],
)
def test_errors_of_the_machine_are_told_as_limits(
    name: str, value: str, reason: Reason | None
) -> None:
    outputs = [{"output_type": "error", "ename": name, "evalue": value, "traceback": []}]
    said = hit(outputs, Limits())
    assert said == "" if reason is None else reason.read(said) is not None
    assert hit([{"output_type": "stream", "name": "stdout", "text": value}], Limits()) == ""


@pytest.mark.parametrize("forged", [True, 1, -5, 10**12, 2.5, "1 point more", [1]])
def test_a_forged_size_is_not_repeated(forged: Any) -> None:
    flag: Flag = "oversized"
    bundles = [{"cell": "hit", "bundle": {"question": "hit", "oversized": forged}}]
    outcome = mark({"hit": TEXT}, {"hit": 1.0}, {}, {}, bundles=bundles, died={})
    assert outcome.scores[0].flag == flag
    assert outcome.scores[0].verdict.values == {"n": 4096}
