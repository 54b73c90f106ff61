"""Probes: code that tries forbidden things from inside, and says what it got hold of."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable

from nbformat import NotebookNode

from dalil.grading import reasons
from tests.attacks.harness import BYSTANDER, Academy, Attack, Graded, Spoil, cell
from tests.attacks.room import CHECKOUT, HONEST
from tests.attacks.surroundings import MARK

CANARY = "canary.txt"  # in the academy's root: who sees it is in no sandbox
SECRET = f"secret of the grader {secrets.token_hex(8)}"  # in its environment

PRELUDE = """
import ctypes, glob, os, signal, socket, struct, subprocess, sys, time

reached, broken, tried = [], [], []
contained = not os.path.exists(CANARY)  # nothing harmful is tried where it would do harm
if not contained:
    reached.append("the academy itself")

class Refused(Exception):
    pass

def attempt(what, act):
    \"\"\"Note *what* if *act* gives anything: a file's content, a connection, True.\"\"\"
    tried.append(what)
    try:
        got = act() if contained else None
    except (OSError, Refused, subprocess.SubprocessError):
        return
    except BaseException as error:  # a probe that is wrong itself proves nothing
        broken.append(f"{what}: {error!r:.80}")
        return
    if got:
        reached.append(f"{what}: {got!r:.60}")

def child(act):
    \"\"\"Whether *act* gives anything in a process of its own, which it may ruin.\"\"\"
    pid = os.fork()
    if not pid:
        try:
            os._exit(7 if act() else 0)
        except (OSError, Refused):
            os._exit(0)
        except BaseException:
            os._exit(3)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code != 3
    return code == 7

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
"""
END = '\nprint(f"\\nBROKEN {broken}\\nREACHED {reached} OF {len(tried)}\\n")\n'


def knowing(name: str, source: str) -> Spoil:
    """*source* in the cell *name*, with all that an attacker may have found out beforehand."""

    def spoil(notebook: NotebookNode, academy: Academy) -> None:
        cell(notebook, name).source = f"{facts(academy)}\n{source}"

    return spoil


def facts(academy: Academy) -> str:
    """Where everything lies, as assignments."""
    settings = academy.settings
    canary = settings.root / CANARY
    canary.write_text("the academy's root", encoding="utf-8")
    os.environ["DALIL_TEST_SECRET"] = SECRET
    places = {
        "ROOT": settings.root,
        "ACADEMY": settings.academy,
        "RECORDS": settings.records,
        "GRADERS": settings.graders,
        "EXERCISES": settings.exercises,
        "SUBMITTED": settings.submitted,
        "GRADEBOOK": settings.records / "gradebook.db",
        "LEDGER": settings.records / "dalil.db",
        "NEIGHBOUR": settings.desks / BYSTANDER,
        "CHECKOUT": CHECKOUT,
        "CANARY": canary,
    }
    named = {name: str(place) for name, place in places.items()}
    known = {**named, "GRADER": os.getpid(), "MARK": MARK, "SECRET": SECRET}
    return "\n".join(f"{name} = {value!r}" for name, value in known.items())


def probing(source: str) -> Spoil:
    """Honest help in the workspace, and then *source*, which calls ``attempt`` again and again."""
    return knowing("solve_workspace", f"{HONEST['workspace']}\n{PRELUDE}\n{source}\n{END}")


def reached_nothing(graded: Graded, attack: Attack) -> None:
    """Each ``attempt`` of the workspace failed."""
    outputs = cell(graded.academy.graded_notebook(graded.trainees[attack.name]), "solve_workspace")
    text = "".join(output.get("text", "") for output in outputs.outputs)
    found = re.search(r"REACHED (\[.*\]) OF (\d+)\n", text)
    assert found is not None, text[-2000:]
    assert "BROKEN []\n" in text, text[:2000]
    assert found[1] == "[]", found[1]
    assert int(found[2]) > 0


def stopped(question: str, *limits: str) -> Callable[[Graded, Attack], None]:
    """The explanation of *question* names one of *limits*: parts of the runner's words."""

    def check(graded: Graded, attack: Attack) -> None:
        message = graded.score(attack, question).verdict.message
        told = [r.told for r in reasons.ALL if any(limit in r.said for limit in limits)]
        assert message in told

    return check
