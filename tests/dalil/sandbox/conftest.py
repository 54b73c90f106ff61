"""A throw-away process for what cannot be undone: filters, rule sets, namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_PRELUDE = """
import ctypes, errno, json, os, signal, sys
from dalil.sandbox import linux

def attempt(function, *arguments):
    "The name of the error that a call of Python's ends with, else 'ok'."
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "ok"

def raw(number, *arguments):
    "The name of the error that a system call ends with, else 'ok'."
    ctypes.set_errno(0)
    return errno.errorcode[ctypes.get_errno()] if linux.syscall(number, *arguments) < 0 else "ok"

def become(user):
    "Give up root for *user*, a number; '': stay."
    if user:
        os.setgroups([])
        os.setresgid(int(user), int(user), int(user))
        os.setresuid(int(user), int(user), int(user))
        linux.set_dumpable(True)  # as after a login: /proc/self is its own

def report(value):
    print(json.dumps(value), flush=True)
"""


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs source text in a fresh Python without a terminal."""

    def run(source: str, **variables: str) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)  # it may become another user
            return subprocess.run(
                [sys.executable, "-W", "error", "-c", _PRELUDE + source],
                capture_output=True,
                check=False,
                env=os.environ | {"TMPDIR": folder} | variables,
                start_new_session=True,  # a `vhangup` that is let through must not hit us
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=120,
            )

    return run


@pytest.fixture(scope="session")
def child(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Any]:
    """Return a function that runs source text in a fresh Python and returns what it reports."""

    def run(source: str, **variables: str) -> Any:
        done = run_python(source, **variables)
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def everyday() -> Callable[..., dict[str, str]]:
    """Return a function that does what notebooks need, confined, and returns what failed."""

    def run(folder: Path, *confinements: str) -> dict[str, str]:
        script = Path(__file__).with_name("everyday.py")
        done = subprocess.run(
            [sys.executable, script, folder, *confinements],
            capture_output=True,
            check=False,
            start_new_session=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        outcomes = json.loads(done.stdout)
        assert len(outcomes) > 10
        return {name: outcome for name, outcome in outcomes.items() if outcome != "ok"}

    return run
