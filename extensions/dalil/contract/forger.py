"""A process that forges cases: ``python -m dalil.contract.forger``.

Reads ``{"grader": folder, "result": file, "ahead": seconds, "cases": [{"secret": hex, "folder":
…}]}`` on standard input, writes ``[{"truth": …, "probes": …}]`` (or ``{"error": line}``) to the
result. ``ahead`` puts the clock of ``time`` forward, so that what asks it differs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dalil.errors import DalilError
from dalil.forging import Seed


def main() -> None:
    """Forge what standard input asks for."""
    asked = json.load(sys.stdin.buffer)
    _put_forward(asked["ahead"])
    try:
        result: Any = [_forge(Path(asked["grader"]), case) for case in asked["cases"]]
    except DalilError as error:
        result = {"error": str(error)}
    except Exception as error:  # forge() is a module author's code
        result = {"error": f"{type(error).__name__}: {error}"}
    text = json.dumps(result, default=_plain)
    Path(asked["result"]).write_text(text, encoding="utf-8")


def _put_forward(seconds: float) -> None:
    """Let the functions of ``time`` that say what time it is be *seconds* ahead."""
    now, now_ns, local, utc = time.time, time.time_ns, time.localtime, time.gmtime

    def moved(convert: Callable[[float], time.struct_time]) -> Any:
        return lambda at=None: convert(now() + seconds if at is None else at)

    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds) * 10**9
    time.localtime, time.gmtime = moved(local), moved(utc)


def _plain(value: Any) -> Any:
    """Arrays of probes, as the lists of their values."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"truth and probes are JSON and arrays, not {type(value).__name__}")


if __name__ == "__main__":
    main()
