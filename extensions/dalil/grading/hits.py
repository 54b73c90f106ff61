"""Errors that say that a cell hit a limit: the machine's words, told as the limit's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dalil.grading import reasons
from dalil.limits import MIB, Limits

_ERRNO = re.compile(r"\[Errno (\d+)\]")


def hit(outputs: Sequence[dict[str, Any]], limits: Limits) -> str:
    """Return which limit the last error among *outputs* speaks of, in one line; "" if none.

    It comes from the cell itself, which may say anything: it explains a missing answer and never
    takes away one that was handed over.
    """
    errors = [output for output in outputs if output.get("output_type") == "error"]
    if not errors:
        return ""
    name, value = str(errors[-1].get("ename", "")), str(errors[-1].get("evalue", ""))[:500]
    found = _ERRNO.search(value)
    number = int(found[1]) if found else 0
    if name.endswith("MemoryError") or number == 12:
        return reasons.MEMORY(n=limits.memory_bytes // MIB)
    if number == 27:
        return reasons.FILE(n=limits.file_bytes // MIB)
    if number == 28:
        return reasons.FILES(n=limits.files_bytes // MIB)
    if number == 11 or value.startswith("can't start new thread"):
        return reasons.PROCESSES(n=limits.processes)
    if number == 1 or (number == 13 and "socket" in value):
        return reasons.FORBIDDEN()
    return ""
