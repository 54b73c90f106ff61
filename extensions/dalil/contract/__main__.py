"""A check in a process of its own, for programs: ``python -m dalil.contract ID``.

Writes a line of JSON for each rule that was tried, ``{"rule": …, "done": …, "total": …}``, and then
``{"findings": […]}``, or ``{"error": one line}``. What the module's own code prints goes to
standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from dalil.contract.check import check_module
from dalil.errors import DalilError
from dalil.settings import load_settings


def main(name: str) -> None:
    """Check the module *name* of the curriculum that DALIL_ROOT names."""
    tell = _teller()
    try:
        found = check_module(
            load_settings(),
            name,
            progress=lambda rule, done, total: tell({"rule": rule, "done": done, "total": total}),
        )
    except DalilError as error:
        tell({"error": " ".join(str(error).split())})
    else:
        tell({"findings": [asdict(finding) for finding in found]})


def _teller() -> Callable[[dict[str, Any]], None]:
    """Return what writes a line to the present standard output, which nobody else has from now."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(line: dict[str, Any]) -> None:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()

    return tell


if __name__ == "__main__":
    main(sys.argv[1])
