"""Python sources as syntax trees, for any thread."""

from __future__ import annotations

import ast
from threading import Lock

_LOCK = Lock()


def parse(source: str) -> ast.Module:
    """``ast.parse``, one at a time: Python 3.11 counts the depth of all threads' trees together,
    and raises SystemError when the counts are mixed up, even by a thread that only compiles.

    Raises SyntaxError, ValueError, RecursionError.
    """
    with _LOCK:
        try:
            return ast.parse(source)
        except SystemError:
            return ast.parse(source)
